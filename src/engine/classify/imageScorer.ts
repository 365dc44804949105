import path from 'node:path';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { mappingOf } from '../../core/alignments/alignmentBuilding.ts';
import { SemapError } from '../../core/errors.ts';
import type { FolderTargets } from '../../core/labels/folderTargets.ts';
import { learnedKey } from '../../core/mapping/labelledOutputs.ts';
import { priorOffsets } from '../../core/mapping/priorMatching.ts';
import { decidedTarget, MappingScorer } from '../../core/mapping/scoring.ts';
import type { MeasuredCount, MeasuredOn } from '../../core/metrics/measuredOn.ts';
import { phrase } from '../../core/text/text.ts';
import type { FiredSource, Prediction } from '../../protocol/classification.ts';
import type { ScoredFolder } from './scoredFolder.ts';

/** How many source labels are told that fired on an image. */
const FIRED = 3;

/** Where an image lies, and in which class folder. */
export interface PlacedImage {
  readonly path: string;
  readonly classFolder: string;
}

/** Turns the logits of images into predictions under one alignment. */
export class ImageScorer {
  readonly targets: readonly string[];
  readonly #alignment: AlignmentDocument;
  readonly #scorer: MappingScorer;
  readonly #learned: ReadonlySet<string>;
  readonly #folders: FolderTargets;

  /**
   * @param folders of the alignment's labels
   * @throws {SemapError} `invalid-document` for an alignment without target labels
   */
  constructor(alignment: AlignmentDocument, folders: FolderTargets) {
    if (alignment.targets.length === 0)
      throw new SemapError('invalid-document', phrase('The alignment has no target labels.'), {
        hint: phrase('Add a label to it, or align again.'),
      });
    this.targets = alignment.targets.map(({ label }) => label);
    this.#alignment = alignment;
    this.#scorer = new MappingScorer(mappingOf(alignment));
    this.#folders = folders;
    this.#learned = new Set(alignment.method.labelled?.learned.split(' '));
  }

  /** Whether the mapping was learned from an image: then it says nothing about the mapping. */
  learnedFrom({ path: file, classFolder }: PlacedImage): boolean {
    return this.#learned.size > 0 && this.#learned.has(learnedKey(classFolder, path.basename(file)));
  }

  /** The target that an image is judged by; undefined when it is of none of them, or was learned from. */
  judgedBy(image: PlacedImage): number | undefined {
    return this.learnedFrom(image) ? undefined : this.truthOf(image.classFolder);
  }

  /** Index of the target whose images a class folder holds; undefined when it is none of them. */
  truthOf(classFolder: string): number | undefined {
    return this.#folders.of(classFolder);
  }

  /** Counts an image to what accuracy is about, or is not. */
  count(image: PlacedImage, into: MeasuredCount): void {
    into.add(image.classFolder, this.truthOf(image.classFolder), { learned: this.learnedFrom(image) });
  }

  /** What accuracy under this alignment is about. */
  measuredOn(count: MeasuredCount): MeasuredOn {
    const predictable = this.#alignment.targets.filter(({ sources }) => sources.length > 0).length;
    return count.result(predictable, (folder) => this.#folders.all(folder));
  }

  /** What to add to each target's score so that the mean prediction over a folder is uniform; zeros for fewer than two images. */
  async priorOffsets(folder: ScoredFolder): Promise<Float64Array> {
    const scores = new Float32Array(folder.images.length * this.targets.length);
    for await (const { from, images, logits } of folder.blocks()) {
      scores.set(this.#scorer.score(logits, images.length), from * this.targets.length);
    }
    return priorOffsets(scores, this.targets.length);
  }

  /** A scorer whose mean prediction over a folder is uniform over the targets. */
  async priorMatched(folder: ScoredFolder): Promise<ImageScorer> {
    const b = await this.priorOffsets(folder);
    const targets = this.#alignment.targets.map((target, t) => ({
      ...target,
      offset: (target.offset ?? 0) + b[t],
    }));
    return new ImageScorer({ ...this.#alignment, targets }, this.#folders);
  }

  /**
   * @param images N of them
   * @param logits row-major [N, S]
   * @param fired the strongest sources of each
   */
  predict(
    images: readonly PlacedImage[],
    logits: Float32Array,
    fired: readonly (readonly FiredSource[])[],
  ): Prediction[] {
    const count = images.length;
    const width = this.targets.length;
    const scores = this.#scorer.score(logits, count);
    return images.map((image, i) => {
      const row = scores.subarray(i * width, (i + 1) * width);
      const target = decidedTarget(row);
      const truth = this.judgedBy(image);
      return {
        path: image.path,
        label: target < 0 ? '' : this.targets[target],
        target,
        confidence: target < 0 ? undecidedShare(row) : share(row, target),
        ...(truth === undefined ? {} : { truth }),
        fired: fired[i],
      };
    });
  }
}

/** The share of each target where all that have a score have the same; 0 where there is none that is a number. */
function undecidedShare(scores: Float32Array): number {
  const finite = scores.filter((score) => score !== Number.NEGATIVE_INFINITY);
  return finite.length > 0 && finite.every(Number.isFinite) ? 1 / finite.length : 0;
}

/** Softmax of the scores at one of them, which is finite. */
function share(scores: Float32Array, at: number): number {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += Math.exp(scores[i] - scores[at]);
  return 1 / sum;
}

/** The strongest sources of logits [S] and their softmax probabilities. */
export function firedSources(logits: Float32Array): readonly FiredSource[] {
  const best: number[] = [];
  for (let s = 0; s < logits.length; s++) {
    if (best.length === FIRED && !(logits[s] > logits[best[FIRED - 1]])) continue;
    let at = Math.min(best.length, FIRED - 1);
    while (at > 0 && logits[s] > logits[best[at - 1]]) {
      best[at] = best[at - 1];
      at--;
    }
    best[at] = s;
  }
  const top = logits[best[0]];
  let sum = 0;
  for (let s = 0; s < logits.length; s++) sum += Math.exp(logits[s] - top);
  return best.map((source) => ({ source, probability: Math.exp(logits[source] - top) / sum }));
}
