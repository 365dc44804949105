import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bestRows } from '../../../../src/core/reuse/reuseTable.ts';
import { trainedColumns, trainedRows, trainedWayName } from '../../../../src/core/reuse/trainedRows.ts';
import type { Baseline, TrainingRecord } from '../../../../src/core/runs/trainingRecord.ts';
import { phrase, say, type Text } from '../../../../src/core/text/text.ts';
import { column } from '../../column.ts';

const english = (text: Text | string) => (typeof text === 'object' ? say(text) : text);

const baseline = (kind: Baseline['kind'], valAccuracy: number | null, testAccuracy?: number): Baseline => ({
  kind,
  name: phrase('as an older version said it'),
  valAccuracy,
  testAccuracy,
});

type Trained = NonNullable<Parameters<typeof trainedRows>[1]>;

function record(change: Partial<Trained> = {}): Trained {
  return {
    settings: {
      prompt: { kind: 'watermark' },
      mapping: 'linear-probe',
      epochs: 20,
    } as TrainingRecord['settings'],
    best: { epoch: 3, valAccuracy: 0.9, valLoss: 1 },
    validationImages: 40,
    trainImages: 160,
    seconds: 30,
    ...change,
  };
}

describe('a training in the results table', () => {
  it('stands below what it is compared with, from what needs least to what needs most', () => {
    const rows = trainedRows(
      [baseline('linear-probe', 0.8), baseline('majority', 0.1), baseline('zero-shot', 0.5)],
      record(),
    );
    assert.deepEqual(
      rows.map(({ name }) => say(name)),
      [
        'Most frequent class',
        'Zero-shot (SeMap adaptive)',
        'Linear probe',
        'Prompt (watermark) + Linear probe',
      ],
    );
    const said = trainedColumns(rows).map(({ title, text }) => [
      english(title),
      ...rows.map((row) => english(text(row))),
    ]);
    assert.deepEqual(said.slice(1), [
      ['Learns from', '–', 'label names', 'labeled images', 'labeled images'],
      ['Changes', '–', 'mapping', 'last layer', 'image and last layer'],
      ['Validation, 40 images', '10.0%', '50.0%', '80.0%', '90.0%'],
    ]);
    assert.deepEqual([...bestRows(rows)], ['own']);
  });

  it('gives the star to what does best on images that chose nothing, where there are some', () => {
    const tested = record({ testAccuracy: 0.7, testImages: 50 });
    const rows = trainedRows([baseline('linear-probe', 0.8, 0.75)], tested);
    assert.deepEqual(column(trainedColumns(rows), 'id'), ['way', 'changes', 'validation', 'accuracy']);
    assert.deepEqual([...bestRows(rows)], ['linear-probe']);
    const [probe] = rows;
    assert.equal(probe!.figure!.by, 'held-out');
    assert.ok(Math.abs(probe!.figure!.low - 0.6152) < 0.001);
  });

  it('shows baselines that come before the record without an interval, and none of what is no number', () => {
    const [first, second] = trainedRows(
      [baseline('zero-shot', 0.5), baseline('linear-probe', 'x' as never)],
      undefined,
    );
    const validation = trainedColumns([first!]).find(({ id }) => id === 'validation')!;
    assert.deepEqual([english(validation.text(first!)), validation.beside?.(first!)], ['50.0%', undefined]);
    assert.equal(second!.figure, null);
  });

  it('is called by what is learned where there is no prompt', () => {
    assert.equal(
      say(trainedWayName({ prompt: { kind: 'none' }, mapping: 'blm+' })),
      'Learned mapping (BLM+)',
    );
    assert.equal(say(trainedWayName({ prompt: { kind: 'none' }, mapping: 'linear' })), 'Linear mapping');
  });
});
