import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { preparationsOf, preparedAs } from '../../../../src/core/backbones/preparations.ts';
import type { Preprocessing } from '../../../../src/core/images/preprocessing.ts';

const described: Preprocessing = {
  size: { shortestEdge: 36 },
  crop: { height: 32, width: 32 },
  resample: 'lanczos',
  rescaleFactor: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  channels: 'rgb',
};
const names = (all: ReturnType<typeof preparationsOf>) =>
  all.map(({ scaling, channels, inverted }) => `${scaling} ${channels}${inverted ? ' inverted' : ''}`);

describe('preparations that are tried', () => {
  it('are the usual scalings in both orders of colors, the one described first', () => {
    const all = preparationsOf(described, 'float32');
    assert.equal(all.length, 10);
    assert.deepEqual(names(all).slice(0, 3), ['zeroToOne rgb', 'zeroToOne bgr', 'imagenet rgb']);
    assert.deepEqual(
      all.filter((one) => one.described).map((one) => one.channels),
      ['rgb'],
    );
  });

  it('are only of what is open, and of what whole numbers can hold', () => {
    const one = (open: Parameters<typeof preparationsOf>[2]) =>
      names(preparationsOf(described, 'float32', open));
    assert.deepEqual(one({ scaling: false, channels: true }), ['zeroToOne rgb', 'zeroToOne bgr']);
    assert.equal(one({ scaling: true, channels: false }).length, 5);
    const raw = { ...described, rescaleFactor: 1 };
    assert.deepEqual(names(preparationsOf(raw, 'uint8')), ['raw rgb', 'raw bgr']);
  });

  it('of gray inputs have one number, and an inversion in the place of another order', () => {
    const gray: Preprocessing = { ...described, channels: 'gray', mean: [0], std: [1] };
    const all = preparationsOf(gray, 'float32');
    assert.deepEqual(names(all), [
      'zeroToOne gray',
      'zeroToOne gray inverted',
      'mnist gray',
      'mnist gray inverted',
      'minusOneToOne gray',
      'minusOneToOne gray inverted',
      'raw gray',
      'raw gray inverted',
    ]);
    const inversion = { scaling: false, channels: false, inversion: true };
    assert.deepEqual(names(preparationsOf(gray, 'float32', inversion)), [
      'zeroToOne gray',
      'zeroToOne gray inverted',
    ]);
    assert.deepEqual(preparedAs(gray, all[5]), {
      ...gray,
      rescaleFactor: 1 / 127.5,
      mean: [1],
      std: [1],
      inverted: true,
    });
  });

  it('leave geometry and filter, and alpha, as they are described', () => {
    const rgba: Preprocessing = { ...described, channels: 'rgba', mean: [0, 0, 0, 0], std: [1, 1, 1, 1] };
    const imagenet = preparationsOf(rgba, 'float32').find(({ scaling }) => scaling === 'imagenet')!;
    const prepared = preparedAs(rgba, imagenet);
    assert.equal(prepared.resample, 'lanczos');
    assert.deepEqual(prepared.mean, [0.485, 0.456, 0.406, 0]);
  });
});
