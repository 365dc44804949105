import { invalidDocument } from '../errors.ts';
import { ACCURACY, isWithinRange } from '../mapping/ranges.ts';
import { contradictedPromise } from '../metrics/balance.ts';
import { type AnswerFigures, isAnswerFigures } from './answerFigures.ts';
import { lackingFields } from './run.ts';

const MODES = ['auto', 'always', 'never'] as const;
const KINDS = ['features', 'logits'] as const;

/** How the images of a run were settled: what `run.json` holds of it. The answers are in `predictions.jsonl.gz`. */
export interface SettlingRecord {
  /** Whether the settled answers are those that are shown: the figures of the run are then theirs. */
  readonly shown: boolean;
  /** What decided whether they are settled: the images (`auto`) or the person. */
  readonly mode: (typeof MODES)[number];
  /** On the promise of about equally many images of each label. */
  readonly balanced: boolean;
  /** False where the images said too little, and the answers are the plain ones. */
  readonly settled: boolean;
  /** What images were compared by. */
  readonly kind: (typeof KINDS)[number];
  readonly information: number;
  readonly evidence: number;
  /** Answers that are others than the plain ones. */
  readonly changed: number;
  /** Labels that were learned from, and such that only measure. */
  readonly learned: number;
  readonly held: number;
  /** What the labels of images drawn at random say about all, with the bounds of 95 %. */
  readonly expected?:
    | { readonly right: number; readonly of: number; readonly low: number; readonly high: number }
    | undefined;
  /** Indices of labels that contradict the promise. */
  readonly rare: readonly number[];
  readonly frequent: readonly number[];
  readonly measured: AnswerFigures;
  readonly plainMeasured: AnswerFigures;
}

/** What a settling tells of itself, and a record keeps. */
type SettlingFigures = Omit<SettlingRecord, 'shown' | 'mode' | 'balanced' | 'measured' | 'plainMeasured'>;

/** What is kept of how it went to settle images: see `SettleResult`. */
export function settlingFigures({
  settled,
  kind,
  information,
  evidence,
  changed,
  learned,
  held,
  expected,
  shares,
  targets,
}: Omit<SettlingFigures, 'rare' | 'frequent'> & {
  /** The mean probability of each target. */
  readonly shares: Float64Array;
  /** One an image. */
  readonly targets: ArrayLike<number>;
}): SettlingFigures {
  return {
    settled,
    kind,
    information,
    evidence,
    changed,
    learned,
    held,
    ...(expected && { expected }),
    ...contradictedPromise(shares, targets.length),
  };
}

type Json = Readonly<Record<string, unknown>>;

/**
 * What a record says about settling. The file may have been written by anyone.
 * @param labels how many target labels there are
 * @throws {SemapError} `invalid-document`
 */
export function readSettling(data: unknown, labels: number): SettlingRecord | undefined {
  if (data === undefined) return undefined;
  const record = (data ?? {}) as Json;
  const { mode, kind, expected, rare, frequent, measured, plainMeasured } = record;
  const whole =
    ['shown', 'balanced', 'settled'].every((field) => typeof record[field] === 'boolean') &&
    MODES.some((one) => one === mode) &&
    KINDS.some((one) => one === kind) &&
    ['information', 'evidence'].every((field) => Number.isFinite(record[field])) &&
    ['changed', 'learned', 'held'].every((field) => isCount(record[field])) &&
    (expected === undefined || isExpected(expected)) &&
    [rare, frequent].every(
      (list) => Array.isArray(list) && list.every((one) => isCount(one) && one < labels),
    ) &&
    [measured, plainMeasured].every(isAnswerFigures);
  if (!whole) throw invalidDocument(lackingFields);
  return record as unknown as SettlingRecord;
}

function isExpected(data: unknown): boolean {
  const { right, of, low, high } = (data ?? {}) as Json;
  return [right, of].every(isCount) && [low, high].every((share) => isWithinRange(share, ACCURACY));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
