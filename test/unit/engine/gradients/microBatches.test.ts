import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { buildGradientGraph, gradientName } from '../../../../src/core/onnx/gradientGraph.ts';
import { type Graph, makeNode } from '../../../../src/core/onnx/graph.ts';
import { INPUT_NAME } from '../../../../src/core/onnx/passes/input.ts';
import { crossEntropy, linearMapping } from '../../../../src/core/onnx/scores.ts';
import type { StoredGraph } from '../../../../src/engine/gradients/gradientCache.ts';
import { type Feeds, GradientSession } from '../../../../src/engine/gradients/gradientSession.ts';
import { MicroBatches, microRows } from '../../../../src/engine/gradients/microBatches.ts';
import { OrtRunner } from '../../../../src/engine/gradients/ortRunner.ts';
import { disagreement } from '../../../../src/engine/gradients/selfCheck.ts';
import { StepThreads, threadsFor } from '../../../../src/engine/gradients/stepThreads.ts';
import { loadOrt, type Ort } from '../../../../src/engine/models/onnxruntime.ts';
import { draft } from '../../core/onnx/cases/draft.ts';
import { Random } from '../../core/onnx/random.ts';

const [S, T, EDGE] = [6, 3, 8];
const ROWS = { inputs: [INPUT_NAME, 'labels', 'weights'], outputs: ['logits'] };
const NAMES = ['loss', 'logits', gradientName(INPUT_NAME), gradientName('mapping')];

let ort: Ort;
before(async () => {
  ort = await loadOrt();
});

function classifier(batch: number): Graph {
  const d = draft(new Random(7), [batch, 3, EDGE, EDGE]);
  const conv = d.op('Conv', [d.x, d.weights([4, 3, 3, 3]), d.weights([4])], { pads: [1, 1, 1, 1] });
  const flat = d.op('Flatten', [d.op('GlobalAveragePool', [d.op('Tanh', [conv])])], { axis: 1 });
  return d.graph(d.op('Gemm', [flat, d.weights([4, S], -3, 3), d.weights([S])]));
}

async function graphOf(rows: number): Promise<StoredGraph> {
  const graph = await buildGradientGraph(classifier(rows), {
    dims: [rows, 3, EDGE, EDGE],
    runner: new OrtRunner(ort),
    sources: [INPUT_NAME, 'mapping'],
    after: (b, logits) => ({ loss: crossEntropy(b, linearMapping(b, logits, T)) }),
  });
  return { ...graph, model: graph.bytes };
}

async function stepsOf(rows: number): Promise<MicroBatches> {
  const session = await GradientSession.open(ort, await graphOf(rows), { provider: 'cpu', threads: 1 });
  return new MicroBatches(session, rows, ROWS);
}

function feedsOf(rows: number): Feeds {
  const random = new Random(5);
  return {
    [INPUT_NAME]: random.floats(rows * 3 * EDGE * EDGE),
    labels: Int32Array.from({ length: rows }, (_, i) => i % T),
    weights: new Float32Array(rows).fill(1 / rows),
    mapping: random.floats(S * T),
  };
}

describe('a step in micro-batches', () => {
  for (const [total, rows] of [
    [16, 4],
    [7, 4],
    [3, 4],
    [5, 1],
  ]) {
    it(`of ${total} rows by ${rows} gives the numbers of the whole step`, async () => {
      const whole = await stepsOf(total);
      const parts = await stepsOf(rows);
      const feeds = feedsOf(total);
      const expected = await whole.run(feeds, NAMES);
      const run = await parts.run(feeds, NAMES);
      for (const name of NAMES) {
        assert.equal(run[name].length, expected[name].length, name);
        assert.ok(disagreement({ x: run[name] }, { x: expected[name] }) < 1e-6, name);
      }
      // Rows that fill up leave no trace in the next step.
      assert.deepEqual(await parts.run(feeds, NAMES), run);
      await whole.release();
      await parts.release();
    });
  }

  it('refuses inputs whose rows do not match', async () => {
    const parts = await stepsOf(4);
    await assert.rejects(parts.run({ ...feedsOf(8), labels: new Int32Array(7) }, NAMES), /numbers of rows/);
    await parts.release();
  });
});

describe('threads that share a step', () => {
  it('give the very numbers of one thread, also when images are in shared memory', async () => {
    const alone = await stepsOf(4);
    const graph = await graphOf(4);
    const threads = await StepThreads.start([graph], { threads: 2, parts: 3 });
    try {
      const shared = await threads.open(graph, 4, ROWS);
      const feeds = feedsOf(10);
      const images = new Float32Array(new SharedArrayBuffer(4 * feeds[INPUT_NAME].length));
      images.set(feeds[INPUT_NAME]);
      const expected = await alone.run(feeds, NAMES);
      for (let round = 0; round < 5; round++) {
        assert.deepEqual(await shared.run({ ...feeds, [INPUT_NAME]: images }, NAMES), expected);
      }
      await assert.rejects(shared.run({ ...feeds, mapping: new Float32Array(1) }, NAMES));
      assert.deepEqual(await shared.run(feeds, NAMES), expected);
    } finally {
      await threads.close();
      await alone.release();
    }
  });

  it('are as many as there are parts, threads, and room for', () => {
    const of = (threads: number, parts: number, graphMegabytes: number, freeGigabytes: number) =>
      threadsFor({
        threads,
        parts,
        graphBytes: graphMegabytes * 2 ** 20,
        freeBytes: freeGigabytes * 2 ** 30,
      });
    assert.equal(of(2, 4, 10, 8), 2);
    assert.equal(of(8, 4, 10, 8), 4);
    assert.equal(of(8, 1, 10, 8), 1);
    assert.equal(of(4, 4, 200, 4), 2);
    assert.equal(of(4, 4, 2000, 4), 1);
  });
});

it('graphs have at most four rows of usual images, more of small and fewer of large ones, and waste few', () => {
  const usual = 224 * 224;
  const nodesOf = (...ops: readonly string[]) => ({ nodes: ops.map((op) => makeNode(op, ['x'], ['y'])) });
  const convolutions = nodesOf('Conv', 'Relu', 'Conv', 'Gemm');
  assert.deepEqual(
    [1, 2, 4, 5, 6, 9, 16, 17].map((rows) => microRows(rows, usual, convolutions)),
    [1, 2, 4, 3, 3, 3, 4, 4],
  );
  assert.deepEqual(
    [64, 384, 2048].map((edge) => microRows(16, edge * edge, convolutions)),
    [8, 1, 1],
  );
  // What multiplies matrices has rows enough of one.
  const transformer = nodesOf('Conv', 'MatMul', 'Softmax', 'MatMul', 'Gemm');
  assert.deepEqual(
    [32, 112, 224, 384].map((edge) => microRows(16, edge * edge, transformer)),
    [8, 4, 1, 1],
  );
});
