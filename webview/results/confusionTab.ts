import { percent } from '../../src/core/text/numbers.ts';
import { oneLine } from '../../src/core/text/plainText.ts';
import { element, setText } from '../common/element.ts';
import { GridView } from '../common/grid/gridView.ts';
import type { Place } from '../common/grid/layout.ts';
import type { GridScene } from '../common/grid/scene.ts';
import { type Confusion, confusionOf } from './confusion.ts';
import type { ResultTable } from './resultTable.ts';
import { images, UNDECIDED } from './words.ts';

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
      { name: 'Confusion of true and predicted labels', testId: 'results-confusion-canvas', leastCell: 32 },
      {
        hovered: (place) => this.#describe(place),
        moved: (place) => this.#describe(place),
        activated: (place) => this.#choose(place, choose),
        clicked: (place) => this.#choose(place, choose),
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
        ? 'No image is classified yet.'
        : 'No image has a known true label. Put images into folders named like your labels to see which are confused.',
    );
    this.#words.hidden = empty;
    this.#gridHost.hidden = empty;
    const judged = confusion.rowTotals.reduce((sum, total) => sum + total, 0);
    this.#about =
      judged === table.length
        ? images(judged)
        : `${judged.toLocaleString()} of ${images(table.length)}, those with a known label`;
    this.#scene = confusionScene(confusion, labels);
    this.#grid.scene = this.#scene;
    this.#describe(this.#grid.active);
  }

  #describe(place: Place | undefined): void {
    setText(
      this.#words,
      place
        ? (this.#scene?.describe(place.row, place.column) ?? '')
        : `${this.#about}. Rows: true labels. Columns: predicted labels. Shade: share of the row. Click a cell to see its images.`,
    );
  }

  #choose({ row, column }: Place, choose: (choice: ConfusionChoice) => void): void {
    choose({ truth: this.#confusion?.truths[row], predicted: this.#confusion?.predictions[column] });
  }
}

function confusionScene(
  { truths, predictions, counts, rowTotals }: Confusion,
  labels: readonly string[],
): GridScene {
  const count = (row: number, column: number) => counts[row * predictions.length + column];
  const rows = truths.map((truth) => labels[truth]);
  const columns = predictions.map((predicted) => labels[predicted] ?? UNDECIDED);
  const columnTotal = (column: number) => truths.reduce((sum, _, row) => sum + count(row, column), 0);
  return {
    rows,
    columns,
    shade: (row, column) => count(row, column) / rowTotals[row],
    mark: () => 0,
    text: (row, column) => (count(row, column) === 0 ? '' : String(count(row, column))),
    describe: (row, column) => {
      const truth = row < 0 ? '' : oneLine(rows[row]);
      const predicted = column < 0 ? '' : oneLine(columns[column]);
      if (row < 0) return `predicted ${predicted}: ${images(columnTotal(column))}`;
      if (column < 0) return `true ${truth}: ${images(rowTotals[row])}`;
      const share = percent(count(row, column) / rowTotals[row]);
      return `true ${truth}, predicted ${predicted}: ${images(count(row, column))}, ${share} of ${truth}`;
    },
  };
}
