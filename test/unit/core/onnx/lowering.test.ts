import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { GraphBuilder } from '../../../../src/core/onnx/builder.ts';
import { differentiate } from '../../../../src/core/onnx/gradients/backward.ts';
import { CPU_FORMULATION } from '../../../../src/core/onnx/gradients/formulation.ts';
import { float } from '../../../../src/core/onnx/graph.ts';
import { prepareGraph } from '../../../../src/core/onnx/prepareGraph.ts';
import { range } from '../../../../src/core/onnx/shapes.ts';
import { makeTensor, numbersOf } from '../../../../src/core/onnx/tensor.ts';
import { writeGraph } from '../../../../src/core/onnx/writeGraph.ts';
import { loadOrt, OrtRunner } from '../../../../src/engine/gradients/ortRunner.ts';
import { type Draft, draft } from './cases/draft.ts';
import { Random } from './random.ts';

let runner: OrtRunner;
before(async () => {
  runner = new OrtRunner(await loadOrt());
});

const MICROSOFT = { domain: 'com.microsoft' };

/** Operators that the interpreter of the gradient tests does not know: input shape, and one use. */
const FUSED: Readonly<Record<string, readonly [readonly number[], (d: Draft) => string]>> = {
  'Attention of the standard, heads apart': [
    [1, 2, 3, 4],
    (d) => {
      d.opset = 23;
      return d.op('Attention', [d.x, d.op('Tanh', [d.x]), d.x]);
    },
  ],
  'Attention of the standard, heads joined, with a mask': [
    [2, 3, 8],
    (d) => {
      d.opset = 23;
      const attributes = { q_num_heads: 2, kv_num_heads: 2, scale: float(0.3) };
      return d.op('Attention', [d.x, d.op('Tanh', [d.x]), d.x, d.weights([3, 3])], attributes);
    },
  ],
  'MultiHeadAttention of onnxruntime': [
    [2, 3, 8],
    (d) =>
      d.op(
        'MultiHeadAttention',
        [d.x, d.op('Tanh', [d.x]), d.x, d.weights([24])],
        { num_heads: 2 },
        MICROSOFT,
      ),
  ],
  'Attention of onnxruntime': [
    [2, 3, 8],
    (d) => d.op('Attention', [d.x, d.weights([8, 24]), d.weights([24])], { num_heads: 2 }, MICROSOFT),
  ],
  SkipLayerNormalization: [
    [2, 3, 8],
    (d) => {
      const inputs = [d.x, d.op('Tanh', [d.x]), d.weights([8]), d.weights([8]), d.weights([8])];
      return d.op('SkipLayerNormalization', inputs, { epsilon: float(1e-3) }, MICROSOFT);
    },
  ],
  'BiasGelu, FastGelu and QuickGelu': [
    [2, 3, 8],
    (d) => {
      const first = d.op('BiasGelu', [d.x, d.weights([8])], {}, MICROSOFT);
      const second = d.op('FastGelu', [first, d.weights([8])], {}, MICROSOFT);
      return d.op('QuickGelu', [second], { alpha: float(1.5) }, MICROSOFT);
    },
  ],
  'FusedMatMul with transposes': [
    [2, 3, 4],
    (d) => d.op('FusedMatMul', [d.x, d.op('Tanh', [d.x])], { transA: 1, alpha: float(0.5) }, MICROSOFT),
  ],
  'FusedConv with activations': [
    [1, 2, 4, 4],
    (d) => {
      const leaky = { activation: 'LeakyRelu', activation_params: { kind: 'floats', value: [0.1] } } as const;
      const first = d.op('FusedConv', [d.x, d.weights([3, 2, 3, 3]), d.weights([3])], leaky, MICROSOFT);
      return d.op('FusedConv', [first, d.weights([2, 3, 1, 1])], { activation: 'Relu' }, MICROSOFT);
    },
  ],
  RMSNormalization: [
    [2, 3, 8],
    (d) => {
      d.opset = 23;
      return d.op('RMSNormalization', [d.x, d.weights([8])], { epsilon: float(1e-3) });
    },
  ],
  MeanVarianceNormalization: [[2, 3, 4, 4], (d) => d.op('MeanVarianceNormalization', [d.x])],
  LpPool: [[1, 2, 5, 5], (d) => d.op('LpPool', [d.x], { kernel_shape: [2, 2], strides: [2, 1], p: 2 })],
};

describe('fused operators compute the same when written as simple ones, and have a gradient', () => {
  for (const [name, [dims, make]] of Object.entries(FUSED)) {
    it(name, async () => {
      const random = new Random(9);
      const d = draft(random, dims);
      const graph = d.graph(make(d));
      const count = dims.reduce((product, dim) => product * dim, 1);
      const x = random.floats(count);
      const original = async (values: Float32Array) => {
        const [output] = (
          await runner.run(writeGraph(graph), new Map([['x', makeTensor('float32', dims, values)]]))
        ).values();
        return numbersOf(output);
      };
      const prepared = await prepareGraph(graph, dims, runner);
      const b = new GraphBuilder(prepared);
      const [output] = prepared.outputs;
      const weights = random.floats(b.dims(output).reduce((product, dim) => product * dim, 1));
      const weighted = b.mul(output, b.floats(weights, b.dims(output)));
      const loss = b.sum(weighted, range(b.dims(output).length), false);
      const { graph: whole, gradients } = differentiate(b.finish([loss]), loss, ['input'], CPU_FORMULATION);
      const gradient = gradients.get('input')!;
      const program = writeGraph({ ...whole, outputs: [output, gradient], types: new Map() });
      const results = await runner.run(program, new Map([['input', makeTensor('float32', dims, x)]]));

      const [y, expected] = [numbersOf(results.get(output)!), await original(x)];
      assert.equal(y.length, expected.length);
      assert.ok(y.every((value, i) => Math.abs(value - expected[i]) < 1e-5 * Math.max(1, Math.abs(value))));

      // Single precision: a large step and a loose bound; the rules themselves are checked in double precision.
      const direction = random.floats(count);
      const loss32 = async (h: number) => {
        const values = await original(x.map((value, i) => value + h * direction[i]));
        return (values as Float32Array).reduce((sum, value, i) => sum + value * weights[i], 0);
      };
      const difference = ((await loss32(2e-3)) - (await loss32(-2e-3))) / 4e-3;
      const dx = numbersOf(results.get(gradient)!);
      const slope = direction.reduce((sum, value, i) => sum + value * dx[i], 0);
      assert.ok(
        Math.abs(slope - difference) < 5e-3 * Math.max(1, Math.abs(slope)),
        `${slope}, not ${difference}`,
      );
    });
  }
});
