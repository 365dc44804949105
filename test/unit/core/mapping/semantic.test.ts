import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assign } from '../../../../src/core/mapping/hungarian.ts';
import type { Mapping } from '../../../../src/core/mapping/mapping.ts';
import { MappingScorer } from '../../../../src/core/mapping/scoring.ts';
import { randomMapping, semap, semap1, semapK } from '../../../../src/core/mapping/semantic.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import type { SemanticMatrix } from '../../../../src/core/similarity/similarity.ts';

function matrix(rows: number[][], descendants: number[][] = rows.map(() => [])): SemanticMatrix {
  return {
    rows: rows.length,
    columns: rows[0].length,
    values: Float32Array.from(rows.flat()),
    meanings: {
      descendants,
      kinds: rows.map(() => 0),
      senses: rows.map(() => []),
      notes: rows.map(() => []),
    },
  };
}

const sources = (mapping: Mapping) => mapping.targets.map((target) => target.map(({ source }) => source));

describe('SeMap-1', () => {
  const similar = matrix([
    [0.9, 0.8, 0],
    [0.9, 0.1, 0],
  ]);

  it('takes the most similar source, shared or not', () => {
    assert.deepEqual(sources(semap1(similar)), [[0], [0]]);
    assert.deepEqual(sources(semap1(similar, { shared: false })), [[1], [0]]);
  });

  it('leaves out background outputs, and targets that nothing is like', () => {
    assert.deepEqual(sources(semap1(similar, { excluded: [0] })), [[1], [1]]);
    assert.deepEqual(sources(semap1(matrix([[0, 0]]))), [[]]);
    assert.deepEqual(sources(semap1(matrix([[0, 0]]), { shared: false })), [[]]);
  });

  it('one to one leaves targets over when sources are fewer', () => {
    const found = sources(semap1(matrix([[1], [2], [3]]), { shared: false }));
    assert.deepEqual(found, [[], [], [0]]);
  });
});

describe('SeMap-k', () => {
  it('takes the k most similar, the first among equals', () => {
    assert.deepEqual(sources(semapK(matrix([[0.1, 0.9, 0.9, 0.5]]), 3)), [[1, 2, 3]]);
  });

  it('refuses a k that is no count', () => {
    for (const k of [0, -1, 1.5, Number.NaN]) assert.throws(() => semapK(matrix([[1]]), k), /k is/);
  });
});

describe('SeMap', () => {
  it('takes all sources below a target fully and their neighbours lightly', () => {
    const mapping = semap(matrix([[0.5, 0.9, 0.4, 0]], [[0, 1]]));
    const [target] = mapping.targets;
    assert.deepEqual(target!.slice(0, 2), [
      { source: 1, weight: 1 },
      { source: 0, weight: 1 },
    ]);
    assert.deepEqual(target!.slice(2), [{ source: 2, weight: 0.05 }]);
  });

  it('takes neighbours more where the only source below is but one of many kinds', () => {
    const plain = matrix([[0.5, 0.4]], [[0]]);
    const narrow = { ...plain, meanings: { ...plain.meanings!, narrow: [true] } };
    const weightOf = (similarity: SemanticMatrix) => semap(similarity).targets[0][1].weight;
    assert.deepEqual([weightOf(plain), weightOf(narrow)], [0.05, 0.3]);
  });

  it('takes what people wear lightly for a person, in place of an offset', () => {
    const plain = matrix([[0.5, 0, 0, 0]], [[0]]);
    const person = { ...plain, meanings: { ...plain.meanings!, kinds: [1000], worn: [[1, 2]] } };
    const mapping = semap(person, { excluded: [2] });
    assert.deepEqual(mapping.targets, [
      [
        { source: 0, weight: 1 },
        { source: 1, weight: 0.05 },
      ],
    ]);
    assert.equal(mapping.offsets, undefined);
  });

  it('lets a source go to the target that it is, not to one that borrows it', () => {
    const borrowing = (below: number[]) =>
      semap(
        matrix(
          [
            [0.3, 0.1, 0.1],
            [0.9, 0.1, 0.1],
            [0.1, 0.1, 0.3],
          ],
          [[], below, []],
        ),
      );
    const image = Float32Array.from([30, 0, 0]);
    const [rose, daisy] = new MappingScorer(borrowing([0])).score(image);
    assert.ok(Math.abs(daisy - rose - 0.5) < 1e-3, `${daisy} against ${rose}`);
    const { offsets } = borrowing([0]);
    assert.ok(offsets![0] < 0 && offsets![1] === 0 && offsets![2] === 0);
    // Three of many kinds are no possession.
    assert.equal(borrowing([0, 1, 2]).offsets, undefined);
  });

  it('weighs kinds by similarity where WordNet knows only the head of a label', () => {
    const sense = { phrase: 'wheaten terrier', key: 'terrier%1:05:00::', gloss: '', alternatives: [] };
    const partly = (whole: boolean) => ({
      ...matrix([[0.8, 0.65, 0.1]]),
      meanings: { descendants: [[0, 1]], kinds: [0], senses: [[{ ...sense, whole }]], notes: [[]] },
    });
    const weights = (whole: boolean) =>
      semap(partly(whole))
        .targets[0].slice(0, 2)
        .map(({ weight }) => weight);
    assert.deepEqual(weights(true), [1, 1]);
    const [first, second] = weights(false);
    assert.equal(first, 1);
    assert.ok(Math.abs(second! - Math.exp(-1)) < 1e-6);
  });

  it('without sources below weighs those close to the best one', () => {
    const [target] = semap(matrix([[0.5, 0.44, 0.1]]), { temperature: 0.06 }).targets;
    assert.equal(target!.length, 2);
    assert.deepEqual(target![0], { source: 0, weight: 1 });
    assert.ok(Math.abs(target![1].weight - Math.exp(-1)) < 1e-5);
  });

  it('raises a target that covers many kinds of which few are known', () => {
    const meanings = { descendants: [[0], [0]], kinds: [1000, 1], senses: [[], []], notes: [[], []] };
    const broad = { ...matrix([[1], [1]]), meanings };
    const { offsets } = semap(broad, { breadth: 0.1 });
    assert.ok(Math.abs(offsets![0] - 0.1 * Math.log(1000)) < 1e-9);
    assert.equal(offsets![1], 0);
    assert.equal(semap(broad, { breadth: 0 }).offsets, undefined);
  });

  it('mixes the two mappings of a combined similarity', () => {
    const wordnet = matrix([[1, 0, 0]], [[0]]);
    const encoder = matrix([[0, 0.9, 0]]);
    const [target] = semap({ ...wordnet, opinions: { wordnet, encoder } }).targets;
    const weights = target!.map(({ source, weight }) => [source, Number(weight.toFixed(3))]);
    assert.deepEqual(weights, [
      [0, 1],
      [1, 0.333],
    ]);
  });
});

describe('random mapping', () => {
  it('is one to one, the same for the same seed, and avoids background', () => {
    const once = randomMapping(5, 10, seededRandom(7), { excluded: [0] });
    assert.deepEqual(once, randomMapping(5, 10, seededRandom(7), { excluded: [0] }));
    assert.notDeepEqual(once, randomMapping(5, 10, seededRandom(8), { excluded: [0] }));
    const found = sources(once).flat();
    assert.equal(new Set(found).size, 5);
    assert.ok(!found.includes(0));
  });

  it('goes round when there are more targets than sources', () => {
    const found = sources(randomMapping(5, 2, seededRandom(1))).flat();
    assert.deepEqual([...new Set(found)].sort(), [0, 1]);
  });
});

describe('the Hungarian assignment', () => {
  function bestTotal(values: number[][], used: number[] = []): number {
    const [row, ...rest] = values;
    if (!row) return 0;
    return Math.max(
      ...row.map((value, c) => (used.includes(c) ? -1e9 : value + bestTotal(rest, [...used, c]))),
    );
  }

  it('is as good as trying everything', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 50; round++) {
      const values = Array.from({ length: 4 }, () => Array.from({ length: 5 }, () => random() - 0.5));
      const columns = assign(Float64Array.from(values.flat()), 4, 5);
      assert.equal(new Set(columns).size, 4);
      const total = [...columns].reduce((sum, c, r) => sum + values[r][c], 0);
      assert.ok(Math.abs(total - bestTotal(values)) < 1e-9);
    }
  });
});
