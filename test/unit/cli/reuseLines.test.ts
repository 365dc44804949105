import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reuseLines } from '../../../src/cli/reuseLines.ts';
import { allReuseColumns, reuseRow } from '../../../src/core/reuse/reuseTable.ts';
import { tellingColumns } from '../../../src/core/tables/resultColumns.ts';

const rows = (['blm+', 'linear-probe'] as const).map((scores, i) =>
  reuseRow({
    id: String(i),
    way: { scores },
    backbones: [{ name: 'starter', path: '/s', sha256: 's' }],
    figure: { value: 0.6 + i / 10, low: 0.5, high: 0.8, images: 90, by: 'held-out' },
    cost: { labels: 40, seconds: 3, imagesPerSecond: null, bytes: 1e6 },
  }),
);
const columns = tellingColumns(allReuseColumns, rows);

describe('the results table in a terminal', () => {
  it('is a table where it fits', () => {
    assert.deepEqual(
      reuseLines(columns, rows, new Set(['1']), 120)
        .split('\n')
        .slice(0, 4),
      [
        '  Method                  Changes                  Accuracy  Labels  Time to learn    Size',
        '────────────────────────  ──────────  ─────────────────────  ──────  ─────────────  ──────',
        '  Learned mapping (BLM+)  mapping     60.0% (50.0 to 80.0%)      40          3.0 s  1.0 MB',
        '* Linear probe            last layer  70.0% (50.0 to 80.0%)      40          3.0 s  1.0 MB',
      ],
    );
  });

  it('is lines where it does not', () => {
    const text = reuseLines(columns, rows, new Set(), 50);
    assert.ok(text.split('\n').every((line) => line.length <= 50));
    assert.equal(text.split('\n')[0], 'Learned mapping (BLM+)');
    assert.match(text, /^ {4}Changes: mapping\n {4}Accuracy: 60\.0% \(50\.0 to 80\.0%\), Labels: 40\n/m);
  });
});
