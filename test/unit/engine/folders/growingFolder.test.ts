import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { phrase } from '../../../../src/core/text/text.ts';
import { GrowingFolder } from '../../../../src/engine/folders/growingFolder.ts';
import { walkImages } from '../../../../src/engine/folders/imageWalk.ts';
import { imageState } from '../../../../src/engine/outputs/outputIndex.ts';
import { scratchOfTests } from '../engineHarness.ts';

const files = scratchOfTests();
const never = new AbortController().signal;

describe('A folder that grows', () => {
  let now: number;
  let growing: GrowingFolder;
  let folder: string;

  beforeEach(async () => {
    now = 0;
    folder = files.path('inbox');
    files.write('inbox/cat/0.jpg', 'cat');
    growing = new GrowingFolder(() => walkImages({ folders: [folder] }, { signal: never }), {
      quiet: 1000,
      now: () => now,
    });
    const known = files.path('inbox', 'cat', '0.jpg');
    growing.knows(known, await imageState(known));
  });

  /** What a look after so many milliseconds says, by names. */
  async function look(milliseconds: number, touched = true) {
    now += milliseconds;
    const { arrived, gone, unreadable } = await growing.look(() => touched, never);
    const short = (file: string) => path.relative(folder, file);
    return {
      arrived: arrived.map(({ image }) => short(image.path)),
      from: arrived.flatMap(({ from }) => (from ? [short(from.path)] : [])),
      classes: arrived.map(({ image }) => image.classFolder),
      gone: gone.map(short),
      unreadable: unreadable.map(({ path: file }) => short(file)),
    };
  }

  const nothing = { arrived: [], from: [], classes: [], gone: [], unreadable: [] };

  test('has nothing new as long as nothing happens', async () => {
    assert.deepEqual(await look(5000), nothing);
    assert.equal(growing.isWaiting, false);
  });

  test('gives an image once, when it was not written to for a while', async () => {
    const file = files.write('inbox/dog/1.jpg', 'do');
    assert.deepEqual(await look(0), nothing);
    assert.equal(growing.isWaiting, true);
    appendFileSync(file, 'g');
    assert.deepEqual(await look(1500), nothing, 'it was longer than a second ago, and is another');
    assert.deepEqual(await look(500), nothing);
    assert.deepEqual(await look(500), { ...nothing, arrived: ['dog/1.jpg'], classes: ['dog'] });
    assert.deepEqual(await look(5000), nothing);
    assert.equal(growing.isWaiting, false);
  });

  test('gives many images that come at once, those of new folders too', async () => {
    for (let i = 0; i < 300; i++) files.write(`inbox/new/deeper/${i}.jpg`, 'dog');
    files.write('inbox/new/notes.txt', 'none');
    await look(0);
    const { arrived, classes } = await look(1000);
    assert.equal(arrived.length, 300);
    assert.deepEqual(new Set(classes), new Set(['new']));
  });

  test('gives an image that was changed, though its size and time are the same', async () => {
    const file = files.path('inbox', 'cat', '0.jpg');
    const then = new Date(1e12);
    utimesSync(file, then, then);
    growing.knows(file, await imageState(file));
    writeFileSync(file, 'dog');
    utimesSync(file, then, then);
    await look(0);
    assert.deepEqual((await look(1000)).arrived, ['cat/0.jpg']);
    assert.deepEqual(await look(1000), nothing);
  });

  test('looks at images that are known only where they may have been touched', async () => {
    appendFileSync(files.path('inbox', 'cat', '0.jpg'), 's');
    await look(0, false);
    assert.deepEqual(await look(1000, false), nothing);
    await look(0);
    // One that is being written is looked at until it rests.
    assert.deepEqual((await look(1000, false)).arrived, ['cat/0.jpg']);
  });

  test('tells of images that are gone, once', async () => {
    rmSync(files.path('inbox', 'cat'), { recursive: true });
    assert.deepEqual(await look(0), { ...nothing, gone: ['cat/0.jpg'] });
    assert.deepEqual(await look(0), nothing);
  });

  test('knows an image that was moved at once, without waiting', async () => {
    mkdirSync(files.path('inbox', 'dog'));
    renameSync(files.path('inbox', 'cat', '0.jpg'), files.path('inbox', 'dog', '7.jpg'));
    const moved = { arrived: ['dog/7.jpg'], from: ['cat/0.jpg'], classes: ['dog'], gone: ['cat/0.jpg'] };
    assert.deepEqual(await look(0), { ...nothing, ...moved });
  });

  test('forgets what went before it was whole', async () => {
    files.write('inbox/dog/1.part.jpg', 'd');
    await look(0);
    renameSync(files.path('inbox', 'dog', '1.part.jpg'), files.path('inbox', 'dog', '1.jpg'));
    assert.deepEqual(await look(1000), nothing);
    assert.deepEqual((await look(1000)).arrived, ['dog/1.jpg']);
  });

  test('is not gone with all images when it was only away', async () => {
    const away = files.path('away');
    renameSync(folder, away);
    mkdirSync(folder);
    const again = async () => {
      rmSync(folder, { recursive: true });
      renameSync(away, folder);
      return true;
    };
    const { gone, arrived } = await growing.look(() => true, never, again);
    assert.deepEqual([gone, arrived], [[], []]);
  });

  test('tells what cannot be read where it had to look again', async () => {
    const reason = phrase('Permission to read this folder is denied.');
    const locked = { kind: 'unreadable', path: files.path('inbox', 'locked'), reason, folder: true } as const;
    let looks = 0;
    const away = new GrowingFolder(async function* () {
      yield locked;
      if (looks++ > 0) yield* walkImages({ folders: [folder] }, { signal: never });
    });
    const known = files.path('inbox', 'cat', '0.jpg');
    away.knows(known, await imageState(known));
    const { gone, unreadable } = await away.look(
      () => true,
      never,
      async () => looks === 1,
    );
    assert.deepEqual([gone, unreadable], [[], [locked]]);
    assert.deepEqual((await away.look(() => true, never)).unreadable, []);
  });
});
