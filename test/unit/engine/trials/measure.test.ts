import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackboneDescription } from '../../../../src/core/backbones/backboneDescription.ts';
import type { DecodePool } from '../../../../src/engine/images/decodePool.ts';
import type { Lane } from '../../../../src/engine/inference/lane.ts';
import { measurePreparations } from '../../../../src/engine/trials/measure.ts';

test('nothing is said of preparations where every one of them overflows on an image', async () => {
  const input = {
    type: 'float32',
    layout: 'nchw',
    height: 2,
    width: 2,
    preprocessing: {
      size: { height: 2, width: 2 },
      resample: 'bilinear',
      rescaleFactor: 1 / 255,
      mean: [0, 0, 0],
      std: [1, 1, 1],
      channels: 'rgb',
    },
  } as const;
  const labelSpace = { name: 'two', labels: [{ name: 'cat' }, { name: 'dog' }], background: [] };
  const backbone = { input, labelSpace, fixedBatch: 1 } as unknown as BackboneDescription;
  let image = 0;
  const measured = await measurePreparations({
    backbone,
    open: { scaling: true, channels: true },
    images: [0, 1, 2, 3].map((i) => ({ path: `/${i}.png`, truth: -1 })),
    lane: {
      run: async () => ({ scores: Float32Array.of(image < 2 ? 1 : Number.NaN, 0) }),
    } as unknown as Lane,
    decode: {
      load: async (path: string) => {
        image = Number(path[1]);
        return { image: new ArrayBuffer(4 * 12) };
      },
    } as unknown as DecodePool,
    signal: new AbortController().signal,
    report: () => {},
  });
  assert.equal(measured.sureness, undefined);
  assert.equal(measured.images, 4);
});
