import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Tensor } from 'onnxruntime-node';
import type { ClassifierForm } from '../../../../src/core/classifiers/classifierOptions.ts';
import { InputNodes } from '../../../../src/core/classifiers/inputNodes.ts';
import type { InputSpec, RgbImage } from '../../../../src/core/images/preprocessing.ts';
import { fillInput, inputBytes, inputView } from '../../../../src/core/images/tensor.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { inputSpec } from '../../inputSpec.ts';
import { sketched } from './sketched.ts';

/** A smooth picture with some noise. */
function picture(height: number, width: number): RgbImage {
  const random = seededRandom(height * 1000 + width);
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return 128 + 90 * Math.sin(0.9 * (i % 3) + x / 9 + y / 13) + 37 * random();
  });
  return { height, width, data };
}

const SIZES = [
  [90, 120],
  [121, 64],
  [64, 64],
  [16, 16],
  [20, 31],
  [30, 65],
  [7, 300],
] as const;

/** @returns the share of elements that differ, and by how many grey levels at most */
async function differences(
  form: ClassifierForm,
  spec: InputSpec,
  size: readonly [number, number],
  isFixed: boolean,
) {
  const [height, width] = size;
  const image = picture(height, width);
  const dims = isFixed ? [1, height, width, 3] : ['N', 'H', 'W', 3];
  const run = await sketched(
    [{ name: 'images', type: 'uint8', dims }],
    spec.type,
    (s) =>
      new InputNodes(s, form, { value: 'images', ...(isFixed && { size: { height, width } }) }).input(spec),
    form === 'modern' ? 18 : 13,
  );
  const out = await run({ images: new Tensor('uint8', new Uint8Array(image.data), [1, height, width, 3]) });
  const expected = inputView(spec, new ArrayBuffer(inputBytes(spec)));
  fillInput(image, spec, expected);
  const { rescaleFactor, std } = spec.preprocessing;
  const level = spec.type === 'float32' ? rescaleFactor / Math.max(...std) : 1;
  assert.deepEqual(
    [...out.dims],
    spec.layout === 'nchw' ? [1, 3, spec.height, spec.width] : [1, spec.height, spec.width, 3],
  );
  let count = 0;
  let most = 0;
  const data = out.data as Float32Array;
  for (let i = 0; i < expected.length; i++) {
    const levels = Math.abs(data[i] - expected[i]) / level;
    if (levels > 0.01) count++;
    most = Math.max(most, levels);
  }
  return { share: count / expected.length, most };
}

const shortest = { size: { shortestEdge: 64 }, crop: { height: 56, width: 56 } };
const imagenet = {
  rescaleFactor: 1 / 255,
  mean: [0.485, 0.456, 0.406] as [number, number, number],
  std: [0.229, 0.224, 0.225] as [number, number, number],
};
const effect = (edge: number) => {
  const shared = new SharedArrayBuffer(4 * 3 * edge * edge);
  new Float32Array(shared).forEach((_, i, all) => {
    all[i] = Math.sin(i) / 9;
  });
  return shared;
};
const specs: Record<string, InputSpec> = {
  'cropped from a shortest edge': inputSpec(56, { ...shortest, ...imagenet }),
  'resized to its size': inputSpec(48),
  'cubic, BGR': inputSpec(56, { ...shortest, resample: 'bicubic', channels: 'bgr', mean: [0.1, 0.2, 0.3] }),
  'larger than what is cropped from, so padded': inputSpec(80, {
    size: { shortestEdge: 64 },
    crop: { height: 80, width: 80 },
  }),
  'wide, so that tiny pictures are padded': {
    ...inputSpec(56, { size: { shortestEdge: 64 }, crop: { height: 40, width: 72 } }),
    height: 40,
    width: 72,
  },
  'inside a frame': { ...inputSpec(56, imagenet), prompt: { sha256: 'p', frame: 6, effect: effect(56) } },
  'with a watermark, channels last': {
    ...inputSpec(56, { ...shortest, ...imagenet, channels: 'bgr' }),
    layout: 'nhwc',
    prompt: { sha256: 'p', frame: 0, effect: effect(56) },
  },
  bytes: { ...inputSpec(56, { ...shortest, rescaleFactor: 1 }), type: 'uint8', layout: 'nhwc' },
  'signed bytes, channels first': {
    ...inputSpec(56, { ...shortest, rescaleFactor: 1, mean: [128, 128, 128] }),
    type: 'int8',
  },
};

describe('what goes into an exported classifier', () => {
  for (const [name, spec] of Object.entries(specs)) {
    for (const form of ['modern', 'portable'] as const) {
      it(`${name}, ${form}: is what fillInput makes`, async () => {
        for (const size of SIZES) {
          for (const isFixed of [false, true]) {
            const { share, most } = await differences(form, spec, size, isFixed);
            // Sums of pixels that are a half but for rounding go either way, and an edge that is sharpened adds to it.
            assert.ok(
              share <= 0.06 && most <= 12,
              `${size} ${isFixed}: ${(100 * share).toFixed(2)}% by ${most}`,
            );
          }
        }
      });
    }
  }

  it('at a fixed size, portable: is exactly what fillInput makes where nothing is sharpened', async () => {
    const { share } = await differences('portable', specs['cropped from a shortest edge'], [90, 120], true);
    assert.ok(share < 0.0005, `${share}`);
  });

  it('makes pixels once for backbones that want the same', async () => {
    const same = specs['cropped from a shortest edge'];
    let count = 0;
    await sketched([{ name: 'images', type: 'uint8', dims: ['N', 'H', 'W', 3] }], 'float32', (s) => {
      const inputs = new InputNodes(s, 'modern', { value: 'images' });
      inputs.input(same);
      const value = inputs.input({ ...same, preprocessing: { ...same.preprocessing, mean: [0, 0, 0] } });
      count = s.nodes.filter(({ op }) => op === 'If').length;
      return value;
    });
    assert.equal(count, 1);
  });
});
