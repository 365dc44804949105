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

/** Images of one label that were taken for another; `predicted` is -1 where nothing was decided. */
export interface ConfusedPair {
  readonly truth: number;
  readonly predicted: number;
  readonly images: number;
}

/** A confusion with labels of the lowest recall first, in rows and columns; those without a truth and -1 stay at the end. */
export function worstFirst({ truths, predictions, counts, rowTotals }: Confusion): Confusion {
  const at = (row: number, predicted: number) =>
    counts[row * predictions.length + predictions.indexOf(predicted)] ?? 0;
  const recalls = truths.map((truth, row) => at(row, truth) / rowTotals[row]);
  const rows = [...truths.keys()].sort((a, b) => recalls[a] - recalls[b]);
  const sorted = rows.map((row) => truths[row]);
  const columns = [...sorted, ...predictions.filter((predicted) => !truths.includes(predicted))];
  return {
    truths: sorted,
    predictions: columns,
    counts: Uint32Array.from(rows.flatMap((row) => columns.map((predicted) => at(row, predicted)))),
    rowTotals: Uint32Array.from(rows, (row) => rowTotals[row]),
  };
}

/** Counts answers by their truth, as many labels as there may be: only pairs that occur take memory. */
export class ConfusionCounts {
  /** Images by truth, and by answer: -1 where nothing was decided. */
  readonly #images = new Map<number, Map<number, number>>();

  /** @param truth the label that the image is judged by; -1 for none, and then it is not counted */
  add(truth: number, predicted: number): void {
    if (truth < 0) return;
    const answers = this.#images.get(truth) ?? new Map<number, number>();
    this.#images.set(truth, answers);
    answers.set(predicted, (answers.get(predicted) ?? 0) + 1);
  }

  /** How many labels are the truth of an image, or an answer: what {@link result} has rows and columns for. */
  get size(): number {
    return this.#predictions().length;
  }

  /** Labels that images of another label were taken for, the most images first. */
  pairs(): readonly ConfusedPair[] {
    return [...this.#images]
      .flatMap(([truth, answers]) =>
        [...answers].flatMap(([predicted, images]) =>
          truth === predicted ? [] : [{ truth, predicted, images }],
        ),
      )
      .sort(mostImagesFirst);
  }

  result(): Confusion {
    const truths = [...this.#images.keys()].sort(ascending);
    const predictions = this.#predictions();
    const columnOf = new Map(predictions.map((label, column) => [label, column]));
    const counts = new Uint32Array(truths.length * predictions.length);
    const rowTotals = new Uint32Array(truths.length);
    for (const [row, truth] of truths.entries()) {
      for (const [predicted, images] of this.#images.get(truth)!) {
        counts[row * predictions.length + columnOf.get(predicted)!] = images;
        rowTotals[row] += images;
      }
    }
    return { truths, predictions, counts, rowTotals };
  }

  #predictions(): number[] {
    const labels = new Set(this.#images.keys());
    for (const answers of this.#images.values())
      for (const predicted of answers.keys()) labels.add(predicted);
    const decided = [...labels].filter((label) => label >= 0).sort(ascending);
    return labels.has(-1) ? [...decided, -1] : decided;
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}

function mostImagesFirst(a: ConfusedPair, b: ConfusedPair): number {
  return b.images - a.images || a.truth - b.truth || a.predicted - b.predicted;
}
