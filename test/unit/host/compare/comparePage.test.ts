import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import type { ChangeFilter } from '../../../../src/core/evidence/changes.ts';
import type { AlignmentComparison } from '../../../../src/core/evidence/comparison.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import { mustBeFolder } from '../../../../src/files/folders.ts';
import type { ComparePageHost } from '../../../../src/host/compare/comparePage.ts';
import type { CompareState } from '../../../../src/protocol/compareView.ts';
import { measuredOnAll } from '../../measuredOn.ts';
import { alignment, fakeEngine, finishedRun, watched } from '../results/fakeRun.ts';
import '../withFakeVscode.ts';
import { context, describedWith } from '../pageCalls.ts';

const { Uri } = await import('vscode');
const { Comparison } = await import('../../../../src/host/compare/comparison.ts');
const { ComparePage } = await import('../../../../src/host/compare/comparePage.ts');

const figures = {
  images: 3,
  judged: 2,
  accuracy: 0.5,
  measuredOn: measuredOnAll(2),
  balancedAccuracy: 0.5,
  reach: 1,
};
const result: AlignmentComparison = {
  figures: [figures, figures],
  images: 3,
  judged: 2,
  onlyRight: [1, 0],
  recalls: [{ label: 'cat', images: 2, right: [1, 0] }],
  p: 1,
  changed: 1,
  changedImages: [{ path: '/photos/cat/1.jpg', predicted: [0, 1], truths: [0, 0], places: [0, 0] }],
};

/** Two documents of one backbone; the second does not use tabby for cat. */
function newComparison(): InstanceType<typeof Comparison> {
  const [cat, ...others] = alignment.targets;
  const edited = { ...alignment, targets: [{ ...cat!, sources: [] }, ...others] };
  return new Comparison([
    { uri: 'file:///a.semap.json', name: 'a.semap.json', document: alignment, backbone: 'tiny' },
    { uri: 'file:///b.semap.json', name: 'b.semap.json', document: edited, backbone: 'tiny' },
  ]);
}

function fakePage(engine: ComparePageHost['engine']) {
  const calls: unknown[][] = [];
  const [first, second] = newComparison().sides;
  const files = { [first.uri]: watched(first.document), [second.uri]: watched(second.document) };
  const page = new ComparePage({
    engine,
    describeError: describedWith('Add Backbone', 'semap.addBackbone'),
    execute: (command) => calls.push([command]),
    openImage: (file) => calls.push(['open', file]),
    showCell: (uri, { label, target, source }) => calls.push(['cell', uri, label, target, source]),
    showInResult: (run, image) => calls.push(['result', run.id, image]),
    askFolder: async () => '/photos',
    watch: (uri) => files[uri],
    again: ({ folders }) => calls.push(['again', ...folders]),
  });
  const states: CompareState[] = [];
  const ended = new AbortController();
  void Promise.resolve(
    page.handlers.watch(null, { signal: ended.signal, report: (state) => states.push(state) }),
  ).catch(() => {});
  return { page, states, calls, files };
}

function ready(state: CompareState | undefined): Extract<CompareState, { kind: 'ready' }> {
  assert.ok(state?.kind === 'ready');
  return state;
}

describe('the host of the comparison', () => {
  it('shows which cells differ before there are images, and leads to them', async () => {
    const { page, states, calls } = fakePage(fakeEngine({}));
    page.show(newComparison());
    const { revision, difference, images, sides } = ready(states.at(-1));
    assert.equal(images.kind, 'none');
    const shown = sides.map(({ name, method }) => [name, method]);
    assert.deepEqual(shown, [
      ['a.semap.json', 'SeMap-k, k 2'],
      ['b.semap.json', 'SeMap-k, k 2'],
    ]);
    const cells = difference.cells.map(({ target, source, weights }) => [target, source, ...weights]);
    assert.deepEqual(cells, [['cat', 'tabby', 1, 0]]);
    await page.handlers.showCell({ revision, side: 1, cell: 0 }, context());
    assert.deepEqual(calls, [['cell', 'file:///b.semap.json', 'cat', 0, 3]]);
  });

  it('runs each backbone once on the images and then compares', async () => {
    const asked: string[] = [];
    const engine = fakeEngine({
      classify: ({ backbone }: { backbone: string }) => {
        asked.push(`classify ${backbone}`);
        return { cancelled: false };
      },
      compareAlignments: () => {
        asked.push('compare');
        return result;
      },
    });
    const { page, states, calls } = fakePage(engine);
    const comparison = newComparison();
    page.show(comparison);
    await comparison.on({ folders: ['/photos'] }, engine);
    assert.deepEqual(asked, ['classify tiny', 'compare']);
    const { revision, images } = ready(states.at(-1));
    assert.ok(images.kind === 'done');
    assert.deepEqual([images.title, images.comparison.named], ['photos', 1]);
    assert.deepEqual(await page.handlers.images({ revision, filter: {}, from: 0, to: 10 }, context()), {
      items: [{ image: 0, name: 'cat/1.jpg', labels: ['cat', '=cmd()'], truth: 'cat' }],
      matching: 1,
    });
    await page.handlers.open({ revision, image: 0 }, context());
    assert.deepEqual(calls, [['open', '/photos/cat/1.jpg']]);
  });

  it('offers what helps when a backbone cannot run, and keeps the cells', async () => {
    const engine = fakeEngine({
      classify: () => {
        throw new SemapError('not-found', phrase('There is no backbone tiny.'));
      },
    });
    const { page, states, calls } = fakePage(engine);
    const comparison = newComparison();
    page.show(comparison);
    await comparison.on({ folders: ['/photos'] }, engine);
    const { images, difference } = ready(states.at(-1));
    assert.ok(images.kind === 'failed');
    assert.equal(images.problem.message, 'There is no backbone tiny.');
    assert.equal(difference.cells.length, 1);
    await page.handlers.act({ action: 0 }, context());
    assert.deepEqual(calls, [['semap.addBackbone']]);
  });

  it('says which document is another by now, and compares again on the same images', async () => {
    const engine = fakeEngine({ classify: () => ({ cancelled: false }), compareAlignments: () => result });
    const { page, states, calls, files } = fakePage(engine);
    const comparison = newComparison();
    page.show(comparison);
    await comparison.on({ folders: ['/photos'] }, engine);
    const outdated = () => ready(states.at(-1)).outdated;
    assert.equal(outdated(), undefined);
    const [first, second] = comparison.sides;
    files[first.uri].tell({ ...first.document, aggregation: { kind: 'max' } });
    files[second.uri].tell(undefined);
    assert.equal(outdated(), 'a.semap.json was changed. b.semap.json was deleted or renamed.');
    await page.handlers.again(null, context());
    assert.deepEqual(calls, [['again', '/photos']]);
    files[first.uri].tell(first.document);
    files[second.uri].tell(second.document);
    assert.equal(outdated(), undefined);
  });

  it('leaves the page alone while a document is edited that is another already', () => {
    const { page, states, files } = fakePage(fakeEngine({}));
    const comparison = newComparison();
    page.show(comparison);
    const [{ uri, document }] = comparison.sides;
    files[uri].tell({ ...document, aggregation: { kind: 'max' } });
    const told = states.length;
    files[uri].tell({ ...document, aggregation: { kind: 'mean-logits' } });
    files[uri].tell({ ...document, targets: document.targets.slice(1) });
    assert.equal(states.length, told);
  });

  it('compares from the cache after a reload: no backbone runs, and images that are missing are told', async () => {
    const asked: string[] = [];
    const engine = fakeEngine({
      classify: () => asked.push('classify'),
      compareAlignments: () => {
        asked.push('compare');
        return result;
      },
    });
    const { page, states } = fakePage(engine);
    const { sides } = newComparison();
    const comparison = new Comparison(sides, { notes: ['a.semap.json was changed.'], images: 12 });
    page.show(comparison);
    await comparison.on({ folders: [import.meta.dirname] }, engine, { cachedOnly: { mustBeFolder } });
    assert.deepEqual(asked, ['compare']);
    const { outdated, notes, source } = ready(states.at(-1));
    assert.equal(outdated, 'Only 3 of 12 images are still in the cache.');
    assert.deepEqual([notes, source.images], [['a.semap.json was changed.'], 3]);

    await comparison.on({ folders: ['/nowhere'] }, engine, { cachedOnly: { mustBeFolder } });
    const { images } = ready(states.at(-1));
    assert.ok(images.kind === 'failed');
    assert.match(images.problem.message, /There is no folder \/nowhere/);
  });

  it('refuses questions about what is not shown any more', () => {
    const { page, states } = fakePage(fakeEngine({}));
    page.show(newComparison());
    const { revision } = ready(states.at(-1));
    page.show(newComparison());
    assert.throws(
      () => page.handlers.images({ revision, filter: {}, from: 0, to: 1 }, context()),
      (error) => error instanceof SemapError && error.reason === 'cancelled',
    );
  });

  it('compares two results as they were: figures, who is right, what became what, and leads to either', async () => {
    const { page, states, calls } = fakePage(fakeEngine({}));
    const [first, second] = await twoResults();
    page.show(await Comparison.ofResults([first, second], Uri.file));
    const { revision, images, sides, source, notes } = ready(states.at(-1));
    assert.ok(images.kind === 'done');
    const { figures, images: both, judged, changed, onlyRight } = images.comparison;
    assert.deepEqual([both, judged, changed, onlyRight], [3, 2, 2, [0, 1]]);
    assert.deepEqual(
      figures.map(({ accuracy, images: all }) => [accuracy, all]),
      [
        [0.5, 3],
        [1, 3],
      ],
    );
    assert.deepEqual(images.groups, {
      kinds: { first: 0, second: 1, neither: 0, unknown: 1 },
      pairs: [
        { labels: ['=cmd()', 'cat'], images: 1 },
        { labels: ['cat', '=cmd()'], images: 1 },
      ],
    });
    const shown = async (filter: ChangeFilter) => {
      const { items, matching } = await page.handlers.images({ revision, filter, from: 0, to: 9 }, context());
      return [matching, ...items.map(({ name }) => name)];
    };
    assert.deepEqual(await shown({}), [2, 'cat/2.jpg', '3.jpg']);
    assert.deepEqual(await shown({ kind: 'second' }), [1, 'cat/2.jpg']);
    assert.deepEqual(await shown({ labels: ['cat', '=cmd()'] }), [1, '3.jpg']);
    assert.deepEqual(await shown({ kind: 'first' }), [0]);
    await page.handlers.showInResult({ revision, image: 0, side: 1 }, context());
    assert.deepEqual(calls, [['result', second.run.id, 1]]);
    assert.deepEqual(
      [source.results, notes],
      [['/runs/a', '/runs/b'], ['The answers of after are settled.']],
    );
    page.show(await Comparison.ofResults([second, second], Uri.file));
    assert.deepEqual(ready(states.at(-1)).notes, ['The answers of both are settled.']);
    assert.deepEqual(
      sides.map(({ name, time }) => [name, typeof time]),
      [
        ['before', 'string'],
        ['after', 'undefined'],
      ],
    );
  });

  it('compares results on other folders by the names of their images, and says so', async () => {
    const [first, second] = await twoResults();
    Object.defineProperty(second.run, 'folders', { value: ['/copy'] });
    const rows = second.run.answers
      .slice(0, 9)
      .map((row) => ({ ...row, path: row.path.replace('photos', 'copy') }));
    Object.defineProperty(second.run, 'answers', {
      value: { length: 3, judged: { judged: 2, correct: 2 }, slice: (from: number) => rows.slice(from) },
    });
    const { images, notes } = await Comparison.ofResults([first, second], Uri.file);
    assert.ok(images.kind === 'done');
    assert.equal(images.result.images, 3);
    assert.equal(images.result.changedImages[0].path, '/photos/cat/2.jpg');
    assert.match(notes.join(), /about other folders/);
    for (const row of rows) row.path = '/elsewhere.jpg';
    assert.match((await Comparison.ofResults([first, second], Uri.file)).notes.join(), /no images in common/);
  });
});

/** The second got both images with a true label right, and takes the third for something else. */
async function twoResults() {
  const runs = [await finishedRun(), await finishedRun()];
  runs[1].answers.show({ targets: Int32Array.of(0, 0, 1), confidences: new Float32Array(3) });
  Object.defineProperty(runs[1], 'result', { value: { ...runs[1].result, accuracy: 1 } });
  return [
    { run: runs[0], name: 'before', named: true, folder: '/runs/a' },
    { run: runs[1], name: 'after', named: false, folder: '/runs/b' },
  ] as const;
}
