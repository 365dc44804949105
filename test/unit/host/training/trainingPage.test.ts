import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Problem } from '../../../../src/core/errors.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import type { TrainingRecord } from '../../../../src/core/runs/trainingRecord.ts';
import { phrase, say } from '../../../../src/core/text/text.ts';
import type { TrainProgress } from '../../../../src/core/training/trainJob.ts';
import type { TrainingEntry } from '../../../../src/host/runs/runEntry.ts';
import type { TrainingPageHost } from '../../../../src/host/training/trainingPage.ts';
import { WatchedTraining } from '../../../../src/host/training/watchedTraining.ts';
import type { CallOptions } from '../../../../src/protocol/rpc.ts';
import '../withFakeVscode.ts';
import { column } from '../../column.ts';
import { context, describedWith, last, settle, watch } from '../pageCalls.ts';
import { fakeEngine } from '../results/fakeRun.ts';
import { metricsOf, recordOf } from './runFixture.ts';

const { TrainingPage } = await import('../../../../src/host/training/trainingPage.ts');

const folder = '/ws/.semap/runs/one';
const other = '/ws/.semap/runs/two';

function stored(at: string, change: Partial<TrainingRecord> = {}) {
  return new WatchedTraining({
    folder: at,
    record: recordOf(at, change),
    epochs: [0, 1, 2].map(metricsOf),
    elsewhere: false,
  });
}

function fakeHost(overrides: Partial<TrainingPageHost> = {}) {
  const done: string[] = [];
  const entry = (at: string): TrainingEntry => ({
    kind: 'training',
    folder: at,
    name: at.split('/').at(-1) ?? '',
    record: recordOf(at),
  });
  const host: TrainingPageHost = {
    describeError: describedWith('Resume', 'semap.resumeTraining', folder),
    execute: (command, ...args) => done.push([command, ...args].join(' ')),
    others: async () => [entry(folder), entry(other)],
    phaseOf: () => 'done',
    open: async (at) => stored(at),
    pause: async (at) => void done.push(`pause ${at}`),
    stop: async (at) => void done.push(`stop ${at}`),
    readFile: async (_, file) => (file === 'prompt.png' ? Buffer.from([1, 2]) : undefined),
    thumbnail: async (path) => ({ type: 'image/jpeg', bytes: new TextEncoder().encode(path) }),
    openFile: (path) => done.push(`open ${path}`),
    showCell: async (at, target, source) => void done.push(`cell ${at} ${target} ${source}`),
    shortPath: (path) => path.replace('/ws/', ''),
    ...overrides,
  };
  return { host, done };
}

describe('the host of the training page', () => {
  it('says that there is nothing, and asks for a folder then', async () => {
    const { host, done } = fakeHost();
    const page = new TrainingPage(host);
    assert.deepEqual(watch(page), [{ kind: 'nothing' }]);
    await page.handlers.train(null, context());
    assert.deepEqual(done, ['semap.trainPrompt']);
  });

  it('tells a run of a folder: curves, baselines with its own row, verdict, and the other runs', async () => {
    const page = new TrainingPage(fakeHost().host);
    const states = watch(page);
    await page.open(folder);
    await settle();
    assert.equal(states[1]?.kind, 'loading');
    const state = last(states, 'training');
    assert.deepEqual([state.phase, state.points, state.epoch, state.epochs], ['done', 3, 2, 20]);
    assert.deepEqual(state.best, { epoch: 2, accuracy: 0.612 });
    assert.deepEqual(
      state.baselines.map(({ name, validation, note }) => [say(name), validation?.value, note && say(note)]),
      [
        ['Zero-shot (SeMap adaptive)', 0.4, undefined],
        ['Linear probe', undefined, 'No features.'],
        ['Prompt (padding) + BLM+', 0.612, undefined],
      ],
    );
    assert.deepEqual(column(state.others, 'id'), [other]);
    assert.equal(state.folder, '.semap/runs/one');
    const points = await page.handlers.points({ id: folder, from: 1 }, context());
    const losses = points.map(({ epoch, trainLoss }) => [epoch, trainLoss]);
    assert.deepEqual(losses, [
      [1, 2],
      [2, 1],
    ]);
  });

  it('offers to keep a head that was saved beside the training, once it is over', async () => {
    const baselines: TrainingRecord['baselines'] = [
      { kind: 'linear-mapping', name: phrase('Learned linear mapping'), valAccuracy: 0.9, head: true },
      { kind: 'linear-probe', name: phrase('Linear probe'), valAccuracy: 0.5, head: true },
      { kind: 'mapping-only', name: phrase('Mapping only'), valAccuracy: 0.4 },
    ];
    const { host, done } = fakeHost({ open: async (at) => stored(at, { baselines }) });
    const page = new TrainingPage(host);
    const states = watch(page);
    await page.open(folder);
    await settle();
    const kept = last(states, 'training').baselines.map(({ name, keep }) => [say(name), keep]);
    assert.deepEqual(kept.slice(0, 3), [
      ['Learned mapping (BLM+)', undefined],
      ['Linear mapping', 'linear-mapping'],
      ['Linear probe', 'linear-probe'],
    ]);
    await page.handlers.keepBaseline({ id: folder, what: 'linear-probe' }, context());
    await page.handlers.keepBaseline({ id: folder, what: 'mapping' }, context());
    assert.deepEqual(done, [`semap.keepHead ${folder} [object Object]`, `semap.keepMapping ${folder}`]);
  });

  it('draws an epoch that is under way from its first quarter on', async () => {
    const partials: unknown[] = [];
    const page = new TrainingPage(fakeHost().host);
    const run = new WatchedTraining({ folder, params: recordOf(folder).params });
    page.show(run);
    const train = (_: never, options?: CallOptions<never>) => {
      const report = (progress: TrainProgress) => options?.onProgress?.(progress as never);
      report({ kind: 'started', record: recordOf(folder, { status: 'running' }), epochs: [metricsOf(0)] });
      for (const step of [2, 3]) {
        const figures = { loss: 1, trainAccuracy: 0.5, imagesPerSecond: 40, secondsLeft: 100 };
        report({ kind: 'step', epoch: 1, epochs: 20, step, steps: 12, ...figures });
        partials.push(last(watch(page), 'training').partial);
      }
      return recordOf(folder);
    };
    await run.start(fakeEngine({ train }), 'train');
    assert.deepEqual(partials, [undefined, { epoch: 0.25, trainLoss: 1, trainAccuracy: 0.5 }]);
  });

  it('shows a damaged folder as such, with its buttons', async () => {
    const open = async () => {
      throw new SemapError('invalid-document', phrase('run.json is not JSON.'));
    };
    const page = new TrainingPage(fakeHost({ open }).host);
    const states = watch(page);
    await page.open('/ws/.semap/runs/br\u0000oken');
    const state = states.at(-1);
    assert.ok(state?.kind === 'damaged');
    assert.deepEqual([state.name, state.problem.message], ['br oken', 'run.json is not JSON.']);
  });

  it('shows a record with nonsense in it as damaged, and goes on', async () => {
    const nonsense = { skipped: { length: 3 } } as unknown as Partial<TrainingRecord>;
    const page = new TrainingPage(fakeHost({ open: async (at) => stored(at, nonsense) }).host);
    const states = watch(page);
    await page.open(folder);
    assert.equal(states.at(-1)?.kind, 'damaged');
    page.show(stored(other));
    assert.equal(last(states, 'training').id, other);
  });

  it('answers about runs that the page was told of, and no other folder', async () => {
    const page = new TrainingPage(fakeHost().host);
    await page.open(folder);
    await settle();
    assert.equal((await page.handlers.points({ id: other, from: 0 }, context())).length, 3);
    await assert.rejects(async () => page.handlers.points({ id: '/etc', from: 0 }, context()));
    await assert.rejects(async () => page.handlers.stop({ id: '/etc' }, context()));
  });

  it('gives pictures as plain bytes, and null for those that there are not', async () => {
    const page = new TrainingPage(fakeHost().host);
    await page.open(folder);
    const picture = (which: 'prompt' | 'sample' | 'prompted') =>
      page.handlers.picture({ id: folder, picture: which }, context());
    const prompt = await picture('prompt');
    assert.ok(prompt?.bytes.constructor === Uint8Array);
    assert.deepEqual([...prompt.bytes], [1, 2]);
    assert.equal(await picture('prompted'), null);
    assert.equal(await picture('sample'), null);
  });

  it('shows the sample as it is without the prompt', async () => {
    const page = new TrainingPage(
      fakeHost({ open: async (at) => stored(at, { sample: '/data/dog.png' }) }).host,
    );
    await page.open(folder);
    const sample = await page.handlers.picture({ id: folder, picture: 'sample' }, context());
    assert.equal(new TextDecoder().decode(sample?.bytes), '/data/dog.png');
  });

  it('tells the last validation: confusion, and targets with another source', async () => {
    const change: Partial<TrainingRecord> = {
      confusion: { labels: ['cat', 'dog'], counts: [4, 1, 0, 5] },
      changes: [
        { target: 1, from: 3, to: -1, fromLabel: 'beagle', toLabel: '' },
        { target: 0, from: -1, to: 7, fromLabel: '', toLabel: 'tabby' },
      ],
    };
    const { host, done } = fakeHost({ open: async (at) => stored(at, change) });
    const page = new TrainingPage(host);
    await page.open(folder);
    assert.deepEqual(await page.handlers.confusion({ id: folder }, context()), {
      labels: ['cat', 'dog'],
      counts: Uint32Array.of(4, 1, 0, 5),
    });
    assert.deepEqual(await page.handlers.mappingChanges({ id: folder }, context()), [
      { target: 'dog', targetIndex: 1, sourceIndex: 3, from: 'beagle', to: undefined },
      { target: 'cat', targetIndex: 0, sourceIndex: 7, from: undefined, to: 'tabby' },
    ]);
    await page.handlers.showCell({ id: folder, target: 0, source: 7 }, context());
    assert.deepEqual(done, [`cell ${folder} 0 7`]);
  });

  it('lays runs over it once for each time that it is asked to', async () => {
    const page = new TrainingPage(fakeHost().host);
    const states = watch(page);
    await page.open(folder, [other]);
    assert.deepEqual(last(states, 'training').compare, { request: 1, ids: [other] });
    await page.open(folder, [other]);
    assert.equal(last(states, 'training').compare?.request, 2);
  });

  it('lays nothing over the next run that was laid over the one before', async () => {
    const page = new TrainingPage(fakeHost().host);
    const states = watch(page);
    await page.open(folder, [other]);
    await page.open(other);
    assert.equal(last(states, 'training').compare, undefined);
  });

  it('offers to go on with an interrupted run', async () => {
    const problem: Problem = { reason: 'out-of-space', message: phrase('The disk is full.') };
    const { host, done } = fakeHost({ open: async (at) => stored(at, { status: 'failed', problem }) });
    const page = new TrainingPage(host);
    const states = watch(page);
    await page.open(folder);
    assert.deepEqual(last(states, 'training').problem, {
      message: 'The disk is full.',
      actions: [{ title: 'Resume' }],
    });
    await page.handlers.act({ action: 0 }, context());
    assert.deepEqual(done, [`semap.resumeTraining ${folder}`]);
  });

  it('follows a run that is renamed or deleted', async () => {
    let entries: TrainingEntry[] = [];
    let change: Partial<TrainingRecord> = {};
    const entryOf = (): TrainingEntry => ({
      kind: 'training',
      folder,
      name: change.name ?? 'one',
      record: recordOf(folder, change),
    });
    let isGone = false;
    const open = async (at: string) => {
      if (isGone) throw new SemapError('invalid-document', phrase('Unknown record type.'));
      return stored(at, change);
    };
    const { host } = fakeHost({ others: async () => entries, open });
    const page = new TrainingPage(host);
    const states = watch(page);
    entries = [entryOf()];
    await page.open(folder);
    await settle();
    assert.equal(last(states, 'training').name, 'one');
    change = { name: 'better' };
    entries = [entryOf()];
    await page.runsChanged();
    assert.equal(last(states, 'training').name, 'better');
    entries = [];
    isGone = true;
    await page.runsChanged();
    assert.deepEqual(states.at(-1), { kind: 'nothing' });
  });

  it('shows a training that a search made, which no list of runs has', async () => {
    const within = `${folder}/watermark-linear-probe-0a1b2c3d`;
    const page = new TrainingPage(fakeHost().host);
    const states = watch(page);
    await page.open(within);
    await settle();
    await page.runsChanged();
    assert.deepEqual([page.run?.folder, last(states, 'training').phase], [within, 'done']);
    assert.deepEqual(states.at(-1)?.kind, 'training');
  });

  it('says how many images were left out, and names a few', async () => {
    const skipped = ['a', 'b', 'c', 'd'].map((name) => ({
      path: `/data/${name}.png`,
      reason: phrase('broken'),
    }));
    const page = new TrainingPage(fakeHost({ open: async (at) => stored(at, { skipped }) }).host);
    const states = watch(page);
    await page.open(folder);
    assert.deepEqual(last(states, 'training').notes, [
      '4 images were left out. a.png: broken; b.png: broken; c.png: broken; …',
    ]);
  });
});
