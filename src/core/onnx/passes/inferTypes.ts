import { type Graph, type GraphInput, type GraphRunner, makeNode, type ValueType } from '../graph.ts';
import { productOf } from '../shapes.ts';
import { makeTensor, type Tensor } from '../tensor.ts';
import { writeGraph } from '../writeGraph.ts';
import { isSmall } from './foldConstants.ts';

/**
 * Types of all values, as far as onnxruntime can tell without running anything: an unoptimised session with every value
 * as an output. Large constants take part as inputs of their shape, so no weights are copied. Values with an unknown
 * dimension are left out.
 */
export async function inferTypes(graph: Graph, runner: GraphRunner): Promise<Graph> {
  const types = new Map<string, ValueType>();
  for (const { name, type, dims } of graph.inputs) types.set(name, { type, dims: dims as readonly number[] });
  for (const [name, { type, dims }] of graph.constants) types.set(name, { type, dims });
  if (graph.nodes.length === 0) return { ...graph, types };
  const outputs = graph.nodes.flatMap((node) => node.outputs.filter((output) => output !== ''));
  const { small, placeholders } = splitConstants(graph);
  const program = writeGraph({
    ...graph,
    inputs: [...graph.inputs, ...placeholders],
    constants: small,
    outputs,
    types: new Map(),
  });
  for (const [name, { type, dims }] of await runner.infer(program)) {
    // No dimensions is what onnxruntime says of a number, and also of a value of which it knows nothing.
    if (dims.length === 0 && graph.types.get(name)?.dims.length !== 0) continue;
    if (dims.every((dim) => typeof dim === 'number'))
      types.set(name, { type, dims: dims as readonly number[] });
  }
  return { ...graph, types };
}

/**
 * Types of the values that inference left open, by running the graph once on zeros and asking for shapes.
 * Costly: one forward pass. Rarely needed.
 */
export async function probeTypes(graph: Graph, runner: GraphRunner): Promise<Graph> {
  const open = graph.nodes
    .flatMap(({ outputs }) => outputs)
    .filter((output) => output !== '' && !graph.types.has(output));
  if (open.length === 0) return graph;
  const names = open.map((_, i) => `semap/shape_of_${i}`);
  const asked = { ...graph, outputs: open, types: new Map() };
  const inferred = await runner.infer(writeGraph(asked));
  const program = writeGraph({
    ...asked,
    nodes: [...graph.nodes, ...open.map((value, i) => makeNode('Shape', [value], [names[i]]))],
    outputs: names,
  });
  const inputs = new Map(graph.inputs.map((input) => [input.name, zerosLike(input)]));
  const shapes = await runner.run(program, inputs);
  const types = new Map(graph.types);
  open.forEach((value, i) => {
    const shape = shapes.get(names[i])!;
    const dims = Array.from(new BigInt64Array(shape.bytes.slice().buffer), Number);
    types.set(value, { type: inferred.get(value)!.type, dims });
  });
  return { ...graph, types };
}

function splitConstants(graph: Graph): { small: Map<string, Tensor>; placeholders: GraphInput[] } {
  const small = new Map<string, Tensor>();
  const placeholders: GraphInput[] = [];
  for (const [name, tensor] of graph.constants) {
    if (isSmall(tensor)) small.set(name, tensor);
    else placeholders.push({ name, type: tensor.type, dims: tensor.dims });
  }
  return { small, placeholders };
}

function zerosLike({ type, dims }: GraphInput): Tensor {
  const fixed = dims as readonly number[];
  return makeTensor(type, fixed, new Float32Array(productOf(fixed)));
}
