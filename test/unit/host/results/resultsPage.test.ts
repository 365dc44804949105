import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { withMember } from '../../../../src/core/alignments/memberEdits.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { LOOK } from '../../../../src/core/likeness/looks.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import type { ResultCell, ResultsPageHost } from '../../../../src/host/results/resultsPage.ts';
import type { ChangedFolders } from '../../../../src/protocol/classification.ts';
import type { ResultsState } from '../../../../src/protocol/resultsView.ts';
import '../withFakeVscode.ts';
import { exported } from '../../core/exports/exported.ts';
import { context, describedWith } from '../pageCalls.ts';
import { fakeLabelling, fakeTable } from './fakeLabels.ts';
import { alignment, fakeEngine, finishedRun, newRun, noLabels, watched } from './fakeRun.ts';

const { ClassifyRun } = await import('../../../../src/host/results/classifyRun.ts');
const { ResultsPage } = await import('../../../../src/host/results/resultsPage.ts');
const { Cautions } = await import('../../../../src/host/results/caution.ts');
const { Settlings } = await import('../../../../src/host/results/settlings.ts');
type Page = InstanceType<typeof ResultsPage>;
type Run = InstanceType<typeof ClassifyRun>;

function fakeHost(overrides: Partial<ResultsPageHost> = {}) {
  const executed: string[] = [];
  const opened: string[] = [];
  const revealed: string[] = [];
  const copied: string[] = [];
  const cells: ResultCell[] = [];
  const again: Run[] = [];
  const host: ResultsPageHost = {
    engine: fakeEngine({}),
    describeError: describedWith('Resume', 'semap.resumeRun'),
    execute: (command) => executed.push(command),
    openImage: (file) => opened.push(file),
    reveal: (file) => revealed.push(file),
    copy: (text) => copied.push(text),
    tileSize: undefined,
    showCell: (cell) => cells.push(cell),
    export: async () => undefined,
    watch: () => watched(alignment),
    again: (run) => again.push(run),
    resume: (run) => executed.push(`resume ${run.id}`),
    settlings: new Settlings(fakeEngine({}), noLabels),
    cautions: new Cautions(fakeEngine({}), (run) => host.settlings.of(run)),
    promiseBalance: async () => false,
    labelling: fakeLabelling().host,
    ...overrides,
  };
  return { host, executed, opened, revealed, copied, cells, again };
}

/** Follows a page; `states` grows. */
function watch(page: Page) {
  const states: ResultsState[] = [];
  const controller = new AbortController();
  const ended = Promise.resolve(
    page.handlers.watch(null, { signal: controller.signal, report: (state) => states.push(state) }),
  ).catch(() => {});
  const stop = () => {
    controller.abort();
    return ended;
  };
  return { states, stop };
}

describe('the way from an image to its cells', () => {
  const run = 1;

  it('is one list of what decided it and of what fired, with where that counts instead', async () => {
    const { host } = fakeHost({
      engine: fakeEngine({
        decidingCells: () => ({
          target: 0,
          cells: [
            { source: 2, share: 0.99, probability: 0.2 },
            { source: 1, share: 0.001, probability: 0.001 },
          ],
        }),
      }),
    });
    const page = new ResultsPage(host);
    page.show(await finishedRun());
    const { name, sources } = await page.handlers.evidence({ run, image: 0 }, context());
    assert.equal(name, 'cat/1.jpg');
    assert.deepEqual(sources, [
      { source: 3, label: 'tabby', probability: 0.5, targets: [0, 1] },
      { source: 2, label: 'c', probability: 0.2, share: 0.99, targets: [] },
    ]);
  });

  it('says of several backbones which said what', async () => {
    const { sourceCount, name } = alignment.backbone;
    const both = withMember(alignment, {
      ...alignment,
      backbone: { ...alignment.backbone, name: 'other', sha256: 'o' },
    });
    const engine = fakeEngine({
      decidingCells: () => ({
        target: 0,
        cells: [{ source: sourceCount + 3, share: 0.6, probability: 0.1 }],
        heard: [
          { source: 3, probability: 0.5 },
          { source: sourceCount + 3, probability: 0.1 },
        ],
        shares: [0.4, 0.6],
      }),
    });
    const page = new ResultsPage(fakeHost({ engine }).host);
    page.show(await finishedRun(undefined, both));
    const evidence = await page.handlers.evidence({ run, image: 0 }, context());
    assert.deepEqual(evidence.backbones, [
      { name, share: 0.4 },
      { name: 'other', share: 0.6 },
    ]);
    assert.deepEqual(
      evidence.sources.map(({ source, backbone, probability, share }) => [
        source,
        backbone,
        probability,
        share,
      ]),
      [
        [3, 0, 0.5, undefined],
        [sourceCount + 3, 1, 0.1, 0.6],
      ],
    );
  });

  it('is not what decides whether a head has several answers', async () => {
    const { host } = fakeHost();
    const told = async (document: AlignmentDocument) => {
      const { settings } = newRun();
      const page = new ResultsPage(host);
      page.show(new ClassifyRun({ ...settings, params: { ...settings.params, alignment: document } }));
      const { states, stop } = watch(page);
      await stop();
      const [state] = states;
      return state?.kind === 'run' ? state.withheld : state?.kind;
    };
    const bare = { ...alignment, targets: alignment.targets.map((one) => ({ ...one, sources: [] })) };
    const learned = { images: 9, validation: { images: 0, accuracy: null }, learned: '' };
    const head = { kind: 'linear-probe', file: '/net.head.safetensors', sha256: 'a', learned } as const;
    assert.deepEqual([await told(bare), await told({ ...bare, head })], ['one-label', undefined]);
  });

  it('tells what fired alone where the engine cannot say what decided', async () => {
    const page = new ResultsPage(fakeHost().host);
    page.show(await finishedRun());
    const { sources } = await page.handlers.evidence({ run, image: 0 }, context());
    assert.deepEqual(sources, [{ source: 3, label: 'tabby', probability: 0.5, targets: [0, 1] }]);
  });

  it('turns to an image anew with every wish, though the page remembers one of before', async () => {
    const page = new ResultsPage(fakeHost().host);
    const shown = await finishedRun();
    const { states, stop } = watch(page);
    const turns: unknown[] = [];
    for (let wish = 0; wish < 3; wish++) {
      page.show(shown);
      page.seek(0);
      await new Promise((resolve) => setTimeout(resolve));
      const state = states.at(-1)!;
      turns.push(state.kind === 'run' && state.sought?.turn);
    }
    await stop();
    assert.equal(new Set(turns).size, 3);
  });

  it('shows the cell of the predicted label by name', async () => {
    const { host, cells } = fakeHost();
    const page = new ResultsPage(host);
    page.show(await finishedRun());
    await page.handlers.showCell({ run, image: 1 }, context());
    await page.handlers.showCell({ run, image: 0, source: 2 }, context());
    await page.handlers.showCell({ run, image: 0, source: 2, target: 1 }, context());
    const pairs = cells.map(({ label, target, source }) => [label, target, source]);
    assert.deepEqual(pairs, [
      ['=cmd()', 1, 3],
      ['cat', 0, 2],
      ['=cmd()', 1, 2],
    ]);
    assert.ok(cells[0].alignment?.endsWith('pets.semap.json'));

    // No cell decided a settled answer: the one of the plain answer is shown.
    const settled = await finishedRun();
    const other = Int32Array.from({ length: settled.answers.length }, () => 0);
    settled.answers.show({ targets: other, confidences: new Float32Array(other.length) });
    page.show(settled);
    await page.handlers.showCell({ run: run + 1, image: 1 }, context());
    assert.deepEqual([cells[3].target, cells[3].source], [1, 3]);
  });
});

describe('the host of the results page', () => {
  it('says that there is nothing before the first run', () => {
    const { states } = watch(new ResultsPage(fakeHost().host));
    assert.deepEqual(states, [{ kind: 'nothing' }]);
  });

  it('tells where a run is, also to a page that comes later', async () => {
    const page = new ResultsPage(fakeHost().host);
    page.show(await finishedRun());
    const [state] = watch(page).states;
    assert.ok(state.kind === 'run');
    assert.equal(state.phase, 'done');
    assert.deepEqual(
      [state.title, state.method, state.alignment],
      ['photos', 'SeMap-k, k 2', 'pets.semap.json'],
    );
    assert.deepEqual([state.predictions, state.skipped, state.correct, state.judged], [3, 1, 1, 2]);
  });

  it('follows the labels of the folder as long as it is shown', async () => {
    let users = 0;
    const labelsOf = () => {
      users++;
      return { ...noLabels(), dispose: () => users-- };
    };
    const page = new ResultsPage(fakeHost({ settlings: new Settlings(fakeEngine({}), labelsOf) }).host);
    page.show(await finishedRun());
    page.show(await finishedRun());
    assert.equal(users, 1);
    page.dispose();
    assert.equal(users, 0);
  });

  it('stops telling a page that is gone', async () => {
    const page = new ResultsPage(fakeHost().host);
    const { states, stop } = watch(page);
    await stop();
    page.show(newRun());
    assert.equal(states.length, 1);
  });

  it('gives columns by slices, with unknown truths as -1', async () => {
    const page = new ResultsPage(fakeHost().host);
    page.show(await finishedRun());
    const columns = await page.handlers.columns({ run: 1, from: 1, to: 10 }, context());
    assert.deepEqual([...columns.predicted], [1, 0]);
    assert.deepEqual([...columns.truth], [0, -1]);
    assert.deepEqual([...columns.confidence], [Math.fround(0.4), 0.5]);
  });

  it('counts what was passed over, and lists the first of it', async () => {
    const page = new ResultsPage(fakeHost().host);
    page.show(await finishedRun());
    const [state] = watch(page).states;
    assert.deepEqual(state.kind === 'run' && [state.passedOver, state.skippedFolders], [1200, 0]);
    assert.deepEqual(await page.handlers.passedOver({ run: 1 }, context()), {
      summary: '1,200 raw photos',
      items: [{ name: 'cat/1.dng', reason: 'raw photo' }],
    });
  });

  it('keeps the size of tiles for the pages to come', async () => {
    const { host } = fakeHost();
    const page = new ResultsPage(host);
    page.show(await finishedRun());
    await page.handlers.rememberTileSize({ tileSize: 200 }, context());
    const [state] = watch(page).states;
    assert.equal(state?.kind === 'run' && state.tileSize, 200);
  });

  it('names images, copies their paths and reveals them', async () => {
    const { host, copied, revealed } = fakeHost();
    const page = new ResultsPage(host);
    page.show(await finishedRun());
    assert.deepEqual(await page.handlers.namesOf({ run: 1, images: [2, 0] }, context()), [
      '3.jpg',
      'cat/1.jpg',
    ]);
    await page.handlers.copyPaths({ run: 1, images: [2, 0] }, context());
    await page.handlers.reveal({ run: 1, image: 2 }, context());
    assert.deepEqual([copied, revealed], [['/photos/3.jpg\n/photos/cat/1.jpg'], ['/photos/3.jpg']]);
  });

  it('tells what images are whatever their labels by their places, and asks the engine once', async () => {
    let asked = 0;
    const { host } = fakeHost({
      engine: fakeEngine({
        examineImages: () => {
          asked++;
          return {
            paths: ['/photos/gone.jpg', '/photos/3.jpg', '/photos/cat/1.jpg'],
            groups: Int32Array.of(-1, 4, 4),
            looks: Uint8Array.of(LOOK.tiny, LOOK.odd, LOOK.blank | LOOK.odd),
            widths: Int32Array.of(1, 640, 320),
            heights: Int32Array.of(1, 480, 240),
          };
        },
      }),
    });
    const page = new ResultsPage(host);
    page.show(await finishedRun());
    for (const _ of [1, 2]) {
      const { groups, looks } = await page.handlers.looks({ run: 1 }, context());
      assert.deepEqual([...groups], [4, -1, 4]);
      assert.deepEqual([...looks], [LOOK.blank | LOOK.odd, 0, LOOK.odd]);
    }
    assert.equal(asked, 1);
  });

  it('exports some images in the order in which they are shown', async () => {
    const saved: string[] = [];
    const { host } = fakeHost({
      export: async (source, isSelection) => {
        assert.ok(isSelection);
        saved.push(await exported('csv', source), await exported('json', source));
        return undefined;
      },
    });
    const page = new ResultsPage(host);
    page.show(await finishedRun());
    await page.handlers.export({ images: [2, 0] }, context());
    const [, ...rows] = (saved[0] ?? '').trim().split('\r\n');
    assert.deepEqual(
      rows.map((row) => row.split(',')[0]),
      ['/photos/3.jpg', '/photos/cat/1.jpg'],
    );
    await page.handlers.export({ images: [1] }, context());
    const { predictions } = JSON.parse(saved[3] ?? '') as { predictions: { path: string }[] };
    assert.deepEqual(
      predictions.map(({ path }) => path),
      ['/photos/cat/2.jpg'],
    );
  });

  it('refuses questions about an older run and about images that are not there', async () => {
    const page = new ResultsPage(fakeHost().host);
    page.show(await finishedRun());
    page.show(await finishedRun());
    assert.throws(() => page.handlers.columns({ run: 1, from: 0, to: 1 }, context()), {
      reason: 'cancelled',
    });
    await assert.rejects(async () => page.handlers.open({ run: 2, image: 99 }, context()), {
      reason: 'invalid-argument',
    });
  });

  it('opens images of the run by their number, never by a path from the page', async () => {
    const { host, opened } = fakeHost();
    const page = new ResultsPage(host);
    page.show(await finishedRun());
    await page.handlers.open({ run: 1, image: 2 }, context());
    assert.deepEqual(opened, ['/photos/3.jpg']);
  });

  it('asks for thumbnails of sane sizes and sends no more than their bytes', async () => {
    const sizes: number[] = [];
    const engine = fakeEngine({
      thumbnail: (({ size }: { size: number }) => {
        sizes.push(size);
        return { type: 'image/png', bytes: new Uint8Array(new ArrayBuffer(1000), 10, 4) };
      }) as never,
    });
    const page = new ResultsPage(fakeHost({ engine }).host);
    page.show(await finishedRun());
    const { bytes } = await page.handlers.thumbnail({ run: 1, image: 0, size: 1e9 }, context());
    assert.deepEqual(sizes, [4096]);
    assert.equal(bytes.buffer.byteLength, 4);
  });

  it('keeps the results of a run that failed, with the button that helps', async () => {
    const { host, executed } = fakeHost();
    const page = new ResultsPage(host);
    const run = newRun();
    page.show(run);
    const { states } = watch(page);
    await run.start(
      fakeEngine({
        classify: () => {
          throw new SemapError('engine-stopped', phrase('The engine was ended.'));
        },
      }),
    );
    const state = states.at(-1);
    assert.ok(state?.kind === 'run');
    assert.equal(state.phase, 'failed');
    assert.deepEqual(state.problem, { message: 'The engine was ended.', actions: [{ title: 'Resume' }] });
    await page.handlers.act({ action: 0 }, context());
    assert.deepEqual(executed, ['semap.resumeRun']);
  });
});

describe('labels on a results page', () => {
  it('are not lost where another run takes the place of theirs', async () => {
    const { table, given } = fakeTable();
    const page = new ResultsPage(fakeHost({ labelling: fakeLabelling(table).host }).host);
    page.show(await finishedRun());
    page.show(await finishedRun());
    const give = (run: number) =>
      page.handlers.give({ run, images: [2], given: [0], accepted: false }, context());
    await give(1);
    assert.deepEqual(given.get('/photos/3.jpg'), { label: 'cat', how: 'labeled' });
    page.show(await finishedRun());
    await assert.rejects(async () => give(1), { reason: 'cancelled' });
    page.dispose();
  });
});

describe('labels of a folder that is watched no longer', () => {
  it('are given to no other image where images have other places since', async () => {
    const { table, given } = fakeTable();
    const page = new ResultsPage(fakeHost({ labelling: fakeLabelling(table).host }).host);
    const { settings } = newRun();
    const run = new ClassifyRun({ ...settings, params: { ...settings.params, watch: true } });
    let end: () => void = () => {};
    const watching = run.start(
      fakeEngine({
        classify: async (_, options) => {
          const tell = options?.onProgress as ((progress: unknown) => void) | undefined;
          const { predictions } = await finishedRun();
          const progress = { total: 3, listed: true, done: 3, cached: 0, imagesPerSecond: 1, skipped: [] };
          tell?.({ ...progress, predictions: predictions.slice(0, 3), sources: [] });
          await new Promise<void>((resolve) => {
            end = resolve;
          });
          tell?.({ ...progress, predictions: [], gone: ['/photos/cat/1.jpg'] });
          return (await finishedRun()).result;
        },
      }),
    );
    page.show(run);
    while (run.predictions.length < 3) await new Promise((resolve) => setImmediate(resolve));
    end();
    await watching;
    assert.equal(run.predictions.at(1)?.path, '/photos/3.jpg');
    // The page saw another image in that place when the key was pressed.
    const give = async () =>
      page.handlers.give({ run: 1, images: [1], given: [0], accepted: false }, context());
    await assert.rejects(give, { reason: 'cancelled' });
    assert.equal(given.size, 0);
    page.dispose();
  });
});

describe('results and the alignment that they came from', () => {
  const [cat, other] = alignment.targets;

  async function shown() {
    const file = watched(alignment);
    const { host, again } = fakeHost({ watch: () => file });
    const page = new ResultsPage(host);
    const run = await finishedRun();
    page.show(run);
    const { states } = watch(page);
    const outdated = () => {
      const state = states.at(-1);
      return state?.kind === 'run' ? state.outdated : undefined;
    };
    return { page, file, run, again, outdated };
  }

  it('are outdated from the moment that the mapping is another, until it is undone', async () => {
    const { file, outdated } = await shown();
    assert.equal(outdated(), undefined);
    file.tell({ ...alignment, targets: [{ ...cat!, sources: [] }, other!] });
    assert.deepEqual(outdated(), {
      message: 'pets.semap.json was changed since these images were classified.',
      button: 'Score Again',
    });
    file.tell(structuredClone(alignment));
    assert.equal(outdated(), undefined);
  });

  it('say once what changed in their folders, and beside a changed alignment in a note', async () => {
    const { page, file, run, outdated } = await shown();
    let found: ChangedFolders = { arrived: 0, changed: 0, gone: 0 };
    const look = () => run.lookAtFolders(fakeEngine({ changesSince: () => found }));
    await look();
    assert.equal(outdated(), undefined);
    found = { arrived: 1200, changed: 1, gone: 2 };
    await look();
    const message =
      'Since these images were classified: 1,200 new images, 1 changed image and 2 deleted images.';
    assert.deepEqual(outdated(), { message, button: 'Classify Again' });
    file.tell({ ...alignment, aggregation: { kind: 'max' } });
    assert.equal(outdated()?.button, 'Score Again');
    const state = watch(page).states.at(-1);
    assert.deepEqual(state?.kind === 'run' && state.notes, [message]);
    // What cannot be looked at says nothing.
    await run.lookAtFolders(fakeEngine({}));
    assert.deepEqual(run.changedFolders, undefined);
  });

  it('do not call images deleted or new that an export moved, for as long as they are away', async () => {
    const { run, outdated } = await shown();
    let found: ChangedFolders = { arrived: 3, changed: 0, gone: 5 };
    const engine = fakeEngine({ changesSince: () => found });
    await run.noteMoved({ images: 4, within: 0 }, engine);
    const says = () => outdated()?.message;
    assert.equal(
      says(),
      'Since these images were classified: 3 new images, 4 moved images and 1 deleted image.',
    );
    found = { arrived: 3, changed: 0, gone: 0 };
    await run.lookAtFolders(engine);
    assert.equal(says(), 'Since these images were classified: 3 new images.');
    // Others were sorted into folders among them.
    found = { arrived: 5, changed: 0, gone: 6 };
    await run.noteMoved({ images: 2, within: 2 }, engine);
    assert.equal(says(), 'Since these images were classified: 3 new images and 6 moved images.');
  });

  it('are not by an edit that decides nothing', async () => {
    const { file, outdated } = await shown();
    file.tell({ ...alignment, targets: [{ ...cat!, hint: 'small', gloss: 'a pet' }, other!] });
    assert.equal(outdated(), undefined);
  });

  it('say so of another label, weight, offset, aggregation, prompt and backbone', async () => {
    const { file, outdated } = await shown();
    const changes: AlignmentDocument[] = [
      { ...alignment, targets: [{ ...cat!, label: 'kitten' }, other!] },
      { ...alignment, targets: [{ ...cat!, sources: [{ ...cat!.sources[0], weight: 0.5 }] }, other!] },
      { ...alignment, targets: [{ ...cat!, offset: 1 }, other!] },
      { ...alignment, aggregation: { kind: 'max' } },
      { ...alignment, prompt: '/p.safetensors' },
      { ...alignment, backbone: { ...alignment.backbone, sha256: 'def' } },
    ];
    for (const change of changes) {
      file.tell(change);
      assert.equal(outdated()?.button, 'Score Again', JSON.stringify(change));
    }
  });

  it('say when it is gone, and are classified again on request', async () => {
    const { page, file, run, again, outdated } = await shown();
    file.tell(undefined);
    assert.match(outdated()?.message ?? '', /was deleted or renamed/);
    assert.equal(outdated()?.button, 'Classify Again');
    await page.handlers.again(null, context());
    assert.deepEqual(again, [run]);
  });

  it('say when the backbone is another file than the one that was aligned', async () => {
    const { page } = await shown();
    const swapped = newRun();
    const { result: made } = await finishedRun();
    const result = { ...made, backbone: { name: 'tiny', sha256: 'other' } };
    await swapped.start(fakeEngine({ classify: () => result }));
    page.show(swapped);
    const { states } = watch(page);
    const [state] = states;
    assert.ok(state?.kind === 'run');
    assert.deepEqual(state.notes, ['tiny is not the file that the labels were aligned with.']);
  });
});

describe('the results page after the window was reloaded', () => {
  it('says what is on its way, why it cannot be had, and tries again', async () => {
    const page = new ResultsPage(fakeHost().host);
    const { states } = watch(page);
    let tries = 0;
    page.showRestoring(['/photos'], () => tries++);
    page.showLost(['/photos'], {
      message: 'pets.semap.json was deleted or renamed.',
      actions: [{ title: 'Zero-Shot Classify...', command: 'semap.classify' }],
    });
    assert.deepEqual(states.slice(1), [
      { kind: 'restoring', title: 'photos' },
      {
        kind: 'lost',
        title: 'photos',
        problem: {
          message: 'pets.semap.json was deleted or renamed.',
          actions: [{ title: 'Zero-Shot Classify...' }],
        },
      },
    ]);
    await page.handlers.restore(null, context());
    assert.equal(tries, 1);
  });

  it('finds an image by its name, in whichever order the images came', async () => {
    const page = new ResultsPage(fakeHost().host);
    page.show(await finishedRun());
    const names = ['cat/2.jpg', 'cat/gone.jpg', 'cat/1.jpg'];
    assert.deepEqual(await page.handlers.find({ run: 1, names }, context()), [1, -1, 0]);
  });
});
