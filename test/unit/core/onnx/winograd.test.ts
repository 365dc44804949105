import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { GraphBuilder } from '../../../../src/core/onnx/builder.ts';
import { transposeDepthToSpace } from '../../../../src/core/onnx/passes/fusions/transposedDepthToSpace.ts';
import { interleaveLate } from '../../../../src/core/onnx/passes/interleaveLate.ts';
import {
  fourPhases,
  imageOf,
  phaseOf,
  phasesOf,
  winogradConvolution,
} from '../../../../src/core/onnx/passes/winograd.ts';
import { winogradLayers } from '../../../../src/core/onnx/passes/winogradLayers.ts';
import { loadOrt, type Ort } from '../../../../src/engine/models/onnxruntime.ts';
import { type Draft, draft } from './cases/draft.ts';
import { size } from './interpreter/array.ts';
import { interpret } from './interpreter/interpreter.ts';
import { countOf, passedGradient, runOptimized } from './passAgreement.ts';
import { Random } from './random.ts';

let ort: Ort;
before(async () => {
  ort = await loadOrt();
});

const gradientsOf = (d: Draft, output: string) =>
  passedGradient(ort, d, output, (graph) => transposeDepthToSpace(winogradLayers(interleaveLate(graph))));

/** Both graphs give the same in onnxruntime, fully optimized, up to roundings in single precision. */
async function assertAlike(d: Draft, { plain, passed }: Awaited<ReturnType<typeof gradientsOf>>) {
  const data = d.random.distinct(size(d.dims), d.low, d.high);
  const [before, after] = [await runOptimized(ort, d, plain, data), await runOptimized(ort, d, passed, data)];
  const scale = before.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert.ok(scale > 1e-3, `the largest element is ${scale}`);
  before.forEach((value, i) => {
    assert.ok(Math.abs(after[i] - value) <= 5e-6 * scale, `element ${i}: ${after[i]} instead of ${value}`);
  });
}

/** A 3 x 3 convolution with a zero around the image. */
function wide(d: Draft, x: string, channels: number, maps: number, stride = 1): string {
  const scale = 1 / Math.sqrt(9 * channels);
  return d.op('Conv', [x, d.weights([maps, channels, 3, 3], -scale, scale), d.weights([maps], -0.1, 0.1)], {
    pads: [1, 1, 1, 1],
    strides: [stride, stride],
  });
}

const dense = (graph: Parameters<typeof countOf>[0]) =>
  graph.nodes.filter(({ op, inputs }) => {
    const dims = graph.constants.get(inputs[1])?.dims;
    return op === 'Conv' && dims?.[1] !== 1 && dims?.[2] === 3;
  }).length;

describe('dense 3 x 3 layers by minimal filtering', () => {
  it('are convolutions, whatever the size and number of channels', () => {
    for (const [channels, maps, rows, columns] of [
      [1, 1, 2, 2],
      [2, 3, 4, 6],
      [3, 2, 6, 4],
      [2, 2, 3, 5],
      [1, 2, 4, 1],
      [2, 1, 7, 6],
    ]) {
      const random = new Random(rows);
      const d = draft(random, [2, channels, rows, columns]);
      const b = new GraphBuilder({ ...d.graph(d.op('Identity', [d.x])), nodes: [], types: new Map() });
      const image = b.input('image', 'float32', d.dims);
      // Whole numbers: what is made of them is exact in single precision.
      const weights = Float32Array.from({ length: maps * channels * 9 }, () => random.int(-8, 8));
      const weight = b.floats(weights, [maps, channels, 3, 3]);
      const bias = b.floats(
        Float32Array.from({ length: maps }, () => random.int(-8, 8)),
        [maps],
      );
      const sums = winogradConvolution(b, phasesOf(b, image), b.tensor(weight)!, bias);
      const made = imageOf(
        b,
        fourPhases((index) => phaseOf(b, sums[index])),
        [rows, columns],
      );
      const plain = b.op('Conv', [image, weight, bias], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
      const data = random.distinct(size(d.dims), -2, 2);
      const values = interpret(
        b.finish([made, plain]),
        new Map([['image', { type: 'float32' as const, dims: d.dims, data }]]),
      );
      values.get(plain)!.data.forEach((value, i) => {
        assert.ok(Math.abs(values.get(made)!.data[i] - value) < 1e-11 * 1000, `element ${i} of ${d.dims}`);
      });
    }
  });

  it('give the same in blocks with shortcuts, forward and backward', async () => {
    const d = draft(new Random(1), [1, 64, 8, 12]);
    const first = d.op('Relu', [wide(d, d.x, 64, 64)]);
    const block = d.op('Relu', [d.op('Add', [wide(d, first, 64, 64), d.x])]);
    const graphs = await gradientsOf(d, block);
    assert.equal(dense(graphs.plain), 4);
    assert.equal(dense(graphs.passed), 0);
    await assertAlike(d, graphs);
  });

  it('give the same before strided layers, which read their phases, and behind pooling', async () => {
    const d = draft(new Random(2), [1, 64, 16, 8]);
    const pooled = d.op('MaxPool', [d.op('Relu', [d.x])], { kernel_shape: [2, 2], strides: [2, 2] });
    const first = d.op('Relu', [wide(d, wide(d, pooled, 64, 64), 64, 64)]);
    const shortcut = d.op('Conv', [first, d.weights([48, 64, 1, 1], -0.1, 0.1)], { strides: [2, 2] });
    const block = d.op('Add', [wide(d, first, 64, 48, 2), shortcut]);
    const graphs = await gradientsOf(d, block);
    assert.equal(dense(graphs.passed), 0);
    // What the strided layers read is never interleaved: only gradients are, for the pooling and for strided layers.
    assert.ok(countOf(graphs.passed, 'Concat') <= countOf(graphs.plain, 'Concat') + 1);
    await assertAlike(d, graphs);
  });

  it('give the same at odd sizes, in which phases differ', async () => {
    const d = draft(new Random(5), [1, 128, 7, 9]);
    const first = d.op('Relu', [wide(d, d.x, 128, 128)]);
    const block = d.op('Relu', [
      d.op('Add', [wide(d, d.op('Sigmoid', [wide(d, first, 128, 128)]), 128, 128), first]),
    ]);
    const graphs = await gradientsOf(d, wide(d, block, 128, 32, 2));
    assert.equal(dense(graphs.plain), 7);
    assert.equal(dense(graphs.passed), 0);
    await assertAlike(d, graphs);
  });

  it('give the same where their result is read as a whole, too, and where channels differ', async () => {
    const d = draft(new Random(3), [2, 48, 4, 6]);
    const first = wide(d, d.x, 48, 96);
    const second = wide(d, d.op('Sigmoid', [first]), 96, 48);
    const mean = d.op('GlobalAveragePool', [first]);
    const weighted = d.op('Mul', [wide(d, second, 48, 96), d.op('Sigmoid', [mean])]);
    const graphs = await gradientsOf(d, d.op('Add', [weighted, d.op('Tanh', [first])]));
    assert.ok(dense(graphs.passed) < dense(graphs.plain));
    await assertAlike(d, graphs);
  });

  it('are left alone where they are few channels, and where transforms cost more than they save', async () => {
    for (const [channels, extent] of [
      [16, 8],
      [20, 8],
      [48, 7],
    ]) {
      const d = draft(new Random(4), [1, channels, extent, extent]);
      const graphs = await gradientsOf(d, wide(d, wide(d, d.x, channels, channels), channels, channels));
      assert.equal(dense(graphs.passed), 4, `${channels} channels, ${extent} x ${extent}`);
    }
  });
});
