import { setImmediate } from 'node:timers/promises';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { furtherParts } from '../../core/backbones/sameBackbone.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { walkImages } from '../folders/imageWalk.ts';
import { imageState } from '../outputs/outputIndex.ts';
import type { HeldImages, OutputStore } from '../outputs/outputStore.ts';
import { ScoredFolder } from './scoredFolder.ts';

/** How many classified datasets stay in memory. */
const KEPT = 2;
/** Images of a job that are read between two turns of others. */
const AT_A_TIME = 256;

/** What is known of the images of some folders. */
export interface Scores {
  readonly scored: ScoredFolder;
  readonly skipped: readonly SkippedImage[];
  /** Images of the folders whose logits are not known: not run yet, or unreadable. */
  readonly unseen: number;
}

/** The logits of the datasets that were classified last, for scoring them again under another mapping. */
export class FolderScores {
  readonly #kept = new Map<string, Scores>();

  keep(
    images: ImageFolders,
    backbone: BackboneDescription,
    { scored, skipped }: Omit<Scores, 'unseen'>,
  ): void {
    this.#keep(keyOf(images, backbone), { scored, skipped, unseen: skipped.length });
  }

  /** The images are others since. */
  forget(folders: ImageFolders, backbone: BackboneDescription): void {
    this.#kept.delete(keyOf(folders, backbone));
  }

  #keep(key: string, scores: Scores): void {
    this.#kept.delete(key);
    this.#kept.set(key, scores);
    for (const oldest of [...this.#kept.keys()].slice(0, -KEPT)) this.#kept.delete(oldest);
  }

  /**
   * The logits of folders as they were classified; else those of their images that the cache has.
   * @param features images must have some there, too
   */
  async of(
    images: ImageFolders,
    backbone: BackboneDescription,
    cache: OutputStore,
    features?: OutputStore,
  ): Promise<Scores> {
    const { held } = cache;
    if (held) return this.#held(`${held.version} ${keyOf(images, backbone)}`, held, backbone, cache);
    for (const key of [keyOf(images, backbone), ...(features ? [keyOf(images, backbone, features)] : [])]) {
      const kept = this.#kept.get(key);
      if (kept?.scored.isAtHand && (!features || kept.scored.areIn(features))) return kept;
    }
    const scored = new ScoredFolder(backbone.labelSpace.labels.length, cache);
    let unseen = 0;
    for await (const found of walkImages(images)) {
      unseen++;
      if (found.kind !== 'image') continue;
      const image = await imageState(found.path).catch(() => undefined);
      if (!image) continue;
      const logits = cache.find(image) ?? (await cache.recognize(image));
      if (!logits) continue;
      if (features && !features.has(image) && !(await features.recognize(image))) continue;
      scored.add(found, image, logits);
      unseen--;
    }
    const scores = { scored, skipped: [], unseen };
    // Folders without any, or that are gone, may have some when they are asked for again.
    if (scored.images.length > 0) this.#keep(keyOf(images, backbone, features), scores);
    return scores;
  }

  /** Those of a job. */
  async #held(
    key: string,
    held: HeldImages,
    backbone: BackboneDescription,
    cache: OutputStore,
  ): Promise<Scores> {
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const scored = new ScoredFolder(backbone.labelSpace.labels.length, cache);
    let unseen = held.unread;
    let turn = 0;
    for (const { image, state } of held.all()) {
      if (++turn % AT_A_TIME === 0) await setImmediate();
      const logits = cache.find(state);
      if (logits) scored.add(image, state, logits);
      else unseen++;
    }
    const scores = { scored, skipped: [], unseen };
    this.#keep(key, scores);
    return scores;
  }
}

function keyOf(images: ImageFolders, backbone: BackboneDescription, features?: OutputStore): string {
  const { folders, layouts, split } = images;
  const { path, sha256, input, output, outputName } = backbone;
  const what = [path, sha256, input, output, outputName, ...furtherParts(backbone)];
  return JSON.stringify([folders, layouts, split, ...what, features !== undefined]);
}
