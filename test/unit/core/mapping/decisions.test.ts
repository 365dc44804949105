import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide, decideAgain, type ImageLogits } from '../../../../src/core/mapping/decisions.ts';
import type { Aggregation, Mapping, SourceWeight } from '../../../../src/core/mapping/mapping.ts';
import { MappingScorer } from '../../../../src/core/mapping/scoring.ts';
import { seededRandom } from '../../../../src/core/random.ts';

const S = 40;
const T = 24;
/** More than are scored at once, and more than a block. */
const IMAGES = 600;
const BLOCK = 400;

const AGGREGATIONS: readonly Aggregation[] = [
  { kind: 'log-mean-exp', alpha: 0.5 },
  { kind: 'log-mean-exp', alpha: 1 },
  { kind: 'mean-logits' },
  { kind: 'max' },
  { kind: 'conse', top: 5 },
  { kind: 'linear', bias: Array.from({ length: T }, (_, t) => t / T) },
];

function randomSources(random: () => number): SourceWeight[] {
  const count = Math.floor(4 * random());
  return Array.from({ length: count }, (_, k) => ({
    source: Math.floor((S * (k + random())) / 4),
    weight: random() < 0.5 ? 1 : 0.5,
  }));
}

function randomMapping(aggregation: Aggregation, random: () => number): Mapping {
  return {
    sourceCount: S,
    targets: Array.from({ length: T }, () => randomSources(random)),
    aggregation,
    offsets: Array.from({ length: T }, () => random()),
  };
}

/** Logits on a coarse grid, so that targets draw level; the strongest source is at times in no target. */
function randomLogits(random: () => number): ImageLogits & { readonly all: Float32Array } {
  const all = Float32Array.from({ length: IMAGES * S }, () => Math.floor(8 * random()));
  const row = (image: number) => all.subarray(image * S, (image + 1) * S);
  async function* blocks() {
    for (let from = 0; from < IMAGES; from += BLOCK) {
      const length = Math.min(BLOCK, IMAGES - from);
      yield { from, images: { length }, logits: all.subarray(from * S, (from + length) * S) };
    }
  }
  return { all, images: { length: IMAGES }, row, blocks };
}

function edited(mapping: Mapping, target: number, random: () => number): Mapping {
  return {
    ...mapping,
    targets: mapping.targets.map((old, t) => (t === target ? randomSources(random) : old)),
  };
}

describe('what a mapping decides', () => {
  it('is nothing where all targets draw level, before an edit and after it', async () => {
    const random = seededRandom(5);
    const logits = { ...randomLogits(random) };
    logits.all.forEach((_, i) => {
      // Most images are as like one source as another.
      if (Math.floor(i / S) % 4 > 0) logits.all[i] = 1;
    });
    const targets = Array.from({ length: T }, (_, t) => [{ source: t, weight: 1 }]);
    const all: Mapping = { sourceCount: S, targets, aggregation: { kind: 'max' } };
    const apart = { ...all, offsets: Array.from({ length: T }, (_, t) => (t === 7 ? -1 : 0)) };
    const ahead = { ...all, offsets: Array.from({ length: T }, (_, t) => (t === 7 ? 1 : 0)) };
    let known = await decide(apart, logits);
    let before: Mapping = apart;
    for (const [mapping, ofLevel] of [
      [all, -1],
      [ahead, 7],
      [all, -1],
      [apart, 0],
    ] as const) {
      const again = await decideAgain(mapping, before, known, logits);
      assert.deepEqual(again, await decide(mapping, logits));
      assert.equal(again?.predicted[1], ofLevel);
      known = again!;
      before = mapping;
    }
  });

  it('is the target of the highest score of every image, the first of equal ones', async () => {
    const random = seededRandom(1);
    const mapping = randomMapping({ kind: 'max' }, random);
    const logits = randomLogits(random);
    const { predicted, scores } = await decide(mapping, logits);
    const all = new MappingScorer(mapping).score(logits.all, IMAGES);
    for (let image = 0; image < IMAGES; image++) {
      const row = [...all.subarray(image * T, (image + 1) * T)];
      assert.equal(scores[image], Math.max(...row));
      assert.equal(predicted[image], row.indexOf(Math.max(...row)));
    }
  });

  for (const aggregation of AGGREGATIONS) {
    it(`is after an edit the same, to the bit, as decided from nothing: ${aggregation.kind}`, async () => {
      const random = seededRandom(2);
      const logits = randomLogits(random);
      let mapping = randomMapping(aggregation, random);
      let known = await decide(mapping, logits);
      let changed = 0;
      for (let edits = 0; edits < 20; edits++) {
        const next = edited(mapping, Math.floor(T * random()), random);
        const again = await decideAgain(next, mapping, known, logits);
        const anew = await decide(next, logits);
        assert.deepEqual(again, anew);
        changed += anew.predicted.filter((target, i) => target !== known.predicted[i]).length;
        [mapping, known] = [next, anew];
      }
      assert.ok(changed > 0, 'edits change something');
    });
  }

  it('is nothing where no target has sources, and something as soon as one has', async () => {
    const empty: Mapping = { sourceCount: S, targets: Array(T).fill([]), aggregation: { kind: 'max' } };
    const logits = randomLogits(seededRandom(3));
    const known = await decide(empty, logits);
    assert.deepEqual(new Set(known.predicted), new Set([-1]));
    const targets = empty.targets.with(7, [{ source: 0, weight: 1 }]);
    const again = await decideAgain({ ...empty, targets }, empty, known, logits);
    assert.deepEqual(new Set(again?.predicted), new Set([7]));
    const back = await decideAgain(empty, { ...empty, targets }, again!, logits);
    assert.deepEqual(back, known);
  });

  it('is not known from a mapping with other targets, another aggregation or many edits', async () => {
    const random = seededRandom(4);
    const logits = randomLogits(random);
    const mapping = randomMapping({ kind: 'max' }, random);
    const known = await decide(mapping, logits);
    const others: Mapping[] = [
      { ...mapping, targets: mapping.targets.slice(1) },
      { ...mapping, aggregation: { kind: 'mean-logits' } },
      randomMapping({ kind: 'max' }, random),
    ];
    for (const other of others) assert.equal(await decideAgain(other, mapping, known, logits), undefined);
  });
});
