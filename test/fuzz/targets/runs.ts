import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { RUN_FILES } from '../../../src/core/runs/run.ts';
import { phrase } from '../../../src/core/text/text.ts';
import '../../unit/host/withFakeVscode.ts';
import type { TrainingState } from '../../../src/protocol/trainingView.ts';
import { findRecordOf } from '../../unit/core/find/findFixture.ts';
import { metricsOf, recordOf } from '../../unit/host/training/runFixture.ts';
import { damageJson } from '../damage/json.ts';
import { type FuzzTarget, orRefusal } from '../target.ts';

const { listRuns, readRun } = await import('../../../src/host/runs/runEntries.ts');
const { readRanking } = await import('../../../src/host/ranking/rankingRecord.ts');
const { readMetrics } = await import('../../../src/host/runs/runEntries.ts');
const { WatchedTraining } = await import('../../../src/host/training/watchedTraining.ts');
const { TrainingPage } = await import('../../../src/host/training/trainingPage.ts');
const { RankingPage } = await import('../../../src/host/ranking/rankingPage.ts');
const { UnfinishedRuns } = await import('../../../src/host/runs/unfinishedRuns.ts');

const training = recordOf('/ws/.semap/runs/one', {
  confusion: {
    counts: [
      [1, 0],
      [0, 1],
    ],
    labels: ['cat', 'dog'],
  } as never,
  changes: [{ target: 0, from: 1, to: 2, fromLabel: 'a', toLabel: 'b' }] as never,
  skipped: [{ path: '/data/x.png', reason: phrase('The file is empty.') }],
  testAccuracy: 0.5,
});
const ranking = {
  version: 1,
  kind: 'ranking',
  time: '2026-11-20T10:00:00.000Z',
  asked: { folders: ['/data/photos'], targets: [{ name: 'cat' }], backbones: ['/m/a.onnx'] },
  rows: [
    {
      name: 'a',
      path: '/m/a.onnx',
      facts: { sourceCount: 10, bytes: 100, parameters: 5, imagesPerSecond: 3, coverage: { meanBest: 0.5 } },
      scores: { accuracy: 0.5, leep: null },
    },
    { name: 'b', problem: { message: 'No.' } },
  ],
  verdict: { best: ['a'], headline: 'a.', reasons: [], limits: [] },
  targets: ['cat'],
  found: 12,
  skipped: [{ path: '/data/photos/x.png', reason: 'broken' }],
  seed: 0,
  method: { name: 'semap', similarity: 'wordnet' },
  device: { provider: 'cpu', name: 'a CPU', why: '' },
  seconds: 3,
  cancelled: false,
};
const metrics = [0, 1, 2].map(metricsOf);
const search = findRecordOf('/ws/.semap/runs/one');
const unfinished = { runs: ['one', '../../escape'] };

let root: Promise<string> | undefined;
const folderOf = () => (root ??= mkdtemp(path.join(os.tmpdir(), 'semap-fuzz-')));
const context = () => ({ signal: new AbortController().signal, report: () => {} });

/** Files of a run that anyone may have written are listed, shown or called damaged; the host goes on. */
export const runs: FuzzTarget = {
  name: 'runs',
  megabytes: 250,
  make: (random) =>
    damageJson(random.pick([training, training, ranking, ranking, search, metrics, unfinished]), random),
  async check(input) {
    const workspace = await folderOf();
    const folder = path.join(workspace, '.semap', 'runs', 'one');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, RUN_FILES.record), input);
    await writeFile(path.join(folder, RUN_FILES.metrics), input);
    await writeFile(path.join(workspace, '.semap', 'unfinished-training.json'), input);

    const entry = await readRun(folder);
    assert.ok(entry.name.length > 0 && entry.name.length <= 200, `a run is called "${entry.name}"`);
    assert.doesNotMatch(entry.name, /\p{Cc}/u);
    assert.equal((await listRuns(workspace)).length, 1);
    for (const { epoch, valAccuracy } of await readMetrics(folder)) {
      assert.ok(Number.isInteger(epoch) && Number.isFinite(valAccuracy));
    }
    const { folders } = await new UnfinishedRuns('training').take(workspace);
    for (const one of folders) assert.equal(path.dirname(one), path.join(workspace, '.semap', 'runs'));
    if (entry.kind === 'training') await show(folder, entry.record);
    const ranked = await orRefusal(() => readRanking(folder));
    if (ranked) {
      const page = new RankingPage(rankHost);
      page.show(ranked);
      watched(page.handlers.watch);
    }
  },
  dispose: async () => root && rm(await root, { recursive: true, force: true }),
};

const rankHost = {
  describeError: (error: unknown) => ({ message: String(error), actions: [] }),
  execute: () => {},
  useAndClassify: async () => {},
  alignWith: async () => {},
  again: () => {},
  installed: async () => [],
  isFolder: async () => true,
  use: async () => {},
  active: async () => undefined,
  openFile: () => {},
  shortPath: (file: string) => path.basename(file),
};

async function show(folder: string, record: typeof training): Promise<void> {
  const page = new TrainingPage({
    describeError: (error) => ({ message: String(error), actions: [] }),
    execute: () => {},
    others: async () => [{ kind: 'training', folder, name: 'one', record }],
    phaseOf: () => 'done',
    open: async () =>
      new WatchedTraining({ folder, record, epochs: await readMetrics(folder), elsewhere: false }),
    pause: async () => {},
    stop: async () => {},
    readFile: async () => undefined,
    thumbnail: async () => null,
    openFile: () => {},
    showCell: async () => {},
    shortPath: (file) => path.basename(file),
  });
  await page.open(folder);
  const states = watched<TrainingState>(page.handlers.watch);
  assert.ok(['training', 'damaged'].includes(states.at(-1)?.kind ?? ''), 'the page shows no run');
  if (states.at(-1)?.kind !== 'training') return;
  const { handlers } = page;
  // Anything but a hang or a stray rejection: the page shows what fails.
  await Promise.allSettled([
    handlers.points({ id: folder, from: 0 } as never, context()),
    handlers.confusion({ id: folder } as never, context()),
    handlers.mappingChanges({ id: folder }, context()),
    handlers.picture({ id: folder, picture: 'sample' }, context()),
  ]);
}

function watched<T>(watch: (params: null, context: never) => unknown): T[] {
  const states: T[] = [];
  const { signal } = new AbortController();
  const report = (state: T) => states.push(structuredClone(state));
  Promise.resolve(watch(null, { signal, report } as never)).catch(() => {});
  return states;
}
