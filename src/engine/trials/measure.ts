import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { type LabelOrderFound, labelOrderOf } from '../../core/backbones/labelOrders.ts';
import { likelihoods, preparationSigns } from '../../core/backbones/preparationSigns.ts';
import {
  type OpenParts,
  type Preparation,
  preparationsOf,
  preparedAs,
} from '../../core/backbones/preparations.ts';
import { type Sureness, surenessOf } from '../../core/backbones/sureness.ts';
import { labelRows } from '../../core/backbones/textProjection.ts';
import { toSemapError } from '../../core/errors.ts';
import { mirroredInput, movedInput } from '../../core/images/inputViews.ts';
import type { InputSpec } from '../../core/images/preprocessing.ts';
import { indexOfLargest } from '../../core/largest.ts';
import type { DecodePool } from '../images/decodePool.ts';
import type { Lane } from '../inference/lane.ts';
import type { TrialImages } from './trialImages.ts';

/** A preparation with what the backbone answered under it. */
export interface MeasuredPreparation {
  readonly preparation: Preparation;
  /** Of the first image; undefined where they are no finite numbers. */
  readonly first: Float32Array | undefined;
  /** How likely it is the right one; undefined where too few images were seen to say. */
  readonly likelihood: number | undefined;
  /** Share of the labelled images that were answered rightly. */
  readonly accuracy: number | undefined;
}

export interface Measurement {
  readonly preparations: readonly MeasuredPreparation[];
  /** Images that were seen. */
  readonly images: number;
  /** Of which so many have a class that the backbone's labels fit. */
  readonly labelled: number;
  /** Time was up before all were seen. */
  readonly cutShort: boolean;
  /** Undefined where too few images were seen to say. */
  readonly sureness: Sureness | undefined;
  /** The labels are in another order, as the labelled ones show. */
  readonly order?: LabelOrderFound | undefined;
}

interface Job extends TrialImages {
  readonly backbone: BackboneDescription;
  readonly open: OpenParts;
  readonly lane: Lane;
  readonly decode: DecodePool;
  readonly signal: AbortSignal;
  readonly report: (done: number, total: number) => void;
}

/** With fewer, a signal is noise. */
const LEAST_IMAGES = 3;
/** All images are seen, so that what is measured depends on nothing else; but for models that are too slow for that. */
const SECONDS = 120;
/** After so many images, what is out of the question is not tried on more. */
const WEEDED_AT = [6, 12, 24];
const OUT_OF_THE_QUESTION = 0.003;

interface Candidate {
  readonly preparation: Preparation;
  readonly spec: InputSpec;
  /** As it is, mirrored, moved: for each image. */
  readonly views: Float32Array[][];
  readonly right: boolean[];
  /** It gave no finite numbers, or fell behind. */
  out: boolean;
  signs: ReturnType<typeof preparationSigns> | undefined;
}

/**
 * Runs images through a backbone under every usual preparation, three views of each, and says how likely each is the one
 * that it was trained with: by what answers show without labels, and by accuracy where classes are known.
 * @throws {SemapError} `unreadable-image` where the first image is; what ends a run for all images
 */
export async function measurePreparations(job: Job): Promise<Measurement> {
  const { backbone, lane, decode, images, answer, signal, report } = job;
  const { input } = backbone;
  const candidates = preparationsOf(input.preprocessing, input.type, job.open).map(
    (preparation): Candidate => ({
      preparation,
      spec: { ...input, preprocessing: preparedAs(input.preprocessing, preparation) },
      views: [[], [], []],
      right: [],
      out: false,
      signs: undefined,
    }),
  );
  const started = performance.now();
  const truths: number[] = [];
  let seen = 0;
  let cutShort = false;
  for (const [i, { path, truth }] of images.entries()) {
    signal.throwIfAborted();
    cutShort = seen >= LEAST_IMAGES && performance.now() - started > SECONDS * 1000;
    if (cutShort) break;
    const running = candidates.filter(({ out }) => !out);
    try {
      // One that cannot be read is found out before any of them has run.
      const loaded = await Promise.all(running.map(({ spec }) => decode.load(path, spec, undefined, signal)));
      for (const [c, { image }] of loaded.entries())
        await seeImage(lane, backbone, running[c], image, signal);
    } catch (error) {
      if (i === 0 || !isOfOneImage(error)) throw error;
      continue;
    }
    seen++;
    truths.push(truth);
    if (answer && truth >= 0) {
      for (const { out, right, views } of running) if (!out) right.push(answer(views[0][seen - 1]) === truth);
    }
    if (WEEDED_AT.includes(seen)) weed(candidates);
    report(i + 1, images.length);
  }
  const perClass = answer ? countsOf(truths) : [];
  const labelled = perClass.reduce((sum, count) => sum + count, 0);
  const measured = { images: seen, labelled, cutShort };
  const likely = seen >= LEAST_IMAGES ? likelihoodsOf(candidates.filter(({ out }) => !out)) : undefined;
  const preparations = candidates.map((candidate) => ({
    preparation: candidate.preparation,
    first: candidate.views[0][0],
    likelihood: likely && (likely.get(candidate) ?? 0),
    accuracy: labelled > 0 && !candidate.out ? share(candidate.right) : undefined,
  }));
  // None is left where every one of them overflows.
  if (!likely || likely.size === 0) return { ...measured, preparations, sureness: undefined };
  const [best] = [...likely].reduce((most, one) => (one[1] > most[1] ? one : most));
  const order = answer && orderOf(best, truths, backbone, answer);
  const right = order ? Math.round(order.accuracy * labelled) : best.right.filter(Boolean).length;
  const seenAs = candidates.map(({ preparation, views }, c) => ({
    likelihood: preparations[c].likelihood,
    tops: views[0].map(indexOfLargest),
    guessed: preparation.described,
  }));
  const sureness = surenessOf(seenAs, seen, labelled > 0 ? { right, perClass } : undefined);
  return { ...measured, preparations, order, sureness };
}

/** Images of each class that is known. */
function countsOf(truths: readonly number[]): readonly number[] {
  const counts = new Map<number, number>();
  for (const truth of truths) if (truth >= 0) counts.set(truth, (counts.get(truth) ?? 0) + 1);
  return [...counts.values()];
}

async function seeImage(
  lane: Lane,
  { fixedBatch, input, text }: BackboneDescription,
  candidate: Candidate,
  image: ArrayBuffer,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const views = [image, mirroredInput(image, input), movedInput(image, input)];
  const atOnce = Math.min(fixedBatch ?? views.length, views.length);
  const rows: Float32Array[] = [];
  for (let at = 0; at < views.length; at += atOnce) {
    const batch = views.slice(at, at + atOnce);
    const scores = labelRows({ text }, (await lane.run(batch)).scores);
    const size = scores.length / batch.length;
    for (let n = 0; n < batch.length; n++) rows.push(scores.slice(n * size, (n + 1) * size));
  }
  if (!rows.every((row) => row.every(Number.isFinite))) candidate.out = true;
  else for (const [v, row] of rows.entries()) candidate.views[v].push(row);
}

function orderOf(
  { views }: Candidate,
  truths: readonly number[],
  { labelSpace }: BackboneDescription,
  answer: (logits: Float32Array) => number,
): LabelOrderFound | undefined {
  const rows = views[0].map((logits, i) => ({ logits, truth: truths[i] }));
  const labels = labelSpace.labels.map(({ name }) => name);
  return labelOrderOf(
    rows.filter(({ truth }) => truth >= 0),
    labels,
    answer,
  );
}

function likelihoodsOf(candidates: readonly Candidate[]): ReadonlyMap<Candidate, number> {
  for (const candidate of candidates) candidate.signs = preparationSigns(candidate.views);
  const found = likelihoods(
    candidates.map(({ signs, preparation, right }) => ({
      signs,
      prior: preparation.prior,
      right: right.length > 0 ? right : undefined,
    })),
  );
  return new Map(candidates.map((candidate, c) => [candidate, found[c]]));
}

function weed(candidates: readonly Candidate[]): void {
  for (const [candidate, likelihood] of likelihoodsOf(candidates.filter(({ out }) => !out))) {
    if (likelihood < OUT_OF_THE_QUESTION && !candidate.preparation.described) candidate.out = true;
  }
}

function isOfOneImage(error: unknown): boolean {
  return ['unreadable-image', 'not-found', 'lfs-pointer'].includes(toSemapError(error).reason);
}

function share(right: readonly boolean[]): number {
  return right.filter(Boolean).length / right.length;
}
