import { Information } from '../../src/core/heads/evidence.ts';
import { featureRows } from '../../src/core/heads/features.ts';
import { type FolderBasis, folderBasis } from '../../src/core/heads/folderBasis.ts';
import { propose } from '../../src/core/heads/propose.ts';
import { settle } from '../../src/core/heads/settle.ts';
import type { Mapping } from '../../src/core/mapping/mapping.ts';
import { argmax } from '../../src/core/mapping/scoring.ts';
import { seededRandom, shuffle } from '../../src/core/random.ts';

/** The images of one set under one backbone, or some of them. */
export interface BenchFolder {
  readonly set: string;
  readonly backbone: string;
  readonly truths: readonly number[];
  readonly targetCount: number;
  readonly mapping: Mapping;
  /** Row-major [N, T]. */
  readonly scores: Float32Array;
  /** Row-major [N, S]. */
  readonly logits: Float32Array;
  /** Row-major [N, D]. */
  readonly features: Float32Array;
}

/** The same task with some of the images. */
export function part(folder: BenchFolder, images: readonly number[]): BenchFolder {
  const rows = (values: Float32Array) => {
    const width = values.length / folder.truths.length;
    const out = new Float32Array(images.length * width);
    images.forEach((image, i) => {
      out.set(values.subarray(image * width, (image + 1) * width), i * width);
    });
    return out;
  };
  return {
    ...folder,
    truths: images.map((image) => folder.truths[image]),
    scores: rows(folder.scores),
    logits: rows(folder.logits),
    features: rows(folder.features),
  };
}

/** Folders as people have them. */
export const scenarios = [
  'long tail',
  'three of ten',
  'one class',
  'two, 90:10',
  '20 images',
  '50 images',
] as const;
export type Scenario = (typeof scenarios)[number];

/** The images of a folder that make such a folder. */
export function scenarioImages(
  { truths, targetCount: T }: BenchFolder,
  scenario: Scenario,
  seed: number,
): number[] {
  const random = seededRandom(1000 * seed + 17);
  const mixed = <V>(values: readonly V[]) => shuffle([...values], random);
  const byTarget = Array.from({ length: T }, (_, t) =>
    mixed([...truths.keys()].filter((image) => truths[image] === t)),
  );
  const order = mixed([...byTarget.keys()]);
  const inOrder = (images: readonly number[]) => [...images].sort((a, b) => a - b);
  switch (scenario) {
    case 'long tail': {
      const most = Math.max(...byTarget.map(({ length }) => length));
      const least = Math.max(1, Math.floor(most / 20));
      const share = (rank: number) => Math.round(most * (least / most) ** (rank / Math.max(1, T - 1)));
      return inOrder(order.flatMap((t, rank) => byTarget[t].slice(0, Math.max(1, share(rank)))));
    }
    case 'three of ten':
      return inOrder(order.slice(0, Math.max(2, Math.round(0.3 * T))).flatMap((t) => byTarget[t]));
    case 'one class':
      return inOrder(byTarget[order[0]]);
    case 'two, 90:10': {
      const [many, few] = order.map((t) => byTarget[t]);
      return inOrder([...many, ...few.slice(0, Math.max(1, Math.floor(many.length / 9)))]);
    }
    case '20 images':
      return inOrder(mixed([...truths.keys()]).slice(0, 20));
    case '50 images':
      return inOrder(mixed([...truths.keys()]).slice(0, 50));
  }
}

/** A folder that is ready to be settled. */
export class Settling {
  readonly folder: BenchFolder;
  readonly #basis: Promise<FolderBasis>;
  readonly #sourceInformation: number;

  constructor(folder: BenchFolder) {
    const { features, truths, logits, mapping, targetCount } = folder;
    this.folder = folder;
    this.#basis = folderBasis(
      featureRows(features, features.length / truths.length, 'features'),
      targetCount,
    );
    this.#sourceInformation = new Information(mapping.sourceCount).add(logits).value;
  }

  /** Settled scores, with the labels of some images. @param given their labels, where they are not the true ones */
  async scores(images: readonly number[] = [], given?: readonly number[], balanced = false) {
    const { scores, targetCount, truths } = this.folder;
    const targets = given ?? images.map((image) => truths[image]);
    return settle(scores, targetCount, await this.#basis, {
      labelled: { images, targets },
      balanced,
      sourceInformation: this.#sourceInformation,
    });
  }

  /** Images to label as they are proposed: five at a time up to twenty, then ten; settled between. */
  async proposed(count: number, pool: readonly number[]): Promise<number[]> {
    const labelled: number[] = [];
    while (labelled.length < Math.min(count, pool.length)) {
      const { scores } = await this.scores(labelled);
      const round = Math.min(labelled.length < 20 ? 5 : 10, count - labelled.length);
      const more = await propose(scores, this.folder.targetCount, await this.#basis, {
        pool,
        labelled,
        count: round,
      });
      if (more.length === 0) break;
      labelled.push(...more);
    }
    return labelled;
  }

  /** 1 for each right answer. @param of the images that count; absent: all */
  hits(scores: Float32Array, of: readonly number[] = [...this.folder.truths.keys()]): Float64Array {
    const { targetCount: T, truths } = this.folder;
    return Float64Array.from(of, (image) => (argmax(scores, image * T, T) === truths[image] ? 1 : 0));
  }
}

/** Every second image of each class, or the others. */
export function half({ truths }: BenchFolder, odd: boolean): number[] {
  const seen = new Map<number, number>();
  return [...truths.keys()].filter((image) => {
    const count = seen.get(truths[image]) ?? 0;
    seen.set(truths[image], count + 1);
    return (count % 2 === 1) === odd;
  });
}
