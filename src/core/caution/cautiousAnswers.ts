import { assuranceWith, LEAST_ASSURANCE } from './assurance.ts';
import { checkedNeeded, conformalBound } from './conformal.ts';
import type { Ancestor, RollUp } from './rollUp.ts';

/** What is said of an image: the label; nothing, since it is less sure than its label asks for; that it is none of the labels; a kind that several labels are of. */
export const SAID = { label: 0, notSure: 1, none: 2, kind: 3 } as const;

/** How sure an answer must be. */
export interface CautionSettings {
  /** Least confidence of an answer in [0, 1], for all labels and for single ones, which come first. */
  readonly thresholds?: LabelThresholds | undefined;
  /** Withholds answers so that at most this share of the images gets a wrong one; without a promise where too few truths are known. */
  readonly none?: { readonly errorRate: number } | undefined;
  /** Answers with a common kind where labels cannot be told apart. */
  readonly rollUp?: boolean | undefined;
}

export interface LabelThresholds {
  readonly all?: number | undefined;
  readonly labels?: Readonly<Record<string, number>> | undefined;
}

/** Images that an error rate rests on: drawn at random and labeled by a person, or named by their class folders. */
export type Basis = 'random-labels' | 'class-folders';

/** Above which assurance answers are given, and what that promises. */
export interface NoneBound {
  /** Answers with at most this assurance are withheld; -Infinity: none is. */
  readonly bound: number;
  /** At most this share of the images gets a wrong answer; absent where too few truths are known to promise anything. */
  readonly promised?: number | undefined;
  readonly basis?: Basis | undefined;
  /** Images with known truths that it was found on, and how many the wanted rate takes. */
  readonly checked: number;
  readonly needed: number;
}

/** What is said of images whose truth is known. */
export interface CautionMeasured {
  readonly images: number;
  /** With a label or kind that is not theirs. */
  readonly wrong: number;
  /** With nothing, though the withheld label was right. */
  readonly lost: number;
}

export interface CautiousAnswers {
  /** {@link SAID} of each image. */
  readonly said: Uint8Array;
  /** Index in `kinds` where a kind is said, else -1. */
  readonly kind: Int32Array;
  readonly kinds: readonly Ancestor[];
  /** Of what is said: of the label, or of the labels below the kind together. */
  readonly confidences: Float32Array;
  readonly assurances: Float32Array;
  readonly counts: {
    readonly labels: number;
    readonly kinds: number;
    readonly notSure: number;
    readonly none: number;
  };
  readonly none?: NoneBound | undefined;
  readonly measured?: CautionMeasured | undefined;
}

export interface CautionInput {
  readonly labels: readonly string[];
  /** The answer of each image, -1 where nothing is decided. */
  readonly targets: Int32Array;
  readonly confidences: Float32Array;
  readonly assurances: Float32Array;
  /** Probabilities of the T targets of an image, as confidences are made of. */
  readonly probabilities: (image: number) => ArrayLike<number>;
  /** A target; {@link TRUTH.unknown}; {@link TRUTH.none} for images that are of none of the labels. Unknown where the label taught something. */
  readonly truths: Int32Array;
  /** Images that a person was asked about at random: what others know of their truth may be no fair sample. */
  readonly random: (image: number) => boolean;
}

export const TRUTH = { unknown: -1, none: -2 } as const;

/**
 * What to say of each image.
 * @param rollUp of the same labels; asked where the settings want it
 */
export function cautiousAnswers(
  input: CautionInput,
  settings: CautionSettings,
  rollUp?: RollUp | undefined,
): CautiousAnswers {
  const { targets, truths } = input;
  const count = targets.length;
  const said = new Uint8Array(count);
  const kind = new Int32Array(count).fill(-1);
  const confidences = input.confidences.slice();
  const assurances = input.assurances.slice();
  const kinds: Ancestor[] = [];
  const places = new Map<Ancestor, number>();
  for (let i = 0; i < count; i++) {
    const rolled =
      settings.rollUp && rollUp && targets[i] >= 0 ? rollUp.of(input.probabilities(i)) : undefined;
    if (rolled) {
      const { ancestor } = rolled;
      if (!places.has(ancestor)) places.set(ancestor, kinds.push(ancestor) - 1);
      kind[i] = places.get(ancestor)!;
      said[i] = SAID.kind;
      confidences[i] = rolled.confidence;
      assurances[i] = assuranceWith(assurances[i], input.confidences[i], rolled.confidence);
    }
  }
  const right = (i: number) =>
    kind[i] >= 0 ? kinds[kind[i]].targets.includes(truths[i]) : truths[i] === targets[i];
  const none = settings.none && noneBound({ ...input, assurances }, settings.none.errorRate, right);
  const thresholds = thresholdsOf(input.labels, settings.thresholds);
  for (let i = 0; i < count; i++) {
    // Where nothing is decided there is nothing to withhold.
    if (targets[i] < 0) said[i] = SAID.notSure;
    else if (none && assurances[i] <= none.bound) said[i] = SAID.none;
    else if (confidences[i] < least(thresholds, kind[i] < 0 ? [targets[i]] : kinds[kind[i]].targets))
      said[i] = SAID.notSure;
    if (said[i] !== SAID.kind) kind[i] = -1;
    if (said[i] !== SAID.kind) confidences[i] = input.confidences[i];
  }
  return {
    said,
    kind,
    kinds,
    confidences,
    assurances,
    counts: countsOf(said),
    none: none || undefined,
    measured: measuredOf(input, said, right),
  };
}

/** A kind must be as sure as the most demanding of its labels. */
function least(thresholds: Float64Array, targets: readonly number[]): number {
  return targets.reduce((most, target) => Math.max(most, thresholds[target]), 0);
}

function thresholdsOf(
  labels: readonly string[],
  { all = 0, labels: own = {} }: LabelThresholds = {},
): Float64Array {
  return Float64Array.from(labels, (label) => (Object.hasOwn(own, label) ? own[label] : all));
}

function noneBound(
  { truths, assurances, random }: CautionInput,
  errorRate: number,
  right: (image: number) => boolean,
): NoneBound {
  const known = Array.from(truths.keys()).filter((i) => truths[i] !== TRUTH.unknown);
  const drawn = known.filter(random);
  const needed = checkedNeeded(errorRate);
  // Labels of images drawn at random hold for all images; class folders for images such as theirs.
  const basis: Basis =
    drawn.length >= needed || drawn.length === known.length ? 'random-labels' : 'class-folders';
  const used = basis === 'random-labels' ? drawn : known;
  const checked = used.map((i) => ({ assurance: assurances[i], wrong: !right(i) }));
  const bound = conformalBound(checked, errorRate);
  return bound === undefined
    ? { bound: LEAST_ASSURANCE, checked: used.length, needed }
    : { bound, promised: errorRate, basis, checked: used.length, needed };
}

function countsOf(said: Uint8Array): CautiousAnswers['counts'] {
  const counts = [0, 0, 0, 0];
  for (const what of said) counts[what]++;
  return {
    labels: counts[SAID.label],
    kinds: counts[SAID.kind],
    notSure: counts[SAID.notSure],
    none: counts[SAID.none],
  };
}

function measuredOf(
  { truths, targets }: CautionInput,
  said: Uint8Array,
  right: (image: number) => boolean,
): CautionMeasured | undefined {
  let [images, wrong, lost] = [0, 0, 0];
  for (let i = 0; i < said.length; i++) {
    if (truths[i] === TRUTH.unknown) continue;
    images++;
    const told = said[i] === SAID.label || said[i] === SAID.kind;
    if (told && !right(i)) wrong++;
    if (!told && truths[i] === targets[i] && targets[i] >= 0) lost++;
  }
  return images === 0 ? undefined : { images, wrong, lost };
}
