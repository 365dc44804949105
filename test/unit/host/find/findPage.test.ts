import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import type { FindRecord } from '../../../../src/core/find/findRecord.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import type { FindPageHost } from '../../../../src/host/find/findPage.ts';
import { WatchedSearch } from '../../../../src/host/find/watchedSearch.ts';
import { findRecordOf } from '../../core/find/findFixture.ts';
import { context, describedWith, last, settle, watch } from '../pageCalls.ts';
import { fakeMemory } from '../withFakeVscode.ts';

const vscode = await import('vscode');
const { FindPage } = await import('../../../../src/host/find/findPage.ts');
const { KeptPoints } = await import('../../../../src/host/find/keptPoints.ts');

const folder = '/ws/.semap/runs/one';

function stored(change: Partial<FindRecord> = {}, elsewhere = false) {
  return new WatchedSearch({ folder, record: findRecordOf(folder, change), elsewhere });
}

function fakeHost(overrides: Partial<FindPageHost> = {}) {
  const done: string[] = [];
  const gone = new Set<string>();
  const host: FindPageHost = {
    describeError: describedWith('Resume', 'semap.resumeFind', folder),
    execute: (command, ...args) => done.push([command, ...args].join(' ')),
    open: async () => stored(),
    pause: async (at) => void done.push(`pause ${at}`),
    stop: async (at) => void done.push(`stop ${at}`),
    keep: async (_, { id }) => {
      done.push(`keep ${id}`);
      return vscode.Uri.file(`/ws/icons-${id}.semap.json`);
    },
    kept: new KeptPoints(fakeMemory() as never),
    openAlignment: async ({ fsPath }) => void done.push(`open ${fsPath}`),
    openTraining: async (at) => void done.push(`training ${at}`),
    showBackbone: async (path) => void done.push(`backbone ${path}`),
    isThere: async (path) => !gone.has(path),
    openFile: (path) => done.push(`file ${path}`),
    shortPath: (path) => path.replace('/ws/', ''),
    ...overrides,
  };
  return { host, done, gone };
}

describe('the host of the page of searches', () => {
  it('says that there is nothing, and asks for a folder then', async () => {
    const { host, done } = fakeHost();
    const page = new FindPage(host);
    assert.deepEqual(watch(page), [{ kind: 'nothing' }]);
    await page.handlers.find(null, context());
    assert.deepEqual(done, ['semap.findReuse']);
  });

  it('tells a search of a folder: points, what is recommended, and where it lies', async () => {
    const page = new FindPage(fakeHost().host);
    const states = watch(page);
    await page.open(folder);
    await settle();
    assert.equal(states[1]?.kind, 'loading');
    const state = last(states, 'find');
    assert.deepEqual(
      [state.phase, state.live, state.title, state.recommended, state.tried, state.budgetMinutes],
      ['done', false, 'icons', 'probe', 12, 5],
    );
    assert.deepEqual(
      state.points.map(({ id }) => id),
      ['probe', 'prompt', 'zero'],
    );
    assert.equal(state.folder, '.semap/runs/one');
  });

  it('shows a folder that holds no search as damaged, with what helps', async () => {
    const open = async () => {
      throw new SemapError('invalid-document', phrase('Unknown record type.'));
    };
    const page = new FindPage(fakeHost({ open }).host);
    const states = watch(page);
    await page.open(folder);
    assert.equal(last(states, 'damaged').name, 'one');
  });

  it('shows what was opened last, whichever is read first', async () => {
    const answers = new Map<string, (run: WatchedSearch | Promise<never>) => void>();
    const { host } = fakeHost({
      open: (at) => new Promise<WatchedSearch>((resolve) => answers.set(at, resolve)),
    });
    const page = new FindPage(host);
    const states = watch(page);
    const [slow, damaged, quick] = ['/ws/slow', '/ws/damaged', folder].map((at) => page.open(at));
    const wanted = stored();
    answers.get(folder)?.(wanted);
    await quick;
    answers.get('/ws/slow')?.(stored());
    answers.get('/ws/damaged')?.(
      Promise.reject(new SemapError('invalid-document', phrase('It is no search.'))),
    );
    await Promise.all([slow, damaged]);
    assert.equal(last(states, 'find').id, folder);
    assert.equal(page.run, wanted);
  });

  it('keeps a point once, opens what it was kept as, and keeps it again when that is gone', async () => {
    const { host, done, gone } = fakeHost();
    const page = new FindPage(host);
    page.show(stored());
    const states = watch(page);
    const of = { id: folder, point: 'probe' };
    await page.handlers.keep(of, context());
    assert.equal(last(states, 'find').points[0]?.kept, 'icons-probe.semap.json');
    assert.ok(states.some((state) => state.kind === 'find' && state.keeping === 'probe'));
    assert.equal(last(states, 'find').keeping, undefined);
    await page.handlers.keepAndClassify(of, context());
    await page.handlers.openKept(of, context());
    assert.deepEqual(done.slice(0, 1), ['keep probe']);
    assert.match(done[1] ?? '', /^semap\.classify /);
    assert.deepEqual(done.slice(2), ['open /ws/icons-probe.semap.json']);
    gone.add('/ws/icons-probe.semap.json');
    await page.handlers.openKept(of, context());
    assert.equal(last(states, 'find').points[0]?.kept, undefined);
    gone.clear();
    await page.handlers.keep(of, context());
    assert.equal(done.filter((one) => one === 'keep probe').length, 2);
  });

  it('knows after a reload of the window what was kept, but for what was never saved', async () => {
    const memory = fakeMemory() as never;
    const of = { id: folder, point: 'probe' };
    const ofZero = { id: folder, point: 'zero' };
    const before = fakeHost({ kept: new KeptPoints(memory) });
    const page = new FindPage(before.host);
    page.show(stored());
    await page.handlers.keep(of, context());
    const unsaved = vscode.Uri.from({ scheme: 'untitled', path: '/ws/new.semap.json' });
    const other = new FindPage({ ...before.host, keep: async () => unsaved });
    other.show(stored());
    await other.handlers.keep(ofZero, context());
    assert.equal(before.host.kept.find(folder, 'zero'), unsaved);
    const { host, done } = fakeHost({ kept: new KeptPoints(memory) });
    const reloaded = new FindPage(host);
    reloaded.show(stored());
    const states = watch(reloaded);
    const keptOf = (id: string) => last(states, 'find').points.find((point) => point.id === id)?.kept;
    assert.deepEqual([keptOf('probe'), keptOf('zero')], ['icons-probe.semap.json', undefined]);
    await reloaded.handlers.keep(of, context());
    assert.deepEqual(done, []);
  });

  it('asks for other images where all that there are taught what is kept', async () => {
    const executed: unknown[][] = [];
    const execute = (...call: unknown[]) => executed.push(call);
    const asked = async (point: string, unlabeled: number) => {
      const page = new FindPage(fakeHost({ execute }).host);
      page.show(stored({ parts: { search: 280, heldOut: 120, unlabeled } }));
      await page.handlers.keepAndClassify({ id: folder, point }, context());
      const [command, wish] = executed.pop()!;
      assert.equal(command, 'semap.classify');
      return (wish as { others?: boolean }).others;
    };
    assert.equal(await asked('probe', 0), true);
    assert.equal(await asked('probe', 7), undefined);
    assert.equal(await asked('zero', 0), undefined);
  });

  it('keeps one at a time, and stays as it is where that fails', async () => {
    let answer: (uri: undefined) => void = () => {};
    const keep: FindPageHost['keep'] = () => new Promise<undefined>((resolve) => (answer = resolve));
    const page = new FindPage(fakeHost({ keep }).host);
    page.show(stored());
    const states = watch(page);
    const first = page.handlers.keep({ id: folder, point: 'probe' }, context());
    await page.handlers.keep({ id: folder, point: 'zero' }, context());
    await settle();
    assert.equal(last(states, 'find').keeping, 'probe');
    answer(undefined);
    await first;
    assert.deepEqual(
      [last(states, 'find').keeping, last(states, 'find').points[0]?.kept],
      [undefined, undefined],
    );
  });

  it('opens trainings in the folder of the search, and backbones that it was shown', async () => {
    const { host, done } = fakeHost();
    const page = new FindPage(host);
    page.show(stored());
    await page.handlers.showTraining({ id: folder, point: 'prompt' }, context());
    await page.handlers.showTraining({ id: folder, point: 'zero' }, context());
    await page.handlers.showBackbone({ id: folder, point: 'zero', path: '/models/starter.onnx' }, context());
    await page.handlers.showBackbone({ id: folder, point: 'zero', path: '/etc/passwd' }, context());
    await page.handlers.openRecord({ id: folder }, context());
    assert.deepEqual(done, [
      `training ${join(folder, 'prompt-0')}`,
      'backbone /models/starter.onnx',
      `file ${join(folder, 'run.json')}`,
    ]);
  });

  it('steers only the search that is shown, and knows no point of another', async () => {
    const { host, done } = fakeHost();
    const page = new FindPage(host);
    page.show(stored());
    await page.handlers.pause({ id: folder }, context());
    await page.handlers.stop({ id: folder }, context());
    await page.handlers.resume({ id: folder }, context());
    await page.handlers.again({ id: folder }, context());
    assert.deepEqual(done, [
      `pause ${folder}`,
      `stop ${folder}`,
      `semap.resumeFind ${folder}`,
      `semap.findAgain ${folder}`,
    ]);
    await assert.rejects(async () => page.handlers.pause({ id: '/etc' }, context()), { reason: 'cancelled' });
    await assert.rejects(async () => page.handlers.keep({ id: folder, point: '../x' }, context()), {
      reason: 'not-found',
    });
  });

  it('follows a search that was renamed, that another window works on, or that is gone', async () => {
    let now: WatchedSearch | undefined = stored({ name: 'mine', status: 'running', pid: 1 }, true);
    const { host, gone } = fakeHost({ open: async () => now! });
    const page = new FindPage(host);
    page.show(stored());
    const states = watch(page);
    await page.runsChanged();
    assert.deepEqual([last(states, 'find').name, last(states, 'find').phase], ['mine', 'running']);
    assert.match(last(states, 'find').notes.join(), /Another window or command/);
    gone.add(folder);
    now = undefined;
    await page.runsChanged();
    assert.equal(states.at(-1)?.kind, 'nothing');
  });
});
