import { intsAttribute, type Node, numberAttribute, stringAttribute } from '../graph.ts';
import { windowOf } from '../outputTypes.ts';
import { range, windowExtent } from '../shapes.ts';

/**
 * Writes a pooling with `ceil_mode` as one without, where that gives the same: windows that hang over the end become
 * windows over more padding. (onnxruntime's kernels drop a window that begins behind the image, its shape inference does
 * not: without ceil_mode the two agree.)
 * @param dims shape of the pooled value, if known
 */
export function settleCeilMode(node: Node, dims: readonly number[] | undefined): Node {
  if (numberAttribute(node, 'ceil_mode', 0) === 0 || dims === undefined || node.domain !== '') return node;
  if (stringAttribute(node, 'auto_pad', 'NOTSET') !== 'NOTSET') return node;
  const rank = dims.length - 2;
  const kernel = intsAttribute(node, 'kernel_shape');
  if (kernel?.length !== rank) return node;
  const { strides, dilations, pads } = windowOf(node, rank);
  const overhang = range(rank).map((i) => {
    const padded = dims[i + 2] + pads[i] + pads[i + rank];
    const reach = windowExtent(kernel[i], dilations[i]);
    const windows = Math.ceil((padded - reach) / strides[i]) + 1;
    // The last window must begin on the image or on the padding before it.
    const kept = (windows - 1) * strides[i] >= dims[i + 2] + pads[i] ? windows - 1 : windows;
    return Math.max(0, (kept - 1) * strides[i] + reach - padded);
  });
  const ends = range(rank).map((i) => pads[i + rank] + overhang[i]);
  const counted = node.op === 'AveragePool' && numberAttribute(node, 'count_include_pad', 0) === 1;
  const harmless =
    overhang.every((extra) => extra === 0) || (!counted && ends.every((pad, i) => pad < kernel[i]));
  if (!harmless) return node;
  const { ceil_mode: _, ...attributes } = node.attributes;
  return {
    ...node,
    attributes: { ...attributes, pads: { kind: 'ints', value: [...pads.slice(0, rank), ...ends] } },
  };
}
