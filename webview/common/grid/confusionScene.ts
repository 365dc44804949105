import { imageCount, percent } from '../../../src/core/text/numbers.ts';
import { oneLine } from '../../../src/core/text/plainText.ts';
import { count, t } from '../language.ts';
import type { GridScene } from './scene.ts';

const NONE = '–';

/**
 * Counts by true label (rows) and predicted label (columns), with totals, recall and precision; the shade is the share
 * of the row.
 * @param counts row-major
 * @param columnOf column of the label of a row; absent: rows and columns are the same labels
 */
export function confusionScene(
  rows: readonly string[],
  columns: readonly string[],
  counts: ArrayLike<number>,
  columnOf: (row: number) => number = (row) => row,
): GridScene {
  const at = (row: number, column: number) => counts[row * columns.length + column] ?? 0;
  const rowTotals = rows.map((_, row) => columns.reduce((sum, _, column) => sum + at(row, column), 0));
  const columnTotals = columns.map((_, column) => rows.reduce((sum, _, row) => sum + at(row, column), 0));
  const rowOf = new Map(rows.map((_, row) => [columnOf(row), row]));
  const right = (row: number) => at(row, columnOf(row));
  const total = rowTotals.reduce((sum, one) => sum + one, 0);
  const allRight = rows.reduce((sum, _, row) => sum + right(row), 0);
  const recall = (row: number) => share(right(row), rowTotals[row]);
  const precision = (column: number) => {
    const row = rowOf.get(column);
    return row === undefined ? undefined : share(right(row), columnTotals[column]);
  };
  return {
    rows,
    columns,
    shade: (row, column) => share(at(row, column), rowTotals[row]) ?? 0,
    mark: () => 0,
    text: (row, column) => (at(row, column) === 0 ? '' : String(at(row, column))),
    describe: (row, column) => {
      const truth = row < 0 ? '' : oneLine(rows[row]);
      const predicted = column < 0 ? '' : oneLine(columns[column]);
      if (row < 0) {
        const [images, of] = [imageCount(columnTotals[column]), precision(column)];
        return of === undefined
          ? t('predicted {0}: {1}', predicted, images)
          : t('predicted {0}: {1}, precision {2}', predicted, images, percent(of));
      }
      const of = recall(row);
      if (column < 0) {
        const images = imageCount(rowTotals[row]);
        return of === undefined
          ? t('true {0}: {1}', truth, images)
          : t('true {0}: {1}, recall {2}', truth, images, percent(of));
      }
      const here = imageCount(at(row, column));
      const part = share(at(row, column), rowTotals[row]);
      if (part === undefined) return t('true {0}, predicted {1}: {2}', truth, predicted, here);
      return t('true {0}, predicted {1}: {2}, {3} of {0}', truth, predicted, here, percent(part));
    },
    summary: {
      axes: { rows: t('True label'), columns: t('Predicted label') },
      ofRows: [
        { title: t('Images'), text: (row) => count(rowTotals[row]) },
        { title: t('Recall'), text: (row) => rounded(recall(row)) },
      ],
      ofColumns: [
        { title: t('Images'), text: (column) => count(columnTotals[column]) },
        { title: t('Precision'), text: (column) => rounded(precision(column)) },
      ],
      // Recall and precision of all labels together are both the accuracy.
      corner: (ofRows, ofColumns) =>
        ofRows !== ofColumns ? '' : ofRows === 0 ? count(total) : rounded(share(allRight, total)),
    },
  };
}

function share(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

/** Whole percents: in a column of a matrix there is room for no more. */
function rounded(value: number | undefined): string {
  return value === undefined ? NONE : `${Math.round(100 * value)}%`;
}
