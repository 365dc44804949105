import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchImages } from '../../../../src/core/imports/matchImages.ts';
import { processorClock } from '../../processorClock.ts';

function match(references: readonly string[], images: readonly string[]) {
  const { found, missing, ambiguous } = matchImages(references, '/home/me/photos', images);
  return { found: Object.fromEntries(found), missing, ambiguous };
}

test('images are found by the end of their paths', () => {
  const images = ['cats/1.jpg', 'dogs/1.jpg', 'dogs/2.JPG', 'a b/ü.png'];
  const references = {
    'cats/1.jpg': 'cats/1.jpg',
    '/elsewhere/photos/dogs/1.jpg': 'dogs/1.jpg',
    'D:\\photos\\dogs\\2.jpg': 'dogs/2.JPG',
    '/data/local-files/?d=photos%2Fa%20b/u%CC%88.png': 'a b/ü.png',
    'https://example.com/cats/1.jpg?size=3#x': 'cats/1.jpg',
    './dogs/1.jpg': 'dogs/1.jpg',
  };
  assert.deepEqual(match(Object.keys(references), images), { found: references, missing: [], ambiguous: [] });
});

test('one name alone is enough where only one image has it, also without its ending and after an upload', () => {
  const references = {
    'b.jpg': 'x/b.jpg',
    '/data/upload/3/0a1b2c3d-a.jpg': 'x/a.jpg',
    c: 'x/c.jpg',
  };
  assert.deepEqual(match(Object.keys(references), ['x/a.jpg', 'x/b.jpg', 'x/c.jpg']).found, references);
});

test('a label never goes to an image of the same name in another folder', () => {
  const { found, missing, ambiguous } = match(
    ['dogs/1.jpg', 'birds/1.jpg', '2.jpg'],
    ['cats/1.jpg', 'cats/2.jpg', 'dogs/2.jpg'],
  );
  assert.deepEqual(found, {});
  assert.deepEqual(missing, ['dogs/1.jpg', 'birds/1.jpg']);
  assert.deepEqual(ambiguous, ['2.jpg']);
});

test('an image is told from one in a folder of it, and in the case of its letters', () => {
  assert.deepEqual(
    match(['1.jpg', 'x/1.jpg', 'X.jpg', 'x.jpg'], ['1.jpg', 'x/1.jpg', 'x.jpg', 'X.jpg']).found,
    {
      '1.jpg': '1.jpg',
      'x/1.jpg': 'x/1.jpg',
      'X.jpg': 'X.jpg',
      'x.jpg': 'x.jpg',
    },
  );
});

test('names that are none do no harm', () => {
  const odd = ['', '/', '..', '%', '/data/local-files/?d=%E0%A4%A', '__proto__', '\u0000'];
  assert.deepEqual(match(odd, ['a.jpg']).missing, odd);
});

test('a hundred thousand folders with an image of one name take no time to speak of', () => {
  const images = Array.from({ length: 100_000 }, (_, i) => `${i}/1.jpg`);
  const here = images.slice(0, 50_000).map((name) => `/y/${name}`);
  const elsewhere = images.map((name) => `/z${name}`);
  const spent = processorClock();
  const { ambiguous, found } = match([...here, ...elsewhere.map((name) => `z${name.slice(1)}`)], images);
  assert.equal(found['/y/7/1.jpg'], '7/1.jpg');
  assert.deepEqual([Object.keys(found).length, ambiguous.length], [50_000, 100_000]);
  assert.ok(spent() < 10_000);
});
