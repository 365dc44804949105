import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { LOOK } from '../../../../src/core/likeness/looks.ts';
import { seededRandom } from '../../../../src/core/random.ts';
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

  test('what images are whatever their labels: copies, blank and tiny ones, and their pixels', async () => {
    const random = seededRandom(3);
    const picture = () => {
      const levels = Array.from({ length: 64 }, () => 30 + Math.floor(200 * random()));
      return (width: number, height: number, mirrored = false) => {
        const pixels = Buffer.alloc(width * height * 3);
        for (let i = 0; i < width * height; i++) {
          const across = Math.floor((8 * (i % width)) / width);
          const down = Math.floor((8 * Math.floor(i / width)) / height);
          pixels.fill(levels[8 * down + (mirrored ? 7 - across : across)], 3 * i, 3 * i + 3);
        }
        return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), pixels]);
      };
    };
    const [one, two, three] = [picture(), picture(), picture()];
    const put = (name: string, content: Uint8Array) => files.write(`looks/${name}`, content);
    put('a.ppm', one(640, 480));
    put('b.ppm', two(640, 480));
    put('c.ppm', one(320, 240, true));
    put('d.ppm', three(12, 9));
    put('e.ppm', ppm([90, 90, 90], 0, 300));
    const about = { ...images, folders: [files.path('looks')], alignment };
    await engine.rpc.call('classify', about);
    const found = await engine.rpc.call('examineImages', about);
    const of = (name: string) => {
      const at = found.paths.indexOf(files.path('looks', name));
      return [found.groups[at], found.looks[at], found.widths[at], found.heights[at]];
    };
    assert.deepEqual(of('a.ppm'), [0, 0, 640, 480]);
    assert.deepEqual(of('b.ppm'), [-1, 0, 640, 480]);
    assert.deepEqual(of('c.ppm'), [0, 0, 320, 240]);
    assert.deepEqual(of('d.ppm'), [-1, LOOK.tiny, 12, 9]);
    assert.deepEqual(of('e.ppm'), [-1, LOOK.blank, 300, 300]);
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
    // Pictures of one color are near-duplicates: what differs are two of them, one for each side.
    assert.deepEqual([comparison.units, comparison.figures[0].units, comparison.p], [5, 5, 1]);
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
