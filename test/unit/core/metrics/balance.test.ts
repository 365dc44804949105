import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contradictedPromise } from '../../../../src/core/metrics/balance.ts';

describe('The promise that labels are about equally frequent', () => {
  it('stands where shares differ a little, and where there are fewer images than labels', () => {
    assert.deepEqual(contradictedPromise([0.4, 0.2, 0.2, 0.2], 100), { rare: [], frequent: [] });
    const few = Array.from({ length: 100 }, (_, label) => (label < 10 ? 0.1 : 0));
    assert.deepEqual(contradictedPromise(few, 10), { rare: [], frequent: [] });
  });

  it('is contradicted by labels that hardly any image has, and by those that most have', () => {
    assert.deepEqual(contradictedPromise([0.02, 0.96, 0.02, 0], 400), { rare: [0, 2, 3], frequent: [1] });
    assert.deepEqual(contradictedPromise([0.43, 0.43, 0.07, 0.07], 400), { rare: [2, 3], frequent: [0, 1] });
  });
});
