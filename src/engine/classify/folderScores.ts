import { stat } from 'node:fs/promises';
import type { BackboneDescription } from '../../core/documents/backboneDescription.ts';
import type { SkippedImage } from '../../protocol/classification.ts';
import type { OutputCache } from '../outputs/outputCache.ts';
import { walkImages } from './imageWalk.ts';
import { ScoredFolder } from './scoredFolder.ts';

/** How many classified datasets stay in memory. */
const KEPT = 2;

interface Scores {
  readonly scored: ScoredFolder;
  readonly skipped: readonly SkippedImage[];
}

/** The logits of the datasets that were classified last, for scoring them again under another mapping. */
export class FolderScores {
  readonly #kept = new Map<string, Scores>();

  keep(folders: readonly string[], backbone: BackboneDescription, { scored, skipped }: Scores): void {
    const key = keyOf(folders, backbone);
    this.#kept.delete(key);
    this.#kept.set(key, { scored, skipped });
    for (const oldest of [...this.#kept.keys()].slice(0, -KEPT)) this.#kept.delete(oldest);
  }

  /** The logits of folders as they were classified; else those of their images that the cache has. */
  async of(folders: readonly string[], backbone: BackboneDescription, cache: OutputCache): Promise<Scores> {
    const kept = this.#kept.get(keyOf(folders, backbone));
    if (kept?.scored.isAtHand) return kept;
    const scored = new ScoredFolder(backbone.labelSpace.labels.length, cache);
    for await (const found of walkImages(folders)) {
      if (found.kind !== 'image') continue;
      const state = await stat(found.path).catch(() => undefined);
      if (!state) continue;
      const image = { path: found.path, bytes: state.size, modified: state.mtimeMs };
      const logits = cache.find(image);
      if (logits) scored.add(found, image, logits);
    }
    const scores = { scored, skipped: [] };
    this.keep(folders, backbone, scores);
    return scores;
  }
}

function keyOf(folders: readonly string[], backbone: BackboneDescription): string {
  return JSON.stringify([folders, backbone.path, backbone.sha256, backbone.input, backbone.output]);
}
