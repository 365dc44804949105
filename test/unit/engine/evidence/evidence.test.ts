import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { column } from '../../column.ts';
import { meanColour } from '../classifierModel.ts';
import { colourSidecar, colours, identityAlignment, ppm, writeColourImages } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

const labels = Object.keys(colours);
const [CAT, DOG, BIRD] = [0, 1, 2];

/** The identity with the sources of some targets exchanged. */
function withSources(sources: Readonly<Record<number, readonly number[]>>): AlignmentDocument {
  const plain = identityAlignment(labels, 'colour');
  return {
    ...plain,
    targets: plain.targets.map((target, t) => ({
      ...target,
      sources: (sources[t] ?? [t]).map((s) => plain.targets[s].sources[0]),
    })),
  };
}

describe('What cached outputs say about an alignment', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  let images: { folders: readonly string[]; backbone: string; sidecar: typeof colourSidecar };
  const alignment = identityAlignment(labels, 'colour');

  before(async () => {
    files.write('colour.onnx', meanColour());
    const folder = writeColourImages(files, 'photos', 4);
    // One image of a cat that looks like a dog.
    files.write('photos/cat/green.ppm', ppm(colours.dog, 99));
    images = { folders: [folder], backbone: files.path('colour.onnx'), sidecar: colourSidecar };
    await engine.rpc.call('classify', { ...images, alignment });
  });

  test('an edit is scored against what was before it', async () => {
    const edited = withSources({ [CAT]: [CAT, DOG], [DOG]: [] });
    const { now, before, changed } = await engine.rpc.call('liveScore', {
      ...images,
      alignment: edited,
      before: alignment,
    });
    assert.deepEqual([before?.images, before?.judged, before?.accuracy, before?.reach], [13, 13, 12 / 13, 1]);
    assert.equal(now.accuracy, 9 / 13, 'the dogs are lost, the green cat is won');
    assert.equal(now.balancedAccuracy, 2 / 3);
    assert.equal(now.reach, 1);
    assert.equal(changed, 5);
  });

  test('images whose strongest source nobody uses are not covered', async () => {
    const { now, before, changed } = await engine.rpc.call('liveScore', {
      ...images,
      alignment: withSources({ [BIRD]: [] }),
    });
    assert.equal(now.reach, 9 / 13);
    assert.deepEqual([before, changed], [undefined, 0]);
  });

  test('a cell tells where its source fired, how often that was right, and on which images most', async () => {
    const cell = await engine.rpc.call('cellEvidence', {
      ...images,
      alignment,
      target: DOG,
      source: DOG,
      strongest: 3,
    });
    assert.deepEqual([cell.images, cell.fired, cell.judged, cell.right], [13, 5, 5, 4]);
    assert.equal(cell.strongest.length, 3);
    assert.ok(cell.strongest.every(({ fired, probability }) => fired && probability > 0.33));
    const other = await engine.rpc.call('cellEvidence', { ...images, alignment, target: CAT, source: DOG });
    assert.equal(other.right, 1);
    assert.ok(other.strongest.some((image) => image.path.endsWith('green.ppm') && image.truth === CAT));
  });

  test('an image names the cells that decided it, the weightiest first', async () => {
    const dog = path.join(images.folders[0], 'dog', '0.ppm');
    const { target, cells } = await engine.rpc.call('decidingCells', {
      ...images,
      alignment: withSources({ [CAT]: [CAT, DOG], [DOG]: [] }),
      path: dog,
    });
    assert.equal(target, CAT);
    assert.deepEqual(column(cells, 'source'), [DOG, CAT]);
    assert.ok(Math.abs(cells.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-6);
    await assert.rejects(
      engine.rpc.call('decidingCells', { ...images, alignment, path: '/nowhere.png' }),
      (error) => error instanceof SemapError && error.reason === 'not-found',
    );
  });

  test('two alignments are compared image by image', async () => {
    const { folders, ...side } = images;
    const comparison = await engine.rpc.call('compareAlignments', {
      folders,
      sides: [
        { ...side, alignment },
        { ...side, alignment: withSources({ [CAT]: [CAT, DOG], [DOG]: [] }) },
      ],
    });
    assert.deepEqual([comparison.images, comparison.judged, comparison.changed], [13, 13, 5]);
    assert.deepEqual(comparison.onlyRight, [4, 1]);
    // Two-sided binomial: 2 (C(5,0) + C(5,1)) / 2^5.
    assert.ok(Math.abs(comparison.p! - 12 / 32) < 1e-12);
    assert.equal(comparison.figures[0].accuracy, 12 / 13);
    const cat = comparison.changedImages.find((image) => image.path.endsWith('green.ppm'));
    assert.deepEqual(
      [cat?.predicted, cat?.truths],
      [
        [DOG, CAT],
        [CAT, CAT],
      ],
    );
  });

  test('an alignment with itself has nothing to tell', async () => {
    const { folders, ...side } = images;
    const { changed, p, onlyRight } = await engine.rpc.call('compareAlignments', {
      folders,
      sides: [
        { ...side, alignment },
        { ...side, alignment },
      ],
    });
    assert.deepEqual([changed, p, onlyRight], [0, 1, [0, 0]]);
  });
});
