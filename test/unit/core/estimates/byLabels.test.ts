import assert from 'node:assert/strict';
import { it } from 'node:test';
import { accuracyByLabels } from '../../../../src/core/estimates/byLabels.ts';
import { target } from '../../alignments.ts';

it('The accuracy of a folder by its labels alone is the mean of their recalls, with a wide range inside 0 and 1', () => {
  const targets = [
    { ...target('dog'), expectedRecall: 0.8 },
    { ...target('clay'), expectedRecall: 0.1 },
    { ...target('cat'), measured: { recall: 0.6, images: 10 } },
  ];
  const { accuracy, low, high } = accuracyByLabels(targets);
  assert.ok(Math.abs(accuracy - 0.5) < 1e-9);
  assert.ok(low > 0.15 && low < 0.3 && high < 0.85 && high > 0.7);
  const nothing = accuracyByLabels([{ ...target('blank'), expectedRecall: 0 }]);
  assert.ok(nothing.low > 0 && nothing.high < 0.1);
});
