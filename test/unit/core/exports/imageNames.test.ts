import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { placedBelow } from '../../../../src/core/exports/exportedRun.ts';
import { imageNames } from '../../../../src/core/exports/imageNames.ts';
import { imageOf } from './fakeSource.ts';

function named(folders: readonly string[], paths: readonly string[], separator = '/'): string[] {
  const nameOf = imageNames({ folders });
  return paths.map((path) => nameOf({ ...imageOf(''), path, ...placedBelow(path, folders, separator) }));
}

describe('names of images in a file for all of them', () => {
  it('are paths below the only folder', () => {
    assert.deepEqual(named(['/photos'], ['/photos/a/1.jpg', '/photos/2.jpg']), ['a/1.jpg', '2.jpg']);
    assert.deepEqual(named(['/'], ['/1.jpg']), ['1.jpg']);
  });

  it('are told apart where there are several folders', () => {
    const folders = ['/data/a/photos', '/data/b/photos'];
    assert.deepEqual(named(folders, ['/data/a/photos/1.jpg', '/data/b/photos/1.jpg']), [
      'a/photos/1.jpg',
      'b/photos/1.jpg',
    ]);
  });

  it('are whole where an image lies in none of them', () => {
    assert.deepEqual(named(['/photos'], ['/elsewhere/1.jpg']), ['/elsewhere/1.jpg']);
  });

  it('have slashes on Windows, too', () => {
    const folders = ['C:\\data\\a', 'C:\\data\\b'];
    assert.deepEqual(named(folders, ['C:\\data\\a\\x\\1.jpg', 'D:\\y\\2.jpg'], '\\'), [
      'a/x/1.jpg',
      'D:/y/2.jpg',
    ]);
  });
});
