import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Prediction } from '../../../../src/core/evidence/imageScorer.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import { WatchedImages } from '../../../../src/engine/classify/watchedImages.ts';
import type { FoundImage } from '../../../../src/engine/folders/imageWalk.ts';
import type { ImageState } from '../../../../src/engine/outputs/outputIndex.ts';

const image = (path: string): FoundImage => ({ kind: 'image', path, classFolder: 'cat' });
const state = (path: string): ImageState => ({ path, bytes: 1, modified: 1, changed: 1, inode: 1 });
const prediction = { target: 0, truth: -1 } as Prediction;

test('an answer is taken back also where its image changed, could not be read, and went before that was told', () => {
  const watched = new WatchedImages(async function* () {});
  watched.begin([]);
  for (const path of ['/a', '/b']) watched.answered(image(path), state(path), prediction);
  for (const path of ['/b', '/c']) {
    const half = { path, reason: phrase('The file is incomplete.') };
    assert.equal(watched.isDoubtful(half, state(path)), true);
  }
  assert.equal(watched.count, 1);
  assert.deepEqual(watched.forget(['/a', '/b', '/c']), ['/a', '/b'], 'nobody was told of the last one');
  assert.deepEqual(watched.forget(['/a', '/b', '/c']), []);
});
