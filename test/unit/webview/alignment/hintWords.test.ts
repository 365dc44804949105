import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LabelChange } from '../../../../src/core/alignments/labelChanges.ts';
import type { ShownScore } from '../../../../src/protocol/alignmentView.ts';
import { trialLines } from '../../../../webview/alignment/hintWords.ts';

const stove = { phrase: 'stove', key: 'stove%1:06:00::', gloss: 'a kitchen appliance' };

const nothing = { meaning: { senses: [stove], notes: [] }, changes: [] };

function change(target: number, label: string, more: Partial<LabelChange> = {}): LabelChange {
  return { target, label, recall: [0.12, 0.12], come: [], go: [], kept: 0, ...more };
}

describe('what a hint would bring, in words', () => {
  it('is the recall to expect, source labels, labels that compete with it, and what the label would mean', () => {
    const changes = [
      change(0, 'bathroom', { recall: [0.6, 0.5] }),
      change(1, 'kitchen', {
        recall: [0.12, 0.41],
        come: ['stove', 'dishwasher'],
        go: ['patio'],
        kept: 2,
      }),
      change(2, 'office', { go: ['desk'] }),
    ];
    assert.deepEqual(
      trialLines(
        { meaning: { senses: [stove], notes: [{ kind: 'hint-meant', phrases: ['stove'] }] }, changes },
        { target: 1 },
      ),
      [
        'Expected recall: 41% (now 12%).',
        'Adds stove and dishwasher.',
        'Removes patio.',
        'Keeps 2 source labels.',
        '2 other labels change: bathroom (50%, now 60%) and office.',
        'stove: a kitchen appliance',
        'It means what the hint says, not what its name says.',
      ],
    );
  });

  it('says where nothing would change, or WordNet knows no sense', () => {
    assert.deepEqual(
      trialLines(
        { meaning: { senses: [], notes: [{ kind: 'hint-unknown', hint: 'xyzzy' }] }, changes: [] },
        { target: 0 },
      ),
      [
        'Its source labels and its expected recall stay as they are.',
        'WordNet knows no sense of it.',
        'WordNet does not know the hint "xyzzy", so it changes nothing. Use other words for it.',
      ],
    );
  });

  it('says first that a pinned sense is stronger', () => {
    const [first] = trialLines(nothing, { target: 0, pinned: true });
    assert.equal(first, 'Its sense is pinned, and comes before any hint.');
  });

  it('counts the answers that change, with accuracy where labels of images are known', () => {
    const figures = (accuracy: number | null) => ({ images: 400, accuracy }) as ShownScore['now'];
    const score = { changed: 45, title: 'photos', unseen: 0 };
    const second = (now: number | null, before: number | null) =>
      trialLines(nothing, {
        target: 0,
        score: { ...score, now: figures(now), before: figures(before) },
      })[1];
    assert.equal(
      second(0.612, 0.578),
      '45 of 400 predictions on photos change. Accuracy there: 61.2% (+3.4).',
    );
    assert.equal(second(null, null), '45 of 400 predictions on photos change.');
  });
});
