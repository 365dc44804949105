import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Layout } from '../../../../src/core/folders/layout.ts';
import { ConfusionCounts, worstFirst } from '../../../../src/core/metrics/confusion.ts';
import { SHOWN } from '../../../../src/protocol/cautionView.ts';
import type { ResultColumns, RunSummary } from '../../../../src/protocol/resultsView.ts';
import { countByLabel } from '../../../../webview/results/cautionForm.ts';
import { basisWords } from '../../../../webview/results/cautionWords.ts';
import { confusionCounts } from '../../../../webview/results/confusionTab.ts';
import { GivenLabels } from '../../../../webview/results/givenLabels.ts';
import {
  arrivals,
  countLabels,
  type Filter,
  grouped,
  ResultTable,
  sorted,
} from '../../../../webview/results/resultTable.ts';
import { expectedPlain, expectedWords } from '../../../../webview/results/settleWords.ts';
import { atThreshold, thresholdCurve } from '../../../../webview/results/thresholdTab.ts';
import {
  accuracySentence,
  chainOf,
  ending,
  howFar,
  intervalSentence,
  isGiven,
  noteLines,
  origin,
  plainWords,
  saidOf,
  splitSentences,
  splitsLine,
  truthSentence,
} from '../../../../webview/results/words.ts';
import { measuredOnAll } from '../../measuredOn.ts';

type Row = readonly [
  predicted: number,
  truth: number,
  confidence: number,
  plain?: number,
  given?: number,
  said?: number,
  split?: number,
];

function columns(...rows: readonly Row[]): ResultColumns {
  const confidence = Float32Array.from(rows, ([, , confidence]) => confidence);
  return {
    predicted: Int32Array.from(rows, ([predicted]) => predicted),
    truth: Int32Array.from(rows, ([, truth]) => truth),
    confidence,
    plain: Int32Array.from(rows, ([predicted, , , plain = predicted]) => plain),
    plainConfidence: confidence,
    given: Int32Array.from(rows, ([, , , , given = -1]) => given),
    said: Int32Array.from(rows, ([, , , , , said = -1]) => said),
    split: Int8Array.from(rows, ([, , , , , , split = -1]) => split),
  };
}

function table(...rows: readonly Row[]): ResultTable {
  const made = new ResultTable();
  made.append(columns(...rows));
  return made;
}

/** Answers below one half are not sure. */
function unsure(made: ResultTable): ResultTable {
  made.thresholds = { all: 0.5, labels: [] };
  return made;
}

const results = unsure(table([0, 0, 0.9], [1, 0, 0.4], [1, 1, 0.6], [2, -1, 0.2], [2, 1, 0.8]));
const everything: Filter = {
  kind: 'all',
  truth: undefined,
  predicted: undefined,
  split: undefined,
  least: 0,
  most: 100,
  named: undefined,
  looks: undefined,
  given: new GivenLabels(),
};

describe('the table of results', () => {
  it('keeps what arrives in many small pieces', () => {
    const grown = new ResultTable();
    for (let i = 0; i < 3000; i++) {
      grown.append(columns([i % 7, i % 3, 0.5]));
    }
    assert.equal(grown.length, 3000);
    assert.deepEqual([grown.predicted(2999), grown.truth(2999)], [2999 % 7, 2999 % 3]);
  });

  it('takes answers that changed, and leaves all others', () => {
    const changing = table([0, 0, 0.9], [1, 0, 0.4], [1, 1, 0.6]);
    // The last one is still to arrive.
    const images = Int32Array.of(1, 7);
    changing.update({ version: 3, images, columns: columns([0, 0, 0.7, 1], [1, 1, 1]) });
    assert.deepEqual([changing.version, changing.length], [3, 3]);
    const answers = [0, 1, 2].map((image) => [changing.predicted(image), changing.plain(image)]);
    assert.deepEqual(answers, [
      [0, 0],
      [0, 1],
      [1, 1],
    ]);
    assert.deepEqual([changing.changed(0), changing.changed(1)], [false, true]);
    assert.deepEqual([changing.wrong(1), changing.given(1)], [false, -1]);
    // A person is not settling.
    changing.update({ version: 4, images, columns: columns([0, 0, 0.7, 1, 0], [1, 1, 1]) });
    assert.deepEqual([changing.given(1), changing.changed(1)], [0, false]);
  });

  it('counts the images that were deleted while their folder was watched', () => {
    const watched = table([0, -1, 0.9], [1, -1, 0.4], [1, -1, 0.6, 1, -1, SHOWN.gone]);
    assert.equal(watched.gone, 1);
    const images = Int32Array.of(0, 2);
    const columnsNow = columns([0, -1, 0.9, 0, -1, SHOWN.gone], [1, -1, 0.6, 1, -1, SHOWN.gone]);
    watched.update({ version: 1, images, columns: columnsNow });
    assert.equal(watched.gone, 2);
    watched.update({ version: 2, images, columns: columns([0, -1, 0.9], [1, -1, 0.6]) });
    assert.equal(watched.gone, 0);
  });

  it('calls nothing wrong whose truth is not known', () => {
    const wrong = [0, 1, 2, 3, 4].map((image) => results.wrong(image));
    assert.deepEqual(wrong, [false, true, false, false, true]);
  });
});

describe('choosing images', () => {
  const chosen = (filter: Partial<Filter>) =>
    arrivals(results, { ...everything, ...filter }, 0, results.length);

  it('filters by right, wrong and not sure', () => {
    assert.deepEqual(chosen({ kind: 'wrong' }), [1, 4]);
    assert.deepEqual(chosen({ kind: 'right' }), [0, 2]);
    assert.deepEqual(chosen({ kind: 'unsure' }), [1, 3]);
  });

  it('filters by unknown truth', () => {
    assert.deepEqual(chosen({ kind: 'unknown' }), [3]);
  });

  it('filters by a range of confidence, its ends included', () => {
    assert.deepEqual(chosen({ least: 40, most: 60 }), [1, 2]);
    assert.deepEqual(chosen({ least: 90 }), [0]);
    assert.deepEqual(chosen({ least: 91 }), []);
  });

  it('filters by name and by near-duplicates, and puts those side by side', () => {
    assert.deepEqual(chosen({ named: (image) => image === 2 }), [2]);
    const groups = Int32Array.of(-1, 0, 1, 0, 1);
    assert.deepEqual(chosen({ looks: (image) => groups[image] === 0 }), [1, 3]);
    assert.deepEqual(grouped([4, 1, 2, 3], groups), [4, 2, 1, 3]);
  });

  it('filters by a cell of the confusion matrix', () => {
    assert.deepEqual(chosen({ truth: 0, predicted: 1 }), [1]);
    assert.deepEqual(chosen({ predicted: 2 }), [3, 4]);
  });

  it('filters by the split, and knows which there are', () => {
    const parted = table([0, 0, 0.9, 0, -1, -1, 0], [0, 0, 0.9, 0, -1, -1, 2], [0, 0, 0.9]);
    assert.deepEqual(arrivals(parted, { ...everything, split: 2 }, 0, 3), [1]);
    assert.deepEqual(arrivals(parted, everything, 0, 3), [0, 1, 2]);
    assert.deepEqual([...parted.splits], [0, 2]);
    assert.equal(results.splits.size, 0);
  });

  it('only looks at the arrivals asked for', () => {
    assert.deepEqual(arrivals(results, everything, 3, 5), [3, 4]);
  });

  it('orders by confidence, by mistake and by name', () => {
    const all = [0, 1, 2, 3, 4];
    assert.deepEqual(sorted(results, all, 'least-sure', []), [3, 1, 2, 4, 0]);
    assert.deepEqual(sorted(results, all, 'most-sure', []), [0, 4, 2, 1, 3]);
    assert.deepEqual(sorted(results, all, 'wrong-first', []), [4, 1, 0, 2, 3]);
    assert.deepEqual(sorted(results, all, 'name', ['img10', 'img9', 'a', 'b', 'c']), [2, 3, 4, 1, 0]);
  });

  it('keeps the order of arrival among equals', () => {
    const equal = table([0, 0, 0.5], [0, 0, 0.5], [0, 0, 0.5]);
    assert.deepEqual(sorted(equal, [0, 1, 2], 'most-sure', []), [0, 1, 2]);
  });
});

describe('the labels and how often they are predicted', () => {
  it('are counted with the rest of the filter, their truths without it', () => {
    const all = countLabels(results, 3, everything);
    assert.deepEqual(
      [[...all.predicted], [...all.truths], [...all.right]],
      [
        [1, 2, 2],
        [2, 2, 0],
        [1, 1, 0],
      ],
    );
    const wrong = countLabels(results, 3, { ...everything, kind: 'wrong', predicted: 0 });
    assert.deepEqual(
      [[...wrong.predicted], [...wrong.truths]],
      [
        [0, 1, 1],
        [2, 2, 0],
      ],
    );
    assert.equal(countLabels(table([-1, -1, 0.5]), 3, everything).undecided, 1);
  });
});

describe('confusion', () => {
  it('counts true against predicted labels, without images of unknown truth', () => {
    const { truths, predictions, counts, rowTotals } = confusionCounts(results).result();
    assert.deepEqual(truths, [0, 1]);
    assert.deepEqual(predictions, [0, 1, 2]);
    assert.deepEqual([...counts], [1, 1, 0, 0, 1, 1]);
    assert.deepEqual([...rowTotals], [2, 2]);
  });

  it('has a column for images for which nothing is decided', () => {
    const undecided = table([0, 0, 0.9], [-1, 0, 0.5], [-1, -1, 0.5]);
    const { predictions, counts } = confusionCounts(undecided).result();
    assert.deepEqual(
      [predictions, [...counts]],
      [
        [0, -1],
        [1, 1],
      ],
    );
    assert.equal(undecided.wrong(1), true);
  });

  it('lists labels that were taken for others, the most images first', () => {
    assert.deepEqual(confusionCounts(results).pairs(), [
      { truth: 0, predicted: 1, images: 1 },
      { truth: 1, predicted: 2, images: 1 },
    ]);
    const counts = new ConfusionCounts();
    for (const [truth, predicted, images] of [
      [0, 0, 3],
      [0, 1, 1],
      [1, 1, 2],
      [1, -1, 3],
    ])
      for (let i = 0; i < images; i++) counts.add(truth, predicted);
    assert.deepEqual(counts.pairs(), [
      { truth: 1, predicted: -1, images: 3 },
      { truth: 0, predicted: 1, images: 1 },
    ]);
  });

  it('has the labels of the lowest recall first, in rows and columns alike', () => {
    const { truths, predictions, counts, rowTotals } = worstFirst({
      truths: [0, 2],
      predictions: [0, 1, 2, -1],
      counts: Uint32Array.of(3, 0, 1, 0, 2, 1, 1, 4),
      rowTotals: Uint32Array.of(4, 8),
    });
    assert.deepEqual(
      [truths, predictions],
      [
        [2, 0],
        [2, 0, 1, -1],
      ],
    );
    assert.deepEqual([...counts], [1, 2, 1, 4, 1, 3, 0, 0]);
    assert.deepEqual([...rowTotals], [8, 4]);
  });

  it('is empty when no truth is known', () => {
    assert.deepEqual(confusionCounts(table([0, -1, 0.5])).result().truths, []);
  });
});

describe('what is said of an image', () => {
  it('is nothing below the threshold of its label, or below that of all', () => {
    const said = table([0, 0, 0.6], [1, 0, 0.6], [1, 1, 0.4]);
    said.thresholds = { all: 0.5, labels: [0.7] };
    assert.deepEqual(
      [0, 1, 2].map((image) => said.said(image)),
      [SHOWN.notSure, SHOWN.label, SHOWN.notSure],
    );
    assert.deepEqual(arrivals(said, { ...everything, kind: 'unsure' }, 0, 3), [0, 2]);
  });

  it('is that it is none of these, or a common kind, which is right of every label below it', () => {
    const said = table([0, 1, 0.6, 0, -1, 0], [0, 2, 0.6, 0, -1, 0], [0, 0, 0.6, 0, -1, SHOWN.none]);
    said.kinds = [{ label: 'mammal', sense: 'mammal%1:05:00::', targets: [0, 1] }];
    assert.deepEqual(
      [0, 1, 2].map((image) => [said.saysLabel(image), said.saysWrong(image)]),
      [
        [false, false],
        [false, true],
        [false, false],
      ],
    );
    assert.deepEqual(arrivals(said, { ...everything, kind: 'none' }, 0, 3), [2]);
    assert.deepEqual(arrivals(said, { ...everything, kind: 'kind' }, 0, 3), [0, 1]);
    const words = [0, 2].map((image) => saidOf(said, ['dog', 'cat', 'car'], image));
    assert.deepEqual(words, ['mammal: dog', 'none of these: dog']);
  });

  it('is what a person said among settled answers, with what the image alone says beside it', () => {
    const given = table([1, -1, 1, 0, 1], [-1, -1, 1, 0, -2], [0, -1, 0.9, 0], [1, -1, 0.9, 0]);
    given.about = { settled: true, doubtful: [], proposed: [] };
    const labels = ['dog', 'cat'];
    const words = (about: typeof plainWords) => [0, 1, 2, 3].map((image) => about(given, labels, image));
    assert.deepEqual(
      words((...of) => saidOf(...of)),
      ['cat', 'none of these', 'dog', 'cat'],
    );
    assert.deepEqual(
      [0, 1, 2, 3].map((image) => isGiven(given, image)),
      [true, true, false, false],
    );
    assert.deepEqual(words(plainWords), [
      'Without settling: dog, 100.0%',
      'Without settling: dog, 100.0%',
      'Without settling: the same, 90.0%',
      'Without settling: dog, 90.0%',
    ]);
    given.about = { settled: false, doubtful: [], proposed: [] };
    assert.equal(isGiven(given, 0), false);
  });

  it('is counted by label', () => {
    const said = table([0, 0, 0.9], [0, 1, 0.8], [0, 0, 0.2], [1, -1, 0.9]);
    said.thresholds = { all: 0.5, labels: [] };
    assert.deepEqual(countByLabel(said, 2, true), [
      { images: 3, given: 2, judged: 2, correct: 1 },
      { images: 1, given: 1, judged: 0, correct: 0 },
    ]);
  });

  it('says what a promise rests on, and how many images it lacks', () => {
    const state = { settings: {}, busy: false, kinds: [] };
    const promised = { bound: -3, promised: 0.1, basis: 'random-labels', checked: 30, needed: 9 } as const;
    assert.match(basisWords({ ...state, none: promised }), /At most 10.0% of all images .* 30 images/);
    const lacking = { bound: -9, checked: 7, needed: 9 };
    assert.match(basisWords({ ...state, none: lacking }), /7 of the 9 images/);
    assert.equal(basisWords({ ...state, problem: 'It failed.' }), 'It failed.');
  });
});

describe('the threshold', () => {
  it('tells no accuracy where accuracy says nothing', () => {
    const curve = thresholdCurve(results, results.length, false);
    assert.ok(curve.every(({ accuracy }) => accuracy === undefined));
  });

  it('keeps everything at 0', () => {
    const at = atThreshold(thresholdCurve(results, results.length), 0);
    assert.deepEqual([at.kept, at.coverage, at.accuracy], [5, 1, 0.5]);
  });

  it('counts an answer whose confidence is the threshold itself', () => {
    for (const confidence of [0.07, 0.28, 0.29, 0.57, 0.58, 1]) {
      const curve = thresholdCurve(table([0, 0, confidence]), 1);
      // Float32 may lie a little below the number it stands for.
      const reached = Math.fround(confidence) >= confidence ? 1 : 0;
      assert.equal(atThreshold(curve, confidence).kept, reached, `${confidence}`);
      assert.equal(atThreshold(curve, confidence - 0.01).kept, 1);
    }
  });

  it('has no accuracy where nothing is answered', () => {
    const at = atThreshold(thresholdCurve(results, results.length), 0.95);
    assert.deepEqual([at.kept, at.accuracy], [0, undefined]);
  });

  it('never answers more when it must be surer', () => {
    const curve = thresholdCurve(results, results.length);
    for (let step = 1; step < curve.length; step++) assert.ok(curve[step].kept <= curve[step - 1].kept);
  });
});

describe('the words about a run', () => {
  const figures = {
    settled: true,
    kind: 'features',
    information: 0.8,
    evidence: 1,
    changed: 0,
    learned: 0,
    held: 0,
    rare: [],
    frequent: [],
    doubtful: [],
  } as const;
  const run: RunSummary = {
    kind: 'run',
    id: 'a',
    source: {
      id: 'a',
      folders: ['/icons'],
      decided: '',
      time: '2026-03-01T12:30:00Z',
      phase: 'done',
      skipped: 0,
    },
    run: 1,
    title: 'icons',
    backbone: 'tiny',
    method: 'semap',
    prompted: false,
    answers: 0,
    phase: 'done',
    total: 240,
    listed: true,
    done: 240,
    cached: 0,
    imagesPerSecond: 0,
    predictions: 240,
    skipped: 0,
    correct: 60,
    judged: 120,
    notes: [],
  };

  it('say on how many of how many images accuracy is measured', () => {
    const perSplit = [
      { split: 'train' as const, images: 100, measured: 100, accuracy: 0.5, balancedAccuracy: 0.5 },
      { split: 'val' as const, images: 100, measured: 0, accuracy: null, balancedAccuracy: null },
      { split: 'test' as const, images: 40, measured: 20, accuracy: 0.25, balancedAccuracy: 0.2 },
    ];
    assert.equal(splitsLine({ ...run, perSplit }), 'train 50.0% · test 25.0%');
    assert.deepEqual(splitSentences({ ...run, perSplit }), [
      'train: 50.0% on 100 images',
      'test: 25.0% on 20 of 40 images',
    ]);
    assert.equal(splitsLine({ ...run, perSplit, judged: 0 }), '');
    assert.equal(chainOf({ ...run, source: { ...run.source, split: 'val' } }), 'only val · tiny · semap');
    assert.equal(splitsLine(run), '');
    assert.equal(accuracySentence(run), 'Accuracy: 50.0% on 120 of 240 images');
    assert.equal(accuracySentence({ ...run, judged: 240 }), 'Accuracy: 25.0% on 240 images');
    assert.equal(intervalSentence(run), '95% interval of the accuracy: 41.2 to 58.8%');
    assert.equal(intervalSentence({ ...run, judged: 0 }), '');
    assert.equal(intervalSentence({ ...run, phase: 'running' }), '');
    assert.equal(accuracySentence({ ...run, judged: 0 }), 'No true labels');
    assert.equal(
      accuracySentence({ ...run, judged: 0, learnedFrom: 240 }),
      'No accuracy: all 240 images with a true label were learned from',
    );
    const estimated = { ...run, judged: 0, expectedAccuracy: { accuracy: 0.68, low: 0.61, high: 0.74 } };
    assert.equal(accuracySentence(estimated), 'Estimate: 60 to 75% right');
    assert.match(truthSentence({ ...estimated, withheld: 'no-truth' }), /^No image has a known label/);
    const waiting: RunSummary = { ...run, phase: 'running', watching: true, waiting: true, done: 241 };
    assert.equal(howFar({ ...waiting, gone: 2 }), '238 images, waiting for more');
    assert.doesNotMatch(accuracySentence({ ...run, withheld: 'one-label' }), /\d/);
    assert.equal(
      accuracySentence({ ...run, phase: 'running', mixed: true }),
      'Accuracy so far: 50.0% on 120 of 240 images',
    );
  });

  it('say nothing of accuracy where only a few labels drawn at random judge: an interval is said of them', () => {
    const labelled = (learned: number, held: number): RunSummary => ({
      ...run,
      settling: {
        shown: true,
        balanced: false,
        asking: false,
        proposed: [],
        figures: { ...figures, learned, held },
      },
    });
    assert.equal(accuracySentence({ ...labelled(15, 12), judged: 12, correct: 12 }), '');
    assert.equal(accuracySentence({ ...labelled(5, 0), judged: 0 }), '');
    assert.match(accuracySentence(labelled(15, 12)), /^Accuracy: 50\.0% on 120/);
    assert.equal(ending({ ...labelled(5, 0), judged: 0 }), 'Classified 240 images.');
    const measuredOn = { ...measuredOnAll(1), onlyLabel: 'cat', labels: 7 };
    const one = { ...labelled(10, 1), judged: 1, correct: 1, notes: ['a note'], measuredOn };
    assert.deepEqual([intervalSentence(one), noteLines(one)], ['', ['a note']]);
    assert.match(noteLines({ ...one, settling: labelled(15, 0).settling })[1] ?? '', /^All of them are cat/);
    assert.match(
      truthSentence({ ...labelled(15, 12), judged: 12, learnedFrom: 15 }),
      /at random · 15 images/,
    );
    assert.match(truthSentence(labelled(15, 12)), /labels that were given, class folders/);
    assert.equal(truthSentence(run), 'True labels: class folders or a table');
    const laidOut = (...layouts: readonly Layout[]) =>
      truthSentence({ ...run, source: { ...run.source, layouts } });
    const table = { file: 'C:\\pets\\labels.csv', image: 'id', label: 'breed' };
    assert.equal(laidOut({ kind: 'names' }), 'True labels: file names or a table');
    assert.equal(laidOut({ kind: 'table', table }), 'True labels: labels.csv');
    assert.match(laidOut({ kind: 'table', table }, { kind: 'names' }), /class folders or a table$/);
  });

  it('say an expected accuracy of the answers that are shown', () => {
    const plain = { judged: 12, correct: 9 };
    assert.deepEqual(expectedPlain({ held: 12 }, plain)?.right, 9);
    assert.match(
      expectedWords({ held: 12 }, expectedPlain({ held: 12 }, plain)) ?? '',
      /^Expected accuracy: 47-91%/,
    );
    // Class folders judge the plain answers, too: the line on top says what they say.
    assert.equal(
      expectedWords({ held: 12 }, expectedPlain({ held: 12 }, { judged: 240, correct: 9 })),
      undefined,
    );
    assert.equal(expectedWords({ held: 0 }, undefined), 'Expected accuracy: unknown');
    assert.match(expectedWords({ held: 2 }, undefined) ?? '', /2 of 5 random labels/);
  });

  it('say when it was begun, and how many images were not run again', () => {
    assert.match(origin(run), /240 images · started .*2026/);
    assert.match(origin({ ...run, cached: 1 }), /240 images · 1 image from the cache · started/);
    assert.match(origin({ ...run, cached: 1200 }), / · 1,200 images from the cache · /);
  });

  it('say in whole sentences how it ended', () => {
    const done = 'Classified 240 images. Accuracy: 50.0% on 120 of 240 images';
    assert.equal(ending(run), done);
    assert.equal(ending({ ...run, phase: 'cancelled' }), `Canceled. ${done}`);
    assert.equal(ending({ ...run, phase: 'failed' }), `Stopped. ${done}`);
  });
});
