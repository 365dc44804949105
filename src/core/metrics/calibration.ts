/**
 * Expected calibration error over equally wide confidence bins: sum over bins of n_b / n |accuracy_b - confidence_b|.
 * @param confidences in [0, 1].
 * @param correct 1 where the prediction is right, else 0.
 * @returns in [0, 1]; 0 without predictions.
 */
export function expectedCalibrationError(
  confidences: ArrayLike<number>,
  correct: ArrayLike<number>,
  bins = 15,
): number {
  const gaps = new Float64Array(bins);
  for (let i = 0; i < confidences.length; i++) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(confidences[i] * bins)));
    gaps[bin] += correct[i] - confidences[i];
  }
  return confidences.length === 0
    ? 0
    : gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / confidences.length;
}

/** What remains, and how right it is, when predictions below a confidence are withheld. */
export interface CoveragePoint {
  readonly threshold: number;
  /** Share of the predictions with at least that confidence. */
  readonly coverage: number;
  /** Share of those that are right. */
  readonly accuracy: number;
}

/** Coverage against accuracy, one point per distinct confidence, from the highest threshold to the lowest. */
export function coverageCurve(confidences: ArrayLike<number>, correct: ArrayLike<number>): CoveragePoint[] {
  const order = Array.from(confidences, (_, i) => i).sort((a, b) => confidences[b] - confidences[a]);
  const points: CoveragePoint[] = [];
  let right = 0;
  order.forEach((i, rank) => {
    right += correct[i];
    const next = order[rank + 1];
    if (next !== undefined && confidences[next] === confidences[i]) return;
    points.push({
      threshold: confidences[i],
      coverage: (rank + 1) / order.length,
      accuracy: right / (rank + 1),
    });
  });
  return points;
}
