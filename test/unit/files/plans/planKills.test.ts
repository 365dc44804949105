import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlaceMode, PlanStep } from '../../../../src/core/plans/filePlan.ts';
import { carryOut, undoPlan } from '../../../../src/files/plans/carryOut.ts';
import { writeJournal } from '../../../../src/files/plans/journal.ts';
import { truthsOf } from '../../../../src/files/truthsFile.ts';
import { testFolder } from '../../folders.ts';
import { ended, programOf, start } from '../child.ts';
import { photographs, placeSteps, snapshot } from './planFolders.ts';

/** Another disk than that of the folders of tests; undefined where there is none. */
const otherDisk = (() => {
  try {
    const folder = mkdtempSync('/dev/shm/semap-test-');
    if (statSync(folder).dev !== statSync(testFolder()).dev) return folder;
    rmSync(folder, { recursive: true });
  } catch {
    // No such disk here.
  }
  return undefined;
})();
after(() => otherDisk && rmSync(otherDisk, { recursive: true, force: true }));

const IMAGES = 3;

/** Photographs, one with a label of a person, and the plan to place them. */
async function planned(mode: PlaceMode, disk?: string) {
  const root = testFolder();
  const images = await photographs(root, IMAGES);
  const photos = path.join(root, 'photos');
  await truthsOf(photos).edit([{ name: 'odd/photo 1.jpg', row: { label: 'cat', how: 'labeled' } }]);
  const before = await snapshot(root);
  const folder = path.join(disk ? mkdtempSync(path.join(disk, 'x')) : root, 'out');
  const lists = [{ to: 'list.csv', head: '', separator: '\n', tail: '\n' }];
  const steps = (await placeSteps(images, mode)).map((step): PlanStep => ({ ...step, row: [0, step.to] }));
  const journal = await writeJournal({ folder, title: 'x', steps, lists, truthFolders: [photos] });
  const isUndone = async () => {
    const after = await snapshot(root);
    // Rows that go and come back may stand in another order.
    for (const all of [before, after]) {
      const table = all['photos/labels.semap.csv'];
      all['photos/labels.semap.csv'] = table.replace('new ', '').split('\n').toSorted().join('\n');
    }
    assert.deepEqual(after, before);
    assert.equal(existsSync(folder), false);
  };
  const isDone = async () => {
    for (const [n, step] of steps.entries())
      assert.equal(await readFile(path.join(folder, step.to), 'utf8'), `image ${n}`);
    assert.equal(
      await readFile(path.join(folder, 'list.csv'), 'utf8'),
      `${steps.map(({ to }) => to).join('\n')}\n`,
    );
    for (const file of images) assert.equal(existsSync(file), mode !== 'move');
    const place =
      mode === 'move' ? { root: folder, name: steps[1].to } : { root: photos, name: 'odd/photo 1.jpg' };
    assert.equal((await truthsOf(place.root).read()).of(place.name)?.label, 'cat');
  };
  return { root, folder, journal, isUndone, isDone };
}

/**
 * Does something up to a point and leaves it there, as a process does that is killed: nothing is cleaned up.
 * @returns whether there was so much to do
 */
async function killedAt(
  point: number,
  work: (at: () => Promise<void>) => Promise<unknown>,
  folder: string,
): Promise<boolean> {
  let seen = 0;
  const never = new Promise<void>(() => {});
  const isKilled = await new Promise<boolean>((resolve, reject) => {
    const at = () => {
      if (++seen < point) return Promise.resolve();
      void quiet().then(() => resolve(true));
      return never;
    };
    work(at).then(() => resolve(false), reject);
  });
  for (const name of await readdir(folder).catch(() => []))
    if (name.endsWith('.lock')) await rm(path.join(folder, name));
  return isKilled;
}

/** Resolves when everything that is under way came to its next point, however slow the disk is. */
async function quiet(): Promise<void> {
  do await sleep(1);
  while (process.getActiveResourcesInfo().some((name) => /^FSReq|CloseReq/.test(name)));
}

/** Cuts copies that were under way in half: their time is not yet that of the image. */
async function halve(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (!entry.isFile() || !entry.name.endsWith('.jpg')) continue;
    const { mtimeMs, size } = await stat(file);
    if (mtimeMs > 1.1e12) await truncate(file, size >> 1);
  }
}

const WAYS: readonly (readonly [name: string, mode: PlaceMode, disk?: string])[] = [
  ['copy', 'copy'],
  ['move', 'move'],
  ...(otherDisk ? [['move to another disk', 'move', otherDisk] as const] : []),
];

describe('An export that is killed', () => {
  for (const [name, mode, disk] of WAYS) {
    it(`is continued and undone after every step of a ${name}`, async () => {
      for (let point = 1; ; point++) {
        const one = await planned(mode, disk);
        const killed = await killedAt(point, (at) => carryOut(one.journal, { at }), one.folder);
        if (!killed) break;
        if (mode === 'copy') await halve(one.folder);
        assert.equal((await carryOut(one.journal)).done, IMAGES, `killed at ${point}`);
        await one.isDone();
        assert.equal((await undoPlan(one.journal)).left, 0);
        await one.isUndone();
        // And undone at once.
        const other = await planned(mode, disk);
        await killedAt(point, (at) => carryOut(other.journal, { at }), other.folder);
        if (mode === 'copy') await halve(other.folder);
        assert.equal((await undoPlan(other.journal)).left, 0, `killed at ${point}`);
        await other.isUndone();
        assert.ok(point < 200);
      }
    });

    it(`is undone where undoing a ${name} is killed after every step`, async () => {
      for (let point = 1; ; point++) {
        const one = await planned(mode, disk);
        await carryOut(one.journal);
        const killed = await killedAt(point, (at) => undoPlan(one.journal, { at }), one.folder);
        if (!killed) break;
        assert.equal((await undoPlan(one.journal)).left, 0, `killed at ${point}`);
        await one.isUndone();
        assert.ok(point < 200);
      }
    });
  }

  it('is whole again, whenever it is killed for real', async () => {
    const program = programOf(
      testFolder(),
      'carry',
      `import { carryOut, undoPlan } from './files/plans/carryOut.ts';
       const [, , what, journal, point] = process.argv;
       let seen = 0;
       const at = () => { if (++seen === Number(point)) process.kill(process.pid, 'SIGKILL'); };
       await (what === 'undo' ? undoPlan : carryOut)(journal, { at });`,
    );
    for (const point of [2, 5, 8]) {
      const { journal, isUndone, isDone } = await planned('move');
      assert.equal((await ended(start(program, 'do', journal, String(point)))).code, null);
      assert.equal((await ended(start(program, 'do', journal, '0'))).code, 0);
      await isDone();
      assert.equal((await ended(start(program, 'undo', journal, String((point % 3) + 1)))).code, null);
      assert.equal((await ended(start(program, 'undo', journal, '0'))).code, 0);
      await isUndone();
    }
  });
});
