import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passedOverLine, skippedLines } from '../../../src/cli/notRead.ts';
import { verbatim } from '../../../src/core/text/text.ts';

test('folders and images that could not be read are told apart, the first of each with its reason', () => {
  const image = (n: number) => ({ path: `/photos/${n}\n.jpg`, reason: verbatim('It is damaged.') });
  const folder = { path: '/photos/locked', reason: verbatim('Permission denied.'), folder: true as const };
  const text = skippedLines([image(1), folder, image(2), image(3)], 2).join('');
  assert.equal(
    text,
    [
      '\nCannot read 1 folder:\n  /photos/locked\n      Permission denied.\n',
      '\nCannot read 3 images:\n  /photos/1\\u000a.jpg\n      It is damaged.\n',
      '  /photos/2\\u000a.jpg\n      It is damaged.\n  and 1 image more (--json lists all)\n',
    ].join(''),
  );
  assert.deepEqual(skippedLines([], 2), []);
});

test('what was passed over is one line', () => {
  assert.equal(
    passedOverLine({ counts: { raw: 5, unnamed: 1, others: 6 }, files: [] }),
    '\nPassed over 12 items that SeMap does not read: 5 raw photos, 1 image without an image file extension and 6 thumbnails or caches of other programs (--json lists them)\n',
  );
});
