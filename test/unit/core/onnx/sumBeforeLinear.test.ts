import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { GraphBuilder } from '../../../../src/core/onnx/builder.ts';
import { differentiate } from '../../../../src/core/onnx/gradients/backward.ts';
import {
  CPU_FORMULATION,
  type Formulation,
  PORTABLE_FORMULATION,
} from '../../../../src/core/onnx/gradients/rule.ts';
import { type Graph, makeNode } from '../../../../src/core/onnx/graph.ts';
import { removeDead } from '../../../../src/core/onnx/passes/removeNodes.ts';
import { sumBeforeLinear } from '../../../../src/core/onnx/passes/sumBeforeLinear.ts';
import { prepareGraph } from '../../../../src/core/onnx/prepareGraph.ts';
import { range } from '../../../../src/core/onnx/shapes.ts';
import { OrtRunner } from '../../../../src/engine/gradients/ortRunner.ts';
import { loadOrt } from '../../../../src/engine/models/onnxruntime.ts';
import { type Draft, draft } from './cases/draft.ts';
import { size } from './interpreter/array.ts';
import { interpret } from './interpreter/interpreter.ts';
import { Random } from './random.ts';

const BATCH = 5;

let runner: OrtRunner;
before(async () => {
  runner = new OrtRunner(await loadOrt());
});

/** The gradient graph of something added to every image, then `layers`, then squares; and where its gradient is. */
async function gradientOf(dims: number[], layers: (d: Draft, x: string) => string, formulation: Formulation) {
  const d = draft(new Random(7), dims);
  const images = d.weights([BATCH, ...dims.slice(1)]);
  const output = layers(d, d.op('Add', [images, d.x]));
  const prepared = await prepareGraph(d.graph(d.op('Mul', [output, output])), dims, runner);
  const b = new GraphBuilder(prepared);
  const loss = b.sum(prepared.outputs[0], range(b.dims(prepared.outputs[0]).length), false);
  const { graph, gradients } = differentiate(b.finish([loss]), loss, ['input'], formulation);
  const name = gradients.get('input')!;
  return { graph: { ...graph, outputs: [name] }, name };
}

function values(graph: Graph, name: string, dims: readonly number[]) {
  const data = new Random(3).floats(size(dims));
  return interpret(graph, new Map([['input', { type: 'float32', dims, data: Float64Array.from(data) }]])).get(
    name,
  )!;
}

/** Largest batch that an operator works on. */
function batchOf(graph: Graph, op: string): number {
  const batches = graph.nodes
    .filter((node) => node.op === op)
    .map((node) => graph.types.get(node.outputs[0])!.dims[0]);
  return Math.max(...batches);
}

describe('the gradient of what is added to every image', () => {
  const cases = {
    'a strided convolution of few channels': [
      [1, 3, 9, 9],
      (d: Draft, x: string) =>
        d.op('Conv', [x, d.weights([4, 3, 3, 3]), d.weights([4])], { strides: [2, 2], pads: [1, 1, 1, 1] }),
    ],
    'a strided convolution of many channels': [
      [1, 16, 8, 8],
      (d: Draft, x: string) =>
        d.op('Conv', [x, d.weights([4, 16, 3, 3])], { strides: [2, 2], pads: [1, 1, 1, 1] }),
    ],
    'a transposed, scaled and padded input': [
      [1, 3, 6, 6],
      (d: Draft, x: string) => {
        const scaled = d.op('Mul', [d.op('Transpose', [x], { perm: [0, 2, 3, 1] }), d.weights([3])]);
        const back = d.op('Transpose', [scaled], { perm: [0, 3, 1, 2] });
        return d.op('Conv', [back, d.weights([4, 3, 3, 3])], { pads: [1, 1, 1, 1] });
      },
    ],
  } as const;
  for (const [name, [dims, layers]] of Object.entries(cases)) {
    for (const formulation of [CPU_FORMULATION, PORTABLE_FORMULATION]) {
      it(`goes through ${name} once (${formulation.name})`, async () => {
        const { graph, name: gradient } = await gradientOf([...dims], layers, formulation);
        const changed = removeDead(sumBeforeLinear(graph));
        const before = values(graph, gradient, dims);
        const after = values(changed, gradient, dims);
        assert.deepEqual(after.dims, before.dims);
        const off = after.data.map((value, i) => Math.abs(value - before.data[i]));
        assert.ok(Math.max(...off) < 1e-9, `off by ${Math.max(...off)}`);
        const last = changed.nodes.filter(({ op }) => op === 'ConvTranspose' || op === 'Conv').slice(-1)[0];
        assert.equal(changed.types.get(last.outputs[0])!.dims[0], 1);
      });
    }
  }

  it('is left as it is behind what is not linear', async () => {
    const { graph } = await gradientOf([1, 3, 6, 6], (d, x) => d.op('Relu', [x]), CPU_FORMULATION);
    assert.equal(sumBeforeLinear(graph), graph);
    assert.equal(batchOf(graph, 'Relu'), BATCH);
  });

  it('moves over a bounded number of layers, however many there are', async () => {
    const { graph, name } = await gradientOf([1, 3, 2, 2], (_, x) => x, CPU_FORMULATION);
    const [{ inputs }] = graph.nodes.filter(({ outputs }) => outputs.includes(name));
    const [last] = graph.nodes.filter(({ outputs }) => outputs.includes(inputs[0]));
    const type = graph.types.get(last.outputs[0])!;
    const types = new Map(graph.types);
    const chain = Array.from({ length: 20_000 }, (_, i) => {
      types.set(`link ${i}`, type);
      return makeNode('Neg', [i === 0 ? last.outputs[0] : `link ${i - 1}`], [`link ${i}`]);
    });
    const nodes = graph.nodes.flatMap((node) =>
      node.outputs.includes(name)
        ? [...chain, { ...node, inputs: ['link 19999', ...node.inputs.slice(1)] }]
        : [node],
    );
    const changed = sumBeforeLinear({ ...graph, nodes, types });
    assert.equal(changed.nodes.filter(({ op }) => op === 'Neg').length, 20_500);
  });
});
