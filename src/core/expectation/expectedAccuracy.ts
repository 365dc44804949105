import type { AnswerSigns } from './answerSigns.ts';

/** How many answers are probably right, judged without labels: an estimate, never a measurement. All in [0, 1]. */
export interface ExpectedAccuracy {
  readonly accuracy: number;
  /** Four of five folders lie within `low` and `high`. */
  readonly low: number;
  readonly high: number;
}

/** What an accuracy is expected by. */
export interface Evidence {
  /** What the images show; absent where none was looked at. */
  readonly signs?: AnswerSigns | undefined;
  /** Mean recall that the labels alone promise (`expectedQuality.ts`), in [0, 1]. */
  readonly byLabels: number;
  /** Mean share of equal answers with other backbones, where there are some, in [0, 1]. */
  readonly agreement?: number | undefined;
}

/** Keeps a share that is 0 or 1 by chance from deciding everything. */
const LEAST = 0.01;
/** The same for {@link AnswerSigns.reach}. */
const LEAST_REACH = 0.02;

/** Weights of a logistic model, and how far its logit is off in four of five folders: `npm run bench:quality`. */
interface Model {
  readonly bias: number;
  readonly decided: number;
  readonly reach: number;
  readonly byLabels: number;
  readonly agreement: number;
  readonly spread: number;
}

const ALONE: Model = { bias: -0.8, decided: 0.6, reach: 0.6, byLabels: 0.25, agreement: 0, spread: 0.7 };
const AMONG: Model = { bias: -0.5, decided: 0.4, reach: 0.55, byLabels: 0.2, agreement: 0.4, spread: 0.7 };
const BY_LABELS: Model = { bias: 0, decided: 0, reach: 0, byLabels: 0.6, agreement: 0, spread: 1.4 };

/** The accuracy that the evidence speaks for. */
export function expectedAccuracy({ signs, byLabels, agreement }: Evidence): ExpectedAccuracy {
  const model = signs === undefined ? BY_LABELS : agreement === undefined ? ALONE : AMONG;
  let z = model.bias + model.byLabels * logit(byLabels);
  if (signs) {
    z += model.decided * logit(signs.decided);
    z += model.reach * Math.log((signs.reach + LEAST_REACH) / (signs.used + LEAST_REACH));
  }
  if (agreement !== undefined) z += model.agreement * logit(agreement);
  return {
    accuracy: share(z),
    low: share(z - model.spread),
    high: share(z + model.spread),
  };
}

/** The mean share of equal answers of each of several backbones with the others, over the images that both answered. */
export function agreements(answers: readonly Int32Array[]): (number | undefined)[] {
  return answers.map((own, at) => {
    const shares = answers.flatMap((other, i) => {
      if (i === at) return [];
      let [equal, both] = [0, 0];
      for (let k = 0; k < own.length && k < other.length; k++) {
        if (own[k] < 0 || other[k] < 0) continue;
        both++;
        if (own[k] === other[k]) equal++;
      }
      return both === 0 ? [] : [equal / both];
    });
    return shares.length === 0 ? undefined : shares.reduce((sum, one) => sum + one, 0) / shares.length;
  });
}

function logit(value: number): number {
  const inside = Math.min(1 - LEAST, Math.max(LEAST, value));
  return Math.log(inside / (1 - inside));
}

const share = (z: number): number => 1 / (1 + Math.exp(-z));
