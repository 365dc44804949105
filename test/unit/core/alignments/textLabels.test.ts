import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ownTexts, withoutUnusedTexts } from '../../../../src/core/alignments/textLabels.ts';
import { alignmentOf, source, target } from '../../alignments.ts';

const named = (...names: string[]) => names.map((name) => ({ name }));

describe('The labels of a dual encoder', () => {
  it('are the texts of the target labels, with what a person said they mean', () => {
    const targets = [{ name: 'crane', hint: 'the machine' }, { name: 'sports_car' }, { name: 'crane' }];
    assert.deepEqual(ownTexts(targets, undefined), {
      labels: ['crane, the machine', 'sports car', 'crane'],
      own: [0, 1, 2],
    });
  });

  it('keep their places when labels come, and come after them', () => {
    const before = ['dog', 'cat', 'dog'];
    const { labels, own } = ownTexts(named('cat', 'bird', 'dog'), undefined, before);
    assert.deepEqual(labels, [...before, 'bird']);
    assert.deepEqual(
      own.map((at) => labels[at!]),
      ['cat', 'bird', 'dog'],
    );
  });

  it('leave out what is none of the others', () => {
    const roles = [undefined, { kind: 'not', labels: ['cat'] } as const, { kind: 'rest' } as const];
    const { labels, own } = ownTexts(named('cat', 'not_cat', 'other'), roles);
    assert.deepEqual([labels, own], [['cat'], [0, undefined, undefined]]);
  });

  it('go when no target uses them any more', () => {
    const texts = { encoder: 'e', templates: ['a {}'], labels: ['cat', 'dog', 'bird'] };
    const backbone = { name: 'net', sha256: 'a', labelSpace: 'texts', sourceCount: 3, texts };
    const targets = [target('bird', source(2, 1, 1, 'bird')), target('cat', source(0, 1, 1, 'cat'))];
    const left = withoutUnusedTexts(alignmentOf(3, targets, { backbone }));
    assert.deepEqual(left.backbone.texts?.labels, ['cat', 'bird']);
    assert.equal(left.backbone.sourceCount, 2);
    assert.deepEqual(
      left.targets.map(({ sources }) => sources.map(({ index }) => index)),
      [[1], [0]],
    );
  });
});
