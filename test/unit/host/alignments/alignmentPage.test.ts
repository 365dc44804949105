import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import type { ShownAlignment } from '../../../../src/host/alignments/alignmentPage.ts';
import type { AlignmentState, HintTrial, SentCommand } from '../../../../src/protocol/alignmentView.ts';
import '../withFakeVscode.ts';
import { column } from '../../column.ts';
import { context, describedWith } from '../pageCalls.ts';
import { alignment, fakeEngine } from '../results/fakeRun.ts';

const { AlignmentPage } = await import('../../../../src/host/alignments/alignmentPage.ts');

function fakePage(engine = fakeEngine({})) {
  const executed: unknown[][] = [];
  const edits: unknown[][] = [];
  const listeners = new Set<() => void>();
  let shown: ShownAlignment | undefined;
  const page = new AlignmentPage({
    engine,
    location: 'editor',
    current: () => shown,
    onDidChange: (listener) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    describeError: describedWith('Pick', 'semap.pick', 1),
    execute: (...call) => executed.push(call),
    cachedImages: async () => ({ folders: ['/photos/pets'], backbone: 'tiny' }),
    classify: (uri) => executed.push(['classify', uri]),
    edit: (...edit) => edits.push(edit),
    step: async (...step) => {
      executed.push(['step', ...step]);
      return true;
    },
    openImage: (path) => executed.push(['open', path]),
    savePicture: (...picture) => executed.push(['save', ...picture]),
  });
  const states: AlignmentState[] = [];
  void Promise.resolve(
    page.handlers.watch(null, {
      signal: new AbortController().signal,
      report: (state) => states.push(state),
    }),
  ).catch(() => {});
  const show = (next: ShownAlignment | undefined) => {
    shown = next;
    for (const listener of listeners) listener();
  };
  return { page, states, executed, edits, show };
}

const pets: ShownAlignment = {
  name: 'pets.semap.json',
  uri: 'file:///pets.semap.json',
  document: alignment,
  problem: undefined,
};

describe('the host of the alignment page', () => {
  it('follows the active alignment', () => {
    const { states, show } = fakePage();
    show(pets);
    show(undefined);
    assert.deepEqual(column(states, 'kind'), ['nothing', 'ready', 'nothing']);
  });

  it('saves the picture that the page drew when it was asked for one', async () => {
    const { page, executed, show } = fakePage();
    show(pets);
    const commands: SentCommand[] = [];
    page.send(pets.uri, { kind: 'exportImage', format: 'svg' });
    void Promise.resolve(
      page.handlers.commands(null, { ...context(), report: (command) => commands.push(command) }),
    ).catch(() => {});
    assert.deepEqual(
      commands.map(({ uri, command }) => [uri, command]),
      [[pets.uri, { kind: 'exportImage', format: 'svg' }]],
    );
    const bytes = new Uint8Array([1, 2]);
    await page.handlers.exported({ format: 'svg', bytes }, context());
    assert.deepEqual(executed, [['save', pets.uri, 'svg', bytes]]);
  });

  it('says why a document cannot be read, and offers what helps', async () => {
    const { page, states, executed, show } = fakePage();
    show({
      name: 'pets.semap.json',
      uri: 'file:///pets.semap.json',
      document: undefined,
      problem: new SemapError('invalid-document', phrase('Line 3.')),
    });
    const state = states.at(-1);
    assert.ok(state?.kind === 'failed');
    assert.deepEqual(state.problem, { message: 'Line 3.', actions: [{ title: 'Pick' }] });
    await page.handlers.act({ action: 0 }, context());
    await page.handlers.act({ action: 7 }, context());
    assert.deepEqual(executed, [['semap.pick', 1]]);
  });

  it('gives the similarities as arrays of their own', async () => {
    const shared = new ArrayBuffer(4096);
    const engine = fakeEngine({
      similarities: () => ({
        sources: [{ name: 'tabby' }],
        values: new Float32Array(shared, 8, 2),
        treeOrder: new Uint32Array(shared, 64, 1),
      }),
    });
    const { page, states, show } = fakePage(engine);
    show(pets);
    const state = states.at(-1);
    assert.ok(state?.kind === 'ready');
    const answer = await page.handlers.similarities({ revision: state.revision }, context());
    assert.ok(answer.kind === 'view');
    assert.deepEqual([answer.view.values.buffer.byteLength, answer.view.treeOrder.buffer.byteLength], [8, 4]);
  });

  it('answers with the problem when the backbone is not there: the document can still be shown', async () => {
    const { page, states, show } = fakePage();
    show(pets);
    const state = states.at(-1);
    assert.ok(state?.kind === 'ready');
    const answer = await page.handlers.similarities({ revision: state.revision }, context());
    assert.equal(answer.kind, 'problem');
  });

  it('does not explain a document that has changed meanwhile', () => {
    const { page, states, show } = fakePage();
    show(pets);
    const first = states.at(-1);
    assert.ok(first?.kind === 'ready');
    show(pets);
    assert.throws(
      () => page.handlers.explain({ revision: first.revision, target: 0, source: 0 }, context()),
      (error) => error instanceof SemapError && error.reason === 'cancelled',
    );
  });

  it('asks for similarities again when labels change, not when the mapping does', () => {
    const { states, show } = fakePage();
    const meanings = () => states.map((state) => (state.kind === 'ready' ? state.meaning : 0));
    const [cat, other] = alignment.targets;
    show(pets);
    show({ ...pets, document: { ...alignment, targets: [{ ...cat!, sources: [] }, other!] } });
    show({ ...pets, document: { ...alignment, targets: [{ ...cat!, hint: 'small' }, other!] } });
    const [, first, second, third] = meanings();
    assert.equal(first, second);
    assert.ok(third! > second!);
  });

  it('scores the document against what it was before its last change', async () => {
    const asked: { alignment: unknown; before?: unknown; folders: unknown }[] = [];
    const figures = { images: 3, judged: 3, accuracy: 1, balancedAccuracy: 1, reach: 1 };
    const engine = fakeEngine({
      liveScore: (params) => {
        asked.push(params);
        return { now: figures, changed: 0, unseen: 0 };
      },
    });
    const { page, states, show } = fakePage(engine);
    const revision = () => {
      const state = states.at(-1);
      assert.ok(state?.kind === 'ready');
      return state.revision;
    };
    show(pets);
    const score = await page.handlers.score({ revision: revision() }, context());
    assert.deepEqual([score?.title, asked[0].before], ['pets', undefined]);
    assert.ok(!('classifiedWith' in asked[0]));
    const changed = { ...alignment, targets: alignment.targets.slice(1) };
    show({ ...pets, document: changed });
    show({ ...pets, document: structuredClone(changed) });
    await page.handlers.score({ revision: revision() }, context());
    assert.deepEqual([asked[1].alignment, asked[1].before], [changed, alignment]);
  });

  it('tries a hint on the labels first, then on the images of a run, and changes nothing', async () => {
    const hinted = {
      ...alignment,
      targets: alignment.targets.map((target, t) => (t === 1 ? { ...target, sources: [] } : target)),
    };
    const asked: unknown[] = [];
    const figures = { images: 3, judged: 3, accuracy: 1, balancedAccuracy: 1, reach: 1 };
    const engine = fakeEngine({
      realign: ((params: unknown) => {
        asked.push(params);
        return hinted;
      }) as never,
      meanings: () => [
        { senses: [] },
        { senses: [{ phrase: 'puppy', key: 'puppy%1:05:00::', gloss: 'a young dog' }] },
      ],
      liveScore: ({ alignment: scored, before }) => {
        asked.push(scored, before);
        return { now: figures, changed: 2, unseen: 0 };
      },
    });
    const { page, states, edits, show } = fakePage(engine);
    show(pets);
    const state = states.at(-1);
    assert.ok(state?.kind === 'ready');
    const trials: HintTrial[] = [];
    const score = await page.handlers.tryHint(
      { revision: state.revision, target: 1, hint: 'puppy' },
      { ...context(), report: (trial) => trials.push(trial) },
    );
    assert.deepEqual(asked, [
      { alignment, edit: { kind: 'hint', target: 1, hint: 'puppy' } },
      hinted,
      alignment,
    ]);
    const gone = alignment.targets[1].sources.map(({ label }) => label);
    assert.ok(gone.length > 0);
    assert.deepEqual(
      trials.map(({ meaning, changes }) => [meaning.senses[0].gloss, changes.map(({ go }) => go)]),
      [['a young dog', [gone]]],
    );
    assert.deepEqual([score?.changed, score?.title, edits], [2, 'pets', []]);
  });

  it('names strong images without their paths, and opens them by their place', async () => {
    const strongest = [{ path: '/photos/pets/cat/1.jpg', probability: 0.9, fired: true }];
    const engine = fakeEngine({
      cellEvidence: () => ({ images: 3, fired: 1, judged: 1, right: 1, strongest }),
    });
    const { page, states, executed, show } = fakePage(engine);
    show(pets);
    const state = states.at(-1);
    assert.ok(state?.kind === 'ready');
    const evidence = await page.handlers.evidence(
      { revision: state.revision, target: 0, source: 3 },
      context(),
    );
    assert.deepEqual(evidence?.strongest, [
      { probability: 0.9, fired: true, truth: undefined, name: '1.jpg' },
    ]);
    await page.handlers.openEvidence({ image: 0 }, context());
    assert.deepEqual(executed, [['open', '/photos/pets/cat/1.jpg']]);
    await assert.rejects(async () => page.handlers.openEvidence({ image: 1 }, context()));
  });

  it('hands edits and questions on with the document that they are about', async () => {
    const { page, edits, executed, show } = fakePage();
    const given = { edit: { kind: 'rename', target: 0, label: 'kitten' }, label: 'cat' } as const;
    await page.handlers.edit(given, context());
    show(pets);
    await page.handlers.edit(given, context());
    await page.handlers.ask({ question: 'chooseSense', target: 1 }, context());
    const about = { semapDocument: pets.uri, semapEditor: true };
    assert.deepEqual(edits, [[given.edit, 'cat', { ...about, semapTarget: undefined }]]);
    assert.deepEqual(executed, [['semap.chooseSense', { ...about, semapTarget: 1 }]]);
  });

  it('undoes in the document that the page shows', async () => {
    const { page, executed, show } = fakePage();
    show(pets);
    assert.equal(await page.handlers.step({ step: 'undo' }, context()), true);
    assert.deepEqual(executed, [['step', pets.uri, 'undo']]);
  });

  describe('a command', () => {
    const command = { kind: 'showCell', target: 0, source: 3 } as const;
    const listen = (page: ReturnType<typeof fakePage>['page']) => {
      const got: SentCommand[] = [];
      const call = { ...context(), report: (each: SentCommand) => got.push(each) };
      void Promise.resolve(page.handlers.commands(null, call)).catch(() => {});
      return got;
    };

    it('is sent again to the page that comes after a hidden one, until a page obeys', async () => {
      const { page, show } = fakePage();
      show(pets);
      page.send(pets.uri, command);
      const [first] = listen(page);
      assert.deepEqual(first, { number: 1, uri: pets.uri, command });
      page.send(pets.uri, { ...command, target: 1 });
      const next = listen(page);
      assert.deepEqual(next, [{ number: 2, uri: pets.uri, command: { ...command, target: 1 } }]);
      await page.handlers.obeyed({ number: 1 }, context());
      assert.equal(listen(page).length, 1, 'only the older one is done');
      await page.handlers.obeyed({ number: 2 }, context());
      assert.deepEqual(listen(page), []);
    });

    it('is forgotten when another document is shown', () => {
      const { page, show } = fakePage();
      show(pets);
      page.send(pets.uri, command);
      show({ ...pets, uri: 'file:///birds.semap.json' });
      show(pets);
      assert.deepEqual(listen(page), []);
    });
  });
});
