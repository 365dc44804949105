import { invalidArgument, type SemapError } from '../errors.ts';
import { phrase, type Text, type TextValue } from '../text/text.ts';
import type { Aggregation, Mapping } from './mapping.ts';

/*
 * What the numbers of a mapping may be. Within these, scores of finite logits are finite; beyond them sums overflow, all
 * scores are the same, and every image would get the first label.
 */

/** A range with both ends. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Of an accuracy. */
export const ACCURACY: Range = { from: 0, to: 1 };
/** Of a weight that is a share. */
const SHARE: Range = { from: 1e-9, to: 1 };
/** Of a weight that was learned or is a cosine. */
const ANY_WEIGHT: Range = { from: -1e12, to: 1e12 };
/** Of what is added to a score; a score is a float32, and must still be told from its neighbours. */
export const OFFSET: Range = { from: -1e5, to: 1e5 };
/** Of what a learned linear mapping adds before that. */
export const BIAS: Range = { from: -1e15, to: 1e15 };
/** Of log-mean-exp's alpha. */
export const ALPHA: Range = { from: -10, to: 10 };

export function isWithinRange(value: unknown, { from, to }: Range): value is number {
  return typeof value === 'number' && value >= from && value <= to;
}

/** What is wrong with a number beyond its range; numbers are written as they are in documents. */
export function outOfRange(what: TextValue, value: unknown, range: Range): Text {
  const [from, to] = [String(range.from), String(range.to)];
  return typeof value === 'number'
    ? phrase('{0} is {1}; it must be from {2} to {3}', what, String(value), from, to)
    : phrase('{0} is not a number; it must be from {1} to {2}', what, from, to);
}

/** The range of the weights that an aggregation goes with. */
export function weightRange({ kind }: Pick<Aggregation, 'kind'>): Range {
  return kind === 'conse' || kind === 'linear' ? ANY_WEIGHT : SHARE;
}

/** @throws {SemapError} `invalid-argument` for an aggregation whose numbers are none */
export function checkAggregation(aggregation: Aggregation): void {
  if (aggregation.kind === 'log-mean-exp') mustBe(aggregation.alpha, ALPHA, 'alpha');
  if (aggregation.kind === 'conse' && !(Number.isSafeInteger(aggregation.top) && aggregation.top >= 1))
    throw wrong(
      phrase('{0} is {1}; it must be a whole number of at least {2}', 'top', String(aggregation.top), 1),
    );
  if (aggregation.kind === 'linear')
    for (const [t, bias] of aggregation.bias.entries()) mustBe(bias, BIAS, `bias[${t}]`);
}

/** @throws {SemapError} `invalid-argument` when a number of the mapping is none, or beyond its range: it names the place */
export function checkMapping({ targets, aggregation, offsets = [] }: Mapping): void {
  checkAggregation(aggregation);
  if (aggregation.kind === 'linear' && aggregation.bias.length !== targets.length)
    throw wrong(phrase('there are {0} biases for {1} targets', aggregation.bias.length, targets.length));
  for (const [t, offset] of offsets.entries())
    mustBe(offset, OFFSET, phrase('the offset of target {0}', String(t)));
  // A share may be learned to be less than a person would write; only what is none is refused here.
  const range =
    weightRange(aggregation) === SHARE ? { from: Number.MIN_VALUE, to: ANY_WEIGHT.to } : ANY_WEIGHT;
  for (const [t, sources] of targets.entries())
    for (const { source, weight } of sources)
      mustBe(weight, range, phrase('target {0}: the weight of source {1}', String(t), String(source)));
}

function mustBe(value: number, range: Range, what: TextValue): void {
  if (!isWithinRange(value, range)) throw wrong(outOfRange(what, value, range));
}

function wrong(what: Text): SemapError {
  return invalidArgument(phrase('Cannot use the mapping: {0}.', what), {
    hint: phrase('Align the labels again, or correct the alignment.'),
  });
}
