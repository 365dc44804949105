import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Tensor } from 'onnxruntime-node';
import type { ClassifierForm } from '../../../../src/core/classifiers/classifierOptions.ts';
import { InputNodes } from '../../../../src/core/classifiers/inputNodes.ts';
import {
  type InputSpec,
  inputDims,
  type Preprocessing,
  type RgbImage,
} from '../../../../src/core/images/preprocessing.ts';
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

type Run = Awaited<ReturnType<typeof sketched>>;

/** What feeds a spec, for pictures of one size or of any. */
function feeding(form: ClassifierForm, spec: InputSpec, size?: readonly [number, number]): Promise<Run> {
  const pictures = { value: 'images', ...(size && { size: { height: size[0], width: size[1] } }) };
  return sketched(
    [{ name: 'images', type: 'uint8', dims: size ? [1, ...size, 3] : ['N', 'H', 'W', 3] }],
    spec.type,
    (s) => new InputNodes(s, form, pictures).input(spec),
    form === 'modern' ? 18 : 13,
  );
}

/** @returns the share of elements that differ, and by how many grey levels at most */
async function differences(run: Run, spec: InputSpec, [height, width]: readonly [number, number]) {
  const image = picture(height, width);
  const out = await run({ images: new Tensor('uint8', new Uint8Array(image.data), [1, height, width, 3]) });
  const expected = inputView(spec, new ArrayBuffer(inputBytes(spec)));
  fillInput(image, spec, expected);
  const { rescaleFactor, std } = spec.preprocessing;
  const level = /^float/.test(spec.type) ? rescaleFactor / Math.max(...std) : 1;
  assert.deepEqual([...out.dims], inputDims(spec, 1));
  let count = 0;
  let most = 0;
  const data = Array.from(out.data as ArrayLike<number | bigint>, Number);
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
  'gray, inverted, without a batch': {
    ...inputSpec(48, { mean: [0.1], std: [0.3], rescaleFactor: 1 / 255, channels: 'gray', inverted: true }),
    dims: [48, 48],
  },
  'gray and alpha, of 64 bits, in rows': {
    ...inputSpec(16, { mean: [0, 0], std: [1, 1], rescaleFactor: 1, channels: 'gray-alpha' }),
    type: 'int64',
    dims: ['N', 512],
  },
  'alpha first, doubles, channels last': {
    ...inputSpec(48, {
      mean: [0.1, 0.2, 0.3, 0.4],
      std: [1, 1, 1, 2],
      rescaleFactor: 1 / 255,
      channels: 'argb',
    }),
    type: 'float64',
    layout: 'nhwc',
  },
  'gray under a watermark': {
    ...inputSpec(56, { ...shortest, mean: [0.5], std: [0.5], rescaleFactor: 1 / 255, channels: 'gray' }),
    prompt: { sha256: 'p', frame: 0, effect: effect(56) },
  },
};

/** Kinds of resize and placement, with the share of elements that may differ by more than a hundredth of a grey level. */
const square = { height: 48, width: 48 };
const kinds: Record<string, readonly [share: number, preprocessing: Partial<Preprocessing>]> = {
  nearest: [0, { ...cropped(), resample: 'nearest' }],
  "OpenCV's nearest": [0, { ...cropped(), resample: 'nearest', antialias: false }],
  box: [0, { ...cropped(), resample: 'box' }],
  'areas, not rounded': [0, { ...cropped(), resample: 'box', antialias: false, rounded: false }],
  hamming: [0.006, { ...cropped(), resample: 'hamming' }],
  lanczos: [0.006, { ...cropped(), resample: 'lanczos' }],
  "OpenCV's cubic": [0.006, { ...cropped(), resample: 'bicubic', antialias: false }],
  "OpenCV's lanczos, not rounded": [
    0.006,
    { ...cropped(), resample: 'lanczos', antialias: false, rounded: false },
  ],
  'letterbox in a color': [0.03, { size: square, fit: 'letterbox', padColor: [124, 116, 104] }],
  'letterbox in gray, cropped': [
    0.05,
    { size: { height: 56, width: 56 }, fit: 'letterbox', padColor: [114, 114, 114], crop: square },
  ],
  'longest edge, top left': [0.03, { size: { longestEdge: 48 }, anchor: 'top-left' }],
  'cut first, lanczos': [0.012, { size: square, cropFirst: 1, resample: 'lanczos' }],
  'a share cut first': [0.006, { size: square, cropFirst: 0.875, antialias: false }],
  'cut first and last': [0.006, { ...cropped(), cropFirst: 1, antialias: false, rounded: false }],
};

function cropped(): Pick<Preprocessing, 'size' | 'crop'> {
  return { size: { shortestEdge: 56 }, crop: square };
}

describe('what goes into an exported classifier', () => {
  for (const [name, [allowed, preprocessing]] of Object.entries(kinds)) {
    it(`${name}: is what fillInput makes`, async () => {
      const spec = inputSpec(48, preprocessing);
      for (const form of ['modern', 'portable'] as const) {
        const open = await feeding(form, spec);
        const fixed = await feeding(form, spec, SIZES[5]);
        const runs = [[fixed, SIZES[5]], ...SIZES.map((size) => [open, size] as const)] as const;
        for (const [run, size] of runs) {
          const { share, most } = await differences(run, spec, size);
          assert.ok(share <= allowed && most <= 3.1, `${form} ${size}: ${share} by ${most}`);
        }
      }
    });
  }

  it('is the same where sums of many pixels are a half, but for the bits of the weights', async () => {
    for (const resample of ['box', 'bilinear', 'bicubic'] as const) {
      const spec = inputSpec(32, { size: { height: 32, width: 32 }, resample });
      const size = [320, 300] as const;
      const { share, most } = await differences(await feeding('modern', spec), spec, size);
      assert.ok(share <= 0.001, `${resample}: ${share} by ${most}`);
    }
  });

  for (const [name, spec] of Object.entries(specs)) {
    for (const form of ['modern', 'portable'] as const) {
      it(`${name}, ${form}: is what fillInput makes`, async () => {
        const open = await feeding(form, spec);
        for (const size of SIZES) {
          for (const run of [open, await feeding(form, spec, size)]) {
            const { share, most } = await differences(run, spec, size);
            // Sums of pixels that are a half but for rounding go either way, and an edge that is sharpened adds to it.
            assert.ok(
              share <= (most > 1.01 ? 0.06 : 0.12) && most <= 12,
              `${size} ${run === open}: ${(100 * share).toFixed(2)}% by ${most}`,
            );
          }
        }
      });
    }
  }

  it('at a fixed size, portable: is exactly what fillInput makes where nothing is sharpened', async () => {
    const spec = specs['cropped from a shortest edge'];
    const { share } = await differences(await feeding('portable', spec, [90, 120]), spec, [90, 120]);
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
