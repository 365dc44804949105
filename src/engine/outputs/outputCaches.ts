import type { BackboneDescription } from '../../core/documents/backboneDescription.ts';
import { OutputCache, outputFolder } from './outputCache.ts';

/** The caches of outputs in use, one per backbone and preprocessing, shared by the runs of this process. */
export class OutputCaches {
  readonly #folder: string;
  readonly #open = new Map<string, OutputCache>();

  constructor(cacheFolder: string) {
    this.#folder = cacheFolder;
  }

  /** The cache of a backbone, with what other processes have added meanwhile. */
  async open(backbone: BackboneDescription): Promise<OutputCache> {
    const folder = outputFolder(this.#folder, backbone);
    let cache = this.#open.get(folder);
    if (!cache) {
      cache = new OutputCache(folder, backbone.labelSpace.labels.length);
      this.#open.set(folder, cache);
    }
    await cache.refresh();
    return cache;
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#open.values()].map((cache) => cache.flush()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((cache) => cache.close()));
    this.#open.clear();
  }
}
