import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Candidate } from '../../../../src/core/find/candidate.ts';
import { findWays, type LabelBudget } from '../../../../src/core/find/findWays.ts';
import { reporters, searchPoints } from '../../../../src/core/find/points.ts';
import { unitsOf } from '../../../../src/core/metrics/units.ts';
import { seededRandom } from '../../../../src/core/random.ts';

const IMAGES = 60;
const units = unitsOf(new Int32Array(IMAGES).fill(-1));

/** A way that has the first so many images right. */
function candidate(id: string, budget: LabelBudget, right: number, more: Partial<Candidate> = {}): Candidate {
  const find = findWays.find((way) => way.id === id)!;
  const outcomes = Float64Array.from({ length: IMAGES }, (_, i) => Number(i < right));
  return {
    id: `${id}/${budget}`,
    way: find.way,
    find,
    budget,
    backbones: [{ name: 'net', path: '/net.onnx', sha256: '' }],
    key: 'net',
    cost: { labels: budget === 'all' ? IMAGES : 3 * budget, seconds: 0, imagesPerSecond: 10, bytes: 100 },
    round: 0,
    search: { once: outcomes, mean: outcomes },
    ...more,
  };
}

describe('points of a search', () => {
  // Few labels are worse than none here, and so on no frontier.
  const candidates = [
    candidate('zero-shot', 0, 30, { expected: { value: 0.5, low: 0.4, high: 0.6 } }),
    candidate('prototypes', 1, 20),
    candidate('prototypes', 5, 40),
    candidate('prototypes', 'all', 50),
    candidate('linear-probe', 'all', 58, { problem: { reason: 'internal', message: 'broke' } as never }),
  ];

  it('reports every figure that the verdict tells by images that did not choose it', () => {
    const { points } = searchPoints({ candidates, searchUnits: units, heldOutUnits: [], decided: true });
    const figureOf = (id: string) => points.find((point) => point.id === id)!.figure!;
    assert.deepEqual(points.find(({ id }) => id === 'prototypes/1')!.frontier, []);
    assert.equal(figureOf('prototypes/1').by, 'corrected');
    assert.equal(figureOf('zero-shot/0').by, 'unused-labels');
    assert.ok(reporters(candidates, units).some(({ id }) => id === 'prototypes/1'));
  });

  it('recommends nothing that failed on the way', () => {
    const { recommended } = searchPoints({ candidates, searchUnits: units, heldOutUnits: [], decided: true });
    assert.equal(recommended, 'prototypes/all');
    assert.ok(!reporters(candidates, units).some(({ problem }) => problem));
  });

  it('recommends no labels that are worth less than none after all', () => {
    const random = seededRandom(3);
    const zeroShot = candidate('zero-shot', 0, 31, { expected: { value: 0.5, low: 0.4, high: 0.6 } });
    const lucky = Array.from({ length: 12 }, (_, w): Candidate => {
      const mean = Float64Array.from({ length: IMAGES }, () => Number(random() < 0.5));
      return candidate('prototypes', 'all', 0, { id: `lucky${w}`, search: { once: mean, mean } });
    });
    const state = { candidates: [zeroShot, ...lucky], searchUnits: units, heldOutUnits: [] };
    // The best of these looks better than it is.
    const before = searchPoints({ ...state, decided: false });
    assert.match(before.recommended!, /^lucky/);
    const { recommended, points, unlabelled } = searchPoints({ ...state, decided: true });
    assert.equal(recommended, zeroShot.id);
    const figureOf = (id: string) => points.find((point) => point.id === id)!.figure!.value;
    assert.ok(figureOf(before.recommended!) < figureOf(unlabelled!));
  });

  it('does not lower what was asked all images by rivals that were asked a few', () => {
    const asked = Float64Array.from({ length: IMAGES }, (_, i) =>
      i % 9 === 0 ? Number(i < 48) : Number.NaN,
    );
    const prompts = Array.from({ length: 3 }, (_, w) =>
      candidate('prototypes', 'all', 0, {
        id: `prompt${w}`,
        find: undefined,
        way: { prompt: { kind: 'watermark' }, epochs: 3, scores: 'blm+' },
        search: { once: asked, mean: asked },
      }),
    );
    const figureWith = (some: readonly Candidate[]) =>
      searchPoints({ candidates: some, searchUnits: units, heldOutUnits: [], decided: true }).points.find(
        ({ id }) => id === 'prototypes/all',
      )!.figure;
    assert.deepEqual(figureWith([...candidates, ...prompts]), figureWith(candidates));
  });

  it('lowers what labels add by what choosing added, where the same images chose', () => {
    const lucky = Array.from({ length: 12 }, (_, w): Candidate => {
      const random = seededRandom(w);
      const mean = Float64Array.from({ length: IMAGES }, () => Number(random() < 0.5));
      return candidate('prototypes', 'all', 0, { id: `lucky${w}`, search: { once: mean, mean } });
    });
    const some = [candidates[0], ...lucky];
    const { points, differences } = searchPoints({
      candidates: some,
      searchUnits: units,
      heldOutUnits: [],
      decided: true,
    });
    const found = differences.find(({ than }) => than === 'zero-shot/0')!;
    const [of, than] = [found.of, found.than].map((id) => points.find((point) => point.id === id)!);
    assert.ok(of.searched! - of.figure!.value > 0.02);
    assert.ok(Math.abs(found.value - (of.figure!.value - than.figure!.value)) < 1e-9);
    assert.ok(found.low <= found.value && found.value <= found.high);
  });

  it('lowers what a prompt adds by what choosing among prompts added, where the same images chose', () => {
    const random = seededRandom(11);
    // Coins on the fifth that judges; the best of eight looks like more.
    const prompts = Array.from({ length: 8 }, (_, w): Candidate => {
      const mean = Float64Array.from({ length: IMAGES }, (_, i) =>
        i % 5 === 0 ? Number(random() < 0.8) : Number.NaN,
      );
      return candidate('prototypes', 'all', 0, {
        id: `prompt${w}`,
        find: undefined,
        way: { prompt: { kind: 'watermark' }, epochs: 20, scores: 'blm+' },
        search: { once: mean, mean },
      });
    });
    const addedBy = (some: readonly Candidate[]) =>
      searchPoints({
        candidates: [...candidates, ...some],
        searchUnits: units,
        heldOutUnits: [],
        decided: true,
      }).differences.find(({ of, than }) => of.startsWith('prompt') && than === 'prototypes/all')!;
    const chosen = addedBy(prompts);
    const alone = addedBy(prompts.filter(({ id }) => id === chosen.of));
    assert.ok(alone.value - chosen.value > 0.03, `${alone.value} ${chosen.value}`);
    assert.ok(Math.abs(alone.high - alone.low - (chosen.high - chosen.low)) < 1e-9);
    assert.ok(chosen.p >= alone.p);
    // Where others were held out, nothing is to be corrected.
    const heldOut = { once: prompts[0].search!.mean, mean: prompts[0].search!.mean };
    const held = (some: readonly Candidate[]) =>
      searchPoints({
        candidates: some.map((one) => ({ ...one, heldOut })),
        searchUnits: units,
        heldOutUnits: units,
        decided: true,
      }).differences.map(({ value }) => value);
    assert.ok(held([...candidates, ...prompts]).every((value) => value === 0));
  });

  it('gives a way that was asked easy images the interval of what it would have on all', () => {
    const asked = Float64Array.from({ length: IMAGES }, (_, i) => (i < 30 ? Number(i < 29) : Number.NaN));
    const all = [
      candidate('prototypes', 'all', 30),
      candidate('linear-probe', 'all', 0, { search: { once: asked, mean: asked } }),
    ];
    const state = { candidates: all, searchUnits: units, heldOutUnits: [] };
    const { points } = searchPoints({ ...state, decided: false });
    const { value, low, high } = points.find(({ id }) => id === 'linear-probe/all')!.figure!;
    assert.ok(
      Math.abs(value - (0.5 - 1 / 30)) < 1e-9 && low < value && value < high,
      `${low} ${value} ${high}`,
    );
  });

  it('gives a way that was asked a fifth of the images an interval of so many', () => {
    const judge = Float64Array.from({ length: IMAGES }, (_, i) => (i < 12 ? Number(i < 11) : Number.NaN));
    const prompt = candidate('prototypes', 'all', 0, {
      id: 'prompt',
      find: undefined,
      way: { prompt: { kind: 'watermark' }, epochs: 3, scores: 'blm+' },
      search: { once: judge, mean: judge },
    });
    const { points } = searchPoints({
      candidates: [...candidates, prompt],
      searchUnits: units,
      heldOutUnits: [],
      decided: true,
    });
    const widthOf = (id: string) => {
      const { low, high } = points.find((point) => point.id === id)!.figure!;
      return high - low;
    };
    assert.equal(points.find(({ id }) => id === 'prompt')!.figure!.by, 'corrected');
    assert.ok(widthOf('prompt') > 1.3 * widthOf('prototypes/all'));
  });
});
