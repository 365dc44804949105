import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withMeanings } from '../../../src/capabilities/alignLabels.ts';

describe('Notes about labels', () => {
  it('go over what a target brought, and leave the rest of it', () => {
    const wnid = { name: 'crane', sense: 'crane%1:05:00::' };
    const notes = { hints: new Map([['dog', 'puppy']]), senses: new Map([['bank', 'bank%1:17:01::']]) };
    assert.deepEqual(
      withMeanings([wnid, { name: 'dog' }, { name: 'bank' }], notes).map(({ hint, sense }) => [hint, sense]),
      [
        [undefined, wnid.sense],
        ['puppy', undefined],
        [undefined, 'bank%1:17:01::'],
      ],
    );
  });

  it('must be about one of the targets', () => {
    const notes = { hints: new Map([['cat', 'kitten']]), senses: new Map() };
    assert.throws(() => withMeanings([{ name: 'dog' }], notes), /no label "cat"/);
  });
});
