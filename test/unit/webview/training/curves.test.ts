import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CurvePoint } from '../../../../src/protocol/trainingView.ts';
import { epochAfterKey } from '../../../../webview/training/chart.ts';
import { GrowingCurve, nearest, samplesOf, thinned } from '../../../../webview/training/curves.ts';
import { bounds, place, spread, ticks, valueAt } from '../../../../webview/training/scale.ts';
import { column } from '../../column.ts';

describe('the scale of a curve', () => {
  it('maps values to pixels and back', () => {
    const scale = { from: 0, to: 20, start: 40, end: 240 };
    assert.equal(place(scale, 5), 90);
    assert.equal(valueAt(scale, 90), 5);
    assert.deepEqual([valueAt(scale, 0), valueAt(scale, 999)], [0, 20]);
  });

  it('puts a scale without extent in the middle', () => {
    assert.equal(place({ from: 3, to: 3, start: 0, end: 10 }, 3), 5);
  });

  it('has round ticks within its bounds', () => {
    assert.deepEqual(ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
    assert.deepEqual(ticks(0.17, 0.43, 5), [0.2, 0.3, 0.4]);
    assert.deepEqual(ticks(0, 3, 10, 1), [0, 1, 2, 3]);
    assert.deepEqual(ticks(2, 2, 5), [2]);
  });

  it('leaves out what is no number, and has a scale for nothing', () => {
    const [low, high] = bounds([1, Number.NaN, 3, Number.POSITIVE_INFINITY], [0, 1]);
    assert.ok(low < 1 && low > 0.8 && high > 3 && high < 3.2);
    assert.deepEqual(bounds([], [0, 1]), [0, 1]);
    const [under, over] = bounds([0, 0], [0, 1]);
    assert.ok(under < 0 && over > 0);
  });
});

describe('names beside lines', () => {
  it('are moved apart, and stay within the picture', () => {
    assert.deepEqual(spread([10, 40, 80], 13, 0, 100), [10, 40, 80]);
    assert.deepEqual(spread([2, 4, 40], 13, 5, 100), [5, 18, 40]);
    assert.deepEqual(spread([90, 95, 99], 13, 0, 100), [74, 87, 100]);
  });
});

describe('curves', () => {
  const points: CurvePoint[] = [
    { epoch: 0, validationLoss: 2 },
    { epoch: 1, validationLoss: 1, trainLoss: 1.5 },
    { epoch: 2, validationLoss: Number.NaN, trainLoss: 1.2 },
  ];

  it('are drawn of the values that there are', () => {
    assert.deepEqual(samplesOf(points, 'validationLoss'), [
      { epoch: 0, value: 2 },
      { epoch: 1, value: 1 },
    ]);
    assert.deepEqual(samplesOf(points, 'trainAccuracy'), []);
  });

  it('keep every peak when there are more points than pixels', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      epoch: i,
      value: i === 5003 ? 99 : Math.sin(i),
    }));
    const few = thinned(many, 100);
    assert.ok(few.length <= 200);
    assert.ok(few.some(({ value }) => value === 99));
    assert.deepEqual(
      column(few, 'epoch'),
      column(few, 'epoch').toSorted((a, b) => a - b),
    );
    assert.equal(thinned(many.slice(0, 50), 100).length, 50);
  });

  it('are read at the nearest point', () => {
    const samples = [0, 1, 2, 5].map((epoch) => ({ epoch, value: epoch * 10 }));
    assert.equal(nearest(samples, 1.4)?.value, 10);
    assert.equal(nearest(samples, 4)?.value, 50);
    assert.equal(nearest(samples, -3)?.value, 0);
    assert.equal(nearest(samples, 9)?.value, 50);
    assert.equal(nearest([], 1), undefined);
  });

  it('are read by keys: the first press says where one is, arrows go by epochs, Escape leaves', () => {
    const content = {
      epochs: 20,
      series: [
        {
          of: 'this',
          name: 'train',
          run: 0,
          kind: 'train' as const,
          samples: [1, 12].map((epoch) => ({ epoch, value: 1 })),
        },
      ],
    };
    assert.equal(epochAfterKey('ArrowLeft', undefined, content), 12);
    assert.equal(epochAfterKey('ArrowLeft', 12, content), 11);
    assert.equal(epochAfterKey('ArrowLeft', 11.4, content), 11);
    assert.equal(epochAfterKey('ArrowRight', 12, content), 12);
    assert.equal(epochAfterKey('PageDown', 12, content), 2);
    assert.equal(epochAfterKey('Home', 12, content), 1);
    assert.equal(epochAfterKey('End', 3, content), 12);
    assert.equal(epochAfterKey('Escape', 3, content), undefined);
    assert.equal(epochAfterKey('a', 3, content), null);
  });
});

describe('a growing curve', () => {
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('asks only for points that it does not have, once at a time', async () => {
    const asked: number[] = [];
    const all = [0, 1, 2, 3].map((epoch): CurvePoint => ({ epoch }));
    let there = 2;
    const curve = new GrowingCurve(
      async (from) => {
        asked.push(from);
        return all.slice(from, there);
      },
      () => {},
    );
    curve.grownTo(2);
    curve.grownTo(2);
    await settle();
    there = 4;
    curve.grownTo(4);
    await settle();
    assert.deepEqual(asked, [0, 2]);
    assert.deepEqual(curve.points, all);
  });

  it('reads a run of unknown length to its end', async () => {
    const all = [0, 1, 2].map((epoch): CurvePoint => ({ epoch }));
    const curve = new GrowingCurve(
      async (from) => all.slice(from, from + 2),
      () => {},
    );
    curve.grownTo(Number.POSITIVE_INFINITY);
    await settle();
    assert.equal(curve.points.length, 3);
  });

  it('forgets points that a run went back behind', async () => {
    let epochs = [0, 1, 2, 3];
    const curve = new GrowingCurve(
      async (from) => epochs.slice(from).map((epoch): CurvePoint => ({ epoch })),
      () => {},
    );
    curve.grownTo(4);
    await settle();
    epochs = [0, 1];
    curve.grownTo(2);
    assert.equal(curve.points.length, 2);
  });

  it('asks again after a failure', async () => {
    let fail = true;
    const curve = new GrowingCurve(
      async () => {
        if (fail) throw new Error('gone');
        return [{ epoch: 0 }];
      },
      () => {},
    );
    curve.grownTo(1);
    await settle();
    fail = false;
    curve.grownTo(1);
    await settle();
    assert.equal(curve.points.length, 1);
  });
});
