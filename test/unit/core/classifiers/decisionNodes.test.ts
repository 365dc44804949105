import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  headScores,
  joinedFeatures,
  joinedRows,
  knownTargets,
} from '../../../../src/core/classifiers/headNodes.ts';
import { joinedScores, mappedScores } from '../../../../src/core/classifiers/mappingNodes.ts';
import { joinFeatures } from '../../../../src/core/heads/features.ts';
import type { Head } from '../../../../src/core/heads/head.ts';
import { headFor } from '../../../../src/core/heads/head.ts';
import type { HeadContent } from '../../../../src/core/heads/headFile.ts';
import { JoinedScorer, joinRows } from '../../../../src/core/mapping/joinedScorer.ts';
import type { Aggregation, Mapping } from '../../../../src/core/mapping/mapping.ts';
import { MappingScorer } from '../../../../src/core/mapping/scoring.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { target } from '../../alignments.ts';
import { sketched, tensor } from './sketched.ts';

const N = 5;
const random = seededRandom(7);
const numbers = (count: number, spread = 8) =>
  Float32Array.from({ length: count }, () => spread * (random() - 0.5));

/** Some sources for each target; none for the third. */
function mapping(sourceCount: number, T: number, aggregation: Aggregation, isNegative = false): Mapping {
  return {
    sourceCount,
    aggregation,
    offsets: Array.from({ length: T }, (_, t) => (t % 2 ? 0.3 * t : 0)),
    targets: Array.from({ length: T }, (_, t) =>
      t === 2
        ? []
        : Array.from({ length: 1 + (t % 4) }, (_, k) => ({
            source: (7 * t + 3 * k) % sourceCount,
            weight: isNegative ? random() - 0.5 : 0.1 + 0.9 * random(),
          })),
    ),
  };
}

const floatsOf = (name: string, width: number) => ({ name, type: 'float32', dims: ['N', width] }) as const;

/** Scores of targets that have one. */
function close(actual: Float32Array, expected: Float32Array, tolerance = 2e-5): void {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries()) {
    if (value === Number.NEGATIVE_INFINITY) assert.ok(Number.isFinite(actual[i]));
    else
      assert.ok(
        Math.abs(actual[i] - value) <= tolerance * Math.max(1, Math.abs(value)),
        `${i}: ${actual[i]} ${value}`,
      );
  }
}

const aggregations: readonly [string, Aggregation][] = [
  ['log-mean-exp', { kind: 'log-mean-exp', alpha: 1 }],
  ['log-mean-exp with half a mean', { kind: 'log-mean-exp', alpha: 0.5 }],
  ['mean-logits', { kind: 'mean-logits' }],
  ['max', { kind: 'max' }],
  ['conse', { kind: 'conse', top: 4 }],
  ['linear', { kind: 'linear', bias: [0.1, -0.2, 0.3, 0, 1, 2, 3] }],
];

describe('the mapping of an exported classifier', () => {
  for (const [name, aggregation] of aggregations) {
    for (const opset of [13, 18]) {
      it(`scores by ${name} as MappingScorer does, ONNX ${opset}`, async () => {
        const own = mapping(20, 7, aggregation, aggregation.kind === 'linear');
        const logits = numbers(N * 20);
        const run = await sketched([floatsOf('z', 20)], 'float32', (s) => mappedScores(s, own, 'z'), opset);
        const out = await run({ z: tensor(logits, N, 20) });
        close(out.data as Float32Array, new MappingScorer(own).score(logits, N));
      });
    }
  }

  it('keeps the scores of targets that are far below all others of the backbone', async () => {
    const own: Mapping = {
      sourceCount: 4,
      aggregation: { kind: 'log-mean-exp', alpha: 1 },
      targets: [[{ source: 1, weight: 1 }], [{ source: 2, weight: 0.5 }]],
    };
    const logits = Float32Array.of(900, -3, -4, 0);
    const run = await sketched([floatsOf('z', 4)], 'float32', (s) => mappedScores(s, own, 'z'));
    close(
      (await run({ z: tensor(logits, 1, 4) })).data as Float32Array,
      new MappingScorer(own).score(logits, 1),
    );
  });

  it('of ten thousand labels with many sources is not written as a whole matrix', async () => {
    const S = 9000;
    const own: Mapping = {
      sourceCount: S,
      aggregation: { kind: 'log-mean-exp', alpha: 1 },
      targets: Array.from({ length: 1200 }, (_, t) =>
        Array.from({ length: 5 }, (_, k) => ({ source: (t * 7 + k) % S, weight: 0.5 + k / 10 })),
      ),
    };
    const logits = numbers(2 * S);
    let bytes = 0;
    const run = await sketched([floatsOf('z', S)], 'float32', (s) => {
      const value = mappedScores(s, own, 'z');
      bytes = [...s.constants.values()].reduce((sum, { bytes: own }) => sum + own.length, 0);
      return value;
    });
    assert.ok(bytes < 400_000, `${bytes}`);
    close(
      (await run({ z: tensor(logits, 2, S) })).data as Float32Array,
      new MappingScorer(own).score(logits, 2),
    );
  });

  it('of several backbones combines them as JoinedScorer does, narrower ones and linear ones too', async () => {
    const broad = mapping(20, 7, { kind: 'log-mean-exp', alpha: 1 });
    const other = mapping(9, 7, { kind: 'max' });
    const narrow: Mapping = { ...other, targets: other.targets.map((sources, t) => (t < 4 ? sources : [])) };
    const linear = mapping(11, 7, { kind: 'linear', bias: [0, 1, 0, 1, 0, 1, 0] }, true);
    const scorer = new JoinedScorer([
      { mapping: broad, weight: 1, targetWeights: [0.2, 1, 3, 1, 0.5, 1, 2] },
      { mapping: narrow, weight: 2 },
      { mapping: linear, weight: 0.5 },
    ]);
    const rows = [numbers(20), numbers(9), numbers(11)];
    const run = await sketched([floatsOf('a', 20), floatsOf('b', 9), floatsOf('c', 11)], 'float32', (s) =>
      joinedScores(s, scorer, ['a', 'b', 'c']),
    );
    const out = await run({ a: tensor(rows[0], 1, 20), b: tensor(rows[1], 1, 9), c: tensor(rows[2], 1, 11) });
    close(out.data as Float32Array, scorer.score(joinRows(rows, new Float32Array(40)), 1));
  });
});

const T = 4;
const D = 12;

function terms(reads: 'features' | 'logits', more: object): HeadContent {
  return {
    kind: 'mixture',
    backbone: 'ab',
    prompt: '',
    targets: ['a', 'b', 'c', 'd'],
    terms: {
      targetCount: T,
      projection: { kind: reads, mean: numbers(D, 0.2), directions: numbers(3 * D, 1) },
      floor: -20,
      evidence: 0.8,
      trust: 0.7,
      residual: numbers(T * D, 3),
      bias: numbers(T),
      weights: numbers(T * 3),
      offsets: numbers(T),
      ...more,
    },
  };
}

function headOf(content: HeadContent, labels: readonly string[]): Head {
  const backbone = {
    name: 'net',
    sha256: 'ab',
    labelSpace: { labels: Array.from({ length: D }, (_, i) => ({ name: `s${i}` })) },
    input: {},
  };
  return headFor({ targets: labels.map((label) => target(label)) }, content, 'h', backbone as never, D);
}

const heads: Record<string, HeadContent> = {
  'a settled folder': terms('features', {}),
  'a settled folder, by logits': terms('logits', {}),
  prototypes: terms('features', {
    evidence: 0,
    weights: new Float32Array(0),
    projection: { kind: 'features', mean: numbers(D, 0.2), directions: new Float32Array(0) },
  }),
  'a probe beside probabilities': terms('features', {
    evidence: 0,
    trust: 0,
    mixing: numbers(T * T, 2),
    weights: new Float32Array(0),
    projection: { kind: 'features', mean: numbers(D, 0.2), directions: new Float32Array(0) },
  }),
  'a learned layer': {
    kind: 'linear-probe',
    backbone: 'ab',
    prompt: '',
    targets: ['a', 'b', 'c', 'd'],
    terms: { reads: 'features', width: D, weights: numbers(T * D), bias: numbers(T) },
  },
};

describe('the head of an exported classifier', () => {
  for (const [name, content] of Object.entries(heads)) {
    for (const labels of [
      ['a', 'b', 'c', 'd'],
      ['d', 'new', 'b', 'a'],
    ]) {
      it(`${name}: scores ${labels} as the head does`, async () => {
        const head = headOf(content, labels);
        // The mapping has nothing for the third.
        const carried = [true, true, false, true];
        const mapped = numbers(N * T);
        const features = numbers(N * D);
        const lacking = mapped.map((score, i) => (carried[i % T] ? score : Number.NEGATIVE_INFINITY));
        const expected = head.score({ logits: features, features, mapped: lacking }, N);
        const run = await sketched([floatsOf('x', D), floatsOf('m', T)], 'float32', (s) =>
          headScores(s, head, { read: 'x', mapped: 'm', carried }),
        );
        const out = await run({ x: tensor(features, N, D), m: tensor(mapped, N, T) });
        close(out.data as Float32Array, expected, 1e-4);
        const known = knownTargets(head, carried);
        assert.deepEqual(
          known,
          labels.map((_, t) => expected[t] !== Number.NEGATIVE_INFINITY),
        );
      });
    }
  }

  it('of several backbones reads their features and outputs as SeMap joins them', async () => {
    const [a, b] = [numbers(6), numbers(3)];
    for (const [draw, expected] of [
      [joinedFeatures, joinFeatures([a, b], new Float32Array(9))],
      [joinedRows, joinRows([a, b], new Float32Array(9))],
    ] as const) {
      const run = await sketched([floatsOf('a', 6), floatsOf('b', 3)], 'float32', (s) => draw(s, ['a', 'b']));
      close((await run({ a: tensor(a, 1, 6), b: tensor(b, 1, 3) })).data as Float32Array, expected);
    }
  });
});
