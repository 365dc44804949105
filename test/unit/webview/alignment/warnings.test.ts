import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlignmentDocument, ExpectedQuality } from '../../../../src/core/alignments/alignment.ts';
import { warningsOf } from '../../../../webview/alignment/warnings.ts';
import { alignmentOf, source, target } from '../../alignments.ts';

const SOURCES = ['tabby', 'pug', 'jay', 'teapot'];

function documentOf(
  targets: readonly [label: string, expected: ExpectedQuality, sources: readonly [number, number][]][],
  more: Partial<AlignmentDocument> = {},
): AlignmentDocument {
  const all = targets.map(([label, expected, sources]) => ({
    ...target(label, ...sources.map(([index, weight]) => source(index, weight, 1, SOURCES[index]))),
    expected,
  }));
  return alignmentOf(SOURCES.length, all, more);
}

const inWords = (document: AlignmentDocument) =>
  warningsOf(document).map(({ text, labels }) =>
    [text, ...labels.map(({ name, note }) => (note ? `${name} (${note})` : name))].join(' '),
  );

describe('the warnings of the alignment page', () => {
  it('are none where every label has sources of its own', () => {
    assert.deepEqual(
      inWords(
        documentOf([
          ['cat', 'good', [[0, 1]]],
          ['dog', 'fair', [[1, 1]]],
        ]),
      ),
      [],
    );
  });

  it('say first that nothing fits, and what to do', () => {
    const [first] = inWords(
      documentOf([
        ['moon', 'none', [[3, 1]]],
        ['sky', 'poor', [[2, 1]]],
      ]),
    );
    assert.match(first!, /near chance.*another backbone/);
  });

  it('name labels that are never predicted, weak, or there twice', () => {
    const document = documentOf([
      ['cat', 'good', [[0, 1]]],
      ['dog', 'good', [[1, 1]]],
      ['moon', 'none', []],
      ['sky', 'weak', [[2, 1]]],
      ['cat', 'good', [[3, 1]]],
    ]);
    assert.deepEqual(inWords(document), [
      '1 label is never predicted: moon',
      '1 target label is weak: sky (weak)',
      '1 label appears twice: cat',
    ]);
    assert.equal(warningsOf(document)[0].labels[0].target, 2);
  });

  it('name targets that share source labels, unless the share is light', () => {
    const shared = documentOf([
      [
        'cat',
        'good',
        [
          [0, 1],
          [1, 0.05],
        ],
      ],
      ['kitten', 'good', [[0, 1]]],
      ['dog', 'good', [[1, 1]]],
    ]);
    assert.deepEqual(inWords(shared), [
      'Hard to tell apart because they share source labels: cat + kitten (tabby)',
    ]);
  });

  it('name excluded source labels, so that they can be included again', () => {
    const document = documentOf([['cat', 'good', [[0, 1]]]], { excluded: [{ label: 'teapot', index: 3 }] });
    assert.deepEqual(inWords(document), ['1 source label is excluded: teapot']);
    assert.equal(warningsOf(document)[0].labels[0].excluded, 3);
  });
});
