import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { AlignmentPage, type ShownAlignment } from '../../../../src/host/views/alignmentPage.ts';
import type { AlignmentState } from '../../../../src/protocol/alignmentView.ts';
import { alignment, fakeEngine } from './fakeRun.ts';

const context = () => ({ signal: new AbortController().signal, report: () => {} });

function fakePage(engine = fakeEngine({})) {
  const executed: unknown[][] = [];
  const listeners = new Set<() => void>();
  let shown: ShownAlignment | undefined;
  const page = new AlignmentPage({
    engine,
    current: () => shown,
    onDidChange: (listener) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    describeError: (error) => ({
      message: (error as Error).message,
      actions: [{ title: 'Pick', command: 'semap.pick', arguments: [1] }],
    }),
    execute: (...call) => executed.push(call),
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
  return { page, states, executed, show };
}

const pets: ShownAlignment = { name: 'pets.semap.json', document: alignment, problem: undefined };

describe('the host of the alignment page', () => {
  it('follows the active alignment', () => {
    const { states, show } = fakePage();
    show(pets);
    show(undefined);
    assert.deepEqual(
      states.map((state) => state.kind),
      ['nothing', 'ready', 'nothing'],
    );
  });

  it('says why a document cannot be read, and offers what helps', async () => {
    const { page, states, executed, show } = fakePage();
    show({
      name: 'pets.semap.json',
      document: undefined,
      problem: new SemapError('invalid-document', 'Line 3.'),
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
});
