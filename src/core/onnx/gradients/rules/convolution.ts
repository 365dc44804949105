import { phrase } from '../../../text/text.ts';
import { numberAttribute } from '../../graph.ts';
import { windowOf } from '../../outputTypes.ts';
import { range } from '../../shapes.ts';
import { makeTensor } from '../../tensor.ts';
import { type RuleContext, type RuleTable, UncoveredError } from '../rule.ts';
import { type ConvGeometry, polyphaseGradient, type SlidingGeometry, slidingAdjoint } from '../sliding.ts';

/** Convolutions with constant weights, in one to three spatial dimensions. */
export const CONVOLUTION_RULES: RuleTable = {
  // Y[m,o] = sum W[m,c,k] X[c, o s + k d - p]; dX[c,i] = sum over m, k with o s + k d - p = i of W[m,c,k] G[m,o]
  Conv: (r) => {
    const { b, node, x, y, wants } = r;
    if (wants(1) || (x[2] && wants(2))) throw new UncoveredError(phrase('computed weights'));
    const [inputDims, weightDims] = [b.dims(x[0]), b.dims(x[1])];
    const rank = inputDims.length - 2;
    const group = numberAttribute(node, 'group', 1);
    const { strides, dilations, pads } = windowOf(node, rank);
    const size = inputDims.slice(2);
    const kernel = weightDims.slice(2);
    const g = r.full();
    const constant = b.numbers(x[1]) !== undefined;
    if (constant && strides.every((stride) => stride === 1))
      return [flippedConvolution(r, g, { size, kernel, dilations, pads, group })];
    const geometry: ConvGeometry = {
      channels: inputDims[1],
      size,
      output: b.dims(y[0]).slice(2),
      kernel,
      strides,
      dilations,
      pads,
      group,
    };
    if (constant && r.formulation.polyphase) {
      const phases = polyphaseGradient(b, g, x[1], geometry);
      if (phases !== undefined) return [phases];
    }
    return [slidingAdjoint(b, g, x[1], { size, kernel, strides, dilations, pads, group })];
  },

  // Y = the adjoint of a convolution with W; dX = that convolution of G
  ConvTranspose: ({ b, node, x, y, full, wants }) => {
    if (wants(1) || (x[2] && wants(2))) throw new UncoveredError(phrase('computed weights'));
    const rank = b.dims(x[0]).length - 2;
    const { strides, dilations, pads } = windowOf(node, rank);
    const [input, output, kernel] = [b.dims(x[0]), b.dims(y[0]), b.dims(x[1])].map((dims) => dims.slice(2));
    // The end is padded or cropped so that exactly the input's positions come out.
    const ends = range(rank).map(
      (i) => (input[i] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1 - output[i] - pads[i],
    );
    const all = [...pads.slice(0, rank), ...ends];
    const crop = all.map((pad) => Math.min(0, pad));
    const g = b.pad(full(), [0, 0, ...crop.slice(0, rank), 0, 0, ...crop.slice(rank)]);
    const attributes = {
      kernel_shape: kernel,
      strides,
      dilations,
      pads: all.map((pad) => Math.max(0, pad)),
      group: numberAttribute(node, 'group', 1),
    };
    return [b.op('Conv', [g, x[1]], attributes)];
  },
};

type Unstrided = Omit<SlidingGeometry, 'strides'>;

/**
 * The gradient of an unstrided convolution is a convolution too: with the kernel turned round, input and output channels
 * swapped, and d (k - 1) - p zeros before. Faster than ConvTranspose: 1.3 times at 3 x 3, 7 times at 7 x 7 depthwise.
 */
function flippedConvolution({ b, x }: RuleContext, g: string, geometry: Unstrided): string {
  const { size, kernel, dilations, pads, group } = geometry;
  const rank = size.length;
  const output = b.dims(g).slice(2);
  const before = range(rank).map((i) => dilations[i] * (kernel[i] - 1) - pads[i]);
  const after = range(rank).map((i) => size[i] - output[i] + pads[i]);
  // More padding than the kernel reaches: outputs that saw only zeros are cut away.
  const cropped = b.pad(g, [0, 0, ...before.map(negative), 0, 0, ...after.map(negative)]);
  return b.op('Conv', [cropped, flipped(b, x[1], group)], {
    kernel_shape: kernel,
    dilations,
    pads: [...before, ...after].map((pad) => Math.max(0, pad)),
    group,
  });
}

const negative = (pad: number) => Math.min(0, pad);

/** W [M, C/group, k...] turned into [C, M/group, reversed k...]. */
function flipped(b: RuleContext['b'], weight: string, group: number): string {
  return b.shared(`flipped ${weight} ${group}`, () => {
    const [maps, depth, ...kernel] = b.dims(weight);
    const taps = kernel.reduce((product, k) => product * k, 1);
    const perGroup = maps / group;
    const from = b.numbers(weight)!;
    const to = new Float32Array(from.length);
    for (let q = 0; q < group; q++) {
      for (let m = 0; m < perGroup; m++) {
        for (let c = 0; c < depth; c++) {
          const source = ((q * perGroup + m) * depth + c) * taps;
          const target = ((q * depth + c) * perGroup + m) * taps;
          for (let k = 0; k < taps; k++) to[target + taps - 1 - k] = from[source + k];
        }
      }
    }
    return b.constant(makeTensor('float32', [group * depth, perGroup, ...kernel], to), 'flipped');
  });
}
