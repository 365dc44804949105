import { range } from '../../../../../src/core/onnx/shapes.ts';
import { grid } from '../../../grid.ts';
import type { Random } from '../random.ts';
import { type Case, type Draft, draft } from './draft.ts';

interface Window {
  readonly kernel: number[];
  readonly strides: number[];
  readonly dilations: number[];
  readonly pads: number[];
  readonly size: number[];
}

/** A window over one to three axes that fits at least once. */
function windowOf(random: Random, rank: number, maxKernel: number, padded: boolean): Window {
  const kernel = random.dims(rank, 1, maxKernel);
  const strides = random.dims(rank, 1, 3);
  const dilations = range(rank).map(() => (random.chance(0.3) ? 2 : 1));
  const reach = kernel.map((k, i) => (k - 1) * dilations[i] + 1);
  // A pooling window must not lie in the padding alone.
  const limit = (i: number) => (padded ? Math.min(2, kernel[i] - 1, Math.ceil(reach[i] / 2)) : 2);
  const pads = range(2 * rank).map((i) => (random.chance(0.5) ? 0 : random.int(0, limit(i % rank))));
  const size = reach.map((r) => r + random.int(0, rank === 3 ? 2 : 4));
  return { kernel, strides, dilations, pads, size };
}

/**
 * Strides no longer than the window. With longer ones the last window may begin behind the image, and then onnxruntime's
 * kernel drops it and its shape inference does not.
 */
function smallSteps({ kernel, strides, dilations }: Window): number[] {
  return strides.map((stride, i) => (dilations[i] > 1 ? 1 : Math.min(stride, kernel[i])));
}

function rankOf(random: Random): number {
  return random.pick([1, 2, 2, 2, 2, 3]);
}

/** Weights, and a bias, that are themselves made of the input: gradients reach it on three ways. */
function computedConvolution(random: Random, window: Window): [Draft, string] {
  const { kernel, strides, dilations, pads, size } = window;
  const [group, depth, maps] = random.pick([
    [1, random.int(1, 3), random.int(1, 3)],
    [2, random.int(1, 2), random.int(1, 2)],
  ]);
  const d = draft(random, [random.int(1, 2), group * depth, ...size]);
  const elements = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);
  /** A linear image of all elements of the input, in some shape. */
  const made = (dims: readonly number[]) => {
    const flat = d.op('Reshape', [d.x, d.ints([1, -1])]);
    const mixed = d.op('MatMul', [flat, d.weights([elements(d.dims), elements(dims)], -0.3, 0.3)]);
    return d.op('Reshape', [mixed, d.ints(dims)]);
  };
  const images = random.chance(0.8) ? d.x : d.weights(d.dims);
  const bias = random.chance(0.5) ? [made([group * maps])] : [];
  const attributes = { kernel_shape: kernel, strides, dilations, pads, group };
  return [d, d.op('Conv', [images, made([group * maps, depth, ...kernel]), ...bias], attributes)];
}

function convolution(random: Random, window: Window): [Draft, string] {
  const { kernel, strides, dilations, pads, size } = window;
  const [group, depth, maps] = random.pick([
    [1, random.int(1, 3), random.int(1, 3)],
    [2, random.int(1, 2), random.int(1, 2)],
    [3, 1, 1],
  ]);
  const d = draft(random, [random.int(1, 2), group * depth, ...size]);
  const weight = d.weights([group * maps, depth, ...kernel]);
  const inputs = [d.x, weight, ...(random.chance(0.5) ? [d.weights([group * maps])] : [])];
  const attributes = {
    kernel_shape: random.chance(0.8) ? kernel : undefined,
    strides,
    dilations,
    pads: random.chance(0.9) ? pads : undefined,
    group,
  };
  return [d, d.op('Conv', inputs, attributes)];
}

export const WINDOW_CASES: Readonly<Record<string, Case>> = {
  Conv: (random) => convolution(random, windowOf(random, rankOf(random), 4, false)),
  'Conv, unstrided': (random) => {
    const window = windowOf(random, rankOf(random), 3, false);
    return convolution(random, { ...window, strides: window.strides.map(() => 1) });
  },
  'Conv with computed weights': (random) =>
    computedConvolution(random, windowOf(random, rankOf(random), 3, false)),
  'Conv with computed weights, unstrided': (random) => {
    const window = windowOf(random, rankOf(random), 3, false);
    return computedConvolution(random, { ...window, strides: window.strides.map(() => 1) });
  },
  'Conv, dense with stride 2 over many channels': (random) => {
    const size = [2 * random.int(3, 4), 2 * random.int(3, 4)];
    const d = draft(random, [1, 16, ...size]);
    const kernel = random.pick(grid('3 3 / 2 2 / 4 3 / 5 5 / 3 2'));
    const pads = range(4).map(() => random.int(0, 2));
    return [
      d,
      d.op('Conv', [d.x, d.weights([2, 16, ...kernel])], { kernel_shape: kernel, strides: [2, 2], pads }),
    ];
  },
  'Conv and pools with automatic padding': (random) => {
    const { kernel, strides, size } = windowOf(random, 2, 3, true);
    const d = draft(random, [1, 2, ...size]);
    const auto_pad = random.pick(['SAME_UPPER', 'SAME_LOWER', 'VALID']);
    const op = random.pick(['Conv', 'MaxPool', 'AveragePool']);
    const inputs = op === 'Conv' ? [d.x, d.weights([2, 2, ...kernel])] : [d.x];
    return [d, d.op(op, inputs, { kernel_shape: kernel, strides, auto_pad })];
  },
  'MaxPool of planes, behind a rectifier or not': (random) => {
    const d = draft(random, [random.int(1, 2), 4, random.int(4, 8), random.int(4, 8)]);
    const channels = random.pick([4, 8]);
    const wide = d.op('Conv', [d.x, d.weights([channels, 4, 1, 1])]);
    const pad = random.int(0, 1);
    const attributes = {
      kernel_shape: [random.int(2, 3), random.int(2, 3)],
      strides: random.pick([
        [2, 2],
        [3, 3],
        [2, 1],
      ]),
      pads: [pad, random.int(0, pad), random.int(0, 1), pad],
      ceil_mode: random.int(0, 1),
    };
    const pooled = random.pick([
      () => wide,
      () => d.op('Relu', [wide]),
      () =>
        d.op('Concat', [d.op('Relu', [wide]), d.op('Clip', [wide, d.scalar(0), d.scalar(0.6)])], { axis: 1 }),
    ])();
    return [d, d.op('MaxPool', [pooled], attributes)];
  },
  ConvTranspose: (random) => {
    const rank = rankOf(random);
    const { kernel, strides, dilations } = windowOf(random, rank, 3, false);
    const group = random.pick([1, 1, 2]);
    const d = draft(random, [1, group * random.int(1, 2), ...random.dims(rank, 1, 4)]);
    const weight = d.weights([d.dims[1], random.int(1, 2), ...kernel]);
    const reach = kernel.map((k, i) => (k - 1) * dilations[i]);
    const pads = range(2 * rank).map((i) => random.int(0, Math.min(1, Math.floor(reach[i % rank] / 2))));
    const output_padding = strides.map((stride) => random.int(0, stride - 1));
    const attributes = { kernel_shape: kernel, strides, dilations, pads, output_padding, group };
    return [d, d.op('ConvTranspose', [d.x, weight], attributes)];
  },
  MaxPool: (random) => {
    const window = windowOf(random, rankOf(random), 3, true);
    const { kernel, strides, dilations, pads, size } = window;
    const d = draft(random, [random.int(1, 2), random.int(1, 2), ...size]);
    const ceil_mode = random.int(0, 1);
    const storage_order = random.chance(0.1) ? 1 : 0;
    const steps = ceil_mode ? smallSteps(window) : strides;
    return [
      d,
      d.op('MaxPool', [d.x], {
        kernel_shape: kernel,
        strides: steps,
        dilations,
        pads,
        ceil_mode,
        storage_order,
      }),
    ];
  },
  AveragePool: (random) => {
    const { kernel, strides, pads, size } = windowOf(random, rankOf(random), 3, true);
    const d = draft(random, [random.int(1, 2), random.int(1, 2), ...size]);
    const count_include_pad = random.int(0, 1);
    return [d, d.op('AveragePool', [d.x], { kernel_shape: kernel, strides, pads, count_include_pad })];
  },
  'AveragePool with ceil_mode': (random) => {
    const window = windowOf(random, 2, 3, true);
    const { kernel, pads, size } = window;
    const d = draft(random, [1, 2, ...size]);
    d.opset = 19;
    const attributes = {
      kernel_shape: kernel,
      strides: smallSteps(window),
      pads: [...pads.slice(0, 2), 0, 0],
      ceil_mode: 1,
      count_include_pad: random.int(0, 1),
    };
    return [d, d.op('AveragePool', [d.x], attributes)];
  },
  'AveragePool side by side': (random) => {
    const kernel = random.dims(2, 1, 3);
    const d = draft(random, [2, 2, ...kernel.map((k) => k * random.int(1, 3))]);
    return [d, d.op('AveragePool', [d.x], { kernel_shape: kernel, strides: kernel })];
  },
  'global pools': (random) => {
    const d = draft(random, [random.int(1, 2), random.int(1, 3), ...random.dims(rankOf(random), 1, 4)]);
    return [d, d.op(random.pick(['GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool']), [d.x])];
  },
  'squeeze-excite': (random) => {
    const channels = random.int(2, 4);
    const d = draft(random, [2, channels, 3, 3]);
    const pooled = d.op('GlobalAveragePool', [d.x]);
    const narrow = d.op('Relu', [d.op('Conv', [pooled, d.weights([2, channels, 1, 1])])]);
    const gate = d.op('Sigmoid', [d.op('Conv', [narrow, d.weights([channels, 2, 1, 1])])]);
    return [d, d.op('Mul', [d.x, gate])];
  },
  Resize: (random) => {
    const d = draft(random, [1, random.int(1, 2), random.int(2, 5), random.int(2, 5)]);
    const mode = random.pick(['nearest', 'linear', 'cubic']);
    const coordinate_transformation_mode = random.pick([
      'half_pixel',
      'align_corners',
      'asymmetric',
      'pytorch_half_pixel',
    ]);
    const attributes = {
      mode,
      coordinate_transformation_mode,
      nearest_mode: mode === 'nearest' ? random.pick(['round_prefer_floor', 'floor', 'ceil']) : undefined,
    };
    if (random.chance(0.5)) {
      const sizes = d.ints([1, d.dims[1], random.int(1, 8), random.int(1, 8)]);
      return [d, d.op('Resize', [d.x, '', '', sizes], attributes)];
    }
    const scales = d.constant(
      'float32',
      [4],
      [1, 1, random.pick([0.5, 1.5, 2, 3]), random.pick([1, 2, 2.5])],
    );
    return [d, d.op('Resize', [d.x, '', scales], attributes)];
  },
};
