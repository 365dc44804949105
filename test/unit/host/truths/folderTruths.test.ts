import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { TruthTables } from '../../../../src/engine/truths/truthTables.ts';
import { noReadOnly, READ_ONLY, testFolder } from '../../folders.ts';
import { eventually, stage } from '../withFakeVscode.ts';

const { FolderTruths } = await import('../../../../src/host/truths/folderTruths.ts');

const { followImages } = await import('../../../../src/host/truths/followImages.ts');

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

  it('tells the window that labels were given, not that one was taken back', async () => {
    const folder = await newFolder();
    const truths = FolderTruths.of([folder]);
    await truths.ready;
    let given = 0;
    const listening = FolderTruths.onDidGive(() => given++);
    await truths.give([path.join(folder, 'a.jpg')], DOG);
    assert.equal(given, 1);
    await truths.give([path.join(folder, 'a.jpg')], undefined);
    await truths.give([path.join(folder, 'a.jpg')], { label: undefined, how: 'none' });
    assert.equal(given, 1);
    listening.dispose();
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

  it("are a person's where those of an agent are confirmed, which can be taken back", async () => {
    const rows = ['file_name,label,given,given_by', 'a.jpg,cat,labeled,agent', 'b.jpg,,none,agent', ''];
    const folder = await newFolder(rows.join('\n'));
    const truths = FolderTruths.of([folder]);
    await truths.ready;
    const [a, b] = ['a.jpg', 'b.jpg'].map((name) => path.join(folder, name));
    assert.deepEqual([truths.of(a!)?.givenBy, truths.of(b!)?.givenBy], ['agent', 'agent']);
    await truths.give([a!], { label: 'cat', how: 'accepted' });
    assert.match(await textOf(folder), /^a\.jpg,cat,accepted,(?!.*agent)/m);
    assert.match(await textOf(folder), /^b\.jpg,,none,agent$/m);
    await truths.undo();
    assert.match(await textOf(folder), /^a\.jpg,cat,labeled,agent/m);
    truths.dispose();
  });

  it('are shared by the pages of a window, and by windows', async () => {
    const folder = await newFolder();
    const one = FolderTruths.of([folder]);
    const same = FolderTruths.of([`${folder}${path.sep}`]);
    const both = FolderTruths.of([folder, await newFolder()]);
    assert.equal(one, same);
    let told = 0;
    both.onDidChange(() => told++);
    await one.give([path.join(folder, 'a.jpg')], DOG);
    assert.ok(told > 0);
    assert.equal(both.of(path.join(folder, 'a.jpg'))?.label, 'dog');
    assert.equal(both.canUndo, false);
    one.dispose();
    // The other page goes on.
    await same.give([path.join(folder, 'b.jpg')], DOG);
    same.dispose();
    // Another window, or a person with an editor.
    await writeFile(path.join(folder, 'labels.semap.csv'), 'file_name,label\na.jpg,cat\n');
    await both.refresh();
    assert.equal(both.of(path.join(folder, 'a.jpg'))?.label, 'cat');
    assert.deepEqual([...both.counts.labels], [['cat', 1]]);
    both.dispose();
  });

  it('are not taken back where somebody else labelled the image since', async () => {
    const folder = await newFolder();
    const truths = FolderTruths.of([folder]);
    const [a, b] = ['a.jpg', 'b.jpg'].map((name) => path.join(folder, name));
    await truths.give([a, b], DOG);
    await writeFile(path.join(folder, 'labels.semap.csv'), 'file_name,label\na.jpg,cat\nb.jpg,dog\n');
    await truths.refresh();
    await truths.undo();
    assert.deepEqual([truths.of(a)?.label, truths.of(b)], ['cat', undefined]);
    truths.dispose();
  });

  it('are renamed and merged in one step', async () => {
    const folder = await newFolder('file_name,label,given\na.jpg,dog,accepted\nb.jpg,hound,\nc.jpg,hound,\n');
    const truths = FolderTruths.of([folder]);
    await truths.ready;
    await truths.renameLabel((label) => label === 'hound', 'dog');
    assert.deepEqual([...truths.counts.labels], [['dog', 3]]);
    assert.equal(
      await textOf(folder),
      'file_name,label,given\na.jpg,dog,accepted\nb.jpg,dog,labeled\nc.jpg,dog,labeled\n',
    );
    await truths.undo();
    assert.deepEqual(
      [...truths.counts.labels],
      [
        ['dog', 1],
        ['hound', 2],
      ],
    );
    await assert.rejects(
      truths.renameLabel((label) => label === 'dog', ' \u200b '),
      { reason: 'invalid-labels' },
    );
    await assert.rejects(
      truths.give([path.join(folder, 'a.jpg')], { label: 'x'.repeat(2000), how: 'labeled' }),
      {
        reason: 'invalid-labels',
      },
    );
    truths.dispose();
  });

  it('say what is in the image, by which it is found again', async () => {
    const folder = await newFolder();
    const file = path.join(folder, 'a.jpg');
    await writeFile(file, 'an image');
    const truths = FolderTruths.of([folder]);
    await truths.give([file], DOG);
    await eventually(
      () => readFileSync(path.join(folder, 'labels.semap.csv'), 'utf8').match(/,[0-9a-f]{32}$/m) ?? undefined,
      'content',
    );
    assert.match(
      await textOf(folder),
      new RegExp(
        `^a\\.jpg,dog,labeled,,${createHash('sha256').update('an image').digest('hex').slice(0, 32)}$`,
        'm',
      ),
    );
    truths.dispose();
  });

  it('follow images that were renamed, and tell of those that are gone', async () => {
    const folder = await newFolder('file_name,label\na.jpg,dog\nb.jpg,cat\n');
    const engine = {
      call: async () => [
        {
          folder,
          moved: [{ from: 'a.jpg', to: 'new/a.jpg' }],
          contents: [{ name: 'b.jpg', content: 'ab'.repeat(16) }],
          gone: 1,
        },
      ],
    };
    await followImages(engine as never, [folder]);
    assert.match(
      await textOf(folder),
      new RegExp(`^new/a\\.jpg,dog,*\\nb\\.jpg,cat,${'ab'.repeat(16)}$`, 'm'),
    );
    // Nothing is asked where nothing was labelled.
    await followImages({ call: () => assert.fail('asked') } as never, [await newFolder()]);
  });

  it('stay, wait and are tried again where a table cannot be written', async () => {
    const folder = await newFolder('dog\ncat\n');
    const truths = FolderTruths.of([folder]);
    const [a, b] = ['a.jpg', 'b.jpg'].map((name) => path.join(folder, name));
    await assert.rejects(truths.give([a], DOG), { reason: 'invalid-labels' });
    assert.equal(truths.problem?.reason, 'invalid-labels');
    assert.equal(truths.of(a)?.label, 'dog');
    assert.equal(await textOf(folder), 'dog\ncat\n');
    await rm(path.join(folder, 'labels.semap.csv'));
    await truths.give([b], DOG);
    assert.equal(truths.problem, undefined);
    assert.match(await textOf(folder), /^a\.jpg,dog[\s\S]*^b\.jpg,dog/m);
    truths.dispose();
  });

  it('are refused in a workspace that is not trusted, and nothing is changed', async () => {
    const folder = await newFolder();
    const truths = FolderTruths.of([folder]);
    stage.trusted = false;
    stage.folders = [folder];
    await assert.rejects(truths.give([path.join(folder, 'a.jpg')], DOG), { reason: 'untrusted' });
    assert.equal(truths.of(path.join(folder, 'a.jpg')), undefined);
    assert.equal(truths.canUndo, false);
    stage.trusted = true;
    stage.folders = [];
    truths.dispose();
  });

  it('of a folder that cannot be written to are kept in the workspace', { skip: noReadOnly }, async () => {
    const workspace = await newFolder();
    stage.folders = [workspace];
    const truths = FolderTruths.of([READ_ONLY]);
    const file = path.join(READ_ONLY, 'a.jpg');
    await truths.give([file], DOG);
    await truths.give([path.join(READ_ONLY, 'b.jpg')], { label: undefined, how: 'none' });
    const [name] = await readdir(path.join(workspace, '.semap', 'labels'));
    assert.match(name, /^kernel-[0-9a-f]{12}\.csv$/);
    assert.match(await readFile(path.join(workspace, '.semap', 'labels', name), 'utf8'), /^a\.jpg,dog/m);
    assert.equal(stage.messages.filter(({ message }) => message.includes('Cannot write to')).length, 1);
    assert.deepEqual([truths.counts.labelled, truths.counts.none], [1, 1]);
    truths.dispose();
    const again = FolderTruths.of([READ_ONLY]);
    await again.ready;
    assert.equal(again.of(file)?.label, 'dog');
    again.dispose();
    // The engine and the command line find them, too.
    const told = await new TruthTables([workspace]).of({ folders: [READ_ONLY] });
    assert.equal(told.of(file)?.label, 'dog');
    stage.folders = [];
  });
});
