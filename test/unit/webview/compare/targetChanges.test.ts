import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellDifference } from '../../../../src/core/alignments/alignmentDifference.ts';
import {
  type ChangeOrder,
  listedChanges,
  type TargetFilter,
  targetChanges,
} from '../../../../webview/compare/targetChanges.ts';
import { column } from '../../column.ts';

function cell(target: string, source: string, first: number, second: number): CellDifference {
  return { target, source, weights: [first, second], places: [undefined, undefined] };
}

const difference = {
  cells: [
    cell('cat', 'tabby', 1, 0),
    cell('cat', 'lynx', 0, 0.5),
    cell('cat', 'Persian cat', 1, 0.75),
    cell('dog', 'beagle', 0, 0.25),
    cell('owl', 'great grey owl', 0, 1),
  ],
  onlyTargets: [['newt'], ['owl']] as const,
};
const recalls = [
  { label: 'cat', images: 10, right: [9, 5] as const },
  { label: 'dog', images: 4, right: [1, 4] as const },
  { label: 'eel', images: 5, right: [5, 4] as const },
  { label: 'fox', images: 5, right: [3, 3] as const },
];
const changes = targetChanges(difference, recalls);

describe('what changes by target label', () => {
  it('is counted: sources lost, gained and of another weight, and recall before and after', () => {
    const cat = changes.find(({ target }) => target === 'cat')!;
    assert.deepEqual([cat.lost, cat.gained, cat.reweighted, cat.moved], [1, 1, 1, 1.75]);
    assert.deepEqual(cat.recall, { images: 10, shares: [0.9, 0.5] });
    assert.deepEqual(column(cat.cells, 'at'), [0, 1, 2]);
  });

  it('is a target that one side does not have, and one whose recall alone changes; not one that is as it was', () => {
    assert.deepEqual(
      changes.map(({ target, onlyIn, cells }) => [target, onlyIn, cells.length]),
      [
        ['cat', undefined, 3],
        ['dog', undefined, 1],
        ['owl', 1, 1],
        ['newt', 0, 0],
        ['eel', undefined, 0],
      ],
    );
    assert.equal(changes[2]?.recall, undefined);
  });

  it('is listed in the order and with the filter that are chosen', () => {
    const listed = (order: ChangeOrder, filter: TargetFilter, text = '') =>
      column(listedChanges(changes, { order, filter, text }), 'target');
    assert.deepEqual(listed('worst', 'all'), ['cat', 'eel', 'owl', 'newt', 'dog']);
    assert.deepEqual(listed('most', 'all'), ['cat', 'owl', 'dog', 'eel', 'newt']);
    assert.deepEqual(listed('name', 'mapped'), ['cat', 'dog', 'owl']);
    assert.deepEqual([listed('worst', 'worse'), listed('worst', 'better')], [['cat', 'eel'], ['dog']]);
    assert.deepEqual([listed('name', 'all', ' BEAG'), listed('name', 'all', 'newt')], [['dog'], ['newt']]);
  });
});
