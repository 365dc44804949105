import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assurances, LEAST_ASSURANCE } from '../../../../src/core/caution/assurance.ts';
import {
  type CautionInput,
  type CautionSettings,
  cautiousAnswers,
  SAID,
  TRUTH,
} from '../../../../src/core/caution/cautiousAnswers.ts';
import { checkCaution } from '../../../../src/core/caution/checkCaution.ts';
import type { RollUp } from '../../../../src/core/caution/rollUp.ts';
import { readCaution } from '../../../../src/core/caution/settings.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { logSumExp } from '../../../../src/core/mapping/logSumExp.ts';

const labels = ['dog', 'cat', 'car'];
const names = Object.keys(SAID);

function input(images: readonly [target: number, confidence: number, truth?: number][]): CautionInput {
  const confidences = Float32Array.from(images, ([, confidence]) => confidence);
  return {
    labels,
    targets: Int32Array.from(images, ([target]) => target),
    confidences,
    assurances: confidences.map((confidence) => 10 * (confidence - 1)),
    probabilities: (i) => labels.map((_, t) => (t === images[i][0] ? images[i][1] : 0)),
    truths: Int32Array.from(images, ([, , truth = TRUTH.unknown]) => truth),
    random: () => true,
  };
}

function said(given: CautionInput, settings: CautionSettings, rollUp?: RollUp): string[] {
  return [...cautiousAnswers(given, settings, rollUp).said].map((what) => names[what]);
}

describe('thresholds', () => {
  test('are those of the label, and where it has none that of all', () => {
    const given = input([
      [0, 0.6],
      [0, 0.8],
      [1, 0.5],
      [2, 0.1],
    ]);
    const settings = { thresholds: { all: 0.5, labels: { dog: 0.7, car: 0 } } };
    assert.deepEqual(said(given, settings), ['notSure', 'label', 'label', 'label']);
  });

  test('a label named like a part of every object has none of its own', () => {
    const given = { ...input([[0, 0.6]]), labels: ['constructor', 'cat', 'car'] };
    assert.deepEqual(said(given, { thresholds: { all: 0.5, labels: {} } }), ['label']);
  });

  test('leave what is undecided not sure', () => {
    assert.deepEqual(said(input([[-1, 0]]), {}), ['notSure']);
  });

  test('for a label that is none, or beyond 0 and 1, are refused', () => {
    const refused = (settings: CautionSettings) =>
      assert.throws(
        () => checkCaution(labels, settings),
        (error) => error instanceof SemapError && error.reason === 'invalid-argument',
      );
    refused({ thresholds: { labels: { dgo: 0.5 } } });
    refused({ thresholds: { labels: { dog: 1.5 } } });
    refused({ thresholds: { all: Number.NaN } });
    refused({ none: { errorRate: 0 } });
    refused({ none: { errorRate: 1 } });
    checkCaution(labels, { thresholds: { all: 0, labels: { dog: 1 } }, none: { errorRate: 0.1 } });
  });
});

describe('settings in a file', () => {
  test('are read as they were written', () => {
    const settings = {
      thresholds: { all: 0.5, labels: { dog: 0.7 } },
      none: { errorRate: 0.1 },
      rollUp: true,
    };
    assert.deepEqual(readCaution(JSON.parse(JSON.stringify(settings))), settings);
    assert.equal(readCaution(undefined), undefined);
  });

  test('that mean nothing are refused', () => {
    const wrong = [
      null,
      [],
      { thresholds: 1 },
      { thresholds: { all: 2 } },
      { thresholds: { labels: { dog: 'x' } } },
      { none: {} },
      { none: { errorRate: 1 } },
      { rollUp: 'yes' },
    ];
    for (const data of wrong) assert.throws(() => readCaution(data), SemapError, JSON.stringify(data));
  });
});

describe('none of these', () => {
  const known = (wrong: number, right: number): [number, number, number][] => [
    ...Array.from({ length: wrong }, (_, i): [number, number, number] => [0, 0.4 + i / 100, 1]),
    ...Array.from({ length: right }, (): [number, number, number] => [0, 0.9, 0]),
  ];

  test('is said below a bound that keeps the promise, which rests on the images with a truth', () => {
    const { none, counts, measured } = cautiousAnswers(input([...known(4, 15), [0, 0.42], [0, 0.8]]), {
      none: { errorRate: 0.1 },
    });
    assert.equal(none?.promised, 0.1);
    assert.equal(none?.basis, 'random-labels');
    assert.deepEqual([none?.checked, none?.needed], [19, 9]);
    // Of 19 + 1 two may be wrong; the bound is at the second surest of the wrong ones.
    assert.equal(counts.none, 3 + 1);
    assert.deepEqual(measured, { images: 19, wrong: 1, lost: 0 });
  });

  test('counts an image that a person called none of these as wrong whatever its answer', () => {
    const nothing = Array.from({ length: 9 }, (): [number, number, number] => [0, 0.9, TRUTH.none]);
    const { counts, measured } = cautiousAnswers(input(nothing), { none: { errorRate: 0.1 } });
    assert.equal(counts.none, 9);
    assert.deepEqual(measured, { images: 9, wrong: 0, lost: 0 });
  });

  test('is not promised with too few truths: then the stated assurance decides', () => {
    const { none, counts } = cautiousAnswers(input([...known(2, 6), [0, 0.05]]), {
      none: { errorRate: 0.1 },
    });
    assert.deepEqual(none, { bound: LEAST_ASSURANCE, checked: 8, needed: 9 });
    assert.equal(counts.none, 1);
  });

  test('rests on images drawn at random where there are enough, else says that it rests on class folders', () => {
    const given = input(known(4, 16));
    const basis = (drawn: number) =>
      cautiousAnswers({ ...given, random: (i) => i < drawn }, { none: { errorRate: 0.1 } }).none;
    assert.deepEqual([basis(9)?.basis, basis(9)?.checked], ['random-labels', 9]);
    assert.deepEqual([basis(8)?.basis, basis(8)?.checked], ['class-folders', 20]);
  });
});

describe('labels of persons', () => {
  test('are said whatever the answer was, and none of these where they said so', () => {
    const given = Int32Array.of(1, TRUTH.none, TRUTH.unknown);
    const images = input([
      [0, 0.1],
      [0, 0.9],
      [0, 0.1],
    ]);
    assert.deepEqual(said({ ...images, given }, { thresholds: { all: 0.5 } }), ['label', 'none', 'notSure']);
  });

  test('can be rested on where each was judged without it, before class folders', () => {
    const truths = Array.from({ length: 20 }, (): [number, number, number] => [0, 0.9, 0]);
    const crossChecked = Array.from({ length: 9 }, () => ({ assurance: -2, wrong: true }));
    const given = { ...input(truths), random: () => false, crossChecked };
    const { none } = cautiousAnswers(given, { none: { errorRate: 0.1 } });
    assert.deepEqual([none?.basis, none?.checked, none?.bound], ['given-labels', 9, -2]);
  });
});

describe('kinds', () => {
  const animal = { label: 'animal', sense: 'animal%1:03:00::', targets: [0, 1] };
  const animals = {
    of: (row: ArrayLike<number>) => (row[2] > 0.1 ? undefined : { ancestor: animal, confidence: 0.9 }),
  } as unknown as RollUp;

  test('stand in place of a label, with their confidence, where the person wants them', () => {
    const given = input([
      [0, 0.5, 1],
      [2, 0.5, 0],
    ]);
    const answers = cautiousAnswers(given, { rollUp: true }, animals);
    assert.deepEqual([...answers.said], [SAID.kind, SAID.label]);
    assert.deepEqual([...answers.kind], [0, -1]);
    assert.deepEqual(answers.kinds, [animal]);
    assert.equal(answers.confidences[0], Math.fround(0.9));
    assert.deepEqual(answers.measured, { images: 2, wrong: 1, lost: 0 });
    assert.deepEqual(said(given, {}, animals), ['label', 'label']);
  });

  test('must be as sure as the most demanding of their labels', () => {
    const settings = (dog: number) => ({ rollUp: true, thresholds: { labels: { dog } } });
    assert.deepEqual(said(input([[1, 0.5]]), settings(0.8), animals), ['kind']);
    assert.deepEqual(said(input([[1, 0.5]]), settings(0.95), animals), ['notSure']);
  });

  test('are more assured than the label alone', () => {
    const [label, kind] = [{}, { rollUp: true }].map(
      (settings) => cautiousAnswers(input([[0, 0.5]]), settings, animals).assurances[0],
    );
    assert.ok(kind > label);
  });
});

describe('assurance', () => {
  const of = (scores: number[], evidence: number, trust?: number, unbacked?: boolean[]) =>
    assurances({
      targets: Int32Array.of(0),
      confidences: Float32Array.of(0.9),
      scores: Float32Array.from(scores),
      evidence: Float32Array.of(evidence),
      trust,
      unbacked,
    })[0];

  test('is less where the backbone has more for other labels, though the confidence is the same', () => {
    assert.ok(of([5, 1], 5.2) > of([5, 1], 12));
  });

  test('leaves out what the mapping says as far as labels have taught that it cannot be trusted', () => {
    assert.equal(of([5, 1], 5, 0), of([5, 1], 12, 0));
    assert.ok(of([5, 1], 12, 0.5) > of([5, 1], 12, 1));
  });

  test('asks not what the backbone has for a label that is all that it has for none of the others', () => {
    assert.equal(of([5, 1], 12, 1, [true, false]), of([5, 1], 5, 1, [true, false]));
    assert.ok(of([5, 1], 12, 1, [false, true]) < of([5, 1], 5, 1, [false, true]));
  });

  test('is a number for a label without sources, whatever its mapping is trusted', () => {
    const unbacked = [true, false];
    assert.equal(of([Number.NEGATIVE_INFINITY, 1], 5, 1, unbacked), of([5, 1], 5, 1, unbacked));
    assert.equal(of([Number.NEGATIVE_INFINITY, 1], 5, 0), of([5, 1], 5, 0));
  });

  test('is least where nothing is decided', () => {
    const nothing = {
      targets: Int32Array.of(-1),
      confidences: Float32Array.of(0.5),
      scores: new Float32Array(2),
    };
    assert.equal(assurances(nothing)[0], Number.NEGATIVE_INFINITY);
  });

  test('log-sum-exp of large and of no logits', () => {
    assert.ok(Math.abs(logSumExp(Float32Array.of(1000, 1000)) - (1000 + Math.LN2)) < 1e-6);
    assert.equal(logSumExp(new Float32Array(2).fill(Number.NEGATIVE_INFINITY)), Number.NEGATIVE_INFINITY);
  });
});
