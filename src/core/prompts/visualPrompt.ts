import { invalidArgument } from '../errors.ts';
import { logistic } from '../logistic.ts';
import { seededRandom, standardNormal } from '../random.ts';
import { phrase } from '../text/text.ts';
import { initialNetwork, networkSize } from './maskNetwork.ts';

/**
 * Prompts that add a picture of the input's size to every image; `mask`: as much of it, everywhere, as a small network says
 * for that image.
 */
export const additiveKinds = ['padding', 'watermark', 'low-rank', 'mask'] as const;
export type AdditiveKind = (typeof additiveKinds)[number];

/** What a prompt's parameters mean, for inputs of `height` x `width`. */
export interface PromptShape {
  readonly kind: AdditiveKind;
  readonly height: number;
  readonly width: number;
  /** padding: width of the frame in pixels; 0 for the others. */
  readonly frame: number;
  /** low-rank: rank of each channel; 0 for the others. */
  readonly rank: number;
  /** mask: channels of the backbone's input, each of which has a mask; absent for the others. */
  readonly channels?: number | undefined;
}

/** Of an input: colors and alpha. */
const MOST_CHANNELS = 4;

/** Elements of the right factor at the start: with a left one of zeros the prompt begins as nothing. */
const RIGHT_DEVIATION = 0.5;

/** @throws {SemapError} `invalid-argument` when no prompt can have this shape */
export function checkShape({ kind, height, width, frame, rank, channels = 0 }: PromptShape): void {
  const edge = Math.min(height, width);
  if (kind === 'padding' && !(Number.isInteger(frame) && frame >= 1 && 2 * frame < edge)) {
    throw invalidArgument(
      phrase('A frame of {0} pixels does not fit inputs of {1} x {2}.', frame, height, width),
      { hint: phrase('Choose a width from 1 to {0} pixels.', Math.ceil(edge / 2) - 1) },
    );
  }
  if (kind === 'low-rank' && !(Number.isInteger(rank) && rank >= 1 && rank <= edge)) {
    throw invalidArgument(phrase('A prompt cannot have rank {0}.', rank), {
      hint: phrase('Choose a rank from 1 to {0}; 4 is usual.', edge),
    });
  }
  if (kind === 'mask' && !(Number.isInteger(channels) && channels >= 1 && channels <= MOST_CHANNELS)) {
    throw invalidArgument(phrase('A mask cannot have {0} channels.', channels));
  }
}

/** How many numbers are trained. */
export function parameterCount({ kind, height, width, frame, rank, channels = 0 }: PromptShape): number {
  switch (kind) {
    case 'padding':
      return 3 * (height * width - (height - 2 * frame) * (width - 2 * frame));
    case 'watermark':
      return 3 * height * width;
    case 'low-rank':
      return 3 * rank * (height + width);
    case 'mask':
      return 3 * height * width + networkSize(channels);
  }
}

/**
 * Parameters before training: a grey frame, or nothing added.
 * @param deviation of the right factor's elements
 */
export function initialParameters(
  shape: PromptShape,
  seed: number,
  deviation: number = RIGHT_DEVIATION,
): Float32Array {
  const parameters = new Float32Array(parameterCount(shape));
  networkOf(shape, parameters)?.set(initialNetwork(shape.channels!, seededRandom(seed ^ 0x5a11)));
  if (shape.kind !== 'low-rank') return parameters;
  const random = seededRandom(seed ^ 0x10f2);
  for (let i = 3 * shape.rank * shape.height; i < parameters.length; i++) {
    parameters[i] = deviation * standardNormal(random);
  }
  return parameters;
}

/**
 * What a prompt adds to the pixels, row-major [3, H, W] (R, G, B), in units of the full range: 1 is from black to white.
 * A frame is kept in [0, 1] by a sigmoid; the others are free. Of a mask it is what the mask is multiplied with.
 */
export function effectOf(shape: PromptShape, parameters: Float32Array): Float32Array {
  const { kind, height, width, rank } = shape;
  switch (kind) {
    case 'watermark':
    case 'mask':
      return parameters.slice(0, 3 * height * width);
    case 'padding': {
      const effect = new Float32Array(3 * height * width);
      let p = 0;
      forFrame(shape, (at) => {
        effect[at] = logistic(parameters[p++]);
      });
      return effect;
    }
    case 'low-rank': {
      const effect = new Float32Array(3 * height * width);
      for (let c = 0; c < 3; c++) {
        for (let y = 0; y < height; y++) {
          const row = effect.subarray((c * height + y) * width, (c * height + y + 1) * width);
          for (let r = 0; r < rank; r++) {
            const left = parameters[(c * height + y) * rank + r];
            const right = rightRow(shape, c, r);
            for (let x = 0; x < width; x++) row[x] += left * parameters[right + x];
          }
        }
      }
      return effect;
    }
  }
}

/** The part of the parameters that a mask's network has; undefined for prompts without one. */
export function networkOf(
  { kind, height, width }: PromptShape,
  parameters: Float32Array,
): Float32Array | undefined {
  return kind === 'mask' ? parameters.subarray(3 * height * width) : undefined;
}

/**
 * The gradient with respect to the parameters, of one with respect to the effect [3, H, W].
 * Padding: d sigmoid = s (1 - s). Low-rank, D = L R: dL = dD R', dR = L' dD.
 * @param network the gradient with respect to a mask's network
 */
export function pullBack(
  shape: PromptShape,
  parameters: Float32Array,
  gradient: Float32Array,
  network?: Float32Array,
): Float32Array {
  const { kind, height, width, rank } = shape;
  switch (kind) {
    case 'watermark':
      return gradient;
    case 'mask': {
      const result = new Float32Array(parameters.length);
      result.set(gradient);
      if (network) networkOf(shape, result)!.set(network);
      return result;
    }
    case 'padding': {
      const result = new Float32Array(parameters.length);
      let p = 0;
      forFrame(shape, (at) => {
        const s = logistic(parameters[p]);
        result[p++] = gradient[at] * s * (1 - s);
      });
      return result;
    }
    case 'low-rank': {
      const result = new Float32Array(parameters.length);
      for (let c = 0; c < 3; c++) {
        for (let y = 0; y < height; y++) {
          const at = (c * height + y) * width;
          for (let r = 0; r < rank; r++) {
            const leftAt = (c * height + y) * rank + r;
            const left = parameters[leftAt];
            const right = rightRow(shape, c, r);
            let sum = 0;
            for (let x = 0; x < width; x++) {
              sum += gradient[at + x] * parameters[right + x];
              result[right + x] += left * gradient[at + x];
            }
            result[leftAt] = sum;
          }
        }
      }
      return result;
    }
  }
}

/** Where row `r` of channel `c`'s right factor [rank, W] begins, behind all left ones [H, rank]. */
function rightRow({ height, width, rank }: PromptShape, c: number, r: number): number {
  return 3 * height * rank + (c * rank + r) * width;
}

/** Calls for every element of the frame in [3, H, W], in order. */
function forFrame({ height, width, frame }: PromptShape, each: (at: number) => void): void {
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) {
      const row = (c * height + y) * width;
      const inside = y >= frame && y < height - frame;
      for (let x = 0; x < width; x++) {
        if (inside && x === frame) x = width - frame;
        each(row + x);
      }
    }
  }
}
