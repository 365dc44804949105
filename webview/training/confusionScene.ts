import { imageCount, percent } from '../../src/core/text/numbers.ts';
import { oneLine } from '../../src/core/text/plainText.ts';
import type { TrainingConfusion } from '../../src/protocol/trainingView.ts';
import type { GridScene } from '../common/grid/scene.ts';
import { say, t } from '../common/language.ts';

/** Counts by true and predicted label; the shade is the share of the row. */
export function confusionScene({ labels, counts }: TrainingConfusion): GridScene {
  const size = labels.length;
  const count = (row: number, column: number) => counts[row * size + column] ?? 0;
  const indices = labels.map((_, i) => i);
  const rowTotals = indices.map((row) => indices.reduce((sum, column) => sum + count(row, column), 0));
  const columnTotals = indices.map((column) => indices.reduce((sum, row) => sum + count(row, column), 0));
  const images = (n: number) => say(imageCount(n));
  return {
    rows: labels,
    columns: labels,
    shade: (row, column) => (rowTotals[row] === 0 ? 0 : count(row, column) / rowTotals[row]),
    mark: () => 0,
    text: (row, column) => (count(row, column) === 0 ? '' : String(count(row, column))),
    describe: (row, column) => {
      const truth = row < 0 ? '' : oneLine(labels[row]);
      const predicted = column < 0 ? '' : oneLine(labels[column]);
      if (row < 0) return t('predicted {0}: {1}', predicted, images(columnTotals[column]));
      if (column < 0) return t('true {0}: {1}', truth, images(rowTotals[row]));
      const here = images(count(row, column));
      if (rowTotals[row] === 0) return t('true {0}, predicted {1}: {2}', truth, predicted, here);
      const share = percent(count(row, column) / rowTotals[row]);
      return t('true {0}, predicted {1}: {2}, {3} of {0}', truth, predicted, here, share);
    },
  };
}
