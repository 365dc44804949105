import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { RootedPlaces } from '../../../src/capabilities/places.ts';
import { SessionRuns, SpareFolder } from '../../../src/capabilities/sessionRuns.ts';
import { testFolder } from '../folders.ts';

/** Photographs below a root, and a cache folder beside it. */
async function work({ mayWrite = true } = {}) {
  const folder = testFolder();
  const root = path.join(folder, 'root');
  const photos = path.join(root, 'photos');
  await mkdir(photos, { recursive: true });
  const spare = new SpareFolder(path.join(folder, 'cache'));
  const runs = new SessionRuns(new RootedPlaces([root]), { spare, mayWrite });
  return { folder, root, photos, spare, runs };
}

/** Makes an empty folder a run. */
const record = (run: string) => writeFile(path.join(run, 'run.json'), '{}');

describe('Runs of an agent', () => {
  it('are among those of the root that the images are in, each in a folder of its own', async () => {
    const { root, photos, runs } = await work();
    const made = await Promise.all([1, 2, 3].map(() => runs.newRun('classify', { folders: [photos] })));
    assert.equal(new Set(made).size, 3);
    for (const run of made) {
      assert.equal(path.dirname(run), path.join(root, '.semap', 'runs'));
      assert.match(path.basename(run), /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-classify-photos(?:-\d)?$/);
      assert.deepEqual(await readdir(run), []);
    }
  });

  it('go with the session where nothing may be written', async () => {
    const { folder, root, photos, spare, runs } = await work({ mayWrite: false });
    const run = await runs.newRun('find', { folders: [photos] });
    assert.ok(run.startsWith(path.join(folder, 'cache', 'agents')), run);
    assert.equal(existsSync(path.join(root, '.semap')), false);
    await record(run);
    assert.equal(await runs.folderOf(path.basename(run)), run);
    assert.equal(await runs.folderOf(run), run);
    await spare.remove();
    assert.equal(existsSync(run), false);
    assert.deepEqual(await readdir(path.join(folder, 'cache', 'agents')), []);
  });

  it('go with the session where a link stands in the place of .semap', async () => {
    const { folder, root, photos, runs } = await work();
    await mkdir(path.join(folder, 'elsewhere'));
    await symlink(path.join(folder, 'elsewhere'), path.join(root, '.semap'), 'junction');
    const run = await runs.newRun('rank', { folders: [photos] });
    assert.ok(run.startsWith(path.join(folder, 'cache', 'agents')), run);
    assert.deepEqual(await readdir(path.join(folder, 'elsewhere')), []);
  });

  it('that a killed process left go when the next one begins', async () => {
    const { folder, photos, runs } = await work({ mayWrite: false });
    const agents = path.join(folder, 'cache', 'agents');
    const own = await runs.newRun('find', { folders: [photos] });
    // No process has this id.
    const name = path.relative(agents, own).split(path.sep)[0].replace(/-\d+-/, '-4194305-');
    await mkdir(path.join(agents, name, '.semap'), { recursive: true });
    const next = new SpareFolder(path.join(folder, 'cache'));
    await next.folder();
    assert.equal(existsSync(path.join(agents, name)), false);
    assert.equal(existsSync(own), true);
  });

  it('go with the session as soon as there is room for them', async () => {
    const { folder, photos, runs } = await work({ mayWrite: false });
    await writeFile(path.join(folder, 'cache'), 'in the way');
    await assert.rejects(runs.newRun('find', { folders: [photos] }));
    await rm(path.join(folder, 'cache'));
    assert.deepEqual(await readdir(await runs.newRun('find', { folders: [photos] })), []);
  });

  it('are found by name and path; what is none is said with the latest ones', async () => {
    const { folder, root, photos, runs } = await work();
    await assert.rejects(runs.folderOf('nothing'), { hint: 'No run is kept here yet.' });
    const run = await runs.newRun('classify', { folders: [photos] });
    await assert.rejects(runs.folderOf(path.basename(run)), { reason: 'not-found' }, 'it has no record');
    await record(run);
    assert.equal(await runs.folderOf(path.basename(run)), run);
    assert.equal(await runs.folderOf(path.relative(root, run)), run);
    await mkdir(path.join(root, 'kept'));
    await record(path.join(root, 'kept'));
    assert.equal(await runs.folderOf('kept'), path.join(root, 'kept'));
    await assert.rejects(runs.folderOf('2020'), {
      message: 'There is no run "2020".',
      hint: `The latest: ${path.basename(run)}.`,
    });
    await assert.rejects(runs.folderOf('..'), { reason: 'untrusted' });
    await record(folder);
    await assert.rejects(runs.folderOf(folder), { reason: 'untrusted' });
  });
});
