import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { RollUp } from '../../../../src/core/caution/rollUp.ts';
import type { WordNet } from '../../../../src/core/labels/wordnet.ts';
import { builtWordNet, noTable } from '../labels/table.ts';

describe('a common kind', { skip: noTable }, () => {
  const labels = ['dog', 'horse', 'car', 'truck', 'guitar', 'airplane'];
  let wordnet: WordNet;
  let rollUp: RollUp;
  const said = (...probabilities: number[]) => rollUp.of(probabilities)?.ancestor.label;

  before(() => {
    wordnet = builtWordNet();
    rollUp = new RollUp(
      wordnet,
      labels.map((label) => wordnet.senses(label)[0].key),
    );
  });

  test('is said where the probability is split among labels of it', () => {
    assert.equal(said(0.5, 0.4, 0.02, 0.02, 0.03, 0.03), 'mammal');
    assert.equal(said(0.02, 0.02, 0.5, 0.4, 0.03, 0.03), 'motor vehicle');
    assert.equal(said(0.02, 0.02, 0.3, 0.3, 0.03, 0.33), 'vehicle');
  });

  test('has the probability of all labels below it', () => {
    const rolled = rollUp.of([0.02, 0.02, 0.4, 0.3, 0.03, 0.23]);
    assert.deepEqual(rolled?.ancestor.targets, [2, 3, 5]);
    assert.ok(Math.abs(rolled!.confidence - 0.93) < 1e-9);
  });

  test('is not said where one label stands out', () => {
    assert.equal(said(0.9, 0.06, 0.01, 0.01, 0.01, 0.01), undefined);
  });

  test('is never so wide that it says nothing: whole, artifact, entity', () => {
    assert.equal(said(0.5, 0.02, 0.02, 0.02, 0.42, 0.02), undefined);
    assert.equal(said(0.02, 0.02, 0.5, 0.02, 0.42, 0.02), undefined);
    assert.equal(said(1 / 6, 1 / 6, 1 / 6, 1 / 6, 1 / 6, 1 / 6), undefined);
  });

  test('is not said where the labels in doubt have little together, or all labels are of it', () => {
    assert.equal(said(0.3, 0.3, 0.06, 0.06, 0.07, 0.06), undefined);
    const mammals = new RollUp(
      wordnet,
      ['dog', 'horse'].map((label) => wordnet.senses(label)[0].key),
    );
    assert.equal(mammals.of([0.5, 0.5]), undefined);
  });

  test('is not said of labels without a sense, and of scores that are none', () => {
    const unknown = new RollUp(wordnet, [wordnet.senses('dog')[0].key, undefined, 'no%1:00:00::']);
    assert.equal(unknown.of([0.5, 0.4, 0.1]), undefined);
    assert.equal(said(0, 0, 0, 0, 0, 0), undefined);
    assert.equal(said(Number.NaN, Number.NaN, 0, 0, 0, 0), undefined);
  });
});
