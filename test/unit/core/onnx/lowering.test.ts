import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { GraphBuilder } from '../../../../src/core/onnx/builder.ts';
import { differentiate } from '../../../../src/core/onnx/gradients/backward.ts';
import { CPU_FORMULATION } from '../../../../src/core/onnx/gradients/rule.ts';
import { float } from '../../../../src/core/onnx/graph.ts';
import { prepareGraph } from '../../../../src/core/onnx/prepareGraph.ts';
import { range } from '../../../../src/core/onnx/shapes.ts';
import { makeTensor, numbersOf } from '../../../../src/core/onnx/tensor.ts';
import { writeGraph } from '../../../../src/core/onnx/writeGraph.ts';
import { OrtRunner } from '../../../../src/engine/gradients/ortRunner.ts';
import { loadOrt } from '../../../../src/engine/models/onnxruntime.ts';
import { type Draft, draft } from './cases/draft.ts';
import { Random } from './random.ts';

let runner: OrtRunner;
before(async () => {
  runner = new OrtRunner(await loadOrt());
});

const MICROSOFT = { domain: 'com.microsoft' };

/** Operators that the interpreter of the gradient tests does not know: input shape, and one use. */
const OPERATORS: Readonly<Record<string, readonly [readonly number[], (d: Draft) => string]>> = {
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
  'Attention of the standard, causal, with fewer heads of keys and values and a mask of booleans': [
    [2, 3, 8],
    (d) => {
      d.opset = 23;
      const keys = d.op('Slice', [d.op('Tanh', [d.x]), d.ints([2]), d.ints([6]), d.ints([2])]);
      const values = d.op('Slice', [d.x, d.ints([0]), d.ints([4]), d.ints([2])]);
      const mask = d.op('Less', [
        d.weights([3, 3]),
        d.constant('float32', [3, 3], [9, 9, 9, 0, 9, 9, 0, 9, 9]),
      ]);
      const attributes = { q_num_heads: 4, kv_num_heads: 2, is_causal: 1 };
      return d.op('Attention', [d.x, keys, values, mask], attributes);
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
  SkipSimplifiedLayerNormalization: [
    [2, 3, 8],
    (d) => {
      const inputs = [d.x, d.op('Tanh', [d.x]), d.weights([8]), d.weights([8])];
      return d.op('SkipSimplifiedLayerNormalization', inputs, { epsilon: float(1e-3) }, MICROSOFT);
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
  'ConvTranspose with an odd element of automatic padding': [
    [1, 2, 3, 3],
    (d) => {
      const attributes = { strides: [2, 2], auto_pad: 'SAME_UPPER' };
      const first = d.op('ConvTranspose', [d.x, d.weights([2, 2, 3, 3])], attributes);
      const lower = d.op('ConvTranspose', [first, d.weights([2, 2, 3, 3])], {
        ...attributes,
        auto_pad: 'SAME_LOWER',
      });
      return d.op('ConvTranspose', [lower, d.weights([2, 1, 3, 3])], {
        strides: [2, 2],
        output_shape: [24, 22],
      });
    },
  ],
  // 7.3 over 2 never comes near a whole number, where the remainder jumps.
  'Mod with a computed divisor': [
    [2, 3, 4],
    (d) => {
      const small = d.op('Mul', [d.x, d.scalar(0.05)]);
      const inputs = [d.op('Add', [small, d.scalar(7.3)]), d.op('Sub', [d.scalar(2), small])];
      return d.op('Mod', inputs, { fmod: 1 });
    },
  ],
  'ReverseSequence and Hardmax': [
    [4, 3, 2],
    (d) => {
      const lengths = d.constant('int64', [3], [4, 1, 3]);
      const reversed = d.op('ReverseSequence', [d.x, lengths], { batch_axis: 1, time_axis: 0 });
      return d.op('Mul', [
        d.op('Mul', [reversed, d.weights([4, 3, 2])]),
        d.op('Hardmax', [d.x], { axis: 1 }),
      ]);
    },
  ],
  LpPool: [[1, 2, 5, 5], (d) => d.op('LpPool', [d.x], { kernel_shape: [2, 2], strides: [2, 1], p: 2 })],
};

describe('operators compute the same once a graph is prepared, and have a gradient', () => {
  for (const [name, [dims, make]] of Object.entries(OPERATORS)) {
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
