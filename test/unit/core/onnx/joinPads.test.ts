import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { GraphBuilder } from '../../../../src/core/onnx/builder.ts';
import { differentiate } from '../../../../src/core/onnx/gradients/backward.ts';
import { CPU_FORMULATION } from '../../../../src/core/onnx/gradients/rule.ts';
import type { Graph } from '../../../../src/core/onnx/graph.ts';
import { joinPads } from '../../../../src/core/onnx/passes/fusions/joinPads.ts';
import { prepareGraph } from '../../../../src/core/onnx/prepareGraph.ts';
import { range } from '../../../../src/core/onnx/shapes.ts';
import { OrtRunner } from '../../../../src/engine/gradients/ortRunner.ts';
import { loadOrt } from '../../../../src/engine/models/onnxruntime.ts';
import { draft } from './cases/draft.ts';
import { size } from './interpreter/array.ts';
import { interpret } from './interpreter/interpreter.ts';
import { Random } from './random.ts';

let runner: OrtRunner;
before(async () => {
  runner = new OrtRunner(await loadOrt());
});

/** The gradient of a product of powers of slices of x along its last axis, before and after. */
async function gradientsOf(slices: readonly (readonly [start: number, end: number])[]) {
  const d = draft(new Random(3), [2, 3, 9]);
  const parts = slices.map(([start, end], i) => {
    const part = d.op('Slice', [d.x, d.ints([start]), d.ints([end]), d.ints([-1])]);
    const sum = d.op('ReduceSum', [d.op('Exp', [part]), d.ints([-1])], { keepdims: 1 });
    return d.op('Mul', [sum, d.scalar(i + 1)]);
  });
  const output = parts.reduce((a, b) => d.op('Mul', [a, b]));
  const prepared = await prepareGraph(d.graph(output), d.dims, runner);
  const b = new GraphBuilder(prepared);
  const loss = b.sum(prepared.outputs[0], range(b.dims(prepared.outputs[0]).length), false);
  const { graph, gradients } = differentiate(b.finish([loss]), loss, ['input'], CPU_FORMULATION);
  const plain: Graph = { ...graph, outputs: [gradients.get('input')!] };
  const joined = joinPads(plain);
  const data = d.random.distinct(size(d.dims), d.low, d.high);
  const [before, after] = [plain, joined].map((one) => {
    const given = new Map([['input', { type: 'float32' as const, dims: d.dims, data }]]);
    return Array.from(interpret(one, given).get(one.outputs[0])!.data);
  });
  assert.deepEqual(after, before);
  return (op: string) => [plain, joined].map((one) => one.nodes.filter((node) => node.op === op).length);
}

describe('gradients of slices', () => {
  it('are laid side by side where they fill their value, in whatever order they are read', async () => {
    for (const slices of [
      [
        [0, 2],
        [2, 5],
        [5, 9],
      ],
      [
        [5, 9],
        [2, 5],
        [0, 2],
      ],
    ] as const) {
      const count = await gradientsOf(slices);
      assert.deepEqual(count('Pad'), [3, 0]);
      assert.deepEqual(count('Add'), [2, 0]);
      assert.equal(count('Concat')[1], 1);
    }
  });

  it('keep zeros where nothing was read', async () => {
    const count = await gradientsOf([
      [1, 4],
      [4, 8],
    ]);
    assert.deepEqual(count('Pad'), [2, 1]);
    assert.deepEqual(count('Add'), [1, 0]);
  });

  it('are added where they overlap or leave a gap', async () => {
    const overlapping = await gradientsOf([
      [0, 5],
      [4, 9],
    ]);
    assert.deepEqual(overlapping('Add'), [1, 1]);
    const apart = await gradientsOf([
      [0, 3],
      [4, 9],
    ]);
    assert.deepEqual(apart('Add'), [1, 1]);
  });
});
