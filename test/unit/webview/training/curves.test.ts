import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CurvePoint } from '../../../../src/protocol/trainingView.ts';
import { GrowingCurve, samplesOf } from '../../../../webview/training/curves.ts';

describe('curves', () => {
  const points: CurvePoint[] = [
    { epoch: 0, validationLoss: 2 },
    { epoch: 1, validationLoss: 1, trainLoss: 1.5 },
    { epoch: 2, validationLoss: Number.NaN, trainLoss: 1.2 },
  ];

  it('are drawn of the values that there are', () => {
    assert.deepEqual(samplesOf(points, 'validationLoss'), [
      { at: 0, value: 2 },
      { at: 1, value: 1 },
    ]);
    assert.deepEqual(samplesOf(points, 'trainAccuracy'), []);
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
