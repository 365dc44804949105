import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlignmentDocument, ExpectedQuality } from '../../../../src/core/alignments/alignment.ts';
import type { LabelMeaning } from '../../../../src/protocol/alignments.ts';
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
  warningsOf(document).map(
    ({ text, labels }) => text + labels.map(({ name, note }) => `; ${name}, ${note}`).join(''),
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
    const [first] = warningsOf(
      documentOf([
        ['moon', 'none', [[3, 1]]],
        ['sky', 'poor', [[2, 1]]],
      ]),
    );
    assert.equal(first.text, 'Most labels have no close match in this backbone');
    assert.match(first.advice!, /near chance.*another backbone/);
  });

  it('name labels that were not read as they are written, with what to do, unless a person pinned their sense', () => {
    const document = documentOf([
      ['T-09', 'good', [[0, 1]]],
      ['strawbery', 'good', [[1, 1]]],
      ['wheaten terrier', 'good', [[2, 1]]],
    ]);
    const meanings: LabelMeaning[] = [
      { senses: [], notes: [{ kind: 'code', phrase: 'T-09' }] },
      { senses: [], notes: [{ kind: 'respelled', from: 'strawbery', to: 'strawberry' }] },
      { senses: [], notes: [{ kind: 'head-only', phrase: 'wheaten terrier', head: 'terrier' }] },
    ];
    const pinned = {
      ...document,
      targets: document.targets.map((each, t) => ({ ...each, pinned: t === 1 })),
    };
    const [first] = warningsOf(pinned, meanings);
    assert.equal(first.text, '1 label may be misunderstood');
    assert.deepEqual(first.labels, [
      {
        name: 'T-09',
        target: 0,
        note: '"T-09" is a code, not a word.',
        help: '"T-09" is a code, not a word. Add a hint that says what it means.',
      },
    ]);
    assert.equal(warningsOf(document, meanings)[0].labels[1].note, '"strawbery" was read as "strawberry".');
  });

  it('list a label once: why it was misread says more than that it is weak, or never predicted', () => {
    const document = documentOf([
      ['T-09', 'weak', [[0, 1]]],
      ['T-10', 'none', []],
      ['sky', 'weak', [[2, 1]]],
    ]);
    const code = (phrase: string): LabelMeaning => ({ senses: [], notes: [{ kind: 'code', phrase }] });
    assert.deepEqual(
      warningsOf(document, [code('T-09'), code('T-10')]).map(({ text, labels }) => [
        text,
        labels.map(({ name, note }) => `${name}: ${note}`),
      ]),
      [
        ['1 label is never predicted', ['T-10: "T-10" is a code, not a word.']],
        ['2 labels may be misunderstood', ['T-09: "T-09" is a code, not a word.']],
        ['2 labels are weak', ['sky: weak']],
      ],
    );
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
      '1 label is never predicted; moon, never predicted',
      '1 label is weak; sky, weak',
      '1 label appears twice; cat, appears twice',
    ]);
    assert.equal(warningsOf(document)[0].labels[0].target, 2);
  });

  it('name the weakest labels first', () => {
    const document = documentOf([
      ['cat', 'good', [[0, 1]]],
      ['sky', 'weak', [[2, 1]]],
      ['moon', 'none', [[3, 1]]],
      ['dog', 'good', [[1, 1]]],
      ['bird', 'good', [[2, 0.4]]],
      ['sea', 'poor', [[3, 0.4]]],
    ]);
    assert.deepEqual(
      warningsOf(document)[0].labels.map(({ name, target }) => [name, target]),
      [
        ['moon', 2],
        ['sea', 5],
        ['sky', 1],
      ],
    );
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
    assert.deepEqual(inWords(shared), ['1 group of labels is hard to tell apart; cat + kitten, share tabby']);
  });

  it('name excluded source labels, so that they can be included again', () => {
    const document = documentOf([['cat', 'good', [[0, 1]]]], { excluded: [{ label: 'teapot', index: 3 }] });
    assert.deepEqual(inWords(document), ['1 source label is excluded; teapot, excluded']);
    assert.equal(warningsOf(document)[0].labels[0].excluded, 3);
  });

  it('says that a head decides, and nothing of what its mapping alone would cost', () => {
    const learned = { images: 2, validation: { images: 4, accuracy: 0.5 }, learned: '' };
    const head = { kind: 'mixture' as const, file: 'x', sha256: 'ab', learned };
    const document = alignmentOf(3, [target('cat'), { ...target('dog', source(1)), expected: 'none' }], {
      head,
    });
    const [only, ...others] = warningsOf(document);
    assert.deepEqual([only.severe, only.text, others], [false, 'A head decides, not the mapping', []]);
    assert.equal(
      only.advice,
      'It was learned from 2 labeled images (Settled folder). Its accuracy is 50.0%, measured on 4 images that were left out of learning. The grid shows the mapping, which is at most a part of its scores.',
    );
  });

  it('ask what a negation denies, and say which labels the others define', () => {
    const { targets, ...document } = documentOf([
      ['cat', 'good', [[0, 1]]],
      ['not_cat', 'good', []],
      ['no tie', 'none', []],
    ]);
    const roles = [undefined, { kind: 'not', labels: ['cat'] }, { kind: 'unclear', not: 'tie' }] as const;
    assert.deepEqual(
      inWords({ ...document, targets: targets.map((one, t) => ({ ...one, role: roles[t] })) }),
      [
        '1 label is never predicted; no tie, It says that there is no "tie", and no other label says what that is.',
        '1 label may be misunderstood',
        '1 label is defined by the others; not_cat, It means: not cat.',
      ],
    );
  });
});
