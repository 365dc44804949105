import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { CacheLimit } from './cacheLimit.ts';
import { OutputCache, outputFolder } from './outputCache.ts';

/** The caches of outputs in use, one per backbone and preprocessing, shared by the runs of this process. */
export class OutputCaches {
  readonly #folder: string;
  /** The bound that outputs and features share. */
  readonly limit: CacheLimit;
  readonly #open = new Map<string, OutputCache>();

  /** @param limitBytes of all outputs and features together; 0 = no limit */
  constructor(cacheFolder: string, limitBytes = 0) {
    this.#folder = cacheFolder;
    this.limit = new CacheLimit(cacheFolder, limitBytes);
  }

  /** The cache of a backbone, with what other processes have added meanwhile. */
  async open(backbone: BackboneDescription): Promise<OutputCache> {
    const folder = outputFolder(this.#folder, backbone);
    let cache = this.#open.get(folder);
    if (!cache) {
      cache = new OutputCache(folder, backbone.labelSpace.labels.length, this.limit);
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
