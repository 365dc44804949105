import { createHash } from 'node:crypto';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import type { CacheLimit } from '../outputs/cacheLimit.ts';
import { OutputCache, outputFolder } from '../outputs/outputCache.ts';
import type { Features } from './featureTaps.ts';

/** Penultimate features kept on disk as outputs are, beside the outputs of the same backbone and preprocessing. */
export class FeatureCaches {
  readonly #folder: string;
  readonly #limit: CacheLimit;
  readonly #open = new Map<string, OutputCache>();

  constructor(cacheFolder: string, limit: CacheLimit) {
    this.#folder = cacheFolder;
    this.#limit = limit;
  }

  /** The cache of a backbone's features, with what other processes have added meanwhile. */
  async open(backbone: BackboneDescription, { tap, width }: Features): Promise<OutputCache> {
    const key = createHash('sha256').update(`${tap.output}\n${tap.axis}`).digest('hex').slice(0, 8);
    const folder = `${outputFolder(this.#folder, backbone)}-features-${key}`;
    let cache = this.#open.get(folder);
    if (!cache) {
      cache = new OutputCache(folder, width, this.#limit);
      this.#open.set(folder, cache);
    }
    await cache.refresh();
    return cache;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((cache) => cache.close()));
    this.#open.clear();
  }
}
