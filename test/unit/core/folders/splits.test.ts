import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import {
  CLASS_FOLDERS,
  goesWithoutSaying,
  type Layout,
  type SplitName,
} from '../../../../src/core/folders/layout.ts';
import { nameInDataSet } from '../../../../src/core/folders/placing.ts';
import { readSplitRoles, splitRoles } from '../../../../src/core/folders/splitRoles.ts';
import { isSplitScores, SplitCounts } from '../../../../src/core/metrics/perSplit.ts';

describe('Splits of a data set', () => {
  it('are learned from, chosen by and measured on', () => {
    assert.deepEqual(splitRoles(['val', 'test', 'train', undefined]), {
      learn: 'train',
      choose: 'val',
      measure: 'test',
    });
    assert.deepEqual(splitRoles(['train', 'val']), { learn: 'train', choose: 'val', measure: 'val' });
    assert.deepEqual(splitRoles(['train', 'test']), { learn: 'train', measure: 'test' });
    assert.deepEqual(splitRoles(['val', 'test']), { learn: 'val', measure: 'test' });
    assert.equal(splitRoles(['test', undefined]), undefined);
    assert.equal(splitRoles([]), undefined);
  });

  it('are read from records with care', () => {
    assert.deepEqual(readSplitRoles({ learn: 'train', choose: 'x', measure: 'test' }), {
      learn: 'train',
      measure: 'test',
    });
    for (const bad of [null, 'train', {}, { learn: 'train' }]) assert.equal(readSplitRoles(bad), undefined);
  });

  it('keep images of the same name apart, wherever their folder is chosen', () => {
    assert.equal(nameInDataSet({ classFolder: 'cat' }, '1.jpg'), 'cat/1.jpg');
    assert.equal(nameInDataSet({ classFolder: 'cat', split: 'train' }, '1.jpg'), 'cat/1.jpg');
    assert.equal(nameInDataSet({ classFolder: 'cat', split: 'val' }, '1.jpg'), 'val:cat/1.jpg');
  });

  it('have an accuracy each, where there are several', () => {
    const counts = new SplitCounts();
    counts.add('test', 0, 0);
    counts.add('test', 0, 0);
    counts.add('test', 1, 0);
    assert.equal(counts.result(false), undefined, 'one split');
    counts.add('train', -1, 1);
    counts.add(undefined, 0, 0);
    const found = counts.result(false);
    assert.deepEqual(found, [
      { split: 'train', images: 1, measured: 0, accuracy: null, balancedAccuracy: null },
      { split: 'test', images: 3, measured: 3, accuracy: 2 / 3, balancedAccuracy: 0.5 },
    ]);
    assert.deepEqual(
      counts.result(true)?.map(({ accuracy }) => accuracy),
      [null, null],
    );
    assert.ok(isSplitScores(found));
    for (const bad of [null, [{}], [{ ...found[0], split: 'x' }], [{ ...found[0], accuracy: 2 }]])
      assert.equal(isSplitScores(bad), false);
  });
});

test('only class folders directly in a folder and images alone go without saying', () => {
  const option = (layout: Layout, ...splits: SplitName[]) => ({
    layout,
    classes: 2,
    examples: [],
    splits: splits.map((split) => ({ split, names: [split], classes: 2 })),
  });
  const plain = [
    option({ kind: 'flat' }),
    option(CLASS_FOLDERS),
    option({ ...CLASS_FOLDERS, splitLevel: 0 }, 'test'),
  ];
  const told = [
    option({ kind: 'names' }),
    option({ kind: 'classes', level: 2 }),
    option({ kind: 'classes', level: 2, splitLevel: 1 }, 'train', 'test'),
    option({ ...CLASS_FOLDERS, splitLevel: 2 }, 'train'),
    option({ kind: 'flat', splitLevel: 1 }, 'train'),
  ];
  assert.deepEqual(plain.map(goesWithoutSaying), [true, true, true]);
  assert.deepEqual(told.map(goesWithoutSaying), [false, false, false, false, false]);
});
