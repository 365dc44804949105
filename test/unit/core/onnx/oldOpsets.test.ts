import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { float, makeNode } from '../../../../src/core/onnx/graph.ts';
import { prepareGraph } from '../../../../src/core/onnx/prepareGraph.ts';
import { makeTensor, numbersOf } from '../../../../src/core/onnx/tensor.ts';
import { nodeToProto, writeGraph } from '../../../../src/core/onnx/writeGraph.ts';
import { OrtRunner } from '../../../../src/engine/gradients/ortRunner.ts';
import { loadOrt } from '../../../../src/engine/models/onnxruntime.ts';
import { type Draft, draft } from './cases/draft.ts';
import { Random } from './random.ts';

let runner: OrtRunner;
before(async () => {
  runner = new OrtRunner(await loadOrt());
});

const floats = (...value: number[]) => ({ kind: 'floats', value }) as const;

/** Operators as old exporters wrote them, with the operator set. */
const OLD: Readonly<Record<string, readonly [number, (d: Draft) => string]>> = {
  'Clip with attributes': [7, (d) => d.op('Clip', [d.x], { min: float(-0.3), max: float(0.4) })],
  'Clip with one bound': [10, (d) => d.op('Clip', [d.x], { min: float(0) })],
  'Squeeze and Unsqueeze with attributes': [
    11,
    (d) => d.op('Squeeze', [d.op('Unsqueeze', [d.x], { axes: [0, 3] })], { axes: [0] }),
  ],
  'reductions with attributes': [
    12,
    (d) =>
      d.op('ReduceSum', [d.op('ReduceMean', [d.x], { axes: [2], keepdims: 1 })], { axes: [-1], keepdims: 0 }),
  ],
  'Split with attributes': [9, (d) => d.op('Split', [d.x], { axis: 1, split: [1, 3] }, { outputs: 2 })],
  'Split into equal parts': [11, (d) => d.op('Split', [d.x], { axis: 1 }, { outputs: 2 })],
  'Pad with attributes': [
    7,
    (d) => d.op('Pad', [d.x], { pads: [0, 0, 1, 1, 0, 0, 0, 2], value: float(0.5) }),
  ],
  'Pad by reflection': [10, (d) => d.op('Pad', [d.x], { pads: [0, 0, 1, 1, 0, 0, 1, 2], mode: 'reflect' })],
  'Slice with attributes': [
    9,
    (d) => d.op('Slice', [d.x], { starts: [1, -2], ends: [3, 1000], axes: [1, 3] }),
  ],
  'Slice of the first axes': [7, (d) => d.op('Slice', [d.x], { starts: [0, 1], ends: [1, 4] })],
  'TopK with an attribute': [7, (d) => d.op('TopK', [d.x], { k: 2, axis: 1 }, { outputs: 2 })],
  'Softmax over everything behind an axis': [11, (d) => d.op('Softmax', [d.x], { axis: 1 })],
  'LogSoftmax with its old default axis': [9, (d) => d.op('LogSoftmax', [d.x])],
  'Upsample with an attribute': [
    7,
    (d) => d.op('Upsample', [d.x], { mode: 'nearest', scales: floats(1, 1, 2, 2) }),
  ],
  'Upsample with an input, linear': [
    9,
    (d) => d.op('Upsample', [d.x, d.constant('float32', [4], [1, 1, 2, 1.5])], { mode: 'linear' }),
  ],
  'Resize of operator set 10': [10, (d) => d.op('Resize', [d.x, d.constant('float32', [4], [1, 1, 3, 2])])],
  'BatchNormalization with old attributes': [
    7,
    (d) =>
      d.op(
        'BatchNormalization',
        [d.x, d.weights([4]), d.weights([4]), d.weights([4]), d.weights([4], 0.5, 2)],
        { momentum: float(0.9) },
      ),
  ],
  'Dropout with an attribute': [7, (d) => d.op('Mul', [d.op('Dropout', [d.x], { ratio: float(0.5) }), d.x])],
  'a branch with old operators': [
    11,
    (d) => {
      const branch = {
        name: 'branch',
        node: [
          nodeToProto(makeNode('Unsqueeze', [d.x], ['wide'], { axes: [0] })),
          nodeToProto(makeNode('ReduceMax', ['wide'], ['inner'], { axes: [0, 2], keepdims: 0 })),
        ],
        output: [{ name: 'inner' }],
      };
      const condition = d.op('Greater', [d.op('Size', [d.x]), d.constant('int64', [], [3])]);
      const value = { kind: 'graph', value: branch } as const;
      return d.op('If', [condition], { then_branch: value, else_branch: value });
    },
  ],
  'Scatter under its old name': [
    9,
    (d) =>
      d.op('Scatter', [d.x, d.constant('int64', [1, 1, 1, 2], [3, 0]), d.weights([1, 1, 1, 2])], { axis: 2 }),
  ],
};

describe('models of old operator sets compute the same after the upgrade', () => {
  for (const [name, [opset, make]] of Object.entries(OLD)) {
    it(name, async () => {
      const random = new Random(4);
      const d = draft(random, [1, 4, 4, 4]);
      d.opset = opset;
      const graph = { ...d.graph(make(d)), irVersion: 5 };
      const input = makeTensor('float32', d.dims, random.floats(64));
      const [original] = (await runner.run(writeGraph(graph), new Map([['x', input]]))).values();
      const prepared = await prepareGraph(graph, d.dims, runner);
      const [upgraded] = (await runner.run(writeGraph(prepared), new Map([['input', input]]))).values();
      assert.deepEqual(upgraded.dims, original.dims);
      const [a, b] = [numbersOf(upgraded), numbersOf(original)];
      const near = a.every((value, i) => Math.abs(value - b[i]) < 1e-6);
      assert.ok(near, `${a} is not ${b}`);
    });
  }

  it('except for those before 7, which are refused by name', async () => {
    const d = draft(new Random(4), [1, 2]);
    d.opset = 6;
    await assert.rejects(prepareGraph(d.graph(d.op('Relu', [d.x])), d.dims, runner), (error) => {
      assert.ok(error instanceof SemapError);
      assert.match(error.message, /operator set 6; the oldest supported one is 7/);
      return true;
    });
  });
});
