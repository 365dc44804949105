import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { testFolder } from '../../folders.ts';
import '../withFakeVscode.ts';

const { FolderTruths } = await import('../../../../src/host/truths/folderTruths.ts');

const root = testFolder();
let folders = 0;

async function newFolder(table?: string): Promise<string> {
  const folder = path.join(root, `folder ${++folders}`);
  await mkdir(folder);
  if (table !== undefined) await writeFile(path.join(folder, 'labels.semap.csv'), table);
  return folder;
}

const textOf = (folder: string) => readFile(path.join(folder, 'labels.semap.csv'), 'utf8');
const DOG = { label: 'dog', how: 'labeled' } as const;

describe('Labels of folders in a window', () => {
  it('are seen at once, on disk when they were given, and taken back step by step', async () => {
    const folder = await newFolder('file_name,label\nold.jpg,cat\n');
    const truths = FolderTruths.of([folder]);
    const at = (name: string) => truths.of(path.join(folder, name));
    await truths.ready;
    let told = 0;
    truths.onDidChange(() => told++);
    assert.equal(at('old.jpg')?.label, 'cat');
    const { version } = truths;
    const giving = truths.give([path.join(folder, 'a.jpg'), path.join(folder, 'sub', 'b.jpg')], DOG);
    assert.equal(at('a.jpg')?.label, 'dog');
    assert.ok(truths.version > version && told > 0);
    await giving;
    assert.match(await textOf(folder), /^a\.jpg,dog$/m);
    await truths.give([path.join(folder, 'a.jpg')], { label: undefined, how: 'none', asked: 'random' });
    assert.deepEqual(
      { ...truths.counts, labels: [...truths.counts.labels] },
      {
        labelled: 2,
        accepted: 0,
        none: 1,
        labels: [
          ['cat', 1],
          ['dog', 1],
        ],
      },
    );
    await truths.give([path.join(folder, 'a.jpg')], { label: ' wolf ', how: 'accepted' });
    assert.deepEqual([at('a.jpg')?.label, at('a.jpg')?.asked], ['wolf', 'random']);
    await truths.undo();
    await truths.undo();
    assert.equal(at('a.jpg')?.label, 'dog');
    await truths.undo();
    assert.equal(truths.canUndo, false);
    assert.equal(await truths.undo(), false);
    assert.equal(
      await textOf(folder),
      'file_name,label\nold.jpg,cat\n'.replace('label\n', 'label,given,asked\n'),
    );
    await truths.redo();
    assert.equal(at('sub/b.jpg')?.label, 'dog');
    await truths.give([path.join(folder, 'c.jpg')], DOG);
    assert.equal(truths.canRedo, false);
    truths.dispose();
  });

  it('tells which images have other labels, and gives each its own in one step', async () => {
    const folder = await newFolder('file_name,label\nold.jpg,cat\n');
    const truths = FolderTruths.of([folder]);
    await truths.ready;
    const told: (readonly string[] | undefined)[] = [];
    truths.onDidChange((files) => told.push(files?.map((file) => path.relative(folder, file))));
    const files = ['a.jpg', 'b.jpg'].map((name) => path.join(folder, name));
    await truths.give(files, (file) => ({ label: path.basename(file, '.jpg'), how: 'accepted' }));
    assert.deepEqual(
      files.map((file) => truths.of(file)?.label),
      ['a', 'b'],
    );
    await truths.undo();
    assert.deepEqual(
      files.map((file) => truths.of(file)?.label),
      [undefined, undefined],
    );
    assert.equal(truths.canUndo, false);
    assert.deepEqual(told, [
      ['a.jpg', 'b.jpg'],
      ['a.jpg', 'b.jpg'],
    ]);
    truths.dispose();
  });
});
