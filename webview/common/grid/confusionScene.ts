import { imageCount, percent } from '../../../src/core/text/numbers.ts';
import { oneLine } from '../../../src/core/text/plainText.ts';
import { t } from '../language.ts';
import type { GridScene } from './scene.ts';

/**
 * Counts by true label (rows) and predicted label (columns); the shade is the share of the row.
 * @param counts row-major
 */
export function confusionScene(
  rows: readonly string[],
  columns: readonly string[],
  counts: ArrayLike<number>,
): GridScene {
  const count = (row: number, column: number) => counts[row * columns.length + column] ?? 0;
  const rowTotals = rows.map((_, row) => columns.reduce((sum, _, column) => sum + count(row, column), 0));
  const columnTotal = (column: number) => rows.reduce((sum, _, row) => sum + count(row, column), 0);
  return {
    rows,
    columns,
    shade: (row, column) => (rowTotals[row] === 0 ? 0 : count(row, column) / rowTotals[row]),
    mark: () => 0,
    text: (row, column) => (count(row, column) === 0 ? '' : String(count(row, column))),
    describe: (row, column) => {
      const truth = row < 0 ? '' : oneLine(rows[row]);
      const predicted = column < 0 ? '' : oneLine(columns[column]);
      if (row < 0) return t('predicted {0}: {1}', predicted, imageCount(columnTotal(column)));
      if (column < 0) return t('true {0}: {1}', truth, imageCount(rowTotals[row]));
      const here = imageCount(count(row, column));
      if (rowTotals[row] === 0) return t('true {0}, predicted {1}: {2}', truth, predicted, here);
      const share = percent(count(row, column) / rowTotals[row]);
      return t('true {0}, predicted {1}: {2}, {3} of {0}', truth, predicted, here, share);
    },
  };
}
