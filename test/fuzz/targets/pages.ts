import assert from 'node:assert/strict';
import '../../unit/host/withFakeVscode.ts';
import { PageServer, type WebviewPort } from '../../../src/protocol/webviewChannel.ts';
import type { Random } from '../../unit/core/onnx/random.ts';
import { fakeLabelling } from '../../unit/host/results/fakeLabels.ts';
import { alignment, fakeEngine, finishedRun, noLabels } from '../../unit/host/results/fakeRun.ts';
import { recordOf } from '../../unit/host/training/runFixture.ts';
import { damageJson } from '../damage/json.ts';
import type { FuzzTarget } from '../target.ts';

const { AlignmentPage } = await import('../../../src/host/alignments/alignmentPage.ts');
const { Cautions } = await import('../../../src/host/results/caution.ts');
const { Settlings } = await import('../../../src/host/results/settlings.ts');
const { ResultsPage } = await import('../../../src/host/results/resultsPage.ts');
const { WatchedTraining } = await import('../../../src/host/training/watchedTraining.ts');
const { TrainingPage } = await import('../../../src/host/training/trainingPage.ts');

const RUN = '/ws/.semap/runs/one';
const describeError = (error: unknown) => ({
  message: String(error),
  actions: [{ title: 'x', command: 'semap.x' }],
});

/** What the hosts of pages serve, each about something that is shown. */
const SERVERS = {
  alignment: async () => {
    const page = new AlignmentPage({
      engine: fakeEngine({}),
      location: 'editor',
      current: () => ({ name: 'a', uri: 'file:///a.semap.json', document: alignment, problem: undefined }),
      onDidChange: () => ({ dispose: () => {} }),
      describeError,
      execute: () => {},
      classify: () => {},
      cachedImages: async () => ({ folders: ['/photos'], backbone: 'tiny' }),
      edit: () => {},
      step: async () => false,
      openImage: () => {},
      savePicture: () => {},
    });
    return page.handlers;
  },
  results: async () => {
    const settlings = new Settlings(fakeEngine({}), noLabels);
    const page = new ResultsPage({
      engine: fakeEngine({}),
      describeError,
      execute: () => {},
      openImage: () => {},
      reveal: () => {},
      copy: () => {},
      tileSize: undefined,
      showCell: () => {},
      export: async () => {},
      watch: () => ({
        wasRead: true,
        current: undefined,
        onDidChange: () => ({ dispose: () => {} }),
        read: async () => {},
        dispose: () => {},
      }),
      settlings,
      cautions: new Cautions(fakeEngine({}), (run) => settlings.of(run)),
      promiseBalance: async () => false,
      again: () => {},
      resume: () => {},
      labelling: fakeLabelling().host,
    });
    page.show(await finishedRun());
    return page.handlers;
  },
  training: async () => {
    const run = new WatchedTraining({ folder: RUN, record: recordOf(RUN), epochs: [], elsewhere: false });
    const page = new TrainingPage({
      describeError,
      execute: () => {},
      others: async () => [],
      phaseOf: () => 'done',
      open: async () => run,
      pause: async () => {},
      stop: async () => {},
      readFile: async () => undefined,
      thumbnail: async () => null,
      openFile: () => {},
      showCell: async () => {},
      shortPath: (file: string) => file,
    });
    await page.open(RUN);
    return page.handlers;
  },
} as const;

const names = Object.keys(SERVERS) as (keyof typeof SERVERS)[];
const handlersOf = new Map<string, Record<string, unknown>>();
async function handlers(name: keyof typeof SERVERS): Promise<Record<string, unknown>> {
  const known = handlersOf.get(name) ?? ((await SERVERS[name]()) as unknown as Record<string, unknown>);
  handlersOf.set(name, known);
  return known;
}

/** Parameters that some call or other takes. */
const PARAMS: readonly unknown[] = [
  null,
  {
    id: RUN,
    run: 1,
    image: 0,
    images: [0, 1],
    target: 0,
    source: 3,
    revision: 1,
    from: 0,
    to: 5,
    picture: 'prompt',
  },
  { kind: 'rename', target: 0, label: 'cat', name: 'kitten', action: 0, format: 'svg', bytes: [1, 2] },
  { run: 1, images: [0, 2], given: [1, -2], accepted: true, redo: false, label: 'cat', keys: { cat: 'c' } },
  {
    kind: 'sort',
    by: 'confidence',
    filter: { text: 'cat', truth: 0 },
    threshold: 0.5,
    query: '',
    offset: 0,
    count: 9,
  },
];

async function messages(random: Random): Promise<Uint8Array> {
  const name = random.pick(names);
  const methods = Object.keys(await handlers(name));
  const calls = Array.from({ length: random.int(1, 4) }, (_, id) => ({
    page: 'one',
    body: {
      kind: random.pick(['call', 'call', 'call', 'call', 'cancel', 'progress', 'ok', 'error']),
      id,
      method: random.pick(methods),
      params: random.pick(PARAMS),
    },
  }));
  return damageJson({ to: name, calls }, random);
}

/** A page that went wild gets answers or silence; nothing is thrown where nobody catches it. */
export const pages: FuzzTarget = {
  name: 'pages',
  megabytes: 200,
  make: messages,
  async check(input) {
    let value: { to?: unknown; calls?: unknown } | null;
    try {
      value = JSON.parse(new TextDecoder().decode(input));
    } catch {
      return;
    }
    const name = names.find((one) => one === value?.to) ?? 'results';
    const answers: unknown[] = [];
    let receive: (message: unknown) => void = () => {};
    const port: WebviewPort = {
      postMessage: (message) => answers.push(structuredClone(message)),
      onDidReceiveMessage: (listener) => {
        receive = listener;
        return { dispose: () => {} };
      },
    };
    const server = new PageServer(port, (await handlers(name)) as never);
    const calls = Array.isArray(value?.calls) ? value.calls : [value?.calls];
    for (const call of calls) receive(call);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    server.dispose();
    for (const answer of answers)
      assert.ok(typeof answer === 'object' && answer !== null && 'body' in answer);
  },
};
