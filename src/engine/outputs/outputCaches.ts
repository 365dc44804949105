import { createHash } from 'node:crypto';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { hasLabels, rowWidth } from '../../core/backbones/textSide.ts';
import { joinFeatures } from '../../core/heads/features.ts';
import { type BackboneReading, type Features, readFeatures } from '../features/features.ts';
import { CacheLimit } from './cacheLimit.ts';
import { OutputCache, outputFolder } from './outputCache.ts';
import type { ImageState } from './outputIndex.ts';
import { JoinedStore, type OutputStore } from './outputStore.ts';
import { ProjectedStore } from './projectedStore.ts';

/** Where outputs and features of backbones are found. */
export interface Caches {
  open(backbone: BackboneDescription): Promise<OutputStore>;
  openFeatures(
    backbone: BackboneDescription,
    features: Features,
    options?: { readonly toAdd?: boolean },
  ): Promise<OutputStore>;
  /** What the graph of a backbone tells of its features. Never rejects for what is the model's fault. */
  reading(backbone: BackboneDescription): Promise<BackboneReading>;
}

/** The caches of outputs and features in use, one per backbone and preprocessing, shared by the runs of this process. */
export class OutputCaches implements Caches {
  readonly #folder: string;
  readonly #limit: CacheLimit;
  readonly #open = new Map<string, OutputCache>();

  /** @param limitBytes of all outputs and features together; 0 = no limit */
  constructor(cacheFolder: string, limitBytes = 0) {
    this.#folder = cacheFolder;
    this.#limit = new CacheLimit(cacheFolder, limitBytes);
  }

  /** The cache of a backbone's outputs, with what other processes have added meanwhile. */
  async open(backbone: BackboneDescription): Promise<OutputStore> {
    if (backbone.members)
      return new JoinedStore(await Promise.all(backbone.members.map((one) => this.open(one))));
    const { text } = backbone;
    const rows = await this.#cache(outputFolder(this.#folder, backbone), rowWidth(backbone));
    return hasLabels(text) ? new ProjectedStore(rows, text) : rows;
  }

  /**
   * Its penultimate features, kept as outputs are and beside them.
   * @param toAdd only: nothing is found then that was not asked for otherwise before
   */
  async openFeatures(
    backbone: BackboneDescription,
    { tap, width, members = [] }: Features,
    { toAdd = false }: { readonly toAdd?: boolean } = {},
  ): Promise<OutputStore> {
    if (backbone.members) {
      const own = backbone.members.map((one, m) => this.openFeatures(one, members[m], { toAdd }));
      return new JoinedStore(await Promise.all(own), joinFeatures);
    }
    // Its rows are its features: what a probe learns from stays, whatever the labels.
    if (backbone.text) return this.#cache(outputFolder(this.#folder, backbone), width);
    const key = createHash('sha256').update(`${tap.output}\n${tap.axis}`).digest('hex').slice(0, 8);
    return this.#cache(`${outputFolder(this.#folder, backbone)}-features-${key}`, width, !toAdd);
  }

  reading(backbone: BackboneDescription): Promise<BackboneReading> {
    return readFeatures(this.#folder, backbone);
  }

  async #cache(folder: string, width: number, toRead = true): Promise<OutputCache> {
    let cache = this.#open.get(folder);
    if (!cache) {
      cache = new OutputCache(folder, width, this.#limit, toRead);
      this.#open.set(folder, cache);
    }
    if (toRead) await cache.refresh();
    return cache;
  }

  /** What is in an image that has not changed since, as far as a cache in use knows. */
  digestOf(image: ImageState): string | undefined {
    for (const cache of this.#open.values()) {
      const digest = cache.digestOf(image);
      if (digest !== undefined) return digest;
    }
    return undefined;
  }

  /** How many bytes files with these contents have, as far as caches in use know. */
  bytesOf(digests: ReadonlySet<string>): ReadonlyMap<string, number> {
    return new Map([...this.#open.values()].flatMap((cache) => [...cache.bytesOf(digests)]));
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#open.values()].map((cache) => cache.flush()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((cache) => cache.close()));
    this.#open.clear();
  }
}
