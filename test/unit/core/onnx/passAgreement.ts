import assert from 'node:assert/strict';
import { GraphBuilder } from '../../../../src/core/onnx/builder.ts';
import { differentiate } from '../../../../src/core/onnx/gradients/backward.ts';
import { CPU_FORMULATION } from '../../../../src/core/onnx/gradients/rule.ts';
import type { Graph } from '../../../../src/core/onnx/graph.ts';
import { prepareGraph } from '../../../../src/core/onnx/prepareGraph.ts';
import { range } from '../../../../src/core/onnx/shapes.ts';
import { writeGraph } from '../../../../src/core/onnx/writeGraph.ts';
import { sessionOptions } from '../../../../src/engine/gradients/gradientSession.ts';
import { OrtRunner } from '../../../../src/engine/gradients/ortRunner.ts';
import type { Ort } from '../../../../src/engine/models/onnxruntime.ts';
import type { Draft } from './cases/draft.ts';
import { size } from './interpreter/array.ts';
import { interpret } from './interpreter/interpreter.ts';

/** A graph before a pass and after it. */
interface Passed {
  /** The output. */
  readonly name: string;
  readonly plain: Graph;
  readonly passed: Graph;
}

/** The gradient of the sum of squares of `output`, before a pass and after it. */
export async function passedGradient(
  ort: Ort,
  d: Draft,
  output: string,
  pass: (graph: Graph) => Graph,
): Promise<Passed> {
  const prepared = await prepareGraph(d.graph(d.op('Mul', [output, output])), d.dims, new OrtRunner(ort));
  const b = new GraphBuilder(prepared);
  const loss = b.sum(prepared.outputs[0], range(b.dims(prepared.outputs[0]).length), false);
  const { graph, gradients } = differentiate(b.finish([loss]), loss, ['input'], CPU_FORMULATION);
  const name = gradients.get('input')!;
  const plain: Graph = { ...graph, outputs: [name] };
  return { name, plain, passed: pass(plain) };
}

export const countOf = (graph: Graph, op: string) => graph.nodes.filter((node) => node.op === op).length;

/** Both graphs agree in double precision, and onnxruntime, fully optimized, agrees with them. */
export async function assertSame(ort: Ort, d: Draft, { name, plain, passed }: Passed): Promise<void> {
  const data = d.random.distinct(size(d.dims), d.low, d.high);
  const feed = () => new Map([['input', { type: 'float32' as const, dims: d.dims, data }]]);
  const [before, after] = [plain, passed].map((graph) => interpret(graph, feed()).get(name)!.data);
  const scale = before.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  before.forEach((value, i) => {
    assert.ok(Math.abs(after[i] - value) <= 1e-11 * scale, `element ${i}: ${after[i]} instead of ${value}`);
  });
  const run = await runOptimized(ort, d, passed, data);
  before.forEach((value, i) => {
    assert.ok(Math.abs(run[i] - value) <= 1e-5 * scale, `onnxruntime, element ${i}: ${run[i]} for ${value}`);
  });
}

/** What onnxruntime, fully optimized, gives for a graph's output. */
export async function runOptimized(
  ort: Ort,
  d: Draft,
  graph: Graph,
  data: ArrayLike<number>,
): Promise<Float32Array> {
  const program = writeGraph({ ...graph, types: new Map() });
  const session = await ort.InferenceSession.create(program, sessionOptions({ provider: 'cpu', threads: 1 }));
  const given = new ort.Tensor('float32', Float32Array.from(data), d.dims);
  const run = (await session.run({ input: given }))[graph.outputs[0]].data as Float32Array;
  await session.release();
  return run;
}
