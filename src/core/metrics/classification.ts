/** Precision, recall and F1 of one class; null where nothing was predicted or nothing was there. */
export interface ClassScore {
  readonly images: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/** What can be said about predictions against known truths. */
export interface ClassificationReport {
  readonly images: number;
  /** Null without images. */
  readonly accuracy: number | null;
  /** Mean recall of the classes that have images; null without images. */
  readonly balancedAccuracy: number | null;
  /** Length T. */
  readonly perClass: readonly ClassScore[];
}

/**
 * Scores predictions.
 * @param truths class indices in 0..T-1.
 * @param predictions class indices, -1 for none; as many as truths.
 */
export function classificationReport(
  truths: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classCount: number,
): ClassificationReport {
  // No table of truth by prediction: of 100,000 labels it has more cells than there is memory.
  const rightOf = new Uint32Array(classCount);
  const imagesOf = new Uint32Array(classCount);
  const predictedAs = new Uint32Array(classCount);
  for (let i = 0; i < truths.length; i++) {
    const [truth, predicted] = [truths[i], predictions[i]];
    imagesOf[truth]++;
    if (predicted >= 0) predictedAs[predicted]++;
    if (predicted === truth) rightOf[truth]++;
  }
  let hits = 0;
  const recalls: number[] = [];
  const perClass = Array.from({ length: classCount }, (_, c): ClassScore => {
    const right = rightOf[c];
    const images = imagesOf[c];
    const predicted = predictedAs[c];
    hits += right;
    if (images > 0) recalls.push(right / images);
    return {
      images,
      precision: predicted > 0 ? right / predicted : null,
      recall: images > 0 ? right / images : null,
      f1: images + predicted > 0 ? (2 * right) / (images + predicted) : null,
    };
  });
  return {
    images: truths.length,
    accuracy: truths.length > 0 ? hits / truths.length : null,
    balancedAccuracy:
      recalls.length > 0 ? recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length : null,
    perClass,
  };
}
