import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { surenessOf } from '../../../../src/core/backbones/sureness.ts';

describe('how sure the likeliest preparation is', () => {
  it('adds up where two answer alike, and is sure with fewer images only if they are high', () => {
    const first = { likelihood: 0.45, tops: [1, 2, 3, 4, 5, 6], guessed: false };
    const alike = { likelihood: 0.4, tops: [1, 2, 3, 4, 5, 6], guessed: false };
    const other = { likelihood: 0.4, tops: [1, 2, 3, 4, 5, 1], guessed: false };
    assert.equal(surenessOf([first, alike], 6).sureness, 0.45 + 0.4);
    assert.equal(surenessOf([first, other], 6).sureness, 0.45);
    assert.equal(surenessOf([first, other], 6).sure, false);
    const likely = { ...first, likelihood: 0.75 };
    assert.equal(surenessOf([likely, { ...other, tops: [1, 2, 3, 1] }], 4).sure, false);
    assert.equal(surenessOf([likely, other], 6).sure, true);
    const half = { ...first, likelihood: 0.55 };
    assert.equal(surenessOf([half, other], 6).sure, false);
    assert.equal(surenessOf([{ ...half, guessed: true }, other], 6).sure, true);
  });

  it('does not take the same answer to all images for agreement', () => {
    const tops = Array.from({ length: 20 }, (_, i) => (i === 7 ? 2 : 3));
    const first = { likelihood: 0.4, tops, guessed: true };
    const rest = [0.3, 0.3].map((likelihood) => ({ likelihood, tops: tops.map(() => 3), guessed: false }));
    assert.deepEqual(surenessOf([first, ...rest], 20), { sureness: 0.4, sure: false, doubt: 'near' });
  });

  it('is not sure where no more images are right than by chance', () => {
    const seen = [{ likelihood: 0.99, tops: Array.from({ length: 40 }, (_, i) => i % 10), guessed: true }];
    const known = (right: number, ...perClass: number[]) => surenessOf(seen, 40, { right, perClass }).doubt;
    const ten = Array.from({ length: 10 }, () => 4);
    assert.equal(known(4, ...ten), 'chance');
    assert.equal(known(8, ...ten), 'chance');
    assert.equal(known(11, ...ten), undefined);
    // As many are right if all get the label of the larger class.
    assert.equal(known(30, 30, 10), 'chance');
    assert.equal(known(38, 30, 10), undefined);
    // One class, or a few images, tell nothing.
    assert.equal(known(0, 40), undefined);
    assert.equal(known(1, 2, 2), undefined);
  });
});
