import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { transposeDepthToSpace } from '../../../../src/core/onnx/passes/fusions/transposedDepthToSpace.ts';
import { interleaveLate } from '../../../../src/core/onnx/passes/interleaveLate.ts';
import { loadOrt, type Ort } from '../../../../src/engine/models/onnxruntime.ts';
import { type Draft, draft } from './cases/draft.ts';
import { assertSame, countOf, passedGradient } from './passAgreement.ts';
import { Random } from './random.ts';

let ort: Ort;
before(async () => {
  ort = await loadOrt();
});

const gradientsOf = (d: Draft, output: string) =>
  passedGradient(ort, d, output, (graph) => transposeDepthToSpace(interleaveLate(graph)));

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
        assert.equal(countOf(graphs.plain, 'ConvTranspose'), 1, what);
        assert.equal(countOf(graphs.passed, 'ConvTranspose'), 0, what);
        await assertSame(ort, d, graphs);
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
      assert.equal(countOf(graphs.plain, 'DepthToSpace'), 2);
      const interleaved = interleaveLate(graphs.plain);
      assert.equal(countOf(interleaved, 'DepthToSpace'), 1);
      // Only one phase has elements that the shortcut saw.
      assert.equal(countOf(interleaved, 'Add'), countOf(graphs.plain, 'Add'));
      await assertSame(ort, d, graphs);
    }
  });

  it('is the sum with a shortcut that takes means', async () => {
    const d = draft(new Random(1), [2, 16, 8, 6]);
    const block = d.op('Conv', [d.x, d.weights([16, 16, 3, 3])], { strides: [2, 2], pads: [1, 1, 1, 1] });
    const shortcut = d.op('AveragePool', [d.x], { kernel_shape: [2, 2], strides: [2, 2] });
    const graphs = await gradientsOf(d, d.op('Add', [block, shortcut]));
    assert.equal(countOf(graphs.passed, 'Expand'), 0);
    assert.equal(countOf(interleaveLate(graphs.plain), 'DepthToSpace'), 1);
    await assertSame(ort, d, graphs);
  });

  it('is nothing that has further readers', async () => {
    const d = draft(new Random(2), [1, 4, 8, 8]);
    const wide = d.op('Conv', [d.x, d.weights([8, 4, 1, 1])]);
    const strided = d.op('Conv', [wide, d.weights([8, 1, 3, 3])], { group: 8, strides: [2, 2] });
    const other = d.op('ReduceSum', [wide, d.ints([2, 3])], { keepdims: 1 });
    const graphs = await gradientsOf(d, d.op('Add', [strided, other]));
    assert.equal(countOf(graphs.passed, 'ConvTranspose'), 1);
    await assertSame(ort, d, graphs);
  });
});
