import { withTruth } from '../../src/core/metrics/measuredText.ts';
import { imageCount } from '../../src/core/text/numbers.ts';
import { element, setText } from '../common/element.ts';
import { confusionScene } from '../common/grid/confusionScene.ts';
import { GridView } from '../common/grid/gridView.ts';
import type { Place } from '../common/grid/layout.ts';
import type { GridScene } from '../common/grid/scene.ts';
import { say, t } from '../common/language.ts';
import type { ResultTable } from './resultTable.ts';
import { undecided } from './words.ts';

/** A cell that was chosen: images of `truth` that were taken for `predicted`; undefined = any. */
export interface ConfusionChoice {
  readonly truth: number | undefined;
  readonly predicted: number | undefined;
}

/** True against predicted labels; a cell or a label filters the gallery. */
export class ConfusionTab {
  readonly element = element('div', { class: 'confusion' });
  readonly #gridHost = element('div', { 'data-testid': 'results-confusion-grid' });
  readonly #words = element('p', { class: 'quiet', role: 'status' });
  readonly #empty = element('p', { class: 'notice', 'data-testid': 'results-confusion-empty' });
  readonly #grid: GridView;
  #confusion: Confusion | undefined;
  #scene: GridScene | undefined;
  /** How many images it is about. */
  #about = '';

  constructor(choose: (choice: ConfusionChoice) => void) {
    this.#grid = new GridView(
      this.#gridHost,
      {
        name: t('Confusion of true and predicted labels'),
        testId: 'results-confusion-canvas',
        leastCell: 32,
      },
      {
        hovered: (place) => this.#describe(place),
        moved: (place) => this.#describe(place),
        activated: (place) => this.#choose(place, choose),
        asked: (place) => this.#describe(place),
      },
    );
    this.#empty.hidden = true;
    this.element.append(this.#empty, this.#words, this.#gridHost);
  }

  show(table: ResultTable, labels: readonly string[]): void {
    const confusion = confusionOf(table, labels.length, table.length);
    this.#confusion = confusion;
    const empty = confusion.truths.length === 0;
    this.#empty.hidden = !empty;
    setText(
      this.#empty,
      table.length === 0
        ? t('No images are classified yet.')
        : t(
            'No image has a true label. Put images into folders named after your labels to see which labels are confused.',
          ),
    );
    this.#words.hidden = empty;
    this.#gridHost.hidden = empty;
    const judged = confusion.rowTotals.reduce((sum, total) => sum + total, 0);
    this.#about = say(judged === table.length ? imageCount(judged) : withTruth(judged, table.length));
    this.#scene = confusionScene(
      confusion.truths.map((truth) => labels[truth]),
      confusion.predictions.map((predicted) => labels[predicted] ?? undecided()),
      confusion.counts,
    );
    this.#grid.scene = this.#scene;
    this.#describe(this.#grid.active);
  }

  #describe(place: Place | undefined): void {
    setText(
      this.#words,
      place
        ? (this.#scene?.describe(place.row, place.column) ?? '')
        : t(
            '{0}. Rows: true labels. Columns: predicted labels. Shade: share of the row. Double-click a cell or press Enter to see its images.',
            this.#about,
          ),
    );
  }

  #choose({ row, column }: Place, choose: (choice: ConfusionChoice) => void): void {
    choose({ truth: this.#confusion?.truths[row], predicted: this.#confusion?.predictions[column] });
  }
}

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
