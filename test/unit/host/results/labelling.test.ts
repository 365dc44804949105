import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GIVEN } from '../../../../src/core/truths/imageTruths.ts';
import { GIVEN_HOW, type LabellingState } from '../../../../src/protocol/labelling.ts';
import { context } from '../pageCalls.ts';
import { eventually } from '../withFakeVscode.ts';
import { fakeLabelling, fakeTable } from './fakeLabels.ts';
import { finishedRun } from './fakeRun.ts';

const { Labelling } = await import('../../../../src/host/results/labelling.ts');

const run = 1;
const FILES = ['/photos/cat/1.jpg', '/photos/cat/2.jpg', '/photos/3.jpg'];

async function labelling({
  table = fakeTable(),
  answer,
}: {
  table?: ReturnType<typeof fakeTable>;
  answer?: string;
} = {}) {
  const { host, changes } = fakeLabelling(table.table, answer);
  const made = new Labelling(await finishedRun(), host);
  const states: LabellingState[] = [];
  const controller = new AbortController();
  void Promise.resolve(
    made.handlers.watchLabels({ run }, { signal: controller.signal, report: (state) => states.push(state) }),
  ).catch(() => {});
  const givens = async () => [...(await made.handlers.givens({ run, from: 0, to: 10 }, context())).given];
  return { ...table, host, changes, states, givens, handlers: made.handlers };
}

describe('labels that a person gives to the images of a run', () => {
  it('are written by the names of labels, with how they were given, as one step', async () => {
    const { handlers, given, givens } = await labelling();
    await handlers.give({ run, images: [0, 2], given: [1, 0], accepted: true }, context());
    await handlers.give({ run, images: [1], given: [GIVEN.noneOfThese], accepted: false }, context());
    assert.deepEqual(
      [...given],
      [
        [FILES[0], { label: '=cmd()', how: 'accepted' }],
        [FILES[2], { label: 'cat', how: 'accepted' }],
        [FILES[1], { label: undefined, how: 'none' }],
      ],
    );
    assert.deepEqual(await givens(), [1, GIVEN.noneOfThese, 0]);
    await handlers.give({ run, images: [0], given: [GIVEN.nothing], accepted: false }, context());
    assert.deepEqual(await givens(), [GIVEN.nothing, GIVEN.noneOfThese, 0]);
    const undone = await handlers.undoLabels({ run, redo: false }, context());
    assert.deepEqual(undone, [0]);
    assert.deepEqual(await givens(), [1, GIVEN.noneOfThese, 0]);
  });

  it('say why the person was asked: labels of images drawn at random only measure', async () => {
    const { handlers, host, given } = await labelling();
    host.askedAbout = (_, image) => (image === 1 ? 'random' : undefined);
    await handlers.give({ run, images: [0, 1], given: [1, 0], accepted: false }, context());
    assert.deepEqual(
      [given.get(FILES[0] ?? ''), given.get(FILES[1] ?? '')],
      [
        { label: '=cmd()', how: 'labeled' },
        { label: 'cat', how: 'labeled', asked: 'random' },
      ],
    );
  });

  it('are told as they change, in this window or in another one, images that were never touched here too', async () => {
    const { handlers, put, states } = await labelling();
    assert.deepEqual(
      [states[0]?.labels, states[0]?.canUndo, states[0]?.changed],
      [['cat', '=cmd()'], false, 'all'],
    );
    await handlers.give({ run, images: [0], given: [0], accepted: false }, context());
    put(
      new Map([
        [FILES[2]!, { label: 'cat', how: 'accepted' }],
        ['/photos/gone.jpg', undefined],
      ]),
    );
    await eventually(() => states.length > 2 || undefined, 'third state');
    const changed = states.flatMap((state) =>
      state.changed && state.changed !== 'all' ? [state.changed] : [],
    );
    assert.deepEqual(
      changed.map(({ images, given, how }) => [[...images], [...given], [...how]]),
      [
        [[0], [0], [0]],
        [[2], [0], [1]],
      ],
    );
    assert.equal(states.at(-1)?.canUndo, true);
  });

  it("are told from those of an agent, and are the person's once confirmed", async () => {
    const table = fakeTable({
      [FILES[0]!]: { label: 'cat', how: 'labeled', givenBy: 'agent' },
      [FILES[1]!]: { label: undefined, how: 'none', givenBy: 'agent' },
    });
    const { handlers } = await labelling({ table });
    const told = async () => {
      const { given, how } = await handlers.givens({ run, from: 0, to: 3 }, context());
      return [[...given], [...how]];
    };
    const given = [0, GIVEN.noneOfThese, GIVEN.nothing];
    assert.deepEqual(await told(), [given, [GIVEN_HOW.agent, GIVEN_HOW.agent, GIVEN_HOW.labeled]]);
    await handlers.give({ run, images: [0, 1], given: given.slice(0, 2), accepted: true }, context());
    assert.deepEqual(
      FILES.slice(0, 2).map((file) => table.given.get(file)),
      [
        { label: 'cat', how: 'accepted' },
        { label: undefined, how: 'none' },
      ],
    );
    assert.deepEqual((await told())[1], [GIVEN_HOW.accepted, GIVEN_HOW.labeled, GIVEN_HOW.labeled]);
    await handlers.undoLabels({ run, redo: false }, context());
    assert.deepEqual((await told())[1], [GIVEN_HOW.agent, GIVEN_HOW.agent, GIVEN_HOW.labeled]);
  });

  it('may be others than the targets, and are found where they are written a little otherwise', async () => {
    const table = fakeTable({
      [FILES[0]!]: { label: 'Cat', how: 'labeled' },
      [FILES[1]!]: { label: 'okapi', how: 'labeled' },
    });
    const { givens, states } = await labelling({ table });
    assert.deepEqual(await givens(), [0, 2, GIVEN.nothing]);
    assert.deepEqual(states.at(-1)?.labels, ['cat', '=cmd()', 'okapi']);
  });

  it('are refused for images and labels that there are not, and by a disk that is full', async () => {
    const { handlers, fail, given } = await labelling();
    const give = (image: number, label: number) =>
      handlers.give({ run, images: [image], given: [label], accepted: false }, context());
    await assert.rejects(Promise.resolve(give(7, 0)), /no image 7/);
    await assert.rejects(Promise.resolve(give(0, 9)), /no label 9/);
    fail(new Error('No space is left.'));
    await assert.rejects(Promise.resolve(give(0, 0)), /No space/);
    assert.equal(given.size, 0);
  });
});

describe('the labels that there are', () => {
  it('grow by one that is added to the alignment, and can be given at once', async () => {
    const { handlers, changes, given, states } = await labelling({ answer: ' okapi ' });
    const index = await handlers.addLabel({ run }, context());
    assert.equal(index, 2);
    assert.deepEqual(states.findLast(({ labels }) => labels)?.labels, ['cat', '=cmd()', 'okapi']);
    await handlers.give({ run, images: [0], given: [index], accepted: false }, context());
    assert.deepEqual(given.get(FILES[0]!), { label: 'okapi', how: 'labeled' });
    assert.deepEqual(changes, [{ kind: 'add', label: 'okapi' }]);
    // One that is there is not added again.
    assert.equal(await handlers.addLabel({ run, label: 'cat' }, context()), 0);
    assert.equal(changes.length, 1);
  });

  it('are renamed and merged in the table and in the alignment', async () => {
    const table = fakeTable({
      [FILES[0]!]: { label: 'cat', how: 'accepted' },
      // Written by another program.
      [FILES[1]!]: { label: 'Cat', how: 'labeled' },
      [FILES[2]!]: { label: 'okapi', how: 'labeled' },
    });
    const { handlers, changes, given, states } = await labelling({ table, answer: 'lynx' });
    await handlers.renameLabel({ run, label: 'cat' }, context());
    assert.deepEqual(given.get(FILES[0]!), { label: 'lynx', how: 'accepted' });
    assert.deepEqual(
      [1, 2].map((image) => given.get(FILES[image]!)?.label),
      ['lynx', 'okapi'],
    );
    assert.equal(states.at(-1)?.changed, 'all');
    await handlers.mergeLabel({ run, label: '=cmd()' }, context());
    assert.deepEqual(changes, [
      { kind: 'rename', label: 'cat', to: 'lynx' },
      { kind: 'merge', label: '=cmd()', to: 'lynx' },
    ]);
  });

  it('stay as they are where the person answers nothing', async () => {
    const { handlers, changes, states } = await labelling();
    const before = states.length;
    assert.equal(await handlers.addLabel({ run }, context()), -1);
    await handlers.renameLabel({ run, label: 'cat' }, context());
    await handlers.mergeLabel({ run, label: 'cat' }, context());
    await handlers.changeKey({ run, label: 'cat', keys: { cat: 'c' } }, context());
    assert.deepEqual([changes, states.length], [[], before]);
  });

  it('exchange their keys, which are kept', async () => {
    const { handlers, host, states } = await labelling({ answer: 'd' });
    await handlers.changeKey({ run, label: 'cat', keys: { cat: 'c', '=cmd()': 'd' } }, context());
    assert.deepEqual(host.labelKeys, { cat: 'd', '=cmd()': 'c' });
    assert.deepEqual(states.at(-1)?.keys, host.labelKeys);
  });
});
