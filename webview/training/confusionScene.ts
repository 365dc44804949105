import { percent } from '../../src/core/text/numbers.ts';
import { oneLine } from '../../src/core/text/plainText.ts';
import type { TrainingConfusion } from '../../src/protocol/trainingView.ts';
import type { GridScene } from '../common/grid/scene.ts';

/** Counts by true and predicted label; the shade is the share of the row. */
export function confusionScene({ labels, counts }: TrainingConfusion): GridScene {
  const size = labels.length;
  const count = (row: number, column: number) => counts[row * size + column] ?? 0;
  const indices = labels.map((_, i) => i);
  const rowTotals = indices.map((row) => indices.reduce((sum, column) => sum + count(row, column), 0));
  const columnTotals = indices.map((column) => indices.reduce((sum, row) => sum + count(row, column), 0));
  const images = (n: number) => (n === 1 ? '1 image' : `${n.toLocaleString()} images`);
  return {
    rows: labels,
    columns: labels,
    shade: (row, column) => (rowTotals[row] === 0 ? 0 : count(row, column) / rowTotals[row]),
    mark: () => 0,
    text: (row, column) => (count(row, column) === 0 ? '' : String(count(row, column))),
    describe: (row, column) => {
      const truth = row < 0 ? '' : oneLine(labels[row]);
      const predicted = column < 0 ? '' : oneLine(labels[column]);
      if (row < 0) return `predicted ${predicted}: ${images(columnTotals[column])}`;
      if (column < 0) return `true ${truth}: ${images(rowTotals[row])}`;
      const share =
        rowTotals[row] === 0 ? '' : `, ${percent(count(row, column) / rowTotals[row])} of ${truth}`;
      return `true ${truth}, predicted ${predicted}: ${images(count(row, column))}${share}`;
    },
  };
}
