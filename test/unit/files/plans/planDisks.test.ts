import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { appendFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { carryOut, undoPlan } from '../../../../src/files/plans/carryOut.ts';
import { writeJournal } from '../../../../src/files/plans/journal.ts';
import { testFolder } from '../../folders.ts';
import { photographs, placeSteps, snapshot } from './planFolders.ts';

const mount = (...args: readonly string[]) => spawnSync('mount', args, { stdio: 'ignore' }).status === 0;

/** A disk of 256 kB; undefined where this process may make none. */
const disk = (() => {
  const folder = path.join(testFolder(), 'disk');
  mkdirSync(folder);
  return mount('-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder) ? folder : undefined;
})();
after(() => disk && spawnSync('umount', ['-l', disk]));

describe('An export to a disk', { skip: disk === undefined && 'nothing can be mounted' }, () => {
  const small = disk ?? '';

  for (const mode of ['copy', 'move'] as const) {
    it(`that becomes full is undone, or goes on when there is room (${mode})`, async () => {
      const root = testFolder();
      const images = await photographs(root, 8);
      for (const file of images) writeFileSync(file, file.padEnd(50_000, 'x'));
      const all = await snapshot(root);
      const journal = await writeJournal({
        folder: path.join(small, 'out'),
        title: 'x',
        steps: await placeSteps(images, mode),
      });
      await assert.rejects(carryOut(journal), { reason: 'out-of-space' });
      const placed = await snapshot(path.join(small, 'out'));
      // No half of an image.
      for (const [name, text] of Object.entries(placed))
        if (name.endsWith('.jpg')) assert.ok(text.length >= 50_000);
      await assert.rejects(carryOut(journal), { reason: 'out-of-space' });
      assert.ok(mount('-o', 'remount,size=2m', small));
      assert.equal((await carryOut(journal)).done, 8);
      assert.equal((await undoPlan(journal)).left, 0);
      assert.deepEqual(await snapshot(root), all);
      assert.deepEqual(await readdir(small), []);
      assert.ok(mount('-o', 'remount,size=256k', small));
    });
  }

  it('that is full by now is undone: that makes room', async () => {
    const root = testFolder();
    const images = await photographs(root, 3);
    const all = await snapshot(root);
    const steps = await placeSteps(images, 'copy');
    const journal = await writeJournal({ folder: path.join(small, 'out'), title: 'x', steps });
    await carryOut(journal);
    // Not even the journal has room for one more line.
    await appendFile(journal, ' '.repeat(4096 - ((await stat(journal)).size % 4096)));
    await writeFile(path.join(small, 'full'), 'x'.repeat(260_000)).catch(() => {});
    assert.equal((await undoPlan(journal)).left, 0);
    assert.deepEqual(await readdir(small), ['full']);
    assert.deepEqual(await snapshot(root), all);
    await rm(path.join(small, 'full'));
  });

  it('that is full before it begins changes nothing', async () => {
    const root = testFolder();
    await writeFile(path.join(small, 'full'), 'x'.repeat(260_000)).catch(() => {});
    const steps = await placeSteps(await photographs(root, 3), 'move');
    const all = await snapshot(root);
    await assert.rejects(writeJournal({ folder: path.join(small, 'out'), title: 'x', steps }), {
      reason: 'out-of-space',
    });
    assert.deepEqual(await readdir(small), ['full']);
    assert.deepEqual(await snapshot(root), all);
    await rm(path.join(small, 'full'));
  });

  it('from one that is read-only copies, and moves nothing', async () => {
    assert.ok(mount('-o', 'remount,size=2m', small));
    const images = await photographs(small, 3);
    const root = testFolder();
    const moves = await placeSteps(images, 'move');
    assert.ok(mount('-o', 'remount,ro', small));
    const moving = await writeJournal({ folder: path.join(root, 'moved'), title: 'x', steps: moves });
    await assert.rejects(carryOut(moving), { reason: 'not-writable', message: /photos.*read-only/ });
    assert.equal((await undoPlan(moving)).left, 0);
    assert.deepEqual(await readdir(root), []);
    const steps = await placeSteps(images, 'copy');
    const copying = await writeJournal({ folder: path.join(root, 'copied'), title: 'x', steps });
    assert.equal((await carryOut(copying)).done, 3);
    assert.equal(await readFile(path.join(root, 'copied', steps[2].to), 'utf8'), 'image 2');
  });

  it('that images cannot be linked on says so', async () => {
    assert.ok(mount('-o', 'remount,rw', small));
    const root = testFolder();
    const steps = await placeSteps(await photographs(root, 3), 'hardlink');
    const journal = await writeJournal({ folder: path.join(small, 'links'), title: 'x', steps });
    await assert.rejects(carryOut(journal), { reason: 'not-writable', message: /another disk/ });
    assert.equal((await undoPlan(journal)).left, 0);
  });
});
