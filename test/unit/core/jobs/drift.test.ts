import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DriftCount, driftText } from '../../../../src/core/jobs/drift.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { say } from '../../../../src/core/text/text.ts';

const labels = ['cat', 'dog'];

/** Twenty shards of 100 images, two folders of cats and dogs; shard 7 answers as `odd` does. */
function counted(
  odd: (random: number) => { readonly target: number; readonly confidence: number },
  usual = odd,
  placeOf = (_shard: number, i: number): string => (i % 2 === 0 ? 'cats' : 'dogs'),
) {
  const count = new DriftCount();
  const random = seededRandom(1);
  for (let shard = 0; shard < 20; shard++) {
    for (let i = 0; i < 100; i++) {
      const { target, confidence } = (shard === 7 ? odd : usual)(random());
      count.add(shard, placeOf(shard, i), target, confidence);
    }
  }
  return count.result(labels);
}

describe('Drift', () => {
  const usual = (random: number) => ({ target: random < 0.5 ? 0 : 1, confidence: 0.6 + 0.3 * random });

  it('is not found among shards that answer alike', () => {
    assert.deepEqual(counted(usual), []);
  });

  it('is found where a shard has another label more often, and says so', () => {
    const found = counted((random) => ({ ...usual(random), target: random < 0.9 ? 0 : 1 }), usual);
    assert.deepEqual(
      found.map(({ shard }) => shard),
      [7],
    );
    assert.match(
      say(driftText(found[0])),
      /^Shard 7: \d+\.\d% of the answers are (cat|dog), where it is \d+\.\d% on images of the same folders/,
    );
  });

  it('is found where a shard is less sure, and says so', () => {
    const found = counted((random) => ({ ...usual(random), confidence: 0.5 + 0.2 * random }), usual);
    assert.equal(found.length, 1);
    assert.equal(found[0].label, undefined);
    assert.match(
      say(driftText(found[0])),
      /^Shard 7: answers are (59|60)\.\d% sure on average, where other shards are 7[45]\.\d% sure/,
    );
  });

  it('is not seen in folders that are in one shard alone, however they differ', () => {
    const own = (shard: number) => `folder ${shard}`;
    assert.deepEqual(
      counted(() => ({ target: 0, confidence: 0.1 }), usual, own),
      [],
    );
  });

  it('is not claimed of a few images', () => {
    const count = new DriftCount();
    for (let i = 0; i < 1000; i++) count.add(0, '', 0, 0.9);
    for (let i = 0; i < 10; i++) count.add(1, '', 1, 0.1);
    assert.deepEqual(count.result(labels), []);
  });
});
