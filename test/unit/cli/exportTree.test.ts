import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { photographs, snapshot } from '../files/plans/planFolders.ts';
import { noReadOnly, READ_ONLY, testFolder } from '../folders.ts';
import { runCommand, words } from './runCommand.ts';

const run = (...line: Parameters<typeof words>) => runCommand(words(...line));

/** Photographs and what `semap classify --json` says of them, every third a dog. */
async function classified(count: number) {
  const root = testFolder();
  const images = await photographs(root, count);
  const source = path.join(root, 'result.json');
  const predictions = images.map((file, n) => ({
    path: file,
    label: n % 3 ? 'cat' : 'dog',
    confidence: 0.5 + n / 1000,
    fired: [],
  }));
  const photos = path.join(root, 'photos');
  const head = { folders: [photos], backbone: { name: 'tiny' }, images: count, perClass: [], skipped: [] };
  await writeFile(source, JSON.stringify({ ...head, predictions }, null, 2));
  return { root, images, source, photos, to: path.join(root, 'out') };
}

describe('semap export of images into folders', () => {
  it('says what it would do and does nothing, with --dry-run', async () => {
    const { root, source, to } = await classified(9);
    const before = await snapshot(root);
    const { code, out } = await run`export ${source} --as imagefolder --to ${to} --mode move --dry-run`;
    assert.equal(code, 0);
    assert.match(out, /cat +6 +cat\n/);
    assert.match(out, /Would place 9 images \(1 kB\) in /);
    const { out: json } = await run`export ${source} --as ultralytics --to ${to} --dry-run --json`;
    const { images, bytes, mode, labels, dryRun } = JSON.parse(json);
    assert.deepEqual([images, bytes, mode, dryRun], [9, 63, 'copy', true]);
    assert.deepEqual(labels[1].images, { train: 5, val: 1 });
    assert.deepEqual(await snapshot(root), before);
  });

  it('fails where no image could be placed, and leaves nothing then', async () => {
    const { root, images, source, to } = await classified(2);
    for (const file of images) await rm(file);
    const before = await snapshot(root);
    const line = `export ${source} --as imagefolder --to ${to} --mode move`;
    const { code, out } = await runCommand(line.split(' '));
    assert.equal(code, 1);
    assert.match(out, /it no longer exists\n(?:.|\n)*Placed no image\.\n$/);
    const { code: again, out: json } = await runCommand([...line.split(' '), '--json']);
    const { journal, left, images: placed } = JSON.parse(json);
    assert.deepEqual([again, journal, left, placed], [1, null, 2, 0]);
    assert.deepEqual(await snapshot(root), before);
  });

  it('moves images, and semap undo brings them back', async () => {
    const { root, source, images, to } = await classified(9);
    const before = await snapshot(root);
    const { code, out } = await run`export ${source} --as imagefolder --to ${to} --mode move`;
    assert.equal(code, 0);
    assert.ok(out.endsWith(`Placed 9 images (1 kB) in ${to}\nTo undo: semap undo ${to}\n`), out);
    assert.equal(existsSync(images[0]), false);
    assert.deepEqual((await readdir(path.join(to, 'dog'))).toSorted(), [
      'photo 0.jpg',
      'photo 3.jpg',
      'photo 6.jpg',
    ]);
    const dry = await run`undo ${to} --dry-run --json`;
    const { moved, made, phase } = JSON.parse(dry.out);
    assert.deepEqual([moved, made, phase], [9, 0, 'finished']);
    assert.deepEqual(await run`undo ${to}`, { code: 0, out: 'Undid 9 files\n', err: '' });
    assert.deepEqual(await snapshot(root), before);
    assert.match((await run`undo ${to}`).err, /no journal/);
  });

  it('fails where undoing left something, and says what', async () => {
    const { source, to, images } = await classified(3);
    await run`export ${source} --as imagefolder --to ${to} --mode move`;
    await writeFile(images[1], 'another');
    const { code, out } = await run`undo ${to} --json`;
    assert.equal(code, 1);
    const { done, left, leftFiles } = JSON.parse(out);
    assert.deepEqual([done, left, leftFiles[0].why], [2, 1, 'taken']);
    await rm(images[1]);
    assert.equal((await run`undo ${to}`).code, 0);
  });

  it('sorts a folder in place, and leaves what is sorted', async () => {
    const { root, photos, source } = await classified(6);
    const before = await snapshot(root);
    assert.match(
      (await run`export ${source} --as imagefolder --to ${photos} --mode move`).err,
      /is not empty/,
    );
    const { out, code } = await run`export ${source} --as imagefolder --to ${photos} --mode move --add`;
    assert.equal(code, 0);
    assert.match(out, /Placed 6 images/);
    assert.ok(existsSync(path.join(photos, 'cat', 'photo 1.jpg')));
    // Once more: their places are where they are.
    const sorted = path.join(root, 'sorted.json');
    const text = await readFile(source, 'utf8');
    const moved = text.replaceAll(/(even|odd)(?=\/photo (\d+))/g, (_, __, n) =>
      Number(n) % 3 ? 'cat' : 'dog',
    );
    await writeFile(sorted, moved);
    const again =
      await run`export ${sorted} --as imagefolder --to ${photos} --mode move --add --dry-run --json`;
    assert.deepEqual([JSON.parse(again.out).inPlace, JSON.parse(again.out).images], [6, 0]);
    assert.equal((await run`undo ${photos}`).code, 0);
    await rm(sorted);
    assert.deepEqual(await snapshot(root), before);
  });

  it('puts no copies among the images, and says what else is wrong before anything happens', async () => {
    const { root, photos, source, to } = await classified(3);
    const before = await snapshot(root);
    const failing = async (reason: string, target: string, ...options: readonly string[]) => {
      const argv = ['export', source, '--as', 'imagefolder', '--to', target, '--json', ...options];
      const { out, code } = await runCommand(argv);
      assert.notEqual(code, 0);
      assert.equal(JSON.parse(out).error.reason, reason);
    };
    await failing('invalid-argument', path.join(photos, 'copies'));
    await failing('invalid-argument', photos, '--add');
    // A folder above them is one of them where a label is called like theirs.
    await failing('already-exists', root);
    const named = path.join(root, 'named.json');
    await writeFile(named, (await readFile(source, 'utf8')).replaceAll('"cat"', '"photos"'));
    const above = ['--as', 'imagefolder', '--to', root, '--add', '--json'];
    const { out } = await runCommand(['export', named, ...above]);
    assert.equal(JSON.parse(out).error.reason, 'invalid-argument');
    await rm(named);
    await failing('invalid-argument', to, '--splits', '80');
    await failing('invalid-argument', to, '--split-seed', 'x');
    await failing('invalid-argument', '-');
    await failing('not-writable', path.join(source, 'x'));
    await symlink(photos, path.join(root, 'other'));
    await failing('invalid-argument', path.join(root, 'other', 'copies'));
    await rm(path.join(root, 'other'));
    assert.deepEqual(await snapshot(root), before);
  });

  it('says that a disk is read-only', { skip: noReadOnly }, async () => {
    const { source } = await classified(3);
    const { code, out } = await run`export ${source} --as imagefolder --json --to ${`${READ_ONLY}/out`}`;
    assert.equal(code, 1);
    assert.equal(JSON.parse(out).error.reason, 'not-writable');
  });

  it('places what is there, and lists what is gone or a link', async () => {
    const { source, images, to } = await classified(4);
    await rm(images[0]);
    await rm(images[2]);
    await symlink(images[1], images[2]);
    const { out } = await run`export ${source} --as imagefolder --to ${to} --mode move --json`;
    const { images: placed, left, leftFiles } = JSON.parse(out);
    assert.deepEqual([placed, left], [2, 2]);
    assert.deepEqual(
      leftFiles.map(({ why }: { why: string }) => why),
      ['gone', 'no-file'],
    );
    assert.ok((await stat(images[1]).catch(() => undefined)) === undefined);
  });

  it('goes on only as it was asked first: with nothing that would be ignored', async () => {
    const { root, source, to } = await classified(3);
    await run`export ${source} --as imagefolder --to ${to} --mode move`;
    const before = await snapshot(root);
    for (const [options, named] of [
      ['--dry-run', /--dry-run cannot be given/],
      ['--mode copy', /--mode cannot be given/],
      ['--label cat', /--label cannot be given/],
      [source, /a source cannot be given/],
    ] as const) {
      const { code, err } = await run`export --continue ${to} ${options.split(' ')}`;
      assert.equal(code, 2);
      assert.match(err, named);
    }
    assert.deepEqual(await snapshot(root), before);
    assert.equal((await run`export --continue ${to} --json`).code, 0);
  });

  it('can be stopped, continued and undone', async () => {
    const { root, source, to } = await classified(300);
    const before = await snapshot(root);
    const cancel = new AbortController();
    const argv = words`export ${source} --as imagefolder --to ${to} --mode move`;
    const stopped = runCommand(argv, { signal: cancel.signal });
    while (!existsSync(path.join(to, 'cat'))) await new Promise((resolve) => setTimeout(resolve, 1));
    cancel.abort();
    const { code, err } = await stopped;
    if (code === 130) {
      assert.match(err, /semap export --continue .*\nOr undo: semap undo/);
      assert.equal((await run`export --continue ${to}`).code, 0);
    }
    assert.equal((await readdir(path.join(to, 'cat'))).length, 200);
    assert.equal((await run`undo ${to}`).code, 0);
    assert.deepEqual(await snapshot(root), before);
  });
});
