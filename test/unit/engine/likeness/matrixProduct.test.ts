import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { folderBasis } from '../../../../src/core/heads/folderBasis.ts';
import { settle } from '../../../../src/core/heads/settle.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { plainProduct } from '../../../../src/core/work.ts';
import { openProduct } from '../../../../src/engine/likeness/matrixProduct.ts';
import { madeUpFolder, sourceOf } from '../../core/heads/folders.ts';

describe('the product of onnxruntime', () => {
  it('is that of loops, and each row the same to the last bit whatever is beside it', async () => {
    const { product, release } = await openProduct();
    try {
      const random = seededRandom(1);
      const [n, m, inner] = [40, 9, 300];
      const a = Float32Array.from({ length: n * inner }, () => random() - 0.5);
      const b = Float32Array.from({ length: m * inner }, () => random() - 0.5);
      const whole = (await product(a, b, inner)).slice();
      const expected = plainProduct(a, b, inner);
      whole.forEach((value, at) => {
        assert.ok(Math.abs(value - expected[at]) < 1e-4);
      });
      for (const [from, to] of [
        [0, 1],
        [39, 40],
        [3, 5],
        [7, 20],
        [13, 40],
      ]) {
        const part = await product(a.subarray(from * inner, to * inner), b, inner);
        assert.deepEqual(part, whole.slice(from * m, to * m));
      }
      assert.equal((await product(new Float32Array(0), b, inner)).length, 0);
    } finally {
      await release();
    }
  });

  it('settles a folder as loops do', async () => {
    const { product, release } = await openProduct();
    const folder = madeUpFolder(80, 24, 4);
    const images = [2, 9, 15, 30, 41];
    const labelled = { images, targets: images.map((image) => folder.truths[image]) };
    const plain = await settle(folder.scores, 4, await folderBasis(sourceOf(folder), 4), { labelled });
    const basis = await folderBasis(sourceOf(folder), 4, { product });
    const { scores } = await settle(folder.scores, 4, basis, { labelled, product });
    await release();
    for (const [at, score] of scores.entries()) assert.ok(Math.abs(score - plain.scores[at]) < 1e-3);
  });
});
