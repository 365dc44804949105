import {
  consumersOf,
  FreshNames,
  type Graph,
  makeNode,
  type Node,
  numberAttribute,
  producersOf,
} from '../graph.ts';
import { frontAxis } from '../shapes.ts';
import { makeTensor, numbersOf, type Tensor } from '../tensor.ts';
import { movesRows } from './movesRows.ts';

/** Queries, keys and values are three; a sum of many more is nobody's network. */
const MOST_SUMMANDS = 20;

/**
 * A product with constant weights from which each row's mean is subtracted is a product with weights that have none:
 * A W - mean(A W) = A (W - mean W). Gradients of LayerNormalization come from linear layers that way.
 */
export function centerWeights(graph: Graph): Graph {
  const producers = producersOf(graph);
  const consumers = consumersOf(graph);
  const constants = new Map(graph.constants);
  const types = new Map(graph.types);
  const names = new FreshNames((name) => types.has(name) || constants.has(name));
  const outputs = new Set(graph.outputs);
  const changed = new Map<Node, Node>();

  /** Products that a value is the sum of, where nothing but two nodes reads it. */
  function productsOf(value: string): Node[] | undefined {
    const products: Node[] = [];
    const queue = [{ value, readers: 2 }];
    for (const { value, readers } of queue) {
      const maker = producers.get(value);
      const isOnlyHere = !outputs.has(value) && consumers.get(value)?.length === readers;
      if (maker === undefined || !isOnlyHere || queue.length > MOST_SUMMANDS) return undefined;
      if (maker.op === 'Add' && maker.inputs[0] !== maker.inputs[1]) {
        for (const input of maker.inputs) queue.push({ value: input, readers: 1 });
      } else if (movesRows(maker, types)) queue.push({ value: maker.inputs[0], readers: 1 });
      else if (isProduct(maker)) products.push(maker);
      else return undefined;
    }
    return products;
  }
  function isProduct({ op, inputs, outputs: [result] }: Node): boolean {
    return (
      op === 'MatMul' && constants.get(inputs[1])?.dims.length === 2 && types.get(result)!.dims.length >= 2
    );
  }

  for (const node of graph.nodes) {
    if (node.op !== 'Sub') continue;
    const [value, subtracted] = node.inputs;
    const mean = producers.get(subtracted);
    if (mean?.op !== 'ReduceMean' || mean.inputs[0] !== value || consumers.get(subtracted)?.length !== 1)
      continue;
    if (outputs.has(subtracted) || !isOverLastAxis(mean, constants, types.get(value)?.dims.length ?? 0))
      continue;
    const products = productsOf(value);
    if (products === undefined || products.some((product) => changed.has(product))) continue;
    for (const product of products) {
      const [input, weight] = product.inputs;
      const name = names.make(`${weight}/centered`);
      if (!constants.has(name)) {
        const tensor = centered(constants.get(weight)!);
        constants.set(name, tensor);
        types.set(name, { type: tensor.type, dims: tensor.dims });
      }
      changed.set(product, { ...product, inputs: [input, name] });
    }
    changed.set(node, makeNode('Identity', [value], node.outputs));
  }
  if (changed.size === 0) return graph;
  return { ...graph, nodes: graph.nodes.map((node) => changed.get(node) ?? node), constants, types };
}

function isOverLastAxis(node: Node, constants: Graph['constants'], rank: number): boolean {
  const axes = constants.get(node.inputs[1]);
  if (axes === undefined || numberAttribute(node, 'keepdims', 1) !== 1) return false;
  const [axis, ...others] = Array.from(numbersOf(axes), Number);
  return others.length === 0 && axis !== undefined && frontAxis(axis, rank) === rank - 1;
}

/** Weights less the mean of each row. */
function centered({ dims, ...tensor }: Tensor): Tensor {
  const [rows, columns] = dims;
  const from = numbersOf({ dims, ...tensor } as Tensor);
  const to = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += from[i];
    const mean = sum / columns;
    for (let i = row * columns; i < (row + 1) * columns; i++) to[i] = from[i] - mean;
  }
  return makeTensor('float32', dims, to);
}
