import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { GraphBuilder } from '../../../../src/core/onnx/builder.ts';
import { differentiate } from '../../../../src/core/onnx/gradients/backward.ts';
import { CPU_FORMULATION, PORTABLE_FORMULATION } from '../../../../src/core/onnx/gradients/rule.ts';
import type { Graph } from '../../../../src/core/onnx/graph.ts';
import { prepareGraph } from '../../../../src/core/onnx/prepareGraph.ts';
import { range } from '../../../../src/core/onnx/shapes.ts';
import { type DataType, makeTensor, numbersOf, typedArrayOf } from '../../../../src/core/onnx/tensor.ts';
import { writeGraph } from '../../../../src/core/onnx/writeGraph.ts';
import { OrtRunner } from '../../../../src/engine/gradients/ortRunner.ts';
import { loadOrt } from '../../../../src/engine/models/onnxruntime.ts';
import { type Draft, draft } from './cases/draft.ts';
import { Random } from './random.ts';

let runner: OrtRunner;
before(async () => {
  runner = new OrtRunner(await loadOrt());
});

/** The output at `x`, and the gradient of its sum weighted with `weights`. */
async function run(
  graph: Graph,
  x: readonly number[],
  weights: readonly number[],
  formulation = CPU_FORMULATION,
) {
  const dims = graph.inputs[0].dims as number[];
  const prepared = await prepareGraph(graph, dims, runner);
  const b = new GraphBuilder(prepared);
  const [output] = prepared.outputs;
  const weighted = b.mul(b.cast(output, 'float32'), b.floats(weights, b.dims(output)));
  const loss = b.sum(weighted, range(b.dims(output).length), false);
  const { graph: whole, gradients } = differentiate(b.finish([loss]), loss, ['input'], formulation);
  const name = gradients.get('input')!;
  const program = writeGraph({ ...whole, outputs: [output, name], types: new Map() });
  const results = await runner.run(program, new Map([['input', makeTensor('float32', dims, x)]]));
  return { y: Array.from(numbersOf(results.get(output)!)), dx: Array.from(numbersOf(results.get(name)!)) };
}

function pair(d: Draft, value: string, scale: number, zero: number, type: DataType = 'uint8'): string {
  const [s, z] = [d.scalar(scale), d.constant(type, [], [zero])];
  return d.op('DequantizeLinear', [d.op('QuantizeLinear', [value, s, z]), s, z]);
}

function close(actual: readonly number[], expected: readonly number[], tolerance = 1e-6): void {
  const off = actual.map((value, i) => Math.abs(value - expected[i]));
  const near = actual.length === expected.length && off.every((difference) => difference <= tolerance);
  assert.ok(near, `${actual} is not ${expected}`);
}

describe('quantised models, straight through', () => {
  it('round in the forward pass and pass the gradient where nothing saturates', async () => {
    const d = draft(new Random(1), [6]);
    const graph = d.graph(pair(d, d.x, 0.1, 100));
    // Representable: (0 - 100) 0.1 = -10 to (255 - 100) 0.1 = 15.5
    const { y, dx } = await run(graph, [0.12, -3.33, -11, 15.6, 15.4, -9.96], [1, 2, 3, 4, 5, 6]);
    close(y, [0.1, -3.3, -10, 15.5, 15.4, -10], 1e-5);
    close(dx, [1, 2, 0, 0, 5, 6], 1e-5);
  });

  it('count both ends of the range in', async () => {
    const d = draft(new Random(1), [2]);
    const { dx } = await run(d.graph(pair(d, d.x, 1, 0)), [0, 255], [1, 2]);
    close(dx, [1, 2]);
  });

  it('have scales per channel', async () => {
    const d = draft(new Random(1), [1, 2, 2]);
    const scale = d.constant('float32', [2], [0.5, 0.01]);
    const zero = d.constant('int8', [2], [0, 10]);
    const quantised = d.op('QuantizeLinear', [d.x, scale, zero], { axis: 1 });
    const graph = d.graph(d.op('DequantizeLinear', [quantised, scale, zero], { axis: 1 }));
    const { y, dx } = await run(graph, [10.1, 70, 0.5, 2], [1, 2, 3, 4]);
    close(y, [10, 63.5, 0.5, 1.17], 1e-5);
    close(dx, [1, 0, 3, 0], 1e-5);
  });

  it('pass a gradient through pools and moves of integers', async () => {
    const d = draft(new Random(1), [1, 1, 2, 2]);
    const [s, z] = [d.scalar(0.5), d.constant('uint8', [], [3])];
    const quantised = d.op('QuantizeLinear', [d.x, s, z]);
    const pooled = d.op('MaxPool', [d.op('Transpose', [quantised], { perm: [0, 1, 3, 2] })], {
      kernel_shape: [2, 2],
    });
    const graph = d.graph(d.op('DequantizeLinear', [pooled, s, z]));
    for (const formulation of [CPU_FORMULATION, PORTABLE_FORMULATION]) {
      close((await run(graph, [1, 2, 8, 3], [7], formulation)).dx, [0, 0, 7, 0]);
    }
  });

  it('take integer images as floats, rounded in the graph', async () => {
    const d = draft(new Random(1), [3]);
    const graph = d.graph(d.op('Cast', [d.x], { to: 1 }));
    const uint8: Graph = { ...graph, inputs: [{ name: d.x, type: 'uint8', dims: [3] }] };
    const { y, dx } = await run(uint8, [3.4, 300, 0], [1, 1, 1]);
    close(y, [3, 255, 0]);
    close(dx, [1, 0, 1]);
  });

  it('multiply and convolve integers with the result of the same numbers as floats', async () => {
    const random = new Random(5);
    const d = draft(random, [1, 2, 3, 3]);
    const [s, z] = [d.scalar(0.1), d.constant('uint8', [], [20])];
    const quantised = d.op('QuantizeLinear', [d.x, s, z]);
    const weights = Array.from({ length: 3 * 2 * 2 * 2 }, () => random.int(-100, 100));
    const w = d.constant('int8', [3, 2, 2, 2], weights);
    const [ws, wz] = [d.constant('float32', [3], [0.01, 0.02, 0.03]), d.constant('int8', [3], [0, 0, 0])];
    const [ys, yz] = [d.scalar(0.2), d.constant('uint8', [], [128])];
    const bias = d.constant('int32', [3], [100, -200, 300]);
    const result = d.op('QLinearConv', [quantised, s, z, w, ws, wz, ys, yz, bias]);
    const graph = d.graph(d.op('DequantizeLinear', [result, ys, yz]));

    const x = Array.from({ length: 18 }, () => random.between(-1, 1));
    const upstream = Array.from({ length: 12 }, () => random.between(-1, 1));
    const { y, dx } = await run(graph, x, upstream);
    const original = await runner.run(
      writeGraph(graph),
      new Map([['x', makeTensor('float32', [1, 2, 3, 3], x)]]),
    );
    const expected = Array.from(numbersOf([...original.values()][0]));
    close(y, expected, 0.2 + 1e-5);

    const f = draft(new Random(1), [1, 2, 3, 3]);
    const scaled = weights.map((weight, i) => weight * [0.01, 0.02, 0.03][Math.floor(i / 8)]);
    const float = await run(
      f.graph(f.op('Conv', [f.x, f.constant('float32', [3, 2, 2, 2], scaled)])),
      x,
      upstream,
    );
    close(dx, float.dx, 1e-4);
  });

  it('multiply dynamically quantised matrices', async () => {
    const random = new Random(6);
    const d = draft(random, [2, 3]);
    d.op('DynamicQuantizeLinear', [d.x], {}, { outputs: 3 });
    const weights = Array.from({ length: 12 }, () => random.int(-100, 100));
    const product = d.op('MatMulInteger', ['v0_0', d.constant('int8', [3, 4], weights), 'v0_2']);
    const scale = d.op('Mul', ['v0_1', d.scalar(0.02)]);
    const graph = d.graph(d.op('Mul', [d.op('Cast', [product], { to: 1 }), scale]));
    const x = Array.from({ length: 6 }, () => random.between(-1, 1));
    const upstream = Array.from({ length: 8 }, () => random.between(-1, 1));
    const { y, dx } = await run(graph, x, upstream);
    const original = await runner.run(writeGraph(graph), new Map([['x', makeTensor('float32', [2, 3], x)]]));
    close(y, Array.from(numbersOf([...original.values()][0])), 1e-4);
    const exact = [0, 1].flatMap((row) =>
      [0, 1, 2].map((k) =>
        range(4).reduce((sum, j) => sum + upstream[4 * row + j] * weights[4 * k + j] * 0.02, 0),
      ),
    );
    close(dx, exact, 0.1);
  });
});

describe('half precision', () => {
  it('becomes single, at the input and inside', async () => {
    const d = draft(new Random(1), [2]);
    const half = {
      type: 'float16',
      dims: [2],
      bytes: new Uint8Array(Uint16Array.of(0x3e00, 0xc000).buffer),
    } as const;
    const base = d.graph(d.op('Cast', [d.op('Mul', [d.x, 'half'])], { to: 10 }));
    const graph: Graph = {
      ...base,
      inputs: [{ name: d.x, type: 'float16', dims: [2] }],
      constants: new Map([...base.constants, ['half', half]]),
    };
    const { y, dx } = await run(graph, [2, 3], [1, 10]);
    close(y, [3, -6]);
    close(dx, [1.5, -20]);
    assert.equal(typedArrayOf(half).length, 2);
  });
});
