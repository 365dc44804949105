import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlignmentDocument, AlignmentTarget } from '../../../../src/core/alignments/alignment.ts';
import { withEdit } from '../../../../src/core/alignments/alignmentEdits.ts';
import {
  expectedRecalls,
  recallOf,
  rivalOf,
  withMarks,
} from '../../../../src/core/alignments/expectedRecall.ts';
import { alignmentOf, source } from '../../alignments.ts';

const kind = (index: number, weight = 1) => ({ ...source(index, weight, 0.8), kind: true });

function named(label: string, ...sources: AlignmentTarget['sources']): AlignmentTarget {
  return { label, match: 'whole', expected: 'none', expectedRecall: 0, sources };
}

const marked = (...targets: AlignmentTarget[]) => withMarks(alignmentOf(9, targets));
const marks = ({ targets }: AlignmentDocument) => targets.map(({ expected }) => expected);

describe('expected recall', () => {
  it('is high for a name with kinds of its own, lower for one with relatives, nothing without sources', () => {
    const { targets } = marked(
      named('dog', kind(0), kind(1)),
      named('clay', source(2, 1, 0.2)),
      named('blank'),
    );
    assert.deepEqual(marks({ targets } as AlignmentDocument).with(1, 'none'), ['good', 'none', 'none']);
    assert.ok(targets[0].expectedRecall! > targets[1].expectedRecall! + 0.2);
    assert.equal(targets[2].expectedRecall, 0);
  });

  it('looks at the whole set: who borrows what is another label’s own is told from who has it alone', () => {
    const alone = marked(named('rose', source(0, 1, 0.3)), named('dog', kind(1)));
    const borrowing = marked(named('rose', source(0, 1, 0.3)), named('daisy', kind(0)));
    const heavy = marked(named('rose', source(0, 0.1, 0.3), source(2, 1, 0.3)), named('daisy', kind(0)));
    assert.ok(recallOf(borrowing.targets[0]) < recallOf(alone.targets[0]) - 0.1);
    assert.ok(recallOf(heavy.targets[0]) > recallOf(borrowing.targets[0]));
    assert.ok(recallOf(borrowing.targets[1]) < recallOf(alone.targets[1]));
  });

  it('expects nothing of a label whose images another one that is defined by the others gets', () => {
    const blank = (label: string, role: AlignmentTarget['role']) => ({ ...named(label), role });
    const { targets } = marked(
      named('dog', kind(0)),
      blank('not_dog', { kind: 'not', labels: ['dog'] }),
      blank('other', { kind: 'rest' }),
    );
    assert.deepEqual(marks({ targets } as AlignmentDocument), ['good', 'good', 'none']);
  });

  it('expects little of a sentence, but not of a long name', () => {
    const sentence = { ...named('turn right at the crossing', source(0, 1, 0.4)), match: 'part' as const };
    const name = named('black and gold garden spider', kind(1));
    assert.deepEqual(marks(marked(sentence, name)), ['none', 'good']);
  });

  it('is by WordNet where the similarity is another', () => {
    const by = (similarity: number, wordnet: number) =>
      expectedRecalls(alignmentOf(3, [named('x', { ...source(0, 1, similarity), wordnet })]))[0];
    assert.equal(by(0.1, 0.4), by(0.9, 0.4));
    assert.ok(by(0.1, 0.4) > by(0.1, 0.1));
  });

  it('names the target that wins the images of another', () => {
    const borrowing = marked(named('rose', source(0, 1, 0.3)), named('dog', kind(1)), {
      ...named('daisy', kind(0)),
      offset: 0.2,
    });
    assert.deepEqual(
      [0, 1, 2].map((t) => rivalOf(borrowing.targets, t)),
      [2, undefined, undefined],
    );
  });

  it('is a number for every offset that a document may have', () => {
    const at = (offset: number) => ({ ...named('rose', source(0, 1, 0.3)), offset });
    for (const offset of [-1e5, 1e5]) {
      const [recall, other] = expectedRecalls(alignmentOf(3, [at(offset), named('daisy', kind(0))]));
      assert.ok(recall >= 0 && recall <= 1 && other >= 0 && other <= 1, `${recall} and ${other}`);
    }
  });

  it('leaves what was measured', () => {
    const measured = {
      ...named('dog', kind(0)),
      expected: 'weak' as const,
      measured: { recall: 0.3, images: 9 },
    };
    const [target] = marked(measured).targets;
    assert.deepEqual([target.expected, recallOf(target)], ['weak', 0.3]);
  });

  it('is read from the mark of a document that has no more', () => {
    assert.equal(recallOf({ label: 'dog', expected: 'weak', sources: [] }), 0.3);
  });

  it('follows every edit of the mapping', () => {
    const before = marked(named('rose', source(0, 1, 0.3)), named('daisy', kind(0)));
    const edits = [
      { kind: 'unmap', target: 1, source: 0 },
      { kind: 'remove', target: 1 },
      { kind: 'award', target: 0, source: 0 },
      { kind: 'map', target: 0, source: source(2, 1, 0.3) },
    ] as const;
    for (const edit of edits) {
      const after = withEdit(before, edit);
      assert.ok(recallOf(after.targets[0]) > recallOf(before.targets[0]), edit.kind);
      assert.deepEqual(withMarks(after), after, edit.kind);
    }
  });

  it('is not made up for a document of an earlier version', () => {
    const old = alignmentOf(3, [{ label: 'dog', expected: 'good', sources: [source(0), source(1)] }]);
    const { targets } = withEdit(old, { kind: 'unmap', target: 0, source: 1 });
    assert.deepEqual(targets, [{ label: 'dog', expected: 'good', sources: [source(0)] }]);
  });
});
