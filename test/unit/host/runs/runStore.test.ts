import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { RunPhase } from '../../../../src/core/runs/run.ts';
import { lockRun } from '../../../../src/files/runFolders.ts';
import { temporaryFor } from '../../../../src/files/wholeFile.ts';
import type { LiveRun } from '../../../../src/host/runs/runStore.ts';
import { column } from '../../column.ts';
import { testFolder } from '../../folders.ts';
import { recordOf, writeRun } from '../training/runFixture.ts';
import { stage } from '../withFakeVscode.ts';

const { RunStore } = await import('../../../../src/host/runs/runStore.ts');
const { RunsTree } = await import('../../../../src/host/runs/runsTree.ts');

describe('the runs of a workspace', () => {
  let root: string;
  let one: string;
  let live: LiveRun[] = [];
  const store = () => new RunStore(join(root, 'storage'), () => live);
  const running = (folder: string, phase: RunPhase): LiveRun => ({
    folder,
    name: 'icons',
    of: 'training',
    phase,
    words: 'waiting · Prompt (watermark) + BLM+',
  });
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'semap-store-'));
    stage.folders = [root];
    one = await writeRun(root, 'one', { name: 'first', extra: 'kept' } as object);
    await writeRun(root, 'two', { status: 'running', pid: 2 ** 31 - 2 });
    const storage = join(root, 'storage');
    await writeRun(storage, 'elsewhere');
    await writeRun(storage, 'own', { params: { ...recordOf('').params, folders: [join(root, 'icons')] } });
  });
  after(async () => {
    stage.folders = [];
    await rm(root, { recursive: true, force: true });
  });

  it('are those of its folders, and of the extension those on its images', async () => {
    const names = async () => (await store().list()).map(({ name }) => name).toSorted();
    assert.deepEqual(await names(), ['first', 'own', 'two']);
    stage.folders = [];
    assert.deepEqual(await names(), ['elsewhere', 'own']);
    stage.folders = [root];
  });

  it('go into the storage of the extension where the workspace cannot be written', async () => {
    const dataset = join(root, 'icons');
    assert.deepEqual(await store().rootFor(dataset), { root, workspace: root });
    stage.trusted = false;
    assert.deepEqual(await store().rootFor(dataset), { root: join(root, 'storage'), workspace: root });
    stage.trusted = true;
    const file = join(root, 'file');
    await writeFile(file, '');
    stage.folders = [file];
    assert.deepEqual(await store().rootFor(join(file, 'icons')), {
      root: join(root, 'storage'),
      workspace: file,
      readOnly: file,
    });
    stage.folders = [];
    assert.deepEqual(await store().rootFor(dataset), { root: join(root, 'storage') });
    stage.folders = [root];
  });

  it('are shown with accuracy, settings and how they stand', async () => {
    const runs = store();
    const tree = new RunsTree(runs, () => 50);
    const items = (await tree.getChildren()).map((entry) => tree.getTreeItem(entry));
    const item = (label: string) => items.find((one) => one.label === label);
    assert.equal(item('first')?.description, '61.2% on validation · Prompt (padding) + BLM+');
    assert.equal(item('two')?.description, '61.2% on validation · interrupted · Prompt (padding) + BLM+');
    assert.equal(item('two')?.contextValue, 'run training interrupted');
  });

  it('are there while they wait, before they have a folder', async () => {
    live = [running(one, 'running'), running('/ws/second', 'queued'), running('/ws/third', 'queued')];
    const tree = new RunsTree(store(), () => 50);
    const entries = await tree.getChildren();
    assert.deepEqual(column(entries.slice(0, 2), 'folder'), ['/ws/third', '/ws/second']);
    assert.equal(entries.filter(({ folder }) => folder === one).length, 1);
    const item = tree.getTreeItem(entries[1]);
    assert.deepEqual(
      [item.label, item.description, item.contextValue],
      ['icons', 'waiting · Prompt (watermark) + BLM+', 'run starting queued'],
    );
    live = [];
  });

  it('take a new name, and keep everything else that their record says', async () => {
    const runs = store();
    await runs.rename(one, 'better\nname');
    const record = JSON.parse(await readFile(join(one, 'run.json'), 'utf8'));
    assert.deepEqual([record.name, record.extra, record.labels], ['better name', 'kept', ['cat', 'dog']]);
    runs.dispose();
  });

  it('are not renamed or deleted while they run', async () => {
    live = [running(one, 'running')];
    await assert.rejects(store().rename(one, 'x'), { reason: 'busy' });
    await assert.rejects(store().delete(one), { reason: 'busy' });
    live = [];
  });

  it('are not renamed or deleted while they are held', async () => {
    const lock = await lockRun(one);
    const runs = store();
    for (const change of [() => runs.rename(one, 'x'), () => runs.delete(one), () => runs.mayChange(one)])
      await assert.rejects(change(), { reason: 'busy', message: /one is still running/ });
    await lock.release();
    assert.deepEqual((await readdir(one)).toSorted(), ['metrics.jsonl', 'run.json']);
  });

  it('are not changed in a workspace that is not trusted; those of the extension are', async () => {
    const own = join(root, 'storage', '.semap', 'runs', 'own');
    stage.trusted = false;
    const before = await readFile(join(one, 'run.json'), 'utf8');
    for (const change of [() => store().rename(one, 'x'), () => store().delete(one)])
      await assert.rejects(change(), { reason: 'untrusted', hint: /Trust the workspace to rename/ });
    await store().mayChange(own);
    stage.trusted = true;
    assert.equal(await readFile(join(one, 'run.json'), 'utf8'), before);
    assert.deepEqual((await readdir(one)).toSorted(), ['metrics.jsonl', 'run.json']);
  });

  it('lose what a window that was killed left half-written, once the workspace is trusted', async () => {
    const runs = join(root, '.semap', 'runs');
    const { pid } = spawnSync(process.execPath, ['--version']);
    const left = basename(temporaryFor(join(runs, 'x'))).replace(`-${process.pid}-`, `-${pid}-`);
    await mkdir(join(runs, left));
    await writeFile(join(runs, left, 'run.json'), '{}');
    await writeFile(join(one, left), '');
    stage.trusted = false;
    await store().list();
    await access(join(runs, left));
    stage.trusted = true;
    await store().list();
    await assert.rejects(access(join(runs, left)));
    await assert.rejects(access(join(one, left)));
  });

  it('are the only folders that are ever deleted', async () => {
    for (const folder of [root, join(root, '.semap'), join(root, '.semap', 'runs'), '/', join(one, 'deeper')])
      await assert.rejects(store().delete(folder), { reason: 'invalid-argument' });
    const runs = store();
    await runs.delete(one);
    await assert.rejects(access(one));
    await access(join(root, '.semap', 'runs', 'two'));
    runs.dispose();
  });
});

describe('a workspace whose files are links', { skip: process.platform === 'win32' }, () => {
  const folder = testFolder();
  let root: string;
  const at = (...parts: string[]) => join(folder, ...parts);
  const store = () => new RunStore(at('storage'), () => []);
  before(async () => {
    root = at('workspace');
    await mkdir(root);
    stage.folders = [root];
    // Somebody's own runs, elsewhere.
    await writeRun(at('outside'), 'victim', { name: 'untouched' });
    await writeFile(at('settings.json'), 'untouched');
  });
  after(async () => {
    stage.folders = [];
  });
  const victim = () => at('outside', '.semap', 'runs', 'victim');

  it('takes a new name through none of them', async () => {
    const run = await writeRun(root, 'one');
    // What a fixed temporary name would have been, and one that leads nowhere yet.
    await symlink(at('settings.json'), join(run, '.run.json'));
    await symlink(at('new.json'), join(run, '.run.json.tmp'));
    await store().rename(run, 'named');
    assert.equal(JSON.parse(await readFile(join(run, 'run.json'), 'utf8')).name, 'named');
    const linked = await writeRun(root, 'two');
    await rm(join(linked, 'run.json'));
    await symlink(join(victim(), 'run.json'), join(linked, 'run.json'));
    await assert.rejects(store().rename(linked, 'x'), { reason: 'unreadable-file' });
    assert.equal(await readFile(at('settings.json'), 'utf8'), 'untouched');
    await assert.rejects(access(at('new.json')));
  });

  it('lists, renames and deletes no run behind them', async () => {
    for (const [link, target] of [
      ['.semap/runs/linked', victim()],
      ['.semap/runs', at('outside', '.semap', 'runs')],
      ['.semap', at('outside', '.semap')],
    ] as const) {
      await rm(join(root, '.semap'), { recursive: true, force: true });
      if (link !== '.semap') await mkdir(join(root, '.semap', 'runs', '..'), { recursive: true });
      if (link === '.semap/runs') await rm(join(root, link), { recursive: true, force: true });
      else await mkdir(join(root, link, '..'), { recursive: true });
      await symlink(target, join(root, link));
      const name = link === '.semap/runs/linked' ? 'linked' : 'victim';
      const run = join(root, '.semap', 'runs', name);
      assert.deepEqual(await store().list(), [], link);
      await assert.rejects(store().rename(run, 'x'), { reason: 'unreadable-file' }, link);
      await assert.rejects(store().delete(run), { reason: 'unreadable-file' }, link);
      if (name === 'victim')
        await assert.rejects(store().rootFor(join(root, 'icons')), { reason: 'unreadable-file' }, link);
    }
    assert.equal(JSON.parse(await readFile(join(victim(), 'run.json'), 'utf8')).name, 'untouched');
    assert.deepEqual((await readdir(victim())).toSorted(), ['metrics.jsonl', 'run.json']);
  });
});
