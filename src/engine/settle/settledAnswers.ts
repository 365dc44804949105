import { createHash } from 'node:crypto';
import { answerOf, Outcome, type PlacedImage } from '../../core/evidence/imageScorer.ts';
import { wilson } from '../../core/metrics/significance.ts';
import type { AnswerFigures } from '../../core/runs/answerFigures.ts';
import { GIVEN } from '../../core/truths/imageTruths.ts';
import type { SettleResult } from '../../protocol/settling.ts';
import { figuresOf } from '../classify/classifyService.ts';
import type { Labels, PlainFolder } from './plainFolder.ts';

export type Answers = Pick<SettleResult, 'targets' | 'confidences'>;

/** @param temperature by which scores are divided for a confidence */
export function answers(scores: Float32Array, width: number, temperature: number): Answers {
  const count = scores.length / width;
  const targets = new Int32Array(count);
  const confidences = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const row = scores.subarray(i * width, (i + 1) * width);
    const { target, confidence } = answerOf(
      temperature === 1 ? row : row.map((score) => score / temperature),
    );
    targets[i] = target;
    confidences[i] = confidence;
  }
  return { targets, confidences };
}

/** What a person said is the answer. */
export function withGiven({ targets, confidences }: Answers, given: Int32Array): Answers {
  return {
    targets: targets.map((target, i) => (given[i] === GIVEN.nothing ? target : Math.max(-1, given[i]))),
    confidences: confidences.map((confidence, i) => (given[i] === GIVEN.nothing ? confidence : 1)),
  };
}

/** What accuracy judges answers by: nothing where something was learned from it, what a person said where it only measures. */
export function truthsOf({ images, scorer, labels: { given, held } }: PlainFolder): Int32Array {
  return Int32Array.from(images, (image, i) => {
    if (given[i] === GIVEN.nothing) return scorer.judgedBy(image);
    return held[i] === 1 && given[i] >= 0 ? given[i] : -1;
  });
}

/** How many of the labels that only measure were answered right, with Wilson's interval. */
export function expectedOf(targets: Int32Array, { given, held }: Labels): SettleResult['expected'] {
  const drawn = [...held.keys()].filter((i) => held[i] === 1);
  if (drawn.length === 0) return undefined;
  const right = drawn.filter((i) => targets[i] === given[i]).length;
  return { right, of: drawn.length, ...wilson(right / drawn.length, drawn.length) };
}

export function measured(
  { images, scorer }: Pick<PlainFolder, 'images' | 'scorer'>,
  targets: Int32Array,
  truths: Int32Array,
): AnswerFigures {
  const outcome = new Outcome(scorer);
  for (const [i, image] of images.entries()) outcome.add(image, { target: targets[i], truth: truths[i] });
  const { images: _, ...figures } = figuresOf(outcome.report(), scorer);
  return figures;
}

/** Images of which probabilities are averaged: more say the same. */
const MOST_AVERAGED = 20_000;

/** The mean probability of each target: it says more of the shares of labels than answers do, which are all or nothing. */
export function meanShares(scores: Float32Array, width: number, temperature: number): Float64Array {
  const shares = new Float64Array(width);
  const row = new Float64Array(width);
  const count = scores.length / width;
  const step = Math.ceil(count / MOST_AVERAGED);
  for (let i = 0; i < count; i += step) {
    const own = scores.subarray(i * width, (i + 1) * width);
    const most = own.reduce((a, b) => Math.max(a, b), -Infinity);
    if (most === -Infinity) continue;
    for (let t = 0; t < width; t++) row[t] = Math.exp((own[t] - most) / temperature);
    const sum = row.reduce((a, b) => a + b, 0);
    for (let t = 0; t < width; t++) shares[t] += row[t] / sum;
  }
  const all = shares.reduce((a, b) => a + b, 0);
  return all > 0 ? shares.map((share) => share / all) : shares;
}

export function orderOf(images: readonly PlacedImage[]): string {
  const hash = createHash('sha256');
  for (const { path } of images) hash.update(`${path}\0`);
  return hash.digest('hex').slice(0, 32);
}
