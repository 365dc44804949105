import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlignmentTarget } from '../../../../src/core/alignments/alignment.ts';
import { alignmentWarnings } from '../../../../src/core/alignments/alignmentBuilding.ts';
import { withMarks } from '../../../../src/core/alignments/expectedRecall.ts';
import { roleNotes } from '../../../../src/core/alignments/roleTexts.ts';
import type { LabelRole } from '../../../../src/core/labels/labelRole.ts';
import { noteInFull } from '../../../../src/core/similarity/labelNoteTexts.ts';
import { say } from '../../../../src/core/text/text.ts';
import { alignmentOf } from '../../alignments.ts';

function target(label: string, role?: LabelRole, mapped = role === undefined): AlignmentTarget {
  const source = { label: 'tabby', index: 0, weight: 1, similarity: 1 };
  return { label, role, expected: 'none', sources: mapped ? [source] : [] };
}

describe('What a label says by way of the others', () => {
  const said = (...targets: AlignmentTarget[]) =>
    roleNotes(alignmentOf(1, targets)).map((note) => note && [say(noteInFull(note)), note.amiss]);

  it('is said, and how the label is found', () => {
    assert.deepEqual(said(target('cat'), target('not_cat', { kind: 'not', labels: ['cat'] })), [
      undefined,
      ["It means: not cat. It is scored by what is left of the backbone's probability.", false],
    ]);
    const many = Array.from({ length: 11 }, (_, i) => target(String(i)));
    assert.deepEqual(said(...many, target('other', { kind: 'rest' })).at(-1), [
      'It means: none of the other labels. It has no score: a threshold, "none of these" or labels find it.',
      false,
    ]);
    assert.deepEqual(
      said(target('car'), target('other vehicles', { kind: 'rest', of: 'vehicles' }, true))[1],
      ['It means: vehicles, but none of the other labels.', false],
    );
    // What was learned from images is scored by it.
    assert.deepEqual(said(target('cat'), target('not_cat', { kind: 'not', labels: ['cat'] }, true))[1], [
      'It means: not cat.',
      false,
    ]);
  });

  it('is amiss where the aggregation leaves nothing that could be scored', () => {
    const not: LabelRole = { kind: 'not', labels: ['cat'] };
    const document = withMarks({
      ...alignmentOf(1, [target('cat'), target('not_cat', not)]),
      aggregation: { kind: 'mean-logits' },
    });
    const [, note] = roleNotes(document);
    assert.deepEqual(
      [say(noteInFull(note!)), note!.amiss, document.targets[1].expected],
      ['It means: not cat. That has no source labels, so it has no score.', true, 'none'],
    );
  });

  it('is amiss where another label gets all that it could get', () => {
    const not: LabelRole = { kind: 'not', labels: ['cat'] };
    const notes = said(target('cat'), target('other', { kind: 'rest' }), target('not_cat', not));
    assert.deepEqual(notes[1]?.[1], false, 'of two that leave out the same, the first');
    assert.deepEqual(notes[2], [
      'It means: not cat. What is left goes to other, so it is hardly ever predicted. Merge the two, or add a hint that names what its images show.',
      true,
    ]);
    const both = said(
      target('cat'),
      target('dog'),
      target('other', { kind: 'rest' }),
      target('not_cat', not),
    );
    assert.deepEqual([both[2]?.[1], both[3]?.[1]], [true, false], 'what leaves fewer out');
  });

  it('is amiss where nothing says what is not there', () => {
    assert.deepEqual(said(target('no tie', { kind: 'unclear', not: 'tie' })), [
      [
        'It says that there is no "tie", and no other label says what that is. Add a label "tie", or a hint that names what its images show.',
        true,
      ],
    ]);
    assert.deepEqual(
      said(target('x', undefined, false), target('not x', { kind: 'not', labels: ['x'] }))[1],
      ['It means: not x. That has no source labels, so it has no score.', true],
    );
  });

  it('is no fault of a label that none of the others is', () => {
    const many = Array.from({ length: 11 }, (_, i) => target(String(i)));
    const targets = [
      ...many,
      target('other', { kind: 'rest' }),
      target('no tie', { kind: 'unclear', not: 'tie' }),
    ];
    assert.deepEqual(alignmentWarnings(alignmentOf(1, targets)).unmapped, ['no tie']);
  });
});
