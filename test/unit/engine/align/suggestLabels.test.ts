import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { column } from '../../column.ts';
import { colours, ppm, writeBackbone } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

describe('labels suggested from images', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  let backbone: string;

  before(() => {
    backbone = writeBackbone(files, 'colour');
    for (let i = 0; i < 12; i++) files.write(`inbox/a/${i}.ppm`, ppm(colours.dog, i));
    for (let i = 0; i < 6; i++) files.write(`inbox/b/${i}.ppm`, ppm(colours.bird, 100 + i));
    files.write('inbox/broken.ppm', 'no picture');
    files.write('broken/1.png', 'no picture');
    files.write('empty/readme.txt', 'nothing');
  });

  const suggest = (folder: string, images?: number, signal?: AbortSignal) => {
    const progress: { done: number; total: number }[] = [];
    const params = { folders: [files.path(folder)], backbone, images };
    const answer = engine.rpc.call('suggestLabels', params, {
      onProgress: (step) => progress.push(step),
      ...(signal ? { signal } : {}),
    });
    return answer.then((result) => ({ ...result, progress }));
  };

  it('are the source labels that fire most, and what could not be read is told', async () => {
    const { labels, images, found, skipped, progress } = await suggest('inbox');
    assert.deepEqual(
      labels.map((one) => [one.label, one.images, one.proposed]),
      [
        ['dog', 12, true],
        ['bird', 6, true],
      ],
    );
    assert.deepEqual([images, found, skipped.length], [18, 19, 1]);
    assert.deepEqual(progress.at(-1), { done: 19, total: 19 });
  });

  it('come from a sample that is spread over the folder, the same each time', async () => {
    const { labels, images, found } = await suggest('inbox', 9);
    assert.ok(images >= 8 && found === 19, `${images} of ${found}`);
    assert.deepEqual(column(labels, 'label'), ['dog', 'bird']);
    assert.deepEqual((await suggest('inbox', 9)).labels, labels);
  });

  it('fail where there is nothing to look at, and stop when cancelled', async () => {
    await assert.rejects(suggest('empty'), { reason: 'no-images' });
    await assert.rejects(suggest('broken'), { reason: 'no-images' });
    await assert.rejects(suggest('inbox', 5, AbortSignal.abort()), { reason: 'cancelled' });
  });
});
