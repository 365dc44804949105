import { unsupportedModel } from '../../errors.ts';
import { phrase } from '../../text/text.ts';
import {
  type Attribute,
  FreshNames,
  type Graph,
  intsAttribute,
  makeNode,
  type Node,
  numberAttribute,
  stringAttribute,
} from '../graph.ts';
import { makeTensor, type Tensor } from '../tensor.ts';
import { type Body, mapBodies } from '../writeGraph.ts';

/** The operator set the gradient rules are written in. */
const RULES_OPSET = 18;
const OLDEST_OPSET = 7;

/** What an upgrade may add besides the node. */
interface Upgrade {
  readonly from: number;
  readonly to: number;
  constant(tensor: Tensor): string;
  value(hint: string): string;
}

type UpgradeRule = (node: Node, upgrade: Upgrade) => Node | Node[];

/** Moves a list attribute to the input where later operator sets have it. */
function toInput(name: string, index: number, before: number): UpgradeRule {
  return (node, { from, to, constant }) => {
    const values = intsAttribute(node, name);
    if (from >= before || to < before || values === undefined) return node;
    const inputs = [...node.inputs];
    while (inputs.length < index) inputs.push('');
    inputs[index] = constant(makeTensor('int64', [values.length], values));
    return { ...node, inputs, attributes: without(node, name) };
  };
}

function without(node: Node, ...names: string[]): Record<string, Attribute> {
  return Object.fromEntries(Object.entries(node.attributes).filter(([name]) => !names.includes(name)));
}

/** Before 13, Softmax flattened its input to a matrix at `axis` (1 by default) and worked on the rows. */
const softmax: UpgradeRule = (node, { from, value }) => {
  if (from >= 13) return node;
  const axis = numberAttribute(node, 'axis', 1);
  if (axis === -1) return node;
  const [shape, flat, result] = [value('shape'), value('flat'), value('rows')];
  const attributes = { ...node.attributes, axis: { kind: 'int', value: -1 } as const };
  return [
    makeNode('Shape', [node.inputs[0]], [shape]),
    makeNode('Flatten', [node.inputs[0]], [flat], { axis }),
    { ...node, inputs: [flat], outputs: [result], attributes },
    makeNode('Reshape', [result, shape], [node.outputs[0]]),
  ];
};

const upsample: UpgradeRule = (node, { constant }) => {
  const scales = node.attributes['scales'];
  const given =
    scales?.kind === 'floats'
      ? constant(makeTensor('float32', [scales.value.length], scales.value))
      : node.inputs[1];
  return resized(node, given);
};

/** A Resize that keeps corners where they are and takes the element before. */
function resized(node: Node, scales: string): Node {
  return makeNode('Resize', [node.inputs[0], '', scales], node.outputs, {
    mode: stringAttribute(node, 'mode', 'nearest'),
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
}

const RULES: Readonly<Record<string, UpgradeRule>> = {
  Squeeze: toInput('axes', 1, 13),
  Unsqueeze: toInput('axes', 1, 13),
  ReduceSum: toInput('axes', 1, 13),
  ...Object.fromEntries(
    'ReduceMean ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceProd ReduceSumSquare'
      .split(' ')
      .map((op) => [op, toInput('axes', 1, 18)]),
  ),
  Split: (node, upgrade) => {
    const moved = toInput('split', 1, 13)(node, upgrade) as Node;
    if (moved.inputs[1] || upgrade.from >= 18 || upgrade.to < 18) return moved;
    const parts = { kind: 'int', value: node.outputs.length } as const;
    return { ...moved, attributes: { ...moved.attributes, num_outputs: parts } };
  },
  Softmax: softmax,
  LogSoftmax: softmax,
  Hardmax: softmax,
  Clip: (node, { from, constant }) => {
    if (from >= 11) return node;
    const bound = (name: string) => {
      const attribute = node.attributes[name];
      return attribute?.kind === 'float' ? constant(makeTensor('float32', [], [attribute.value])) : '';
    };
    return { ...node, inputs: [node.inputs[0], bound('min'), bound('max')], attributes: {} };
  },
  Pad: (node, upgrade) => {
    const { from, constant } = upgrade;
    if (from >= 11) return node;
    const moved = toInput('pads', 1, 11)(node, upgrade) as Node;
    const fill = constant(makeTensor('float32', [], [numberAttribute(node, 'value', 0)]));
    return {
      ...moved,
      inputs: [moved.inputs[0], moved.inputs[1], fill],
      attributes: without(node, 'pads', 'value'),
    };
  },
  Slice: (node, { from, constant }) => {
    if (from >= 10) return node;
    const list = (name: string) => {
      const values = intsAttribute(node, name);
      return values === undefined ? '' : constant(makeTensor('int64', [values.length], values));
    };
    const inputs = [node.inputs[0], list('starts'), list('ends'), list('axes')];
    return { ...node, inputs: inputs[3] ? inputs : inputs.slice(0, 3), attributes: {} };
  },
  TopK: (node, { from, constant }) => {
    if (from >= 10) return node;
    const k = constant(makeTensor('int64', [1], [numberAttribute(node, 'k', 1)]));
    return { ...node, inputs: [node.inputs[0], k], attributes: without(node, 'k') };
  },
  BatchNormalization: (node) => ({ ...node, attributes: without(node, 'spatial', 'momentum') }),
  Dropout: (node, { from }) => {
    const ratio = node.attributes['ratio'];
    if (from >= 12 || ratio === undefined) return node;
    return { ...node, attributes: without(node, 'ratio') };
  },
  Upsample: upsample,
  Resize: (node, { from }) => (from >= 11 ? node : resized(node, node.inputs[1])),
  Scatter: (node) => ({ ...node, op: 'ScatterElements' }),
};

/**
 * Brings a graph of an older operator set to the one the rules are written in, or another from 13 on; later ones are left as
 * they are.
 * @throws SemapError `unsupported-model` for operator sets before 7 (broadcasting was another then)
 */
export function upgradeOpset(graph: Graph, to = RULES_OPSET): Graph {
  const from = graph.opsets.get('') ?? 0;
  if (from >= to) return graph;
  if (from < OLDEST_OPSET) {
    throw unsupportedModel(
      phrase('This model uses ONNX operator set {0}; the oldest supported one is {1}.', from, OLDEST_OPSET),
      { hint: phrase('Convert it with the ONNX version converter.') },
    );
  }
  const taken = namesIn(graph);
  const names = new FreshNames((name) => taken.has(name));
  const value = (hint: string) => {
    const name = names.make(`upgrade/${hint}`);
    taken.add(name);
    return name;
  };
  const upgrade = ({ nodes, constants: given }: Body): Body => {
    const constants = new Map(given);
    const constant = (tensor: Tensor) => {
      const name = value('constant');
      constants.set(name, tensor);
      return name;
    };
    const upgraded = nodes.flatMap((original) => {
      const node = mapBodies(original, upgrade);
      const rule = node.domain === '' ? RULES[node.op] : undefined;
      return rule === undefined ? node : rule(node, { from, to, constant, value });
    });
    return { nodes: upgraded, constants };
  };
  return {
    ...graph,
    ...upgrade(graph),
    irVersion: Math.max(graph.irVersion, 8),
    opsets: new Map(graph.opsets).set('', to),
  };
}

/** Names of values, also of those in bodies: there an outer value may be read under its name. */
function namesIn({ nodes, constants }: Body): Set<string> {
  const names = new Set([...constants.keys(), ...nodes.flatMap(({ outputs }) => outputs)]);
  const collect = (body: Body) => {
    for (const name of namesIn(body)) names.add(name);
    return body;
  };
  for (const node of nodes) mapBodies(node, collect);
  return names;
}
