import path from 'node:path';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { type Problem, problemOf, SemapError, untilAborted } from '../../core/errors.ts';
import { accuracyByLabels } from '../../core/estimates/byLabels.ts';
import type { FindParams } from '../../core/find/findRecord.ts';
import type { ReuseOutputs } from '../../core/find/learnWay.ts';
import type { SearchImage } from '../../core/find/parts.ts';
import type { ReusedBackbone } from '../../core/reuse/reuse.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import { Speeds } from '../rank/speeds.ts';
import {
  type PreparedTraining,
  plainOutputs,
  prepareTraining,
  type TrainingServices,
} from '../training/prepareTraining.ts';
import type { TrainingRuns } from '../training/trainingRuns.ts';

/** What a search works with. */
export interface FindServices extends TrainingServices {
  readonly threads: number;
  /** Trains prompts, one run after the other. */
  readonly trainings: Pick<TrainingRuns, 'trainWith' | 'control'>;
}

/** A backbone of a search, ready to be run. */
export interface UsableBackbone extends ReusedBackbone {
  /** Tells it from all others of the search; its name, unless two have the same. */
  readonly key: string;
  readonly bytes: number;
  /** Its labels aligned by meaning. */
  readonly document: AlignmentDocument;
  readonly prepared: PreparedTraining;
  /** Mean recall that the alignment expects of its labels. */
  readonly byLabels: number;
}

/** One that cannot be used, and why. */
export interface FailedBackbone {
  readonly key: string;
  readonly name: string;
  readonly path: string;
  readonly problem: Problem;
}

/**
 * The backbones of a search, each once and the smallest first: what is found early is there if time is short.
 * @throws {SemapError} cancelled
 */
export async function findBackbones(
  { backbones: asked, targets, folders }: FindParams,
  services: FindServices,
  signal: AbortSignal,
): Promise<{ readonly usable: readonly UsableBackbone[]; readonly failed: readonly FailedBackbone[] }> {
  const { backbones, align } = services;
  const refs: string[] = [];
  const failed: FailedBackbone[] = [];
  if (asked) refs.push(...new Set(asked));
  else {
    for await (const { name, path: file, problem } of backbones.entries()) {
      if (problem) failed.push({ key: name, name, path: file, problem });
      else refs.push(file);
    }
  }
  const usable: UsableBackbone[] = [];
  for (const ref of refs) {
    try {
      const document = await align({ targets, backbone: ref, method: 'semap' }, signal);
      const settings = { prompt: { kind: 'none' } } as const;
      const asTraining = { folders, backbone: ref, alignment: document, settings };
      const prepared = await untilAborted(prepareTraining(services, asTraining, signal), signal);
      const { name, path: file, sha256, bytes } = prepared.backbone;
      if (usable.some((one) => one.path === file)) continue;
      usable.push({
        key: freeKey(name, sha256, usable),
        name,
        path: file,
        sha256,
        bytes,
        document,
        prepared,
        byLabels: accuracyByLabels(document.targets).accuracy,
      });
    } catch (error) {
      signal.throwIfAborted();
      const name = path.isAbsolute(ref) ? path.basename(ref, '.onnx') : ref;
      failed.push({ key: ref, name, path: ref, problem: problemOf(error) });
    }
  }
  usable.sort((a, b) => a.bytes - b.bytes || (a.key < b.key ? -1 : 1));
  return { usable, failed };
}

/** A name as it is, then with what tells its file from another, then with a number: copies of one file. */
function freeKey(name: string, sha256: string, taken: readonly UsableBackbone[]): string {
  const isFree = (key: string) => taken.every((one) => one.key !== key);
  const told = `${name}#${sha256.slice(0, 8)}`;
  for (let copy = 0; ; copy++) {
    const key = copy === 0 ? name : copy === 1 ? told : `${told}-${copy}`;
    if (isFree(key)) return key;
  }
}

/** Says that a file is no longer what a search tried. */
export function anotherBackbone({ name }: Pick<ReusedBackbone, 'name'>): SemapError {
  return new SemapError('not-found', phrase('{0} has changed since it was tried.', name), {
    hint: phrase('Search again with the same settings.'),
  });
}

/** What a backbone made of some images of a search. */
export interface RunImages {
  readonly outputs: ReuseOutputs;
  /** Places in the list of the search, of each row. */
  readonly places: readonly number[];
}

/** Who hears of images while they are run. */
export interface Listener {
  readonly onDone: (done: number, total: number) => void;
  readonly onSkipped: (image: SkippedImage) => void;
  readonly signal: AbortSignal;
}

/** Outputs of some images, from the cache where they are there; those that cannot be read fall out. */
export async function runImages(
  services: FindServices,
  { prepared }: UsableBackbone,
  images: readonly SearchImage[],
  places: readonly number[],
  listener: Listener,
): Promise<RunImages> {
  const { backbone, semantic, similarity, unused } = prepared;
  const asked = places.map((at) => images[at]);
  const [plain] = await plainOutputs(services, backbone, [asked], listener);
  const placeOf = new Map(asked.map((image, i) => [image, places[i]]));
  const { logits, features } = plain;
  return {
    outputs: { logits, ...(features && { features }), semantic, similarity, unused },
    places: plain.images.map((image) => placeOf.get(image as SearchImage)!),
  };
}

/** Images a second with all threads; measured once. */
export async function speedOf(services: FindServices, { prepared, sha256 }: UsableBackbone): Promise<number> {
  const speeds = new Speeds(services.cacheFolder, services.threads);
  const known = await speeds.find(sha256);
  if (known !== undefined) return known;
  const borrowed = await services.pools.borrow(prepared.backbone);
  try {
    const measured = await borrowed.pool.throughput();
    await speeds.keep(sha256, measured);
    return measured;
  } finally {
    borrowed.release(false);
  }
}
