import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { treeFormats } from '../../../../src/core/exports/trees/treeFormats.ts';
import { carryOut, undoPlan } from '../../../../src/files/plans/carryOut.ts';
import { writeJournal } from '../../../../src/files/plans/journal.ts';
import type { Engine } from '../../../../src/host/supervisor/engineClient.ts';
import { sourceOf } from '../../core/exports/fakeSource.ts';
import { photographs, placeSteps, snapshot } from '../../files/plans/planFolders.ts';
import { testFolder } from '../../folders.ts';
import { eventually, fakeMemory, stage } from '../withFakeVscode.ts';
import { closeList, listShown } from './fileLists.ts';

const { FilePlacing } = await import('../../../../src/host/exports/filePlacing.ts');
const { exportTree } = await import('../../../../src/host/exports/exportTree.ts');

const message = (words: string) =>
  eventually(() => stage.messages.find((one) => one.message.includes(words)), `message "${words}"`);

describe('Images that are placed from VS Code', { skip: process.platform === 'win32' }, () => {
  let root = '';
  let images: readonly string[] = [];
  let memory: ReturnType<typeof fakeMemory>;
  /** How many steps the engine makes before the person presses Cancel. */
  let most = Number.POSITIVE_INFINITY;

  beforeEach(async () => {
    root = testFolder();
    images = await photographs(root, 4);
    memory = fakeMemory();
    most = Number.POSITIVE_INFINITY;
    Object.assign(stage, { messages: [], shown: [], answer: undefined, folders: [root], executed: [] });
  });

  const placing = () => {
    let steps = 0;
    const work = { carryOutPlan: carryOut, undoPlan };
    const call = async (method: keyof typeof work, { journal }: { journal: string }) => {
      const cancel = new AbortController();
      const at = () => void (++steps > most && cancel.abort());
      return work[method](journal, { signal: cancel.signal, at });
    };
    return new FilePlacing({ engine: { call } as unknown as Engine, memory });
  };
  const to = () => path.join(root, 'out');
  const moved = (one = placing()) => {
    const predictions = images.map((file, n) => ({
      path: file,
      folder: 0,
      relative: path.relative(path.join(root, 'photos'), file),
      label: n ? 'cat' : '',
      said: 'label' as const,
      answer: 'cat',
      confidence: 1,
      judged: false,
    }));
    const source = sourceOf(predictions, { folders: [path.join(root, 'photos')] });
    return exportTree(one, source, { format: treeFormats[0], options: { mode: 'move' }, folder: to() });
  };

  it('are asked about first, and nothing happens where the person says no', async () => {
    const before = await snapshot(root);
    assert.equal(await moved(), undefined);
    assert.deepEqual(stage.messages, [
      {
        kind: 'warning',
        message: `Move 3 images (1 kB) to ${to()}?`,
        items: ['Move', 'Show Files'],
        detail: 'cat 3\n1 image without a label is left out.',
      },
    ]);
    assert.deepEqual(await snapshot(root), before);
  });

  it('get their places, and are back after Undo', async () => {
    const before = await snapshot(root);
    stage.answer = 'Move';
    assert.equal((await moved())?.done, 3);
    assert.deepEqual((await message('Placed 3 images')).items, ['Reveal', 'Undo']);
    assert.equal((await readdir(path.join(to(), 'cat'))).length, 3);
    assert.deepEqual(memory.get('exports.unfinished'), []);
    const [name] = (await readdir(to())).filter((one) => one.endsWith('.jsonl'));
    const undoing = placing();
    // Found in a folder that nobody vouches for, it may be anybody's.
    stage.folders = [root];
    stage.trusted = false;
    await assert.rejects(undoing.undoFile(path.join(to(), name)), { reason: 'untrusted' });
    stage.trusted = true;
    let told = 0;
    undoing.onDidPlace(() => told++);
    await undoing.undoFile(path.join(to(), name));
    stage.folders = [];
    await message('Undid 3 files.');
    assert.deepEqual(await snapshot(root), before);
    // Pages look again at images that are back.
    assert.equal(told, 1);
  });

  it('are listed in an editor before they are moved', async () => {
    stage.answer = 'Show Files';
    const done = moved();
    const { uri, text } = await listShown();
    assert.match(uri.path, /Planned files\.txt$/);
    assert.match(text, /^Move 3 images .*\n\n.*photo 1\.jpg {3}cat\/photo 1\.jpg\n/s);
    assert.equal(existsSync(to()), false);
    // The question is back when the list is closed.
    stage.answer = 'Move';
    closeList();
    assert.equal((await done)?.done, 3);
  });

  it('say what was left, and list it', async () => {
    stage.answer = 'Move';
    await moved();
    await writeFile(images[1], 'a new one');
    stage.answer = 'Show Files';
    const [name] = (await readdir(to())).filter((one) => one.endsWith('.jsonl'));
    await placing().undo(path.join(to(), name));
    await message('Undid 2 files. 1 file was left as it is.');
    assert.match(stage.shown[0].text, /photo 1\.jpg +another file has this name\n$/);
    await rm(images[1]);
  });

  it('are continued or undone by another window where they were interrupted', async () => {
    images = await photographs(root, 40);
    most = 3;
    stage.answer = 'Move';
    assert.equal(await moved(), undefined);
    assert.deepEqual((await message('Placing files in out was interrupted.')).items, ['Continue', 'Undo']);
    assert.equal((memory.get('exports.unfinished') as string[]).length, 1);
    most = Number.POSITIVE_INFINITY;
    stage.messages = [];
    stage.answer = 'Continue';
    await placing().takeUp();
    await message('Placed 39 files in');
    assert.equal((await readdir(path.join(to(), 'cat'))).length, 39);
    await eventually(() => (memory.get('exports.unfinished') as string[]).length === 0 || undefined, 'end');
  });

  it('are not offered while another window is at them, or when their journal is gone', async () => {
    const steps = await placeSteps(images, 'copy');
    const journal = await writeJournal({ folder: to(), title: 'x', steps });
    await memory.update('exports.unfinished', [journal, path.join(root, 'gone', 'x.jsonl')]);
    await carryOut(journal, { at: () => placing().takeUp() });
    assert.deepEqual(stage.messages, []);
    assert.deepEqual(memory.get('exports.unfinished'), [journal]);
  });
});
