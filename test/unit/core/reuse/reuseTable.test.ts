import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rankedColumns, rankedRows } from '../../../../src/core/reuse/rankedRows.ts';
import type { ReuseFigure, ReuseResult, ReuseWay } from '../../../../src/core/reuse/reuse.ts';
import {
  allReuseColumns,
  bestRows,
  measuredText,
  type ReuseRow,
  reuseColumns,
  reuseRow,
  sharedMeasure,
} from '../../../../src/core/reuse/reuseTable.ts';
import { NOTHING, sortRows, tellingColumns } from '../../../../src/core/tables/resultColumns.ts';
import { say, type Text } from '../../../../src/core/text/text.ts';
import { column } from '../../column.ts';

const english = (text: Text | string | undefined) => (typeof text === 'object' ? say(text) : text);

function result(
  id: string,
  way: ReuseWay,
  value: number | null,
  more: Partial<ReuseResult> = {},
): ReuseResult {
  return {
    id,
    way,
    backbones: [{ name: 'squeezenet1.1', path: '/s.onnx', sha256: 's' }],
    figure: value === null ? null : figure(value),
    cost: { labels: 50, seconds: 2, imagesPerSecond: 300, bytes: 5e6 },
    ...more,
  };
}

function figure(value: number, by: ReuseFigure['by'] = 'held-out', images = 200): ReuseFigure {
  return { value, low: value - 0.05, high: value + 0.04, images, by };
}

const saidOf = (row: ReuseRow) =>
  Object.fromEntries(allReuseColumns.map(({ id, text }) => [id, english(text(row))]));

describe('the results table', () => {
  it('says of a result how it is reused, how good it is and what it costs', () => {
    const pair = [
      { name: 'a', path: '/a.onnx', sha256: 'a' },
      { name: 'b', path: '/b.onnx', sha256: 'b' },
    ];
    assert.deepEqual(saidOf(reuseRow(result('1', { scores: 'linear-probe' }, 0.841, { backbones: pair }))), {
      way: 'Linear probe',
      backbone: 'a and b',
      learns: 'labeled images',
      changes: 'last layer',
      accuracy: '84.1%',
      measured: '200 held-out images',
      labels: '50',
      seconds: '2.0 s',
      speed: '300',
      bytes: '5.0 MB',
    });
    const { accuracy } = reuseColumns;
    assert.equal(
      english(accuracy.beside?.(reuseRow(result('1', { scores: 'blm+' }, 0.84)))),
      '79.0 to 88.0%',
    );
  });

  it('says that there is nothing to learn, and nothing of what was not tried', () => {
    const seconds = (value: number | null) => {
      const cost = { labels: 0, seconds: value, imagesPerSecond: 300, bytes: 5e6 };
      return english(reuseColumns.seconds.text(reuseRow(result('1', { scores: 'semap' }, 0.5, { cost }))));
    };
    assert.deepEqual([0, 0.02, 3, null].map(seconds), ['none', '0.1 s', '3.0 s', NOTHING]);
  });

  it('promises no decimals and no interval where nothing was measured', () => {
    const row = reuseRow(result('1', { scores: 'semap' }, null, { figure: figure(0.67, 'expected') }));
    assert.equal(english(reuseColumns.accuracy.text(row)), '60 to 75%');
    assert.equal(reuseColumns.accuracy.beside?.(row), undefined);
    assert.equal(english(reuseColumns.measured.text(row)), '200 images, judged without labels');
    assert.equal(english(measuredText({ by: 'expected', images: 0 })), 'judged without labels');
  });

  it('leaves out columns that say nothing, or the same of all, unless they are to stay', () => {
    const rows = [result('1', { scores: 'blm+' }, 0.8), result('2', { scores: 'linear-probe' }, 0.8)].map(
      (one) => reuseRow({ ...one, cost: { ...one.cost, imagesPerSecond: null } }),
    );
    const ids = (...keep: string[]) => column(tellingColumns(allReuseColumns, rows, keep), 'id');
    assert.deepEqual(ids(), ['way', 'changes', 'accuracy', 'labels', 'seconds', 'bytes']);
    assert.ok(ids('backbone').includes('backbone'));
    // One row alone says all it can.
    assert.equal(tellingColumns(allReuseColumns, rows.slice(1)).length, 9);
  });

  it('sorts by what a column is about, rows without a value last', () => {
    const rows = [0.5, null, 0.9].map((value, i) => reuseRow(result(String(i), { scores: 'blm+' }, value)));
    assert.deepEqual(column(sortRows(rows, [reuseColumns.accuracy.by!]), 'id'), ['2', '0', '1']);
    assert.equal(reuseColumns.accuracy.text(rows[1]!), NOTHING);
  });

  it('says once what all rows are measured on', () => {
    const rows = (...figures: ReuseFigure[]) =>
      figures.map((one, i) => reuseRow(result(String(i), { scores: 'blm+' }, 0, { figure: one })));
    assert.equal(english(sharedMeasure(rows(figure(0.5), figure(0.6)))), '200 held-out images');
    assert.equal(sharedMeasure(rows(figure(0.5), figure(0.6, 'corrected'))), undefined);
    assert.equal(sharedMeasure([]), undefined);
  });
});

describe('the star', () => {
  const best = (...figures: (ReuseFigure | null)[]) => [
    ...bestRows(
      figures.map((one, i) => reuseRow(result(String(i), { scores: 'blm+' }, null, { figure: one }))),
    ),
  ];

  it('is for the highest, and for two that are equal to the last image', () => {
    assert.deepEqual(best(figure(0.8), figure(0.9)), ['1']);
    assert.deepEqual(best(figure(160 / 200), figure(0.8)), ['0', '1']);
  });

  it('is not shared by figures that only rounding makes alike', () => {
    assert.deepEqual(best(figure(0.84101), figure(0.84104)), ['1']);
  });

  it('is not won by images that chose, nor by an estimate, where others were held out', () => {
    assert.deepEqual(best(figure(0.95, 'validation'), figure(0.99, 'expected'), figure(0.9), figure(0.8)), [
      '2',
    ]);
    assert.deepEqual(best(figure(0.95, 'validation'), figure(0.9, 'corrected')), ['1']);
  });

  it('needs rivals', () => {
    assert.deepEqual(best(figure(0.9)), []);
    assert.deepEqual(best(figure(0.9), null), []);
  });
});

describe('a ranking in the results table', () => {
  const facts = {
    sourceCount: 1000,
    labelSpace: 'imagenet-1k',
    bytes: 5e6,
    parameters: 1.2e6,
    imagesPerSecond: 300,
    labelSimilarity: { meanBest: 0.5, withKinds: 0.5 } as never,
  };
  const expected = { accuracy: 0.6, low: 0.5, high: 0.7 } as never;

  it('shows measured accuracies, and no estimate among them', () => {
    const scores = {
      images: 40,
      labelled: 40,
      accuracy: 0.5,
      leep: -1,
      nce: -1,
      logMe: null,
      hScore: null,
      plainHScore: null,
    };
    const rows = rankedRows([
      { name: 'a', path: '/a', facts, scores, expected },
      { name: 'b', path: '/b', facts, expected },
    ]);
    assert.deepEqual(column(rankedColumns(rows), 'id'), [
      'backbone',
      'accuracy',
      'images',
      'leep',
      'nce',
      'similarity',
      'parameters',
      'bytes',
      'speed',
    ]);
    assert.ok(Math.abs(rows[0]!.figure!.low - 0.352) < 0.001);
    assert.equal(rows[1]!.figure, null);
  });

  it('shows ranges where nothing is measured', () => {
    const rows = rankedRows([{ name: 'a', path: '/a', facts, expected }]);
    const [backbone, accuracy] = rankedColumns(rows);
    assert.deepEqual(
      [english(backbone!.text(rows[0]!)), english(accuracy!.text(rows[0]!))],
      ['a', '50 to 70%'],
    );
    assert.equal(english(accuracy!.title), 'Expected');
  });
});
