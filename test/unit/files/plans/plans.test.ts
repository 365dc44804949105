import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import fsPromises, {
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { FilePlan, PlaceMode, PlanStep } from '../../../../src/core/plans/filePlan.ts';
import { carryOut, undoPlan } from '../../../../src/files/plans/carryOut.ts';
import { findJournal, readJournal, writeJournal } from '../../../../src/files/plans/journal.ts';
import { truthsOf } from '../../../../src/files/truthsFile.ts';
import { testFolder } from '../../folders.ts';
import { photographs, placeSteps, snapshot } from './planFolders.ts';

const MODES: readonly PlaceMode[] = ['copy', 'hardlink', 'symlink', 'move'];

describe('A plan of files', () => {
  for (const mode of MODES) {
    it(`is carried out by ${mode}, and undone without a trace`, async () => {
      const root = testFolder();
      const before = await photographs(root, 40);
      const folder = path.join(root, 'deep', 'out');
      const lists = [{ to: 'metadata.csv', head: 'file_name\n', separator: '\n', tail: '\n' }];
      const steps = (await placeSteps(before, mode)).map(
        (step): PlanStep => ({ ...step, row: [0, step.to] }),
      );
      const all = await snapshot(root);
      const journal = await writeJournal({
        folder,
        title: 'imagefolder',
        steps,
        lists,
        folders: ['empty/one'],
      });
      const progress: number[] = [];
      const outcome = await carryOut(journal, { onProgress: ({ done }) => progress.push(done) });
      assert.equal(outcome.done, 40);
      assert.equal(outcome.left, 0);
      assert.equal(progress.at(-1), 40);
      assert.deepEqual(
        (await readFile(path.join(folder, 'metadata.csv'), 'utf8')).trim().split('\n').length,
        41,
      );
      for (const [n, step] of steps.entries()) {
        const to = path.join(folder, step.to);
        assert.equal(await readFile(to, 'utf8'), `image ${n}`);
        assert.equal(existsSync(before[n]), mode !== 'move');
        if (mode === 'symlink') assert.equal(await readlink(to), before[n]);
        if (mode === 'hardlink') assert.equal((await stat(to)).ino, (await stat(before[n])).ino);
        // Photos keep their time.
        assert.equal(Math.round((await stat(to)).mtimeMs), 1_000_000_000_000 + n * 1000);
      }
      assert.equal((await readJournal(journal)).phase, 'finished');
      assert.equal(await findJournal(folder), journal);
      const undone = await undoPlan(journal);
      assert.equal(undone.left, 0);
      assert.deepEqual(await snapshot(root), all);
    });
  }

  it('overwrites nothing, and says what was taken, changed, gone or no file', async () => {
    const root = testFolder();
    const images = await photographs(root, 6);
    const folder = path.join(root, 'out');
    const steps = await placeSteps(images, 'move');
    const journal = await writeJournal({ folder, title: 'x', steps });
    await mkdir(path.join(folder, 'a'), { recursive: true });
    await writeFile(path.join(folder, steps[0].to), 'mine');
    await writeFile(images[1], 'another one');
    await rm(images[2]);
    await rm(images[3]);
    await symlink(images[4], images[3]);
    const { done, leftFiles } = await carryOut(journal);
    assert.equal(done, 2);
    assert.deepEqual(leftFiles.map(({ why }) => why).toSorted(), ['changed', 'gone', 'no-file', 'taken']);
    assert.equal(await readFile(path.join(folder, steps[0].to), 'utf8'), 'mine');
    assert.equal((await undoPlan(journal)).left, 0);
    assert.equal(await readFile(path.join(folder, steps[0].to), 'utf8'), 'mine');
    assert.equal(await readFile(images[1], 'utf8'), 'another one');
    assert.equal(await readFile(images[5], 'utf8'), 'image 5');
  });

  it('never takes the file of another for its own, not after it was cancelled either', async () => {
    for (const mode of ['copy', 'move'] as const) {
      const root = testFolder();
      const steps = await placeSteps(await photographs(root, 40), mode);
      const folder = path.join(root, 'out');
      const journal = await writeJournal({ folder, title: 'x', steps });
      // What a program that synchronizes folders puts where a file will be.
      await mkdir(path.join(folder, 'a'), { recursive: true });
      await writeFile(path.join(folder, steps[0].to), '');
      const cancel = new AbortController();
      let made = 0;
      const at = (point: string) => void (point === 'made' && ++made === 20 && cancel.abort());
      await assert.rejects(carryOut(journal, { signal: cancel.signal, at }), { reason: 'cancelled' });
      const { states } = await readJournal(journal);
      assert.ok(states.filter((state) => state === 1).length >= 19);
      assert.equal((await undoPlan(journal)).left, 0);
      assert.equal(await readFile(path.join(folder, steps[0].to), 'utf8'), '');
    }
  });

  it('moves on disks without second names, however the system says that there are none', async (t) => {
    t.after(syncBuiltinESMExports);
    for (const code of ['EPERM', 'EISDIR', 'EINVAL']) {
      const root = testFolder();
      const steps = await placeSteps(await photographs(root, 3), 'move');
      const all = await snapshot(root);
      const journal = await writeJournal({ folder: path.join(root, 'out'), title: 'x', steps });
      const refused = t.mock.method(fsPromises, 'link', async () => {
        throw Object.assign(new Error(code), { code, syscall: 'link' });
      });
      syncBuiltinESMExports();
      assert.equal((await carryOut(journal)).done, 3);
      assert.equal((await undoPlan(journal)).left, 0);
      assert.equal(refused.mock.callCount(), 6);
      assert.deepEqual(await snapshot(root), all);
      refused.mock.restore();
    }
  });

  it('lists images that could only be placed when it was continued', async () => {
    const root = testFolder();
    const images = await photographs(root, 4);
    const lists = [{ to: 'metadata.csv', head: 'file_name\n', separator: '\n', tail: '\n' }];
    const steps = (await placeSteps(images, 'copy')).map(
      (step): PlanStep => ({ ...step, row: [0, path.basename(step.to)] }),
    );
    const all = await snapshot(root);
    const folder = path.join(root, 'out');
    const listed = () => readFile(path.join(folder, 'metadata.csv'), 'utf8');
    const journal = await writeJournal({ folder, title: 'x', steps, lists });
    await rename(images[1], `${images[1]}.away`);
    assert.equal((await carryOut(journal)).left, 1);
    assert.equal(await listed(), 'file_name\nphoto 0.jpg\nphoto 2.jpg\nphoto 3.jpg\n');
    await rename(`${images[1]}.away`, images[1]);
    assert.equal((await carryOut(journal)).left, 0);
    assert.equal(await listed(), 'file_name\nphoto 0.jpg\nphoto 1.jpg\nphoto 2.jpg\nphoto 3.jpg\n');
    // Nothing is left to do: it stays as it is, also where a person wrote into it.
    await writeFile(path.join(folder, 'metadata.csv'), 'mine');
    assert.equal((await carryOut(journal)).left, 0);
    assert.equal(await listed(), 'mine');
    await writeFile(path.join(folder, 'metadata.csv'), 'file_name\nphoto 0.jpg\n');
    assert.equal((await undoPlan(journal)).left, 0);
    assert.deepEqual(await snapshot(root), all);
  });

  it('leaves what was changed since when it is undone, and the last copy of an image', async () => {
    const root = testFolder();
    const images = await photographs(root, 3);
    const steps = await placeSteps(images, 'copy');
    const folder = path.join(root, 'out');
    const journal = await writeJournal({ folder, title: 'x', steps });
    await carryOut(journal);
    await writeFile(path.join(folder, steps[0].to), 'edited!');
    await rm(images[1]);
    const { left, leftFiles, done } = await undoPlan(journal);
    assert.equal(done, 1);
    assert.equal(left, 2);
    assert.deepEqual(leftFiles.map(({ why }) => why).toSorted(), ['changed', 'last']);
    assert.equal(await readFile(path.join(folder, steps[0].to), 'utf8'), 'edited!');
    // And can be tried again, when the person has made room.
    await writeFile(images[1], 'image 1');
    await utimes(images[1], 1_000_000_001, 1_000_000_001);
    await rm(path.join(folder, steps[0].to));
    assert.equal((await undoPlan(journal)).left, 0);
    assert.equal(existsSync(folder), false);
  });

  it('brings moved images back with what was done to them, unless their place is taken', async () => {
    const root = testFolder();
    const images = await photographs(root, 3);
    const steps = await placeSteps(images, 'move');
    const folder = path.join(root, 'out');
    const journal = await writeJournal({ folder, title: 'x', steps });
    await carryOut(journal);
    await writeFile(path.join(folder, steps[0].to), 'rotated');
    await writeFile(images[1], 'a new one');
    await rm(path.dirname(images[0]), { recursive: true });
    await mkdir(path.dirname(images[1]), { recursive: true });
    await writeFile(images[1], 'a new one');
    // Not even one that could be half of the image.
    await mkdir(path.dirname(images[2]), { recursive: true });
    await writeFile(images[2], 'image');
    const { left, leftFiles } = await undoPlan(journal);
    assert.deepEqual([left, ...leftFiles.map(({ why }) => why)], [2, 'taken', 'taken']);
    assert.equal(await readFile(images[2], 'utf8'), 'image');
    assert.equal(await readFile(images[0], 'utf8'), 'rotated');
    assert.equal(await readFile(images[1], 'utf8'), 'a new one');
    assert.equal(await readFile(path.join(folder, steps[1].to), 'utf8'), 'image 1');
  });

  it('writes and replaces texts, and brings the old ones back', async () => {
    const folder = testFolder();
    await writeFile(path.join(folder, 'a.xmp'), 'old a');
    await writeFile(path.join(folder, 'b.xmp'), 'old b');
    const was = (text: string) => Buffer.from(text).toString('base64');
    const steps: PlanStep[] = [
      { do: 'replace', to: 'a.xmp', text: 'new a', was: was('old a') },
      { do: 'replace', to: 'b.xmp', text: 'new b', was: was('something else') },
      { do: 'write', to: 'c.xmp', text: 'new c' },
    ];
    const before = await snapshot(folder);
    const journal = await writeJournal({ folder, title: 'xmp', steps });
    const { done, leftFiles } = await carryOut(journal);
    assert.equal(done, 2);
    assert.deepEqual(leftFiles, [{ file: path.join(folder, 'b.xmp'), why: 'changed' }]);
    assert.equal(await readFile(path.join(folder, 'a.xmp'), 'utf8'), 'new a');
    assert.equal((await undoPlan(journal)).left, 0);
    assert.deepEqual(await snapshot(folder), before);
  });

  it('takes labels of persons along, and back', async () => {
    const root = testFolder();
    const images = await photographs(root, 4);
    const photos = path.join(root, 'photos');
    const name = (file: string) => path.relative(photos, file);
    await truthsOf(photos).edit([
      { name: name(images[0]), row: { label: 'cat', how: 'labeled' } },
      { name: name(images[3]), row: { label: undefined, how: 'none' } },
      { name: 'other.jpg', row: { label: 'dog', how: 'accepted' } },
    ]);
    const table = await readFile(path.join(photos, 'labels.semap.csv'), 'utf8');
    for (const folder of [path.join(root, 'out'), path.join(photos, 'sorted'), photos]) {
      const steps = await placeSteps(images, 'move');
      const journal = await writeJournal({ folder, title: 'x', steps, truthFolders: [photos] });
      await carryOut(journal);
      const isInside = folder.startsWith(photos);
      const after = await truthsOf(isInside ? photos : folder).read();
      const placed = (n: number) => path.relative(isInside ? photos : folder, path.join(folder, steps[n].to));
      assert.deepEqual(after.of(placed(0))?.label, 'cat');
      assert.deepEqual(after.of(placed(3))?.how, 'none');
      const left = await truthsOf(photos).read();
      assert.equal(left.of(name(images[0])), undefined);
      assert.equal(left.of('other.jpg')?.label, 'dog');
      assert.equal((await undoPlan(journal)).left, 0);
      assert.deepEqual(
        (await readFile(path.join(photos, 'labels.semap.csv'), 'utf8')).split('\n').toSorted(),
        table.split('\n').toSorted(),
      );
    }
  });

  it('takes along what else a person wrote beside a label, and back', async () => {
    const root = testFolder();
    const images = await photographs(root, 4);
    const photos = path.join(root, 'photos');
    const table = path.join(photos, 'labels.semap.csv');
    const tables = [
      {
        header: 'file_name,label,given,asked,content,"who, when",rating',
        rowOf: (name: string, n: number) => `${name},cat,labeled,,,"by =me, ${n}",${n}`,
        there: (n: number) => `"by =me, ${n}",${n}\n`,
      },
      {
        header: 'rating,x,label,note,file_name',
        rowOf: (name: string, n: number) => `${n},,dog,"a, b",${name}`,
        there: (n: number) => `,${n},"a, b"\n`,
      },
    ];
    for (const { header, rowOf, there } of tables) {
      const rows = images.map((file, n) => rowOf(path.relative(photos, file), n));
      await writeFile(table, [header, ...rows, ''].join('\n'));
      const names = Object.keys(await snapshot(root));
      const folder = path.join(root, 'out');
      const steps = await placeSteps(images, 'move');
      const journal = await writeJournal({ folder, title: 'x', steps, truthFolders: [photos] });
      await carryOut(journal);
      const moved = await readFile(path.join(folder, 'labels.semap.csv'), 'utf8');
      for (const n of images.keys()) assert.ok(moved.includes(there(n)));
      assert.equal((await undoPlan(journal)).left, 0);
      assert.deepEqual(Object.keys(await snapshot(root)), names);
      const [first, ...others] = (await readFile(table, 'utf8')).split('\n');
      assert.equal(first, header);
      assert.deepEqual(others.toSorted(), ['', ...rows].toSorted());
    }
  });

  it('can be cancelled, continued and undone', async () => {
    const root = testFolder();
    const images = await photographs(root, 60);
    const steps = await placeSteps(images, 'move');
    const folder = path.join(root, 'out');
    const all = await snapshot(root);
    const journal = await writeJournal({ folder, title: 'x', steps });
    const stop = async () => {
      const cancel = new AbortController();
      let points = 0;
      await assert.rejects(
        carryOut(journal, { signal: cancel.signal, at: () => void (++points === 30 && cancel.abort()) }),
        { reason: 'cancelled' },
      );
      assert.equal((await readJournal(journal)).phase, 'unfinished');
    };
    await stop();
    await stop();
    assert.equal((await carryOut(journal)).done, 60);
    assert.equal((await undoPlan(journal)).left, 0);
    assert.deepEqual(await snapshot(root), all);
  });

  it('is refused while another carries it out', async () => {
    const root = testFolder();
    const steps = await placeSteps(await photographs(root, 2), 'copy');
    const journal = await writeJournal({ folder: path.join(root, 'out'), title: 'x', steps });
    let second: Promise<unknown> | undefined;
    await carryOut(journal, {
      at: async () => {
        second ??= assert.rejects(undoPlan(journal), { reason: 'busy' });
        await second;
      },
    });
    assert.ok(second);
  });

  it('places nothing through a link', async () => {
    const root = testFolder();
    const images = await photographs(root, 2);
    const steps = await placeSteps(images, 'copy');
    const folder = path.join(root, 'out');
    const journal = await writeJournal({ folder, title: 'x', steps });
    await mkdir(path.join(root, 'elsewhere'));
    await symlink(path.join(root, 'elsewhere'), path.join(folder, path.dirname(steps[0].to)));
    await assert.rejects(carryOut(journal), { reason: 'unreadable-file' });
    assert.deepEqual(await readdir(path.join(root, 'elsewhere')), []);
    // Then there is nothing to undo, and nothing that keeps the journal for ever.
    assert.equal((await undoPlan(journal)).left, 0);
    assert.equal(existsSync(journal), false);
  });

  it('is not believed where it leads out of its folder, or takes what is no image', async () => {
    const root = testFolder();
    await writeFile(path.join(root, 'secret'), 'secret');
    const from = path.join(root, 'a.jpg');
    await writeFile(from, 'a');
    const sound = { do: 'copy', from, to: 'a.jpg', bytes: 1, modified: 0 } as const;
    const bad: unknown[] = [
      { ...sound, to: '../a.jpg' },
      { ...sound, to: '/tmp/a.jpg' },
      { ...sound, to: 'x/../../a.jpg' },
      { ...sound, to: 'a.sh' },
      { ...sound, to: '' },
      { ...sound, from: path.join(root, 'secret') },
      { ...sound, from: 'a.jpg' },
      { ...sound, do: 'delete' },
      { do: 'write', to: 'a/../../x.xmp', text: '' },
      { do: 'write', to: '.vscode/tasks.yml', text: '' },
      { do: 'replace', to: '.git/hooks/pre-commit', text: '', was: '' },
      { ...sound, bytes: -1 },
      null,
      7,
    ];
    for (const step of bad) {
      const plan: FilePlan = { folder: path.join(root, 'out'), title: 'x', steps: [] };
      const journal = await writeJournal(plan);
      const lines = (await readFile(journal, 'utf8')).trim().split('\n');
      await writeFile(journal, `${lines[0]}\n${JSON.stringify({ step })}\n${lines[1]}\n`);
      await assert.rejects(carryOut(journal), { reason: 'invalid-document' }, JSON.stringify(step));
      await rm(journal);
    }
  });

  it('is never written down where it could not be read again', async () => {
    const root = testFolder();
    const folder = path.join(root, 'out');
    for (const from of ['photo.jpg', path.join(root, 'notes.txt'), path.join(root, 'a.jpg\0b.jpg')]) {
      const steps: PlanStep[] = [{ do: 'move', from, to: 'a.jpg', bytes: 1, modified: 0 }];
      await assert.rejects(writeJournal({ folder, title: 'x', steps }), { reason: 'invalid-argument' });
      assert.deepEqual(await readdir(root), []);
    }
  });

  it('that was torn while it was written is undone, and does not go on', async () => {
    const root = testFolder();
    const folder = path.join(root, 'out');
    const steps = await placeSteps(await photographs(root, 3), 'move');
    const all = await snapshot(root);
    for (const part of [0, 0.05, 0.5, 0.999]) {
      const journal = await writeJournal({ folder, title: 'x', steps });
      const { size } = await stat(journal);
      await truncate(journal, Math.floor(size * part));
      await assert.rejects(carryOut(journal), { reason: 'invalid-document', message: /had not begun/ });
      assert.equal((await undoPlan(journal)).done, 0);
      // Of a folder nothing is known where not even the first line is whole.
      if (part < 0.1) await rmdir(folder);
      assert.deepEqual(await snapshot(root), all);
    }
  });

  it('is undone through no link that somebody put in the way', async () => {
    for (const mode of MODES) {
      const root = testFolder();
      const images = await photographs(root, 3);
      const folder = path.join(root, 'out');
      const steps = await placeSteps(images, mode);
      const journal = await writeJournal({ folder, title: 'x', steps });
      await carryOut(journal);
      // The images of folder a are elsewhere, and would be reached.
      await rename(path.join(folder, 'a'), path.join(root, 'elsewhere'));
      await symlink(path.join(root, 'elsewhere'), path.join(folder, 'a'));
      const there = await snapshot(path.join(root, 'elsewhere'));
      const { left, leftFiles } = await undoPlan(journal);
      assert.equal(left, 1);
      assert.deepEqual(leftFiles, [{ file: path.join(folder, steps[0].to), why: 'no-file' }]);
      assert.deepEqual(await snapshot(path.join(root, 'elsewhere')), there);
    }
  });

  it('is not there where it could not be written whole', async () => {
    const root = testFolder();
    const steps = (function* (): Generator<PlanStep> {
      yield { do: 'write', to: 'a.xmp', text: 'a' };
      throw new Error('no more');
    })();
    await assert.rejects(writeJournal({ folder: path.join(root, 'x', 'y'), title: 'x', steps }));
    assert.deepEqual(await readdir(root), []);
  });

  it('loses nothing where somebody removes an image in the middle of its move', async () => {
    const root = testFolder();
    const images = await photographs(root, 1);
    const steps = await placeSteps(images, 'move');
    const journal = await writeJournal({ folder: path.join(root, 'out'), title: 'x', steps });
    const at = async (point: string) => {
      if (point === 'linked') await rm(images[0]);
    };
    assert.equal((await carryOut(journal, { at })).done, 1);
    assert.equal(await readFile(path.join(root, 'out', steps[0].to), 'utf8'), 'image 0');
    assert.equal((await undoPlan(journal)).left, 0);
    assert.equal(await readFile(images[0], 'utf8'), 'image 0');
  });

  it('leaves a hard link that became the last name of an image', async () => {
    const root = testFolder();
    const images = await photographs(root, 2);
    const steps = await placeSteps(images, 'hardlink');
    const journal = await writeJournal({ folder: path.join(root, 'out'), title: 'x', steps });
    await carryOut(journal);
    await rm(images[0]);
    await link(images[1], path.join(root, 'third.jpg'));
    await rm(images[1]);
    const { left, leftFiles } = await undoPlan(journal);
    assert.equal(left, 1);
    assert.equal(leftFiles[0].why, 'last');
    assert.equal((await lstat(leftFiles[0].file)).isFile(), true);
  });
});
