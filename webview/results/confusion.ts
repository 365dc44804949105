import type { ResultTable } from './resultTable.ts';

/** Counts of true against predicted labels; only labels that occur. */
export interface Confusion {
  /** Target label indices of the rows: those that are the truth of an image. */
  readonly truths: readonly number[];
  /**
   * Target label indices of the columns: those that are a truth or were predicted for an image with a truth; -1 at the
   * end where nothing was decided.
   */
  readonly predictions: readonly number[];
  /** Row-major [truths, predictions]. */
  readonly counts: Uint32Array;
  /** Images per row. */
  readonly rowTotals: Uint32Array;
}

/** Confusion of the first `count` images of `table` over `labels` target labels. */
export function confusionOf(table: ResultTable, labels: number, count: number): Confusion {
  const isTruth = new Uint8Array(labels);
  const isPredicted = new Uint8Array(labels);
  let undecided = false;
  for (let image = 0; image < count; image++) {
    const truth = table.truth(image);
    if (truth < 0) continue;
    isTruth[truth] = 1;
    if (table.predicted(image) < 0) undecided = true;
    else isPredicted[table.predicted(image)] = 1;
  }
  const truths = [...isTruth.keys()].filter((label) => isTruth[label] === 1);
  const predictions = [...isPredicted.keys()].filter(
    (label) => isTruth[label] === 1 || isPredicted[label] === 1,
  );
  if (undecided) predictions.push(-1);
  const rowOf = new Int32Array(labels).fill(-1);
  const columnOf = new Int32Array(labels).fill(-1);
  truths.forEach((label, row) => {
    rowOf[label] = row;
  });
  predictions.forEach((label, column) => {
    if (label >= 0) columnOf[label] = column;
  });
  const counts = new Uint32Array(truths.length * predictions.length);
  const rowTotals = new Uint32Array(truths.length);
  for (let image = 0; image < count; image++) {
    const truth = table.truth(image);
    if (truth < 0) continue;
    const predicted = table.predicted(image);
    const column = predicted < 0 ? predictions.length - 1 : columnOf[predicted];
    counts[rowOf[truth] * predictions.length + column]++;
    rowTotals[rowOf[truth]]++;
  }
  return { truths, predictions, counts, rowTotals };
}
