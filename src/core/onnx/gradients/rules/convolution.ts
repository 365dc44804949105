import { phrase } from '../../../text/text.ts';
import type { GraphBuilder } from '../../builder.ts';
import { numberAttribute } from '../../graph.ts';
import { windowOf } from '../../outputTypes.ts';
import { productOf, range, unravel } from '../../shapes.ts';
import { makeTensor } from '../../tensor.ts';
import {
  emptyPhase,
  hasPhases,
  interleave,
  joinedPhaseGradients,
  joinsPhases,
  type PhaseGeometry,
  phaseGradients,
  phaseSize,
} from '../phases.ts';
import { product } from '../product.ts';
import { type RuleContext, type RuleTable, UncoveredError } from '../rule.ts';
import { type SlidingGeometry, slidingAdjoint } from '../sliding.ts';

/** Convolutions in one to three spatial dimensions; those of ConvTranspose have constant weights. */
export const CONVOLUTION_RULES: RuleTable = {
  // Y[m,o] = sum W[m,c,k] X[c, o s + k d - p] + B[m]; dX[c,i] = sum over m, k with o s + k d - p = i of W[m,c,k] G[m,o]
  Conv: (r) => {
    const { b, node, x, y, wants } = r;
    const [inputDims, weightDims] = [b.dims(x[0]), b.dims(x[1])];
    const rank = inputDims.length - 2;
    const group = numberAttribute(node, 'group', 1);
    const { strides, dilations, pads } = windowOf(node, rank);
    const size = inputDims.slice(2);
    const kernel = weightDims.slice(2);
    const g = r.full();
    const geometry: PhaseGeometry = {
      channels: inputDims[1],
      size,
      output: b.dims(y[0]).slice(2),
      kernel,
      strides,
      dilations,
      pads,
      group,
    };
    return [
      wants(0) ? imageGradient(r, g, geometry) : undefined,
      wants(1) ? weightGradient(r, g, geometry) : undefined,
      x[2] && wants(2) ? b.sum(g, [0, ...range(rank).map((i) => i + 2)], false) : undefined,
    ];
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

function imageGradient(r: RuleContext, g: string, geometry: PhaseGeometry): string {
  const { b, x, formulation } = r;
  if (geometry.strides.every((stride) => stride === 1)) return flippedConvolution(r, g, geometry);
  const isConstant = b.numbers(x[1]) !== undefined;
  const phases = isConstant && formulation.polyphase ? polyphaseGradient(b, g, x[1], geometry) : undefined;
  return phases ?? slidingAdjoint(b, g, x[1], geometry);
}

/** Along an axis: one convolution for each pair. */
const MOST_PHASES = 4;

/**
 * Gradient of a strided dense 2-D convolution as unstrided ones, interleaved: each runs at a plain convolution's speed,
 * which neither ConvTranspose does nor zeros between the elements.
 * @returns undefined where it does not apply. Depthwise phases pay where more is done on them: `interleaveLate`.
 */
function polyphaseGradient(
  b: GraphBuilder,
  g: string,
  weight: string,
  geometry: PhaseGeometry,
): string | undefined {
  const { channels, size, strides, group } = geometry;
  if (group > 1 || !hasPhases(geometry)) return undefined;
  if (joinsPhases(geometry)) {
    const joined = joinedPhaseGradients(b, g, weight, geometry);
    return interleave(b, [joined], strides[0], size);
  }
  if (strides[0] > MOST_PHASES) return undefined;
  const dims = [b.dims(g)[0], channels, ...phaseSize(size, strides[0])];
  const phases = phaseGradients(b, g, weight, geometry).map((phase) => phase ?? emptyPhase(b, dims));
  return interleave(b, phases, strides[0], size);
}

/** One slice and one product for each: beyond this the graph would not be workable. */
const MAX_TAPS = 256;

/**
 * dW[m,c,k] = sum over n, o of G[n,m,o] X[n,c, o s + k d - p]: for each tap k of the kernel, G times what that tap saw. A
 * convolution of X with G as its kernel says the same in one node, and takes 1.6 to 3.7 times as long.
 */
function weightGradient(r: RuleContext, g: string, geometry: PhaseGeometry): string {
  const { b, x, formulation } = r;
  const { size, output, kernel, strides, dilations, pads, group } = geometry;
  const rank = size.length;
  const taps = productOf(kernel);
  if (taps > MAX_TAPS) throw new UncoveredError(phrase('a window of {0} elements', taps));
  const weightDims = b.dims(x[1]);
  const [maps, depth] = [weightDims[0] / group, weightDims[1]];
  const [rows] = b.dims(g);
  const positions = productOf(output);
  const axes = range(rank).map((i) => i + 2);
  const padded = b.pad(x[0], [0, 0, ...pads.slice(0, rank), 0, 0, ...pads.slice(rank)]);
  const given = b.reshape(g, [rows, group, maps, positions]);
  const parts = range(taps).map((tap) => {
    const start = unravel(tap, kernel).map((k, i) => k * dilations[i]);
    const end = start.map((from, i) => from + (output[i] - 1) * strides[i] + 1);
    const seen = b.reshape(b.slice(padded, axes, start, end, strides), [rows, group, depth, positions]);
    const one = product(b, formulation, [given, false], [seen, true]);
    return b.reshape(b.sum(one, [0], false), [group * maps, depth, 1]);
  });
  return b.reshape(b.op('Concat', parts, { axis: 2 }), weightDims);
}

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
    const from = b.numbers(weight);
    if (from === undefined) {
      const grouped = b.reshape(weight, [group, perGroup, depth, ...kernel]);
      const swapped = b.transpose(grouped, [0, 2, 1, ...range(kernel.length).map((i) => i + 3)]);
      const axes = range(kernel.length).map((i) => i + 2);
      const [first, behind, back] = [-1, Number.MIN_SAFE_INTEGER, -1].map((at) => axes.map(() => at));
      return b.slice(b.reshape(swapped, [group * depth, perGroup, ...kernel]), axes, first, behind, back);
    }
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
