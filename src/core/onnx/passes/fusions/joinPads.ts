import { GraphBuilder } from '../../builder.ts';
import { consumersOf, type Graph, type Node, stringAttribute } from '../../graph.ts';
import { removeDead } from '../removeNodes.ts';

/** Values side by side along an axis, with zeros before and after them. */
interface Row {
  readonly axis: number;
  /** Elements before the first value, up to the end of the last, and after it. */
  readonly before: number;
  readonly end: number;
  readonly after: number;
  readonly parts: readonly string[];
}

/**
 * Gradients of neighboring pieces of a value come padded with zeros to the whole of it, and are added. They are laid side
 * by side instead: one pass over memory for what takes two for each piece (the queries, keys and values of attention).
 */
export function joinPads(graph: Graph): Graph {
  const b = new GraphBuilder(graph);
  const consumers = consumersOf(graph);
  const outputs = new Set(graph.outputs);
  const rows = new Map<string, Row>();
  const nodes = graph.nodes.flatMap((node) => {
    const [name] = node.outputs;
    if (node.op === 'Pad') {
      const row = rowOf(b, node);
      if (row !== undefined && consumers.get(name)?.length === 1 && !outputs.has(name)) rows.set(name, row);
    }
    if (node.op !== 'Add') return [node];
    const row = sideBySide(rows.get(node.inputs[0]), rows.get(node.inputs[1]));
    if (row === undefined) return [node];
    if (consumers.get(name)?.length === 1 && !outputs.has(name)) rows.set(name, row);
    const { axis, before, after, parts } = row;
    const joined = b.op('Concat', parts, { axis });
    const rank = b.dims(joined).length;
    const pads = new Array<number>(2 * rank).fill(0);
    pads[axis] = before;
    pads[axis + rank] = after;
    b.node('Identity', [b.pad(joined, pads)], {}, { outputs: [name] });
    return b.takeNodes();
  });
  return rows.size === 0 ? graph : removeDead(b.finish(graph.outputs, nodes));
}

function sideBySide(a: Row | undefined, c: Row | undefined): Row | undefined {
  if (a === undefined || c === undefined || a.axis !== c.axis) return undefined;
  const [first, second] = a.before < c.before ? [a, c] : [c, a];
  if (first.end !== second.before) return undefined;
  const { before } = first;
  const { end, after } = second;
  return { axis: a.axis, before, end, after, parts: [...first.parts, ...second.parts] };
}

/** Of a Pad with zeros along one axis. */
function rowOf(b: GraphBuilder, node: Node): Row | undefined {
  const pads = b.numbers(node.inputs[1]);
  const plain =
    stringAttribute(node, 'mode', 'constant') === 'constant' && !node.inputs[2] && !node.inputs[3];
  if (pads === undefined || !plain) return undefined;
  const rank = pads.length / 2;
  const padded = Array.from({ length: rank }, (_, i) => i).filter(
    (i) => pads[i] !== 0 || pads[i + rank] !== 0,
  );
  const [axis] = padded;
  if (padded.length !== 1 || pads[axis] < 0 || pads[axis + rank] < 0) return undefined;
  const [part] = node.inputs;
  const before = pads[axis];
  return { axis, before, end: before + b.dims(part)[axis], after: pads[axis + rank], parts: [part] };
}
