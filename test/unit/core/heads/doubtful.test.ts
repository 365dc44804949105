import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { doubtfulLabels } from '../../../../src/core/heads/doubtful.ts';
import { type FolderBasis, folderBasis } from '../../../../src/core/heads/folderBasis.ts';
import { type MadeUpFolder, madeUpFolder, reordered, sourceOf } from './folders.ts';

const N = 400;
const T = 4;

/** The basis of a folder as of one that is too large, of which some images are not in the sample. */
async function sampledBasis(folder: MadeUpFolder, isIn: (image: number) => boolean): Promise<FolderBasis> {
  const whole = await folderBasis(sourceOf(folder), T);
  const kept = [...whole.sample.keys()].filter((at) => isIn(whole.sample[at]));
  const rows = (values: Float32Array) => {
    const width = values.length / N;
    return Float32Array.from(kept.flatMap((at) => [...values.subarray(at * width, (at + 1) * width)]));
  };
  const sample = Int32Array.from(kept, (at) => whole.sample[at]);
  const positions = new Int32Array(N).fill(-1);
  for (const [at, image] of sample.entries()) positions[image] = at;
  const { unit, projected } = whole.places;
  const places = { unit: rows(unit), projected: rows(projected) };
  return { ...whole, sample, positions, places, neighbours: undefined };
}

describe('Doubtful labels of a folder that was sampled', () => {
  it('are the same wherever its images stand', async () => {
    const folder = madeUpFolder(N, 24, T);
    const images = [0, 7, 40, 90, 133, 200, 250, 260, 301, 305, 340, 399];
    const targets = images.map((image) => folder.truths[image]);
    for (const wrong of [3, 9]) targets[wrong] = (targets[wrong] + 1) % T;
    const isIn = (image: number) => image >= 150;
    const found = await doubtfulLabels(folder.scores, T, await sampledBasis(folder, isIn), {
      images,
      targets,
    });
    assert.ok(found.length > 0 && found.every(({ image }) => [90, 305].includes(image)));
    const turned = (image: number) => N - 1 - image;
    const other = reordered(folder, [...folder.truths.keys()].map(turned));
    const again = await doubtfulLabels(
      other.scores,
      T,
      await sampledBasis(other, (image) => isIn(turned(image))),
      { images: images.map(turned), targets },
    );
    assert.deepEqual(
      again.map(({ image, ...doubt }) => ({ ...doubt, image: turned(image) })),
      found.map(({ image, ...doubt }) => ({ ...doubt, image })),
    );
  });
});
