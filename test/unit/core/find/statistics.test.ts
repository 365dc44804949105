import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { correctedBest } from '../../../../src/core/find/choosingBias.ts';
import { bestOfManyP, differencesOf, holm } from '../../../../src/core/find/differences.ts';
import { frontiersOf } from '../../../../src/core/find/frontier.ts';
import { survivors } from '../../../../src/core/find/halving.ts';
import { levelledMean, meanOf, pairedDifference } from '../../../../src/core/find/outcomes.ts';
import { pairedP, unitsOf } from '../../../../src/core/metrics/units.ts';
import { seededRandom } from '../../../../src/core/random.ts';

const alone = (count: number) => unitsOf(new Int32Array(count).fill(-1));

/** Right for one image of so many. */
function coins(count: number, share: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: count }, () => Number(random() < share));
}

describe('what choosing adds', () => {
  it('takes from the best of thirty equal ways what only chance gave it', () => {
    let [naive, corrected] = [0, 0];
    const worlds = 40;
    for (let world = 0; world < worlds; world++) {
      const ways = Array.from({ length: 30 }, (_, w) => coins(60, 0.5, 1000 * world + w));
      naive += Math.max(...ways.map((way) => meanOf(way)!)) / worlds;
      corrected += correctedBest(ways, alone(60), { rounds: 200, seed: world })!.value / worlds;
    }
    // The best of thirty coins looks like .63; what it is worth is .5.
    assert.ok(naive > 0.61, `naive ${naive}`);
    assert.ok(Math.abs(corrected - 0.5) < 0.02, `corrected ${corrected}`);
  });

  it('leaves a way that is the best by far as it is', () => {
    const good = coins(200, 0.9, 1);
    const { value, bias, low, high } = correctedBest([good, coins(200, 0.4, 2)], alone(200))!;
    assert.ok(Math.abs(value - meanOf(good)!) < 0.01);
    assert.ok(Math.abs(bias) < 0.01);
    assert.ok(low < value && value < high);
  });

  it('draws near-duplicates together: fewer draws, a wider interval', () => {
    const pairs = Float64Array.from({ length: 120 }, (_, i) => coins(60, 0.6, 3)[i >> 1]);
    const groups = Int32Array.from({ length: 120 }, (_, i) => i >> 1);
    const apart = correctedBest([pairs], alone(120))!;
    const together = correctedBest([pairs], unitsOf(groups))!;
    assert.ok(together.high - together.low > 1.2 * (apart.high - apart.low));
  });

  it('says nothing of one image', () => {
    assert.equal(correctedBest([coins(1, 1, 1)], alone(1)), undefined);
  });

  it('judges a way that was asked only some images by the difference there, not by how easy they are', () => {
    const whole = Float64Array.from([1, 1, 1, 1, 0, 0, 0, 0]);
    const easy = Float64Array.from([1, 1, 1, 0, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    assert.equal(meanOf(easy), 0.75);
    assert.equal(levelledMean(easy, whole), 0.25);
    assert.equal(levelledMean(whole, whole), 0.5);
  });
});

describe('differences', () => {
  it('has the standard error of a mean of differences', () => {
    const [a, b] = [Float64Array.from([1, 1, 1, 0]), Float64Array.from([0, 1, 0, 0])];
    const { value, error, images } = pairedDifference(a, b, alone(4));
    // Differences 1, 0, 1, 0: mean .5, sample variance 1/3.
    assert.deepEqual([value, images], [0.5, 4]);
    assert.ok(Math.abs(error - Math.sqrt(1 / 3 / 4)) < 1e-12);
  });

  it("corrects by Holm's steps, which never fall", () => {
    assert.deepEqual(
      holm([0.04, 0.01, 0.03]).map((p) => Number(p.toFixed(3))),
      [0.06, 0.03, 0.06],
    );
    assert.deepEqual(holm([0.9, 0.8]), [1, 1]);
    assert.deepEqual(holm([]), []);
  });

  it("tests by McNemar's exact test and leaves out what has no common image", () => {
    const a = Float64Array.from({ length: 20 }, (_, i) => Number(i < 18));
    const b = Float64Array.from({ length: 20 }, (_, i) => Number(i < 10));
    const nowhere = new Float64Array(20).fill(Number.NaN);
    const differences = differencesOf(
      [
        { of: 'a', than: 'b', a, b, onceA: a, onceB: b },
        { of: 'a', than: 'c', a, b: nowhere, onceA: a, onceB: nowhere },
      ],
      alone(20),
    );
    assert.equal(differences.length, 1);
    const [{ value, low, high, p, images }] = differences;
    assert.deepEqual([value, images], [0.4, 20]);
    // Eight images that only the first has right: 2 / 2^8.
    assert.ok(Math.abs(p - 2 / 256) < 1e-12);
    assert.ok(low > 0.1 && low < 0.3 && high > 0.5 && high < 0.7);
  });
});

describe('tests of differences', () => {
  it('counts near-duplicates once, for whoever has more of them right', () => {
    // Five pictures, three times each, that only the first has right.
    const a = Float64Array.from({ length: 30 }, (_, i) => Number(i < 15));
    const b = new Float64Array(30);
    const thrice = unitsOf(Int32Array.from({ length: 30 }, (_, i) => Math.floor(i / 3)));
    assert.ok(Math.abs(pairedP(a, b, alone(30)) - 2 / 2 ** 15) < 1e-12);
    assert.ok(Math.abs(pairedP(a, b, thrice) - 2 / 2 ** 5) < 1e-12);
  });

  it('calls the best of thirty equal ways better than another no more often than chance allows', () => {
    const worlds = 60;
    let [naive, honest] = [0, 0];
    for (let world = 0; world < worlds; world++) {
      const ways = Array.from({ length: 30 }, (_, w) => coins(60, 0.5, 1000 * world + w));
      const other = coins(60, 0.5, 1000 * world + 999);
      const best = ways.reduce((top, way) => (meanOf(way)! > meanOf(top)! ? way : top));
      if (pairedP(best, other, alone(60)) < 0.05) naive++;
      if (bestOfManyP(best, ways, other, alone(60), { rounds: 200, seed: world }) < 0.05) honest++;
    }
    // 5% of 60 are 3; the test of one pair that was not chosen finds several times as many.
    assert.ok(naive >= 12, `naive ${naive}`);
    assert.ok(honest <= 7, `honest ${honest}`);
  });

  it('still finds what is better by far', () => {
    const [good, bad] = [coins(60, 0.95, 1), coins(60, 0.4, 2)];
    const ways = Array.from({ length: 30 }, (_, w) => coins(60, 0.5, 10 + w));
    assert.ok(bestOfManyP(good, ways, bad, alone(60)) < 0.01);
    assert.equal(bestOfManyP(good, [good], good, alone(60)), 1);
  });
});

describe('frontier', () => {
  const cost = (labels: number, seconds: number, imagesPerSecond: number | null, bytes: number) => ({
    labels,
    seconds,
    imagesPerSecond,
    bytes,
  });

  it('has what nothing beats that costs no more, by each cost', () => {
    const on = frontiersOf([
      { searched: 0.5, cost: cost(0, 0, 100, 5) },
      { searched: 0.8, cost: cost(50, 10, 100, 5) },
      { searched: 0.7, cost: cost(50, 0.1, 50, 20) },
      { searched: null, cost: cost(0, 0, 1000, 1) },
      { searched: 0.81, cost: cost(50, 100, null, 9) },
    ]);
    assert.deepEqual(on, [
      ['labels'],
      ['seconds', 'speed', 'bytes'],
      ['seconds'],
      [],
      ['labels', 'seconds', 'bytes'],
    ]);
  });

  it('takes what is done at a glance for equally fast', () => {
    const on = frontiersOf([
      { searched: 0.7, cost: cost(0, 0.2, null, 5) },
      { searched: 0.8, cost: cost(0, 1.4, null, 5) },
    ]);
    assert.deepEqual(on[0], []);
  });
});

describe('successive halving', () => {
  it('keeps the better half of those by as many labels, two at least', () => {
    const way = (id: number, bucket: string, searched: number | null) => ({ id, bucket, searched });
    const ways = [
      way(0, 'all', 0.9),
      way(1, 'all', 0.5),
      way(2, 'all', 0.8),
      way(3, 'all', 0.7),
      way(4, 'all', 0.6),
      way(5, '0', 0.2),
      way(6, '0', 0.1),
      way(7, '5', null),
    ];
    assert.deepEqual([...survivors(ways)].map(({ id }) => id).sort(), [0, 2, 3, 5, 6]);
  });

  it('claims no certainty where both are right on the same few images', () => {
    const widthOf = (count: number) => {
      const same = new Float64Array(count).fill(1);
      const compared = { of: 'a', than: 'b', a: same, b: same, onceA: same, onceB: same };
      const [{ value, low, high }] = differencesOf([compared], alone(count));
      assert.equal(value, 0);
      return [low, high];
    };
    // Agresti and Min (2005): 1.96 / (n + 2) on both sides of none.
    const [low, high] = widthOf(20);
    assert.ok(low < -0.06 && low > -0.13 && high > 0.06 && high < 0.13, `${low} ${high}`);
    const [, high600] = widthOf(600);
    assert.ok(high600 < 0.006, `${high600}`);
  });
});
