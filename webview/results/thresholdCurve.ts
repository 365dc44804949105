import type { ResultTable } from './resultTable.ts';

/** What remains when answers below a confidence become "not sure". */
export interface Threshold {
  readonly threshold: number;
  /** Images whose answer is kept. */
  readonly kept: number;
  /** Share of all images whose answer is kept; 0 without images. */
  readonly coverage: number;
  /** Kept images whose truth is known. */
  readonly judged: number;
  /** Share of `judged` that is right; undefined without any. */
  readonly accuracy: number | undefined;
}

/** Steps of the curve: thresholds 0, .01, ... 1. */
const STEPS = 100;

/**
 * Coverage and accuracy at the thresholds 0, .01, ... 1 over the first `count` images.
 * @param judge whether accuracy says anything
 */
export function thresholdCurve(table: ResultTable, count: number, judge = true): Threshold[] {
  // How many images have their last kept step at each step; summed from the top they give what is kept.
  const kept = new Uint32Array(STEPS + 2);
  const judged = new Uint32Array(STEPS + 2);
  const right = new Uint32Array(STEPS + 2);
  for (let image = 0; image < count; image++) {
    const step = lastStepKept(table.confidence(image));
    kept[step]++;
    if (!judge || table.truth(image) < 0) continue;
    judged[step]++;
    if (!table.wrong(image)) right[step]++;
  }
  const curve: Threshold[] = new Array(STEPS + 1);
  let [keptSum, judgedSum, rightSum] = [0, 0, 0];
  for (let step = STEPS; step >= 0; step--) {
    keptSum += kept[step];
    judgedSum += judged[step];
    rightSum += right[step];
    curve[step] = {
      threshold: step / STEPS,
      kept: keptSum,
      coverage: count === 0 ? 0 : keptSum / count,
      judged: judgedSum,
      accuracy: judgedSum === 0 ? undefined : rightSum / judgedSum,
    };
  }
  return curve;
}

/** The largest step whose threshold a confidence reaches. */
function lastStepKept(confidence: number): number {
  let step = Math.min(STEPS, Math.max(0, Math.floor(confidence * STEPS)));
  // .29 * 100 is 28.999...: the floor may be one too low.
  if (step < STEPS && (step + 1) / STEPS <= confidence) step++;
  return step;
}

/** The entry of `curve` at a threshold of hundredths. */
export function atThreshold(curve: readonly Threshold[], threshold: number): Threshold {
  return curve[Math.min(STEPS, Math.max(0, Math.round(threshold * STEPS)))];
}
