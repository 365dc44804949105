import type { InputSpec, Preprocessing } from '../../src/core/images/preprocessing.ts';

/** Float pixels of `edge` x `edge` from 0 to 1; `preprocessing` is what a test wants otherwise. */
export function inputSpec(edge: number, preprocessing: Partial<Preprocessing> = {}): InputSpec {
  return {
    type: 'float32',
    layout: 'nchw',
    height: edge,
    width: edge,
    preprocessing: {
      size: { height: edge, width: edge },
      resample: 'bilinear',
      rescaleFactor: 1 / 255,
      mean: [0, 0, 0],
      std: [1, 1, 1],
      channels: 'rgb',
      ...preprocessing,
    },
  };
}
