import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import type { RankResult } from '../../../../src/core/runs/rankingRecord.ts';
import { phrase, verbatim } from '../../../../src/core/text/text.ts';
import type { RankingPageHost } from '../../../../src/host/ranking/rankingPage.ts';
import type { RankProgress } from '../../../../src/protocol/ranking.ts';
import type { RankingSource } from '../../../../src/protocol/rankingView.ts';
import type { CallOptions } from '../../../../src/protocol/rpc.ts';
import { fakeEngine } from '../results/fakeRun.ts';
import '../withFakeVscode.ts';
import { context, describedWith, last, watch } from '../pageCalls.ts';

const { RankingPage } = await import('../../../../src/host/ranking/rankingPage.ts');
const { RankingRun } = await import('../../../../src/host/ranking/rankingRun.ts');
const { restoreRanking } = await import('../../../../src/host/ranking/rankingView.ts');
const { readRanking } = await import('../../../../src/host/ranking/rankingRecord.ts');
const { isRankingSource } = await import('../../../../src/host/ranking/storedRanking.ts');

const params = {
  folders: ['/data/photos'],
  targets: [{ name: 'cat' }],
  backbones: ['/m/a.onnx', '/m/b.onnx'],
};
const verdict = { best: ['a'], headline: verbatim('a.'), reasons: [], limits: [] };
const rows = [{ name: 'a', path: '/m/a.onnx' }];

const result: RankResult = {
  rows,
  verdict,
  targets: ['cat'],
  found: 12,
  skipped: [{ path: '/data/photos/x.png', reason: verbatim('broken') }],
  seed: 0,
  method: { name: 'semap', similarity: 'wordnet' },
  device: { provider: 'cpu', name: 'a CPU', why: verbatim('') },
  seconds: 3,
  cancelled: false,
};

function fakeHost(overrides: Partial<RankingPageHost> = {}) {
  const done: string[] = [];
  const host: RankingPageHost = {
    describeError: describedWith('Show Log', 'semap.showLog'),
    execute: (command, ...args) => done.push([command, ...args].join(' ')),
    again: () => done.push('again'),
    use: async (path) => void done.push(`use ${path}`),
    useAndClassify: async (path, { params }) => void done.push(`classify ${params.folders} with ${path}`),
    alignWith: async (paths, { params }) => void done.push(`align ${params.folders} with ${paths}`),
    active: async () => '/m/a.onnx',
    installed: async () => [{ path: '/m/a.onnx', sha256: 'a' }],
    isFolder: async () => true,
    openFile: (file) => done.push(`open ${file}`),
    shortPath: (file) => file.replace('/data/', ''),
    ...overrides,
  };
  return { host, done };
}

describe('the host of the ranking page', () => {
  it('says that there is nothing before the first ranking, and asks for a folder then', async () => {
    const { host, done } = fakeHost();
    const page = new RankingPage(host);
    assert.deepEqual(watch(page), [{ kind: 'nothing' }]);
    await page.handlers.again(null, context());
    assert.deepEqual(done, ['semap.rankBackbones']);
  });

  it('tells the table while it grows, and everything when it is over', async () => {
    const page = new RankingPage(fakeHost().host);
    const states = watch(page);
    const run = new RankingRun(params);
    page.show(run);
    assert.deepEqual(
      [last(states, 'ranking').phase, last(states, 'ranking').rows, last(states, 'ranking').backbones],
      ['running', [], 2],
    );
    const progress: RankProgress = {
      rows,
      verdict,
      activity: { backbone: 'a', round: 1, done: 1, total: 9 },
    };
    await run.start(
      fakeEngine({
        rank: (_: never, options?: CallOptions<never>) => {
          options?.onProgress?.(progress as never);
          return result;
        },
      }),
    );
    run.saved('/data/.semap/runs/1/run.json');
    const seen = states.flatMap((state) =>
      state.kind === 'ranking' && state.activity ? [state.activity] : [],
    );
    assert.deepEqual(seen[0], progress.activity);
    const { phase, activity, found, skipped, record, active } = last(states, 'ranking');
    assert.deepEqual([phase, activity, found, skipped], ['done', undefined, 12, 1]);
    assert.deepEqual([record, active], ['.semap/runs/1/run.json', '/m/a.onnx']);
  });

  it('tells why a ranking failed, with buttons that run', async () => {
    const { host, done } = fakeHost();
    const page = new RankingPage(host);
    const states = watch(page);
    const run = new RankingRun(params);
    page.show(run);
    await run.start(
      fakeEngine({
        rank: () => {
          throw new SemapError('engine-stopped', phrase('The engine ended.'));
        },
      }),
    );
    assert.deepEqual(last(states, 'ranking').problem, {
      message: 'The engine ended.',
      actions: [{ title: 'Show Log' }],
    });
    await page.handlers.act({ action: 0 }, context());
    assert.deepEqual(done, ['semap.showLog']);
  });

  it('aligns with the two backbones that are worth joining, if the ranking has both', async () => {
    const pair = ['a', 'b'].map((name) => ({ name, path: `/m/${name}.onnx` }));
    const joined = { ...result, rows: pair, verdict: { ...verdict, pair } };
    for (const [ranked, expected] of [
      [joined, ['align /data/photos with /m/a.onnx,/m/b.onnx']],
      [{ ...joined, rows }, []],
      [result, []],
    ] as const) {
      const { host, done } = fakeHost();
      const page = new RankingPage(host);
      page.show(RankingRun.stored(params, ranked, new Date()));
      await page.handlers.alignPair(null, context());
      assert.deepEqual(done, expected);
    }
  });

  it('takes a cancel for no failure', async () => {
    const run = new RankingRun(params);
    await run.start(
      fakeEngine({
        rank: () => {
          throw new SemapError('cancelled', phrase('Cancelled.'));
        },
      }),
    );
    assert.deepEqual([run.phase, run.error], ['cancelled', undefined]);
  });

  it('acts on backbones of the table only', async () => {
    const { host, done } = fakeHost();
    const page = new RankingPage(host);
    const run = new RankingRun(params);
    page.show(run);
    await run.start(fakeEngine({ rank: () => result }));
    await page.handlers.use({ path: '/m/a.onnx' }, context());
    await page.handlers.use({ path: '/etc/passwd' }, context());
    await page.handlers.describe({ path: '/etc/passwd' }, context());
    assert.deepEqual(done, ['use /m/a.onnx']);
  });
});

describe('a ranking after the window was reloaded', () => {
  const kept: RankResult = {
    ...result,
    rows: [
      { name: 'a', path: '/m/a.onnx', sha256: 'a' },
      { name: 'b', path: '/m/b.onnx', sha256: 'b' },
      { name: 'c', path: '/m/c.onnx', sha256: 'c' },
    ],
  };

  /** What the page wrote down, as text and back. */
  async function written(run: InstanceType<typeof RankingRun>): Promise<RankingSource> {
    const page = new RankingPage(fakeHost().host);
    const states = watch(page);
    page.show(run);
    return JSON.parse(JSON.stringify(last(states, 'ranking').source));
  }

  it('is shown as it was, also where it was saved nowhere', async () => {
    const source = await written(RankingRun.stored(params, kept, new Date('2026-03-01T12:30:00Z')));
    assert.ok(isRankingSource(source));
    const { run } = await restoreRanking(source, readRanking);
    assert.deepEqual([run?.rows, run?.phase, run?.time.toISOString()], [kept.rows, 'done', source.time]);
  });

  it('in its middle says so, and goes on when asked', async () => {
    const source = await written(new RankingRun(params));
    const restored = await restoreRanking(source, readRanking);
    assert.match(restored.run ? '' : restored.why, /reloaded during the ranking/);
    const asked: unknown[] = [];
    const page = new RankingPage(fakeHost({ again: (about) => asked.push(about) }).host);
    const states = watch(page);
    page.showLost(source, 'The window was reloaded.');
    assert.deepEqual(states.at(-1), {
      kind: 'lost',
      title: 'photos',
      message: 'The window was reloaded.',
      button: 'Resume',
    });
    await page.handlers.again(null, context());
    assert.deepEqual(asked, [{ folders: params.folders, targets: params.targets }]);
  });

  it('says that its record is gone', async () => {
    const run = RankingRun.stored(params, kept, new Date(), '/nowhere/.semap/runs/1/run.json');
    const restored = await restoreRanking(await written(run), readRanking);
    assert.match(restored.run ? '' : restored.why, /run.json was deleted or renamed/);
  });

  it('tells which backbones, and which folders, are others by now', async () => {
    const installed = [
      { path: '/m/a.onnx', sha256: 'a' },
      { path: '/m/b.onnx', sha256: 'another' },
      { path: '/m/new.onnx', sha256: 'new' },
    ];
    const { host } = fakeHost({ installed: async () => installed, isFolder: async () => false });
    const page = new RankingPage(host);
    const states = watch(page);
    page.show(RankingRun.stored(params, kept, new Date()));
    await new Promise((resolve) => setImmediate(resolve));
    const { since, notes } = last(states, 'ranking');
    assert.deepEqual(since, { '/m/b.onnx': 'changed', '/m/c.onnx': 'gone' });
    assert.deepEqual(notes, [
      'The folder /data/photos was deleted or renamed.',
      '1 installed backbone is not in this ranking.',
    ]);
  });

  it('is not made of what is no memory of a ranking', () => {
    const wrong = [undefined, {}, { params: {} }, { params, phase: 'done' }, { params, phase: 1, time: '' }];
    for (const value of wrong) assert.equal(isRankingSource(value), false);
  });
});
