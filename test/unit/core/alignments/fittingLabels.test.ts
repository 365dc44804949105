import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { fittingLabels } from '../../../../src/core/alignments/fittingLabels.ts';

const animals = {
  targets: ['cat', 'dog', 'sea lion', 'bird'].map((label) => ({ label })),
} as unknown as AlignmentDocument;

describe('An alignment is taken for a folder', () => {
  it('when half of its classes or more are among the targets', () => {
    assert.equal(fittingLabels(animals, ['cat', 'dog', 'bird']), true);
    assert.equal(fittingLabels(animals, ['cat', 'horse']), true);
    assert.equal(fittingLabels(animals, ['cat', 'horse', 'cow']), false);
    assert.equal(fittingLabels(animals, ['forest', 'river']), false);
  });

  it('when case and separators alone differ', () => {
    assert.equal(fittingLabels(animals, ['Sea_Lion', 'BIRD']), true);
  });

  it('when the folder has no classes that could say otherwise', () => {
    assert.equal(fittingLabels(animals, []), true);
    assert.equal(fittingLabels(animals, ['holiday']), true);
  });
});
