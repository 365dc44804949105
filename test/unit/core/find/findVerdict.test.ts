import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Candidate } from '../../../../src/core/find/candidate.ts';
import { verdictOf } from '../../../../src/core/find/findVerdict.ts';
import { findWays, type LabelBudget } from '../../../../src/core/find/findWays.ts';
import { searchPoints } from '../../../../src/core/find/points.ts';
import { unitsOf } from '../../../../src/core/metrics/units.ts';
import { say } from '../../../../src/core/text/text.ts';

const IMAGES = 60;
const searchUnits = unitsOf(new Int32Array(IMAGES).fill(-1));

/** A way that has so many images right, from one on. */
function candidate(
  id: string,
  budget: LabelBudget,
  right: number,
  { expected, from = 0 }: Pick<Candidate, 'expected'> & { readonly from?: number } = {},
): Candidate {
  const find = findWays.find((way) => way.id === id)!;
  const outcomes = Float64Array.from({ length: IMAGES }, (_, i) => Number(i >= from && i < from + right));
  return {
    id: `${id}/${budget}`,
    way: find.way,
    find,
    budget,
    backbones: [{ name: 'net', path: '/net.onnx', sha256: '' }],
    key: 'net',
    cost: { labels: budget === 'all' ? IMAGES : 0, seconds: 0, imagesPerSecond: 10, bytes: 100 },
    round: 0,
    search: { once: outcomes, mean: outcomes },
    expected,
  };
}

function said(candidates: readonly Candidate[], outOfTime = false): string[] {
  const state = { candidates, searchUnits, heldOutUnits: [], decided: true };
  const parts = { search: IMAGES, heldOut: 0, unlabeled: 0 };
  const counts = { given: 0, labelled: IMAGES, found: IMAGES };
  return verdictOf({
    ...searchPoints(state),
    candidates,
    parts,
    ...counts,
    decided: true,
    outOfTime,
  }).map((text) => say(text));
}

describe('The verdict of a search', () => {
  const expected = { value: 0.5, low: 0.4, high: 0.6 };

  it('names what is right without labels where another way without labels is recommended', () => {
    const sentences = said([
      candidate('zero-shot', 0, 34, { expected }),
      candidate('settled', 0, 35, { from: 3 }),
      candidate('prototypes', 'all', 33),
    ]);
    assert.match(sentences[0]!, /^With no labels: 58% \(.*\), by Settled folder on net\.$/);
    assert.ok(sentences.some((one) => one.startsWith('Recommended: Zero-shot (SeMap adaptive) on net, ')));
  });

  it('names what is right without labels where the frontier begins with what labels chose', () => {
    const sentences = said([
      candidate('zero-shot', 0, 25, { expected }),
      {
        ...candidate('zero-shot', 0, 35, { expected: { value: 0.3, low: 0.2, high: 0.4 } }),
        id: 'zero-shot/0@other',
        backbones: [{ name: 'other', path: '/other.onnx', sha256: '' }],
        key: 'other',
      },
      candidate('prototypes', 'all', 57),
    ]);
    assert.match(sentences[0]!, /^With no labels: 42% \(.*\), by Zero-shot \(SeMap adaptive\) on net\.$/);
  });

  it('gives the same figure twice where one way is both', () => {
    const sentences = said([candidate('zero-shot', 0, 34, { expected }), candidate('prototypes', 'all', 33)]);
    const [, figure] = /^With no labels: (.*)\.$/.exec(sentences[0]!)!;
    assert.ok(sentences.some((one) => one === `Recommended: Zero-shot (SeMap adaptive) on net, ${figure}.`));
  });

  it('compares what is recommended with what learns from no fewer labels than there are', () => {
    const few = {
      ...candidate('prototypes', 5, 52),
      cost: { ...candidate('prototypes', 5, 0).cost, labels: 15 },
    };
    const sentences = said([
      candidate('zero-shot', 0, 30, { expected }),
      few,
      candidate('prototypes', 'all', 50),
    ]);
    assert.ok(
      sentences.some((one) => /^Recommended: Prototypes on net, [^.]*\.$/.test(one)),
      sentences.join(' '),
    );
  });

  it('says that time ended it', () => {
    const candidates = [candidate('zero-shot', 0, 30, { expected }), candidate('prototypes', 'all', 50)];
    assert.match(said(candidates, true).at(-1)!, /^The time was used up/);
    assert.ok(said(candidates).every((one) => !one.startsWith('The time was used up')));
  });
});
