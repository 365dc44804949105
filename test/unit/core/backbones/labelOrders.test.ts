import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelOrderOf } from '../../../../src/core/backbones/labelOrders.ts';

const LABELS = Array.from({ length: 12 }, (_, i) => `label ${i}`);
/** Two images of each label, whose own output the model says. */
const rows = (outputOf: (label: number) => number) =>
  [...LABELS.keys(), ...LABELS.keys()].map((truth) => ({
    truth,
    logits: Float32Array.from(LABELS, (_, output) => Number(output === outputOf(truth))),
  }));
const answer = (logits: Float32Array) => logits.indexOf(Math.max(...logits));
const textOrder = [...LABELS.keys()].map(String).sort().map(Number);

describe('the order of labels', () => {
  it('is found where outputs are shifted by one, or sorted as text', () => {
    const cases = {
      'background-first': (label: number) => (label + 1) % 12,
      'one-missing-first': (label: number) => (label + 11) % 12,
      'text-order': (label: number) => textOrder.indexOf(label),
      'number-order': (label: number) => textOrder[label],
    };
    for (const [order, outputOf] of Object.entries(cases)) {
      const found = labelOrderOf(rows(outputOf), LABELS, answer);
      assert.equal(found?.order, order);
      assert.equal(found?.accuracy, 1);
      assert.ok(found && found.listed < 0.5);
    }
  });

  it('is right where others do no better than chance explains', () => {
    const right = rows((label) => label);
    assert.equal(labelOrderOf(right, LABELS, answer), undefined);
    assert.equal(labelOrderOf([], LABELS, answer), undefined);
    const few = rows((label) => (label + 1) % 12).slice(0, 5);
    assert.equal(labelOrderOf(few, LABELS, answer), undefined);
  });
});
