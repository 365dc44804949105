import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TruthTable } from '../../../src/core/truths/truthTable.ts';
import { TruthsFile } from '../../../src/files/truthsFile.ts';
import { noReadOnly, READ_ONLY, testFolder } from '../folders.ts';
import { ended, firstWords, programOf, start } from './child.ts';

const NAME = 'labels.semap.csv';
const ROUNDS = 50;
const root = testFolder();

/** Labels images one after the other, and says so of each when it is acknowledged. */
const LABELLER = `
  import { TruthsFile } from './files/truthsFile.ts';
  const [, , folder, name, count] = process.argv;
  const file = new TruthsFile(folder + '/${NAME}', folder);
  for (let i = 0; i < Number(count); i++) {
    await file.edit([{ name: name + '-' + i + '.jpg', row: { label: 'label ' + i, how: 'labeled' } }]);
    console.log(name + '-' + i);
  }`;

let folders = 0;
async function newFile(text?: string | Uint8Array) {
  const folder = path.join(root, `folder${++folders}`);
  await mkdir(folder);
  const file = path.join(folder, NAME);
  if (text !== undefined) await writeFile(file, text);
  return { folder, file, truths: new TruthsFile(file, folder) };
}

const labelled = (name: string, label = 'dog') => ({ name, row: { label, how: 'labeled' } as const });
const textOf = (file: string) => readFile(file, 'utf8');

describe('A table of labels on disk', () => {
  it('keeps what others changed meanwhile, and the last one who labels an image is right', async () => {
    const { file, truths } = await newFile('file_name,label,note\na.jpg,dog,\nb.jpg,cat,mine\n');
    assert.equal((await truths.read()).of('a.jpg')?.label, 'dog');
    await writeFile(file, '# by hand\nfile_name,label,note\na.jpg,wolf,\nb.jpg,cat,mine\nc.jpg,fox,\n');
    await truths.edit([labelled('b.jpg'), labelled('d.jpg')]);
    assert.equal(
      await textOf(file),
      '# by hand\nfile_name,label,note\na.jpg,wolf,\nb.jpg,dog,mine\nc.jpg,fox,\nd.jpg,dog\n',
    );
    assert.deepEqual([...(await truths.read()).names], ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg']);
  });

  it('lets no agent change what a person said meanwhile', async () => {
    const { file, truths } = await newFile('file_name,label\na.jpg,dog\n');
    assert.equal((await truths.read()).of('b.jpg'), undefined);
    await writeFile(
      file,
      'file_name,label,given_by\na.jpg,dog,\nb.jpg,fox,\nc.jpg,fox,agent\nd.jpg,fox,agent\n',
    );
    const row = { label: 'cat', how: 'labeled', givenBy: 'agent' } as const;
    await truths.edit([
      ...['a.jpg', 'b.jpg', 'c.jpg'].map((name) => ({ name, row, unlessPerson: true as const })),
      { name: 'd.jpg', row: undefined, unlessPerson: true },
      { name: 'a.jpg', row: undefined, unlessPerson: true },
    ]);
    assert.equal(await textOf(file), 'file_name,label,given_by\na.jpg,dog,\nb.jpg,fox,\nc.jpg,cat,agent\n');
  });

  it('writes together what comes faster than the disk', async () => {
    const { file, folder, truths } = await newFile();
    let written = 0;
    let seen = 0;
    const all = Array.from({ length: 300 }, (_, i) =>
      truths.edit([labelled(`${i}.jpg`)]).then(() => written++),
    );
    const inodes = new Set<number>();
    while (written < all.length) {
      const one = await stat(file).catch(() => undefined);
      if (one) inodes.add(one.ino);
      seen++;
      await sleep(1);
    }
    await Promise.all(all);
    assert.ok(inodes.size <= 5, `${inodes.size} files in ${seen} looks`);
    assert.equal((await truths.read()).size, 300);
    assert.deepEqual(await readdir(folder), [NAME]);
  });

  it('gives images other names, unless those are labelled', async () => {
    const { truths } = await newFile('file_name,label\na.jpg,dog\nb.jpg,cat\nc.jpg,fox\n');
    await truths.edit([
      {
        moved: [
          { from: 'a.jpg', to: 'sub/a.jpg' },
          { from: 'b.jpg', to: 'c.jpg' },
        ],
      },
      { name: 'c.jpg', content: 'ab'.repeat(16) },
      { name: 'gone.jpg', content: 'ab'.repeat(16) },
    ]);
    const table = await truths.read();
    assert.deepEqual([...table.names].toSorted(), ['b.jpg', 'c.jpg', 'sub/a.jpg']);
    assert.equal(table.of('c.jpg')?.content, 'ab'.repeat(16));
  });

  it('keeps the mark, the separator and the line ends of a spreadsheet', async () => {
    const { file, truths } = await newFile('\ufefffile_name;label\r\na.jpg;dog\r\n');
    await truths.edit([labelled('b.jpg', 'cat; dog')]);
    assert.equal(await textOf(file), '\ufefffile_name;label\r\na.jpg;dog\r\nb.jpg;"cat; dog"\r\n');
    const utf16 = Buffer.from('\ufefffile_name\tlabel\r\na.jpg\tdög\r\n', 'utf16le');
    const other = await newFile(utf16);
    await other.truths.edit([labelled('b.jpg', 'cät')]);
    assert.equal(await textOf(other.file), '\ufefffile_name\tlabel\r\na.jpg\tdög\r\nb.jpg\tcät\r\n');
  });

  it('never replaces what it cannot read: other tables, links, folders, binary files', async () => {
    const binary = new Uint8Array(1000).map((_, i) => (i * 7919) % 256);
    for (const content of [binary, 'name,label\nx,y\n', 'dog\ncat\n']) {
      const { file, truths } = await newFile(content);
      const before = await readFile(file);
      await assert.rejects(truths.edit([labelled('a.jpg')]), { reason: 'invalid-labels' });
      assert.deepEqual(await readFile(file), before);
    }
    const linked = await newFile();
    const elsewhere = path.join(root, 'elsewhere.csv');
    await writeFile(elsewhere, 'file_name,label\n');
    await symlink(elsewhere, linked.file);
    await assert.rejects(linked.truths.edit([labelled('a.jpg')]), { reason: 'unreadable-file' });
    assert.equal(await textOf(elsewhere), 'file_name,label\n');
    const folder = await newFile();
    await mkdir(folder.file);
    await assert.rejects(folder.truths.edit([labelled('a.jpg')]), { reason: 'unreadable-file' });
    const lock = await newFile();
    const outside = path.join(root, 'outside');
    await mkdir(outside);
    await symlink(outside, path.join(lock.folder, '.semap-labels.lock'));
    await assert.rejects(lock.truths.edit([labelled('a.jpg')]), { reason: 'unreadable-file' });
    assert.deepEqual(await readdir(outside), []);
  });

  it('makes no folder that is gone', async () => {
    const { folder, truths } = await newFile();
    await rm(folder, { recursive: true });
    await assert.rejects(truths.edit([labelled('a.jpg')]), { reason: 'not-found' });
    await assert.rejects(stat(folder));
  });

  it('tells a folder in which nothing can be made from a table that cannot be replaced', {
    skip: noReadOnly,
  }, async () => {
    const truths = new TruthsFile(path.join(READ_ONLY, NAME), READ_ONLY);
    await assert.rejects(truths.edit([labelled('a.jpg')]), {
      reason: 'not-writable',
      message: new RegExp(`^Cannot write ${path.join(READ_ONLY, NAME)}: `),
    });
    assert.equal(truths.isReadOnly, true);
    const other = await newFile('name\n');
    await assert.rejects(other.truths.edit([labelled('a.jpg')]));
    assert.equal(other.truths.isReadOnly, false);
  });

  it('goes on after a write that failed', {
    skip: process.getuid?.() === 0 && 'root may write anywhere',
  }, async () => {
    const { folder, file, truths } = await newFile('file_name,label\na.jpg,dog\n');
    await chmod(folder, 0o500);
    await assert.rejects(truths.edit([labelled('a.jpg', 'cat')]), { reason: 'not-writable' });
    assert.equal((await truths.read()).of('a.jpg')?.label, 'dog');
    await chmod(folder, 0o700);
    await truths.edit([labelled('b.jpg', 'cat')]);
    assert.equal(await textOf(file), 'file_name,label\na.jpg,dog\nb.jpg,cat\n');
  });
});

describe('Processes that label at once', { timeout: 120_000 }, () => {
  it('lose nothing of each other', async () => {
    const { folder, truths } = await newFile('file_name,label\nold.jpg,cat\n');
    const program = programOf(root, 'labeller', LABELLER);
    const mine = Array.from({ length: 30 }, async (_, i) => {
      await sleep(i * 5);
      await truths.edit([labelled(`mine-${i}.jpg`)]);
    });
    const others = ['one', 'two', 'three'].map((name) => ended(start(program, folder, name, '30')));
    for (const { code } of await Promise.all(others)) assert.equal(code, 0);
    await Promise.all(mine);
    assert.equal((await truths.read()).size, 121);
    assert.deepEqual(await readdir(folder), [NAME]);
  });

  it(`are killed ${2 * ROUNDS} times, and every label that was acknowledged is there`, async () => {
    const { folder, file, truths } = await newFile();
    const program = programOf(root, 'labeller', LABELLER);
    let acknowledged = 0;
    for (let n = 0; n < ROUNDS; n++) {
      const children = ['a', 'b'].map((name) => start(program, folder, `${name}${n}`, '1000000'));
      const said = children.map((child) => {
        let text = '';
        child.stdout?.on('data', (part) => {
          text += part;
        });
        const gone = new Promise((resolve) => child.on('close', resolve));
        return { child, gone, text: () => text };
      });
      await Promise.race(children.map(firstWords));
      await sleep(Math.random() * 25);
      for (const { child, gone } of said) {
        child.kill('SIGKILL');
        await gone;
      }
      const table = TruthTable.parse(await textOf(file), NAME);
      for (const { text } of said) {
        const names = text().split('\n').slice(0, -1);
        acknowledged += names.length;
        for (const name of names) assert.ok(table.of(`${name}.jpg`), `${name} in round ${n}`);
      }
    }
    assert.ok(acknowledged > ROUNDS);
    await truths.edit([labelled('last.jpg')]);
    // What killed processes left behind is cleared by the next one that looks for it.
    const left = (await readdir(folder)).filter((name) => name !== NAME);
    assert.deepEqual(left, []);
    await rm(folder, { recursive: true });
  });
});
