import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import type { AlignmentEdit } from '../../../../src/core/alignments/alignmentEdits.ts';
import { alignment, fakeEngine } from '../results/fakeRun.ts';
import { openInput } from '../withFakeVscode.ts';

const { ChooseMethod } = await import('../../../../src/host/alignments/chooseMethod.ts');

interface Shown {
  readonly label: string;
  readonly description?: string;
}

const minilm = { name: 'all-MiniLM', kind: 'sentence' };

/** The menus of a document; what they change is kept in `edits`. */
function menus(document: AlignmentDocument, changed?: number) {
  const edits: AlignmentEdit[] = [];
  const edit = {
    document: async () => document,
    preview: async () => document,
    change: async (each: AlignmentEdit) => void edits.push(each),
  };
  const choose = new ChooseMethod({
    engine: fakeEngine({ listEncoders: () => [minilm] }),
    edit: edit as never,
    active: { current: undefined },
    countChanges: async (_, after) =>
      changed === undefined ? undefined : (await after()) && { changed, images: 360, title: 'icons' },
  });
  return { choose, edits };
}

/** The items of the menu that is open, once they are there. */
async function items(has = ''): Promise<readonly Shown[]> {
  for (;;) {
    const { items: shown } = await openInput();
    if (shown?.some(({ label }) => label.startsWith(has))) return shown as readonly Shown[];
  }
}

/** All methods, behind the recommended one. */
async function moreMethods(): Promise<readonly Shown[]> {
  await items('More Methods');
  (await openInput()).choose('More Methods...');
  return items('Random');
}

describe('the menus of an alignment', () => {
  it('say which method is current and what another would change, and align by the chosen one', async () => {
    const { choose, edits } = menus(alignment, 12);
    const done = choose.method();
    const shown = await moreMethods();
    const saying = (label: string) => shown.find((item) => item.label === label)?.description;
    assert.equal(saying('SeMap-k'), 'current');
    assert.equal(saying('SeMap-1'), '12 of 360 predictions on icons change');
    assert.ok(!shown.some(({ label }) => label === 'BLM'), 'there are no images to learn from');
    (await openInput()).choose('SeMap-1, one-to-one');
    await done;
    assert.deepEqual(edits, [{ kind: 'method', method: { name: 'semap-1', k: undefined, shared: false } }]);
  });

  it('ask for k', async () => {
    const { choose, edits } = menus(alignment);
    const done = choose.method();
    assert.equal((await moreMethods()).find(({ label }) => label === 'SeMap-1')?.description, undefined);
    (await openInput()).choose('SeMap-k');
    let input = await openInput();
    while (input.value !== '2') input = await openInput();
    input.enter('7');
    await done;
    assert.deepEqual(edits, [{ kind: 'method', method: { name: 'semap-k', k: 7, shared: undefined } }]);
  });

  it('keep the method and its k when labels are compared by something else', async () => {
    const { choose, edits } = menus(alignment);
    const done = choose.similarity();
    await items();
    (await openInput()).choose('all-MiniLM');
    await done;
    const similarity = { name: 'minilm', encoder: 'all-MiniLM' };
    assert.deepEqual(edits, [
      { kind: 'method', method: { name: 'semap-k', k: 2, seed: undefined, shared: undefined, similarity } },
    ]);
  });

  it('change nothing when the similarity stays', async () => {
    const { choose, edits } = menus(alignment);
    const done = choose.similarity();
    await items();
    (await openInput()).choose('WordNet');
    await done;
    assert.deepEqual(edits, []);
  });

  it('refuse what makes no sense: names for a learned mapping, an aggregation where the method has its own', async () => {
    const learned: AlignmentDocument = { ...alignment, method: { name: 'blm', similarity: 'wordnet' } };
    await assert.rejects(menus(learned).choose.similarity(), { reason: 'invalid-argument' });
    const conse: AlignmentDocument = { ...alignment, aggregation: { kind: 'conse', top: 10 } };
    await assert.rejects(menus(conse).choose.aggregation(), { reason: 'invalid-argument' });
  });
});
