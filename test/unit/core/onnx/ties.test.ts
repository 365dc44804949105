import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { GraphBuilder } from '../../../../src/core/onnx/builder.ts';
import { differentiate } from '../../../../src/core/onnx/gradients/backward.ts';
import { CPU_FORMULATION, PORTABLE_FORMULATION } from '../../../../src/core/onnx/gradients/rule.ts';
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

/** Gradient of the sum of the output at an input of equal or given values. */
async function gradientAtTies(
  d: Draft,
  output: string,
  value: number | readonly number[],
  formulation = CPU_FORMULATION,
) {
  const prepared = await prepareGraph(d.graph(output), d.dims, runner);
  const b = new GraphBuilder(prepared);
  const loss = b.sum(prepared.outputs[0], range(b.dims(prepared.outputs[0]).length), false);
  const { graph, gradients } = differentiate(b.finish([loss]), loss, ['input'], formulation);
  const name = gradients.get('input')!;
  const count = d.dims.reduce((product, dim) => product * dim, 1);
  const values = typeof value === 'number' ? new Float32Array(count).fill(value) : value;
  const x = makeTensor('float32', d.dims, values);
  const program = writeGraph({ ...graph, outputs: [name], types: new Map() });
  return Array.from(numbersOf((await runner.run(program, new Map([['input', x]]))).get(name)!));
}

const shape = (...dims: number[]) => draft(new Random(1), dims);

describe('where several elements are the largest', () => {
  for (const formulation of [CPU_FORMULATION, PORTABLE_FORMULATION]) {
    it(`one of them gets the gradient of a max pooling window (${formulation.name})`, async () => {
      const d = shape(1, 1, 4, 4);
      const pooled = d.op('MaxPool', [d.x], { kernel_shape: [2, 2], strides: [2, 2] });
      const gradient = await gradientAtTies(d, pooled, 3, formulation);
      assert.deepEqual(gradient, [1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]);
    });
  }

  it('the first of them gets the gradient of windows that overlap, side by side with windows without ties', async () => {
    for (const formulation of [CPU_FORMULATION, PORTABLE_FORMULATION]) {
      const d = shape(1, 4, 5, 5);
      const pooled = d.op('MaxPool', [d.x], { kernel_shape: [3, 3], strides: [2, 2] });
      const equal = [1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
      // A maximum in the middle is that of all four windows.
      const peak = equal.map((_, i) => (i === 12 ? 4 : 0));
      const x = [
        ...equal.map(() => 3),
        ...equal.map(() => -3),
        ...equal.map((_, i) => (i === 12 ? 9 : 3)),
        ...equal.map(() => 0),
      ];
      const gradient = await gradientAtTies(d, pooled, x, formulation);
      assert.deepEqual(gradient, [...equal, ...equal, ...peak, ...equal], formulation.name);
    }
  });

  it('one of them gets the gradient of a global max pooling', async () => {
    for (const formulation of [CPU_FORMULATION, PORTABLE_FORMULATION]) {
      const d = shape(1, 2, 2, 2);
      const gradient = await gradientAtTies(d, d.op('GlobalMaxPool', [d.x]), -1, formulation);
      assert.deepEqual(gradient, [1, 0, 0, 0, 1, 0, 0, 0]);
    }
  });

  it('they share the gradient of ReduceMax', async () => {
    const d = shape(2, 4);
    const gradient = await gradientAtTies(d, d.op('ReduceMax', [d.x, d.ints([1])]), 5);
    assert.deepEqual(gradient, new Array(8).fill(0.25));
  });

  it('the first gets the gradient of Max and Min, and a constant gets none', async () => {
    for (const op of ['Max', 'Min']) {
      const d = shape(2);
      assert.deepEqual(await gradientAtTies(d, d.op(op, [d.x, d.op('Mul', [d.x, d.scalar(1)])]), 2), [1, 1]);
      const constant = shape(2);
      const limited = constant.op(op, [constant.x, constant.scalar(2)]);
      assert.deepEqual(await gradientAtTies(constant, limited, 2), [0, 0]);
    }
  });

  it('a clip passes nothing at its bounds and everything between them, however close to one', async () => {
    for (const formulation of [CPU_FORMULATION, PORTABLE_FORMULATION]) {
      for (const [low, high] of [
        [0, 6],
        [0, 1],
        [-1, 1],
        [0, 0.3],
        [-0.7, 2.1],
      ]) {
        const d = shape(1, 4, 1, 2);
        const clipped = d.op('Clip', [d.x, d.scalar(low), d.scalar(high)]);
        const step = 2 ** -20;
        const inside = [low === 0 ? 1e-25 : low + step, high - step * high, (low + high) / 2];
        const x = [low, high, low - 1, high + 1, high + step, ...inside];
        const gradient = await gradientAtTies(d, clipped, x, formulation);
        assert.deepEqual(gradient, [0, 0, 0, 0, 0, 1, 1, 1], `${low} to ${high}, ${formulation.name}`);
      }
    }
  });

  it('a rectifier passes nothing at zero', async () => {
    const d = shape(2);
    assert.deepEqual(await gradientAtTies(d, d.op('Relu', [d.x]), 0), [0, 0]);
  });
});
