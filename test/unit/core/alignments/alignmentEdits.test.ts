import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { usualWeight, withEdit } from '../../../../src/core/alignments/alignmentEdits.ts';
import { realigned } from '../../../../src/core/alignments/realign.ts';
import { alignmentOf, source, target } from '../../alignments.ts';
import { column } from '../../column.ts';

const targets = [target('dog', source(1), source(2)), target('cat', source(4)), target('bird')];
const pets = alignmentOf(10, targets, { excluded: [{ label: 's9', index: 9 }] });
const linear: AlignmentDocument = { ...pets, aggregation: { kind: 'linear', bias: [1, 2, 3] } };
const labels = ({ targets }: AlignmentDocument) => targets.map(({ label }) => label);
const bias = ({ aggregation }: AlignmentDocument) => aggregation.kind === 'linear' && aggregation.bias;

describe('an edit of the mapping', () => {
  it('puts a source behind those that weigh as much', () => {
    const { targets } = withEdit(pets, { kind: 'map', target: 0, source: source(5, 0.5) });
    assert.deepEqual(column(targets[0].sources, 'index'), [1, 2, 5]);
    const heavy = withEdit({ ...pets, targets }, { kind: 'map', target: 0, source: source(6, 0.7) });
    assert.deepEqual(column(heavy.targets[0].sources, 'index'), [1, 2, 6, 5]);
  });

  it('changes the weight of a source that is mapped already, and keeps what else it says', () => {
    const { targets } = withEdit(pets, {
      kind: 'map',
      target: 0,
      source: { ...source(2, 0.25), similarity: 0 },
    });
    assert.deepEqual(targets[0].sources[1], source(2, 0.25));
  });

  it('forgets what was measured with other sources', () => {
    const measured = { ...pets.targets[0], measured: { recall: 0.5, images: 4 } };
    const document = { ...pets, targets: [measured] };
    const { targets } = withEdit(document, { kind: 'unmap', target: 0, source: 1 });
    assert.equal(targets[0].measured, undefined);
  });

  it('refuses excluded sources, impossible weights, empty names and targets that are not there', () => {
    const refused = { reason: 'invalid-argument' };
    assert.throws(() => withEdit(pets, { kind: 'map', target: 0, source: source(9) }), refused);
    assert.throws(() => withEdit(pets, { kind: 'map', target: 0, source: source(1, 1.5) }), refused);
    assert.throws(() => withEdit(pets, { kind: 'map', target: 0, source: source(1, 0) }), refused);
    assert.throws(() => withEdit(pets, { kind: 'rename', target: 0, label: ' ' }), refused);
    assert.throws(() => withEdit(pets, { kind: 'move', target: 0, to: 3 }), refused);
    assert.throws(() => withEdit(pets, { kind: 'remove', target: 7 }), refused);
  });

  it('takes negative weights where weights are learned or cosines', () => {
    const { targets } = withEdit(linear, { kind: 'map', target: 0, source: source(5, -2) });
    assert.equal(targets[0].sources.at(-1)!.weight, -2);
  });

  it('moves and removes targets together with their bias', () => {
    const after = withEdit(linear, { kind: 'move', target: 0, to: 2 });
    assert.deepEqual(
      [labels(after), bias(after)],
      [
        ['cat', 'bird', 'dog'],
        [2, 3, 1],
      ],
    );
    const without = withEdit(linear, { kind: 'remove', target: 1 });
    assert.deepEqual(
      [labels(without), bias(without)],
      [
        ['dog', 'bird'],
        [1, 3],
      ],
    );
  });

  it('leaves a source to one target', () => {
    const shared = withEdit(pets, { kind: 'map', target: 1, source: source(2) });
    const { targets } = withEdit(shared, { kind: 'award', target: 1, source: 2 });
    const indices = targets.map(({ sources }) => sources.map(({ index }) => index));
    assert.deepEqual(indices, [[1], [4, 2], []]);
  });

  it('gives a source full weight, or its similarity where weights are cosines', () => {
    assert.equal(usualWeight(pets, 0.4), 1);
    assert.equal(usualWeight({ ...pets, aggregation: { kind: 'conse', top: 10 } }, 0.4), 0.4);
  });
});

describe('an edit that aligns again', () => {
  it('adds a target at the end, with a bias where there are such', () => {
    const after = withEdit(linear, { kind: 'add', label: ' horse ' });
    assert.deepEqual([labels(after).at(-1), bias(after)], ['horse', [1, 2, 3, 0]]);
  });

  it('keeps what a person mapped by hand, but not for the target that is to be aligned again', async () => {
    const byHand = withEdit(pets, { kind: 'map', target: 0, source: source(7) });
    const mine = withEdit(byHand, { kind: 'map', target: 1, source: source(8) });
    const edit = { kind: 'again', target: 0 } as const;
    const after = await realigned(mine, edit, async () => pets);
    const indices = after.targets.map(({ sources }) => sources.map(({ index }) => index));
    assert.deepEqual(indices, [[1, 2], [4, 8], []]);
  });

  it('takes over method and aggregation of another method', async () => {
    const edit = { kind: 'method', method: { name: 'semap-k', k: 3 } } as const;
    const after = await realigned(pets, edit, async (document) =>
      document.method.k === 3 ? { ...document, aggregation: { kind: 'max' } } : document,
    );
    assert.equal(`${after.method.name} ${after.method.k} ${after.method.similarity}`, 'semap-k 3 wordnet');
    assert.deepEqual(after.aggregation, { kind: 'max' });
  });
});
