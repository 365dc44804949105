import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { GraphBuilder } from '../../../../src/core/onnx/builder.ts';
import { differentiate } from '../../../../src/core/onnx/gradients/backward.ts';
import { CPU_FORMULATION } from '../../../../src/core/onnx/gradients/rule.ts';
import type { Graph } from '../../../../src/core/onnx/graph.ts';
import { transposeDepthToSpace } from '../../../../src/core/onnx/passes/fusions/transposedDepthToSpace.ts';
import { interleaveLate } from '../../../../src/core/onnx/passes/interleaveLate.ts';
import { prepareGraph } from '../../../../src/core/onnx/prepareGraph.ts';
import { range } from '../../../../src/core/onnx/shapes.ts';
import { writeGraph } from '../../../../src/core/onnx/writeGraph.ts';
import { sessionOptions } from '../../../../src/engine/gradients/gradientSession.ts';
import { OrtRunner } from '../../../../src/engine/gradients/ortRunner.ts';
import { loadOrt, type Ort } from '../../../../src/engine/models/onnxruntime.ts';
import { type Draft, draft } from './cases/draft.ts';
import { size } from './interpreter/array.ts';
import { interpret } from './interpreter/interpreter.ts';
import { Random } from './random.ts';

let ort: Ort;
let runner: OrtRunner;
before(async () => {
  ort = await loadOrt();
  runner = new OrtRunner(ort);
});

/** The gradient of the sum of squares of `output`, before the pass and after it. */
async function gradientsOf(d: Draft, output: string) {
  const prepared = await prepareGraph(d.graph(d.op('Mul', [output, output])), d.dims, runner);
  const b = new GraphBuilder(prepared);
  const loss = b.sum(prepared.outputs[0], range(b.dims(prepared.outputs[0]).length), false);
  const { graph, gradients } = differentiate(b.finish([loss]), loss, ['input'], CPU_FORMULATION);
  const name = gradients.get('input')!;
  const plain: Graph = { ...graph, outputs: [name] };
  return { name, plain, late: transposeDepthToSpace(interleaveLate(plain)) };
}

const count = (graph: Graph, op: string) => graph.nodes.filter((node) => node.op === op).length;

/** Both graphs agree in double precision, and onnxruntime, fully optimized, agrees with them. */
async function agree(d: Draft, { name, plain, late }: Awaited<ReturnType<typeof gradientsOf>>) {
  const data = d.random.distinct(size(d.dims), d.low, d.high);
  const feed = () => new Map([['input', { type: 'float32' as const, dims: d.dims, data }]]);
  const [before, after] = [plain, late].map((graph) => interpret(graph, feed()).get(name)!.data);
  const scale = Math.max(1e-3, ...before.map(Math.abs));
  before.forEach((value, i) => {
    assert.ok(Math.abs(after[i] - value) <= 1e-11 * scale, `element ${i}: ${after[i]} instead of ${value}`);
  });
  const program = writeGraph({ ...late, types: new Map() });
  const session = await ort.InferenceSession.create(program, sessionOptions({ provider: 'cpu', threads: 1 }));
  const given = new ort.Tensor('float32', Float32Array.from(data), d.dims);
  const run = (await session.run({ input: given }))[name].data as Float32Array;
  await session.release();
  before.forEach((value, i) => {
    assert.ok(Math.abs(run[i] - value) <= 1e-5 * scale, `onnxruntime, element ${i}: ${run[i]} for ${value}`);
  });
}

describe('what is interleaved late', () => {
  it('is the gradient of depthwise strided layers behind pointwise ones: kernels, strides, pads, odd sizes, activations', async () => {
    const random = new Random(5);
    for (const activation of ['Clip', 'Relu', 'HardSwish', 'Sigmoid', 'none']) {
      for (const kernel of [3, 5, 7]) {
        const stride = random.pick([2, 2, 3]);
        const pad = random.int(0, kernel - 1);
        const channels = random.pick([8, 20]);
        const d = draft(random, [2, 4, random.int(7, 12), random.int(7, 12)]);
        const wide = d.op('Conv', [d.x, d.weights([channels, 4, 1, 1]), d.weights([channels])]);
        const bounds = activation === 'Clip' ? [d.scalar(0), d.scalar(0.7)] : [];
        const active = activation === 'none' ? wide : d.op(activation, [wide, ...bounds]);
        const strided = d.op('Conv', [active, d.weights([channels, 1, kernel, kernel])], {
          group: channels,
          strides: [stride, stride],
          pads: [pad, random.int(0, pad), pad, random.int(0, pad)],
        });
        const graphs = await gradientsOf(d, strided);
        const what = `${activation}, kernel ${kernel}, stride ${stride}, pad ${pad}, ${d.dims}`;
        assert.equal(count(graphs.plain, 'ConvTranspose'), 1, what);
        assert.equal(count(graphs.late, 'ConvTranspose'), 0, what);
        await agree(d, graphs);
      }
    }
  });

  it('is the sum of what a strided block and its shortcut send back', async () => {
    for (const [rows, columns] of [
      [8, 8],
      [7, 9],
    ]) {
      const d = draft(new Random(rows), [2, 16, rows, columns]);
      const block = d.op('Conv', [d.x, d.weights([16, 16, 3, 3])], { strides: [2, 2], pads: [1, 1, 1, 1] });
      const shortcut = d.op('Conv', [d.x, d.weights([16, 16, 1, 1])], { strides: [2, 2] });
      const graphs = await gradientsOf(d, d.op('Add', [block, shortcut]));
      assert.equal(count(graphs.plain, 'DepthToSpace'), 2);
      const interleaved = interleaveLate(graphs.plain);
      assert.equal(count(interleaved, 'DepthToSpace'), 1);
      // Only one phase has elements that the shortcut saw.
      assert.equal(count(interleaved, 'Add'), count(graphs.plain, 'Add'));
      await agree(d, graphs);
    }
  });

  it('is the sum with a shortcut that takes means', async () => {
    const d = draft(new Random(1), [2, 16, 8, 6]);
    const block = d.op('Conv', [d.x, d.weights([16, 16, 3, 3])], { strides: [2, 2], pads: [1, 1, 1, 1] });
    const shortcut = d.op('AveragePool', [d.x], { kernel_shape: [2, 2], strides: [2, 2] });
    const graphs = await gradientsOf(d, d.op('Add', [block, shortcut]));
    assert.equal(count(graphs.late, 'Expand'), 0);
    assert.equal(count(interleaveLate(graphs.plain), 'DepthToSpace'), 1);
    await agree(d, graphs);
  });

  it('is nothing that has further readers', async () => {
    const d = draft(new Random(2), [1, 4, 8, 8]);
    const wide = d.op('Conv', [d.x, d.weights([8, 4, 1, 1])]);
    const strided = d.op('Conv', [wide, d.weights([8, 1, 3, 3])], { group: 8, strides: [2, 2] });
    const other = d.op('ReduceSum', [wide, d.ints([2, 3])], { keepdims: 1 });
    const graphs = await gradientsOf(d, d.op('Add', [strided, other]));
    assert.equal(count(graphs.late, 'ConvTranspose'), 1);
    await agree(d, graphs);
  });
});
