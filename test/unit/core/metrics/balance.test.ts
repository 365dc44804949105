import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contradictedPromise } from '../../../../src/core/metrics/balance.ts';

describe('The promise that labels are about equally frequent', () => {
  it('holds where counts differ as chance has it', () => {
    assert.deepEqual(contradictedPromise([0.3, 0.2, 0.25, 0.25], 100), { rare: [], frequent: [] });
    // Two images of each label are expected: none is nothing unusual.
    assert.deepEqual(contradictedPromise([0, 0.25, 0.5, 0.25], 8), { rare: [], frequent: [] });
  });

  it('is contradicted by labels that hardly occur, and by some that take all', () => {
    assert.deepEqual(contradictedPromise([0.02, 0.96, 0.02, 0], 400), { rare: [0, 2, 3], frequent: [1] });
  });
});
