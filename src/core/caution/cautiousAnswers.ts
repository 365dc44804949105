import { GIVEN } from '../truths/imageTruths.ts';
import { assuranceWith, LEAST_ASSURANCE } from './assurance.ts';
import { type Checked, checkedNeeded, conformalBound } from './conformal.ts';
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

/**
 * Images that an error rate rests on: drawn at random by SeMap and labeled by a person; labeled by a person who says not
 * how they were chosen; named by their class folders, or a table that came with them.
 */
export type Basis = 'random-labels' | 'given-labels' | 'class-folders';

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
  /** Labels of persons that were learned from, each judged by an answer that did not learn from it. */
  readonly crossChecked?: readonly Checked[] | undefined;
  /** What a person said is what is said: a target, {@link TRUTH.none}, or {@link TRUTH.unknown} for nothing. */
  readonly given?: Int32Array | undefined;
}

/** In the place of a target: not known, or none of the labels; as {@link GIVEN} says it. */
export const TRUTH = { unknown: GIVEN.nothing, none: GIVEN.noneOfThese } as const;

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
    const { ancestor, confidence, assurance } = statementOf(input, i, settings.rollUp ? rollUp : undefined);
    confidences[i] = confidence;
    assurances[i] = assurance;
    if (!ancestor) continue;
    if (!places.has(ancestor)) places.set(ancestor, kinds.push(ancestor) - 1);
    kind[i] = places.get(ancestor)!;
    said[i] = SAID.kind;
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
  const measured = measuredOf(input, said, right);
  for (const [i, given] of (input.given ?? []).entries()) {
    if (given === TRUTH.unknown) continue;
    said[i] = given === TRUTH.none ? SAID.none : SAID.label;
    kind[i] = -1;
    confidences[i] = 1;
  }
  return {
    said,
    kind,
    kinds,
    confidences,
    assurances,
    counts: countsOf(said),
    none: none || undefined,
    measured,
  };
}

type Stated = Pick<CautionInput, 'targets' | 'confidences' | 'assurances' | 'probabilities'>;

/** The label of an image, or the kind that is said in its place, and how sure that is. */
function statementOf(
  { targets, confidences, assurances, probabilities }: Stated,
  i: number,
  rollUp?: RollUp,
) {
  const rolled = rollUp && targets[i] >= 0 ? rollUp.of(probabilities(i)) : undefined;
  const label = { ancestor: undefined, confidence: confidences[i], assurance: assurances[i] };
  return rolled
    ? { ...rolled, assurance: assuranceWith(label.assurance, label.confidence, rolled.confidence) }
    : label;
}

/**
 * How right answers are that did not learn from the labels of some images.
 * @param truths of the images: a target or {@link TRUTH.none}
 */
export function checkedBy(
  answers: Stated,
  images: ArrayLike<number>,
  truths: Int32Array,
  rollUp?: RollUp,
): Checked[] {
  return Array.from(images, (i) => {
    const { ancestor, assurance } = statementOf(answers, i, rollUp);
    const right = ancestor ? ancestor.targets.includes(truths[i]) : answers.targets[i] === truths[i];
    return { assurance, wrong: !right };
  });
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
  { truths, assurances, random, crossChecked = [] }: CautionInput,
  errorRate: number,
  right: (image: number) => boolean,
): NoneBound {
  const known = Array.from(truths.keys()).filter((i) => truths[i] !== TRUTH.unknown);
  const checkedOf = (images: readonly number[]): Checked[] =>
    images.map((i) => ({ assurance: assurances[i], wrong: !right(i) }));
  const needed = checkedNeeded(errorRate);
  // In the order of what they say about all images of the folders.
  const bases: readonly (readonly [Basis, readonly Checked[]])[] = [
    ['random-labels', checkedOf(known.filter(random))],
    ['given-labels', crossChecked],
    ['class-folders', checkedOf(known)],
  ];
  for (const [basis, checked] of bases) {
    const bound = conformalBound(checked, errorRate);
    if (bound !== undefined) return { bound, promised: errorRate, basis, checked: checked.length, needed };
  }
  const most = Math.max(...bases.map(([, checked]) => checked.length));
  return { bound: LEAST_ASSURANCE, checked: most, needed };
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
