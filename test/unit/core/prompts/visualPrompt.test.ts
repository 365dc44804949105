import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import type { ChannelOrder, Preprocessing, RgbImage } from '../../../../src/core/images/preprocessing.ts';
import { CHANNEL_ORDERS, channelCount, pixelSpec } from '../../../../src/core/images/preprocessing.ts';
import { fillInput } from '../../../../src/core/images/tensor.ts';
import { decodePrompt, encodePrompt, promptedInput } from '../../../../src/core/prompts/promptFile.ts';
import { PromptInput, type Variation } from '../../../../src/core/prompts/promptInput.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../../src/core/prompts/safetensors.ts';
import {
  type AdditiveKind,
  checkShape,
  effectOf,
  initialParameters,
  type PromptShape,
  parameterCount,
  pullBack,
} from '../../../../src/core/prompts/visualPrompt.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { inputSpec } from '../../inputSpec.ts';

const shapes: readonly PromptShape[] = [
  { kind: 'padding', height: 6, width: 5, frame: 2, rank: 0 },
  { kind: 'watermark', height: 6, width: 5, frame: 0, rank: 0 },
  { kind: 'low-rank', height: 6, width: 5, frame: 0, rank: 2 },
  { kind: 'mask', height: 6, width: 5, frame: 0, rank: 0, channels: 3 },
];

function numbers(length: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => 2 * random() - 1);
}

const spec = (more: Partial<Preprocessing> = {}) =>
  inputSpec(8, { mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3], ...more });

/** Numbers for each channel of an order; those with alpha are inverted too. */
function scalingOf(channels: ChannelOrder): Partial<Preprocessing> {
  const count = channelCount(channels);
  const some = (values: readonly number[]) => values.slice(0, count);
  const inverted = count % 2 === 0 ? ({ inverted: true } as const) : {};
  return { mean: some([0.4, 0.5, 0.6, 0.1]), std: some([0.2, 0.25, 0.3, 0.5]), ...inverted };
}

function picture(): RgbImage {
  const random = seededRandom(5);
  return { width: 12, height: 12, data: Uint8Array.from({ length: 432 }, () => 256 * random()) };
}

describe('Visual prompts', () => {
  for (const shape of shapes) {
    it(`pull a gradient back through ${shape.kind} as finite differences do`, () => {
      const parameters = numbers(parameterCount(shape), 1);
      const weights = numbers(90, 2);
      const value = (at: Float32Array) => effectOf(shape, at).reduce((sum, x, i) => sum + x * weights[i], 0);
      const gradient = pullBack(shape, parameters, weights);
      // Behind the effect's numbers are those of a mask's network, with gradients of their own.
      for (let i = 0; i < Math.min(parameters.length, 120); i++) {
        const moved = (by: number) => {
          const copy = parameters.slice();
          copy[i] += by;
          return value(copy);
        };
        const slope = (moved(0.01) - moved(-0.01)) / 0.02;
        assert.ok(Math.abs(slope - gradient[i]) < 1e-3, `${gradient[i]} is not ${slope} at ${i}`);
      }
    });

    it(`come back from a file: ${shape.kind}`, () => {
      const prompt = { shape, parameters: numbers(parameterCount(shape), 3), backbone: 'abc' };
      assert.deepEqual(decodePrompt(encodePrompt(prompt), 'prompt.safetensors'), prompt);
    });
  }

  it('a frame leaves the picture alone and stays between black and white', () => {
    const [shape] = shapes as [PromptShape];
    const effect = effectOf(
      shape,
      numbers(parameterCount(shape), 4).map((x) => 100 * x),
    );
    assert.ok(effect.every((x) => x >= 0 && x <= 1));
    // Rows 2 and 3, column 2 of each channel are inside.
    for (const c of [0, 1, 2]) for (const y of [2, 3]) assert.equal(effect[(c * 6 + y) * 5 + 2], 0);
  });

  it('begin as nothing where they are added', () => {
    for (const kind of ['watermark', 'low-rank', 'mask'] satisfies AdditiveKind[]) {
      const shape = { ...shapes.find((one) => one.kind === kind)! };
      assert.ok(effectOf(shape, initialParameters(shape, 0)).every((x) => x === 0));
    }
  });

  it('refuse shapes that cannot be', () => {
    for (const wrong of [
      { ...shapes[0], frame: 3 },
      { ...shapes[0], frame: 0 },
      { ...shapes[2], rank: 0 },
      { ...shapes[3], channels: 0 },
      { ...shapes[3], channels: 5 },
      { ...shapes[3], channels: undefined },
    ])
      assert.throws(() => checkShape(wrong), { reason: 'invalid-argument' });
  });

  it('a file with numbers that are none, or beyond all inputs, is refused with the place', () => {
    const [shape] = shapes.filter(({ kind }) => kind === 'watermark') as [PromptShape];
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, -1e30]) {
      const parameters = new Float32Array(parameterCount(shape));
      parameters[7] = wrong;
      const bytes = encodePrompt({ shape, parameters, backbone: '' });
      assert.throws(() => decodePrompt(bytes, 'prompt.safetensors'), {
        reason: 'invalid-document',
        message: /Cannot use prompt\.safetensors: value 7 is .*from -1,000,000 to 1,000,000/,
      });
    }
  });

  it('a mask of a file is refused with other channels, or where its network is cut off', () => {
    const shape = shapes[3];
    const prompt = { shape, parameters: new Float32Array(parameterCount(shape)), backbone: '' };
    assert.throws(
      () => promptedInput({ ...spec({ channels: 'gray' }), height: 6, width: 5 }, prompt, 'hash'),
      {
        reason: 'labels-mismatch',
        message: /inputs of 3 channels, but the backbone takes 1/,
      },
    );
    for (const wrong of [
      { ...prompt, shape: { ...shape, channels: 1 } },
      { ...prompt, shape: { ...shape, channels: 9 } },
      { ...prompt, shape: { ...shape, channels: Number.NaN } },
      { ...prompt, parameters: prompt.parameters.subarray(0, 90) },
    ])
      assert.throws(() => decodePrompt(encodePrompt(wrong), 'prompt.safetensors'), SemapError);
  });

  it('a file that claims a huge picture is refused, and one with a frame that its kind has not has none', () => {
    const decoded = (kind: AdditiveKind, change: Readonly<Record<string, string>>) => {
      const shape = shapes.find((one) => one.kind === kind)!;
      const bytes = encodePrompt({
        shape,
        parameters: new Float32Array(parameterCount(shape)),
        backbone: '',
      });
      const { tensors, metadata } = decodeSafetensors(bytes, 'prompt.safetensors');
      const file = encodeSafetensors({ tensors, metadata: { ...metadata, ...change } });
      return decodePrompt(file, 'prompt.safetensors');
    };
    const edge = 16_384;
    const shape: PromptShape = { kind: 'low-rank', height: edge, width: edge, frame: 0, rank: 1 };
    const parameters = new Float32Array(parameterCount(shape));
    const { height, width } = shapes[0];
    const claims = encodeSafetensors({
      tensors: {
        parameters: { shape: [parameters.length], data: parameters },
        effect: { shape: [3, height, width], data: new Float32Array(3 * height * width) },
      },
      metadata: {
        format: 'semap-prompt-1',
        kind: 'low-rank',
        height: String(edge),
        width: String(edge),
        frame: '0',
        rank: '1',
      },
    });
    assert.throws(() => decodePrompt(claims, 'prompt.safetensors'), { reason: 'invalid-document' });
    for (const frame of ['100', '-3', 'NaN', '0.5'])
      for (const kind of ['watermark', 'low-rank', 'mask'] as const)
        assert.equal(decoded(kind, { frame }).shape.frame, 0);
  });

  it('a damaged file is told as such', () => {
    const bytes = encodePrompt({ shape: shapes[1], parameters: new Float32Array(90), backbone: '' });
    for (const cut of [bytes.subarray(0, 5), bytes.subarray(0, 60), bytes.subarray(0, bytes.length - 4)]) {
      assert.throws(() => decodePrompt(cut, 'prompt.safetensors'), { reason: 'invalid-document' });
    }
  });
});

describe('A prompted input', () => {
  for (const channels of CHANNEL_ORDERS) {
    for (const { kind, frame } of [
      { kind: 'watermark', frame: 0 },
      { kind: 'padding', frame: 2 },
    ] as const) {
      it(`is the same for classifying and for training: ${kind}, ${channels}`, () => {
        const shape: PromptShape = { kind, height: 8, width: 8, frame, rank: 0 };
        const parameters = numbers(parameterCount(shape), 6);
        const input = spec({ channels, ...scalingOf(channels) });
        const count = 64 * channelCount(channels);
        const classified = new Float32Array(count);
        fillInput(picture(), promptedInput(input, { shape, parameters, backbone: '' }, 'hash'), classified);

        const inner = pixelSpec(input, frame);
        const pixels = new Uint8Array(3 * inner.height * inner.width);
        fillInput(picture(), inner, pixels);
        const prompt = new PromptInput(input, frame);
        const trained = new Float32Array(count);
        assert.equal(prompt.size, count);
        prompt.fill(pixels, trained);
        const added = prompt.added(effectOf(shape, parameters));
        trained.forEach((value, i) => {
          const sum = value + added[i];
          assert.ok(Math.abs(sum - classified[i]) < 1e-4, `${sum} is not ${classified[i]} at ${i}`);
        });
      });
    }
  }

  it('turns gradients back by what it adds with', () => {
    for (const channels of CHANNEL_ORDERS) {
      const prompt = new PromptInput(spec({ channels, ...scalingOf(channels) }), 0);
      const effect = numbers(192, 1);
      const gradient = numbers(prompt.size, 2);
      const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
      const forward = dot(prompt.added(effect), gradient);
      const back = dot(effect, prompt.pullBack(gradient));
      assert.ok(
        Math.abs(forward - back) < 1e-3 * Math.abs(forward) + 1e-2,
        `${channels}: ${forward} ${back}`,
      );
    }
  });

  it('without an effect is the very input of the bare backbone', () => {
    const shape: PromptShape = { kind: 'watermark', height: 8, width: 8, frame: 0, rank: 0 };
    const bare = new Float32Array(192);
    fillInput(picture(), spec(), bare);
    const prompted = new Float32Array(192);
    const prompt = { shape, parameters: new Float32Array(192), backbone: '' };
    fillInput(picture(), promptedInput(spec(), prompt, 'hash'), prompted);
    assert.deepEqual(prompted, bare);
  });

  it('flips and moves pictures, what is left filled with its mirror image', () => {
    const input = { ...spec({ mean: [0, 0, 0], std: [1, 1, 1], rescaleFactor: 1 }), height: 2, width: 4 };
    const pixels = Uint8Array.from({ length: 24 }, (_, i) => i);
    const filled = (variation: { flip: boolean; right: number; down: number }) => {
      const into = new Float32Array(24);
      new PromptInput(input, 0).fill(pixels, into, variation);
      return [...into.subarray(0, 8)];
    };
    assert.deepEqual(filled({ flip: true, right: 0, down: 0 }), [3, 2, 1, 0, 7, 6, 5, 4]);
    assert.deepEqual(filled({ flip: false, right: 2, down: 0 }), [1, 0, 0, 1, 5, 4, 4, 5]);
    assert.deepEqual(filled({ flip: false, right: 0, down: -1 }), [4, 5, 6, 7, 4, 5, 6, 7]);
  });

  it('turns and zooms pictures about their middle, and tints them', () => {
    const input = { ...spec({ mean: [0, 0, 0], std: [1, 1, 1], rescaleFactor: 1 }), height: 4, width: 4 };
    const pixels = Uint8Array.from({ length: 48 }, (_, i) => i % 16);
    const filled = (variation: Partial<Variation>) => {
      const into = new Float32Array(48);
      new PromptInput(input, 0).fill(pixels, into, { flip: false, right: 0, down: 0, ...variation });
      return Array.from(into, (value) => Number(value.toFixed(4)));
    };
    const half = filled({ turn: Math.PI });
    assert.deepEqual(half.slice(0, 16), [15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    const quarter = filled({ turn: Math.PI / 2 });
    assert.deepEqual(quarter.slice(0, 4), [12, 8, 4, 0], 'clockwise');
    // Twice as large: a quarter of a pixel from the middle on, values of a slope of 1 across and 4 down.
    const twice = filled({ zoom: 2 });
    assert.deepEqual(twice.slice(5, 7), [6.25, 6.75]);
    assert.deepEqual(filled({ zoom: 2, flip: true }).slice(5, 7), [6.75, 6.25]);
    // As large, by the way of the moves without zoom.
    assert.deepEqual(
      filled({ turn: 1e-9, right: 1, down: -1, flip: true }),
      filled({ right: 1, down: -1, flip: true }),
    );
    const tinted = filled({ tint: { gain: [2, 1, 1], lift: [0, 0, 250] } });
    assert.deepEqual([tinted[3], tinted[19], tinted[35], tinted[47]], [6, 3, 253, 255]);
  });
});
