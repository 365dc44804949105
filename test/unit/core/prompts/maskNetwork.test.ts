import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MASKED_INPUT, maskedInputModel } from '../../../../src/core/classifiers/maskedInput.ts';
import { CHANNEL_ORDERS, channelCount, type InputSpec } from '../../../../src/core/images/preprocessing.ts';
import { initialNetwork, networkSize, standardScaling } from '../../../../src/core/prompts/maskNetwork.ts';
import { maskInRgb, maskPicture } from '../../../../src/core/prompts/maskPicture.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { inputSpec } from '../../inputSpec.ts';
import { open, tensor } from '../classifiers/sketched.ts';

function numbers(length: number, seed: number, scale = 1): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => scale * (2 * random() - 1));
}

interface Planes {
  readonly values: Float64Array;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** A convolution of 3 x 3 with a border of zeros, as its formula says. */
function convolved({ values, channels, height, width }: Planes, weights: Float32Array, maps: number): Planes {
  const result = new Float64Array(maps * height * width);
  for (let m = 0; m < maps; m++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = weights[maps * channels * 9 + m];
        for (let c = 0; c < channels; c++) {
          for (let tap = 0; tap < 9; tap++) {
            const [row, column] = [y + Math.floor(tap / 3) - 1, x + (tap % 3) - 1];
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            sum += weights[(m * channels + c) * 9 + tap] * values[(c * height + row) * width + column];
          }
        }
        result[(m * height + y) * width + x] = sum;
      }
    }
  }
  return { values: result, channels: maps, height, width };
}

/** The largest of every two by two; what is left over at an end counts alone. */
function halved({ values, channels, height, width }: Planes): Planes {
  const [h, w] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const result = new Float64Array(channels * h * w).fill(Number.NEGATIVE_INFINITY);
  values.forEach((value, i) => {
    const x = i % width;
    const y = Math.floor(i / width) % height;
    const c = Math.floor(i / width / height);
    const at = (c * h + Math.floor(y / 2)) * w + Math.floor(x / 2);
    result[at] = Math.max(result[at], value);
  });
  return { values: result, channels, height: h, width: w };
}

/** The mask of an image, by loops. */
function maskOf(image: Float32Array, spec: InputSpec, network: Float32Array): Float64Array {
  const { height, width, preprocessing } = spec;
  const channels = channelCount(preprocessing.channels);
  const { scale, shift } = standardScaling(preprocessing);
  const plane = height * width;
  let planes: Planes = {
    values: Float64Array.from(image, (value, i) => {
      const c = Math.floor(i / plane);
      return scale[c] * value + shift[c];
    }),
    channels,
    height,
    width,
  };
  let at = 0;
  for (const [i, maps] of [8, 16, 32, 64, channels].entries()) {
    const size = maps * (planes.channels * 9 + 1);
    planes = convolved(planes, network.subarray(at, at + size), maps);
    at += size;
    if (i === 4) break;
    planes.values.forEach((value, j, all) => {
      all[j] = Math.max(0, value);
    });
    if (i < 3) planes = halved(planes);
  }
  const { values, height: h, width: w } = planes;
  return Float64Array.from({ length: channels * plane }, (_, i) => {
    const [x, y, c] = [i % width, Math.floor(i / width) % height, Math.floor(i / plane)];
    return values[(c * h + Math.floor(y / 8)) * w + Math.floor(x / 8)];
  });
}

function specOf(channels: (typeof CHANNEL_ORDERS)[number], height: number, width: number): InputSpec {
  const count = channelCount(channels);
  const some = (values: readonly number[]) => values.slice(0, count);
  const inverted = count % 2 === 0 ? ({ inverted: true } as const) : {};
  const scaling = { mean: some([0.4, 0.5, 0.6, 0.1]), std: some([0.2, 0.25, 0.3, 0.5]), ...inverted };
  return { ...inputSpec(8, { channels, ...scaling }), height, width };
}

describe('The network of masks', () => {
  it('has as many numbers as published, without those of batch normalization', () => {
    // SMM states 26,499 for patches of 8 pixels; 240 of them are scales and shifts of 8, 16, 32 and 64 maps.
    assert.equal(networkSize(3), 26_499 - 240);
  });

  it('begins with masks near 1', async () => {
    const spec = specOf('rgb', 32, 32);
    const network = initialNetwork(3, seededRandom(3));
    const mask = maskOf(numbers(3 * 32 * 32, 4, 2), spec, network);
    const mean = mask.reduce((sum, value) => sum + value, 0) / mask.length;
    assert.ok(Math.abs(mean - 1) < 0.5, `${mean}`);
    const spread = mask.reduce((sum, value) => sum + (value - mean) ** 2, 0) / mask.length;
    assert.ok(spread > 1e-3 && spread < 0.5, `${spread}`);
  });

  for (const channels of CHANNEL_ORDERS) {
    it(`is the same in a graph and by loops, on sizes that patches do not divide: ${channels}`, async () => {
      for (const [height, width] of [
        [16, 24],
        [21, 13],
      ]) {
        const spec = specOf(channels, height, width);
        const count = channelCount(channels) * height * width;
        const network = numbers(networkSize(channelCount(channels)), 1, 0.15);
        const [image, added] = [numbers(count, 2, 2), numbers(count, 3)];
        const session = await open(maskedInputModel(spec, { added, network }));
        const feed = tensor(image, 1, channelCount(channels), height, width);
        const { [MASKED_INPUT.fed]: fed, [MASKED_INPUT.mask]: mask } = await session.run({
          [MASKED_INPUT.images]: feed,
        });
        const expected = maskOf(image, spec, network);
        (mask.data as Float32Array).forEach((value, i) => {
          assert.ok(Math.abs(value - expected[i]) < 1e-3, `${value} is not ${expected[i]} at ${i}`);
        });
        (fed.data as Float32Array).forEach((value, i) => {
          const sum = image[i] + added[i] * expected[i];
          assert.ok(Math.abs(value - sum) < 1e-3, `${value} is not ${sum} at ${i}`);
        });
      }
    });
  }

  it('is drawn with gray for nothing, white for twice the prompt, and black for its opposite', () => {
    const bgr = specOf('bgr', 1, 2);
    const mask = maskInRgb(Float32Array.of(0, 1, 2, 5, -2, -9), bgr);
    assert.deepEqual([...mask], [-2, -9, 2, 5, 0, 1]);
    assert.deepEqual([...maskPicture(mask)], [0, 255, 128, 0, 255, 192]);
    const gray = maskInRgb(Float32Array.of(1, 2, 0, 0), specOf('gray-alpha', 1, 2));
    assert.deepEqual([...gray], [1, 2, 1, 2, 1, 2]);
  });

  it('sees the same pixels whatever a backbone is normalized to', () => {
    for (const pixel of [0, 51, 255]) {
      for (const more of [{}, { inverted: true }, { rescaleFactor: 1, mean: [0, 0, 0], std: [1, 1, 1] }]) {
        const { preprocessing } = inputSpec(8, {
          mean: [0.4, 0.5, 0.6],
          std: [0.2, 0.25, 0.3],
          ...(more as object),
        });
        const { scale, shift } = standardScaling(preprocessing);
        const { rescaleFactor, mean, std, inverted } = preprocessing;
        for (const c of [0, 1, 2]) {
          const value = ((inverted ? 255 - pixel : pixel) * rescaleFactor - mean[c]) / std[c];
          assert.ok(Math.abs(scale[c] * value + shift[c] - (pixel / 255 - 0.5) / 0.25) < 1e-9);
        }
      }
    }
  });
});
