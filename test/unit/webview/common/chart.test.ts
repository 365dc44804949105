import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { placeAfterKey } from '../../../../webview/common/chart/keys.ts';
import { nearest, thinned } from '../../../../webview/common/chart/samples.ts';
import { bounds, place, spread, ticks, valueAt } from '../../../../webview/common/chart/scale.ts';
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
  it('keep every peak when there are more points than pixels', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      at: i,
      value: i === 5003 ? 99 : Math.sin(i),
    }));
    const few = thinned(many, 100);
    assert.ok(few.length <= 200);
    assert.ok(few.some(({ value }) => value === 99));
    assert.deepEqual(
      column(few, 'at'),
      column(few, 'at').toSorted((a, b) => a - b),
    );
    assert.equal(thinned(many.slice(0, 50), 100).length, 50);
  });

  it('are read at the nearest point', () => {
    const samples = [0, 1, 2, 5].map((at) => ({ at, value: at * 10 }));
    assert.equal(nearest(samples, 1.4)?.value, 10);
    assert.equal(nearest(samples, 4)?.value, 50);
    assert.equal(nearest(samples, -3)?.value, 0);
    assert.equal(nearest(samples, 9)?.value, 50);
    assert.equal(nearest([], 1), undefined);
  });

  it('are read by keys: the first press says where one is, arrows go by epochs, Escape leaves', () => {
    const content = {
      end: 20,
      series: [
        {
          of: 'this',
          name: 'train',
          run: 0,
          kind: 'train' as const,
          samples: [1, 12].map((at) => ({ at, value: 1 })),
        },
      ],
    };
    const moved = (key: string, at: number | undefined) =>
      placeAfterKey(key, at, content, { step: 1, page: 10 });
    assert.equal(moved('ArrowLeft', undefined), 12);
    assert.equal(moved('ArrowLeft', 12), 11);
    assert.equal(moved('ArrowLeft', 11.4), 11);
    assert.equal(moved('ArrowRight', 12), 12);
    assert.equal(moved('PageDown', 12), 2);
    assert.equal(moved('Home', 12), 1);
    assert.equal(moved('End', 3), 12);
    assert.equal(moved('Escape', 3), undefined);
    assert.equal(moved('a', 3), null);
  });

  it('are read by keys in small steps, without the crumbs of their sums', () => {
    const samples = Array.from({ length: 101 }, (_, i) => ({ at: i / 100, value: 1 }));
    const content = { end: 1, series: [{ of: '', name: '', run: 0, kind: 'coverage' as const, samples }] };
    const moved = (key: string, at: number) => placeAfterKey(key, at, content, { step: 0.01, page: 0.1 });
    for (const { at } of samples.slice(1)) {
      assert.equal(moved('ArrowLeft', at), Number((at - 0.01).toFixed(2)));
      assert.equal(moved('ArrowRight', Number((at - 0.01).toFixed(2))), at);
    }
    assert.deepEqual([moved('PageUp', 0.95), moved('PageDown', 0.07), moved('End', 0.2)], [1, 0, 1]);
  });
});
