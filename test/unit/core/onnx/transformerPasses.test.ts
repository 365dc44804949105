import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { GraphBuilder } from '../../../../src/core/onnx/builder.ts';
import type { Graph } from '../../../../src/core/onnx/graph.ts';
import { centerWeights } from '../../../../src/core/onnx/passes/centerWeights.ts';
import { freeTransposes } from '../../../../src/core/onnx/passes/fusions/freeTransposes.ts';
import { readPositions } from '../../../../src/core/onnx/passes/readPositions.ts';
import { removeDead } from '../../../../src/core/onnx/passes/removeNodes.ts';
import { prepareGraph } from '../../../../src/core/onnx/prepareGraph.ts';
import { OrtRunner } from '../../../../src/engine/gradients/ortRunner.ts';
import type { Ort } from '../../../../src/engine/models/onnxruntime.ts';
import { loadOrt } from '../../../../src/engine/models/onnxruntime.ts';
import { type Draft, draft } from './cases/draft.ts';
import { size } from './interpreter/array.ts';
import { interpret } from './interpreter/interpreter.ts';
import { assertSame, countOf, passedGradient } from './passAgreement.ts';
import { Random } from './random.ts';

const WIDTH = 6;

let ort: Ort;
before(async () => {
  ort = await loadOrt();
});

const linear = (d: Draft, x: string, from: number, to: number) =>
  d.op('Add', [d.op('MatMul', [x, d.weights([from, to])]), d.weights([to])]);

const normalized = (d: Draft, x: string) =>
  d.op('LayerNormalization', [x, d.weights([WIDTH]), d.weights([WIDTH])], { axis: -1 });

/** A perceptron with its shortcut, over three positions of two images. */
async function perceptron(): Promise<{ d: Draft; graph: Graph }> {
  const d = draft(new Random(11), [2, 3, WIDTH]);
  const hidden = d.op('Relu', [linear(d, normalized(d, d.x), WIDTH, 8)]);
  const sum = d.op('Add', [linear(d, hidden, 8, WIDTH), d.x]);
  return { d, graph: await prepareGraph(d.graph(sum), d.dims, new OrtRunner(ort)) };
}

/** The graph with some positions of its output, and what it gives. */
function reading(graph: Graph, ...positions: readonly number[]): Graph {
  const b = new GraphBuilder(graph);
  const parts = positions.map((at) => b.slice(graph.outputs[0], [1], [at], [at + 1]));
  return b.finish([parts.length === 1 ? parts[0] : b.op('Concat', parts, { axis: 1 })]);
}

function valuesOf(graph: Graph, d: Draft): Float64Array {
  const data = new Random(5).distinct(size(d.dims), d.low, d.high);
  const feeds = new Map([['input', { type: 'float32' as const, dims: d.dims, data }]]);
  return Float64Array.from(interpret(graph, feeds).get(graph.outputs[0])!.data);
}

const rowsOf = (graph: Graph, op: string) =>
  graph.nodes.filter((node) => node.op === op).map(({ outputs }) => graph.types.get(outputs[0])!.dims[1]);

describe('a network of which one position is read', () => {
  it('computes that position only', async () => {
    const { d, graph } = await perceptron();
    for (const position of [0, 2]) {
      const whole = reading(graph, position);
      const narrow = removeDead(readPositions(whole));
      assert.deepEqual(rowsOf(whole, 'MatMul'), [3, 3]);
      for (const op of ['MatMul', 'LayerNormalization', 'Relu', 'Add']) {
        assert.deepEqual(new Set(rowsOf(narrow, op)), new Set([1]), op);
      }
      assert.deepEqual(valuesOf(narrow, d), valuesOf(whole, d));
    }
  });

  it('computes every position where two are read, or where all are an output', async () => {
    const { graph } = await perceptron();
    const two = reading(graph, 0, 2);
    assert.deepEqual(rowsOf(readPositions(two), 'MatMul'), [3, 3]);
    const one = reading(graph, 0);
    const both = { ...one, outputs: [...one.outputs, ...graph.outputs] };
    assert.equal(readPositions(both), both);
  });
});

describe('gradients of normalization before linear layers', () => {
  it('take their mean off the weights, through what moves rows, of every product that reads it', async () => {
    const d = draft(new Random(4), [2, 3, WIDTH]);
    const moved = d.op('Transpose', [normalized(d, d.x)], { perm: [1, 0, 2] });
    const parts = [1, 2, 3].map((width) => linear(d, moved, WIDTH, width));
    const passed = await passedGradient(ort, d, d.op('Concat', parts, { axis: -1 }), (graph) =>
      removeDead(centerWeights(graph)),
    );
    // The mean of the gradient itself is gone, that of its product with the normalized value is left.
    assert.deepEqual(
      [passed.plain, passed.passed].map((graph) => countOf(graph, 'ReduceMean')),
      [2, 1],
    );
    // Weights are rounded once more.
    const [whole, centered] = [passed.plain, passed.passed].map((graph) => valuesOf(graph, d));
    const scale = Math.max(...whole.map(Math.abs));
    whole.forEach((value, i) => {
      assert.ok(Math.abs(centered[i] - value) < 1e-6 * scale, `element ${i}: ${centered[i]} for ${value}`);
    });
  });

  it('keep their mean where something else adds to them', async () => {
    const d = draft(new Random(4), [2, 3, WIDTH]);
    const value = normalized(d, d.x);
    const output = d.op('Concat', [linear(d, value, WIDTH, 2), d.op('Relu', [value])], { axis: -1 });
    const { plain, passed } = await passedGradient(ort, d, output, centerWeights);
    assert.equal(passed, plain);
  });
});

describe('transpositions', () => {
  it('become reshapes where they move axes of one element only', async () => {
    for (const [images, left] of [
      [1, 0],
      [2, 2],
    ]) {
      const d = draft(new Random(4), [images, 3, WIDTH]);
      const moved = d.op('Transpose', [d.x], { perm: [1, 0, 2] });
      const passed = await passedGradient(ort, d, linear(d, moved, WIDTH, 4), freeTransposes);
      assert.equal(countOf(passed.plain, 'Transpose'), 2);
      assert.equal(countOf(passed.passed, 'Transpose'), left);
      await assertSame(ort, d, passed);
    }
  });
});

describe('a Dropout', () => {
  it('that is told to train goes where it drops nothing and nobody reads its mask', async () => {
    const kept = async (ratio: number, training: number, more: (d: Draft, mask: string) => string) => {
      const d = draft(new Random(2), [1, 3, WIDTH]);
      const told = [d.x, d.scalar(ratio), d.constant('bool', [], [training])];
      d.op('Dropout', told, {}, { outputs: 2 });
      const [dropped, mask] = d.nodes.at(-1)!.outputs;
      const output = d.op('Mul', [dropped, more(d, mask)]);
      return countOf(await prepareGraph(d.graph(output), d.dims, new OrtRunner(ort)), 'Dropout');
    };
    const factor = (d: Draft) => d.scalar(2);
    assert.equal(await kept(0, 1, factor), 0);
    assert.equal(await kept(0.5, 0, factor), 0);
    assert.equal(await kept(0.5, 1, factor), 1);
    assert.equal(await kept(0, 1, (d, mask) => d.op('Cast', [mask], { to: 1 })), 1);
  });
});
