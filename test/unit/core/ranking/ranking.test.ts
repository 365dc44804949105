import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wilson } from '../../../../src/core/metrics/significance.ts';
import { labelSimilarityOf, scoreSample } from '../../../../src/core/ranking/backboneScores.ts';
import { criteria, type RankingRow, rankRows } from '../../../../src/core/ranking/ranking.ts';
import { type RankingEvidence, rankingTable, verdictOf } from '../../../../src/core/ranking/verdict.ts';
import { sortRows } from '../../../../src/core/tables/resultColumns.ts';
import { percent } from '../../../../src/core/text/numbers.ts';
import { phrase, say, type Text } from '../../../../src/core/text/text.ts';
import { column } from '../../column.ts';

const TARGETS = 4;
const IMAGES = 100;

/** A row that got the first `correct` images of 100 right. */
function measured(name: string, correct: number, more: { bytes?: number; leep?: number } = {}) {
  const right = Int8Array.from({ length: IMAGES }, (_, i) => Number(i < correct));
  const row: RankingRow = {
    name,
    facts: factsOf(0.8, more.bytes),
    scores: {
      images: IMAGES,
      labelled: IMAGES,
      accuracy: correct / IMAGES,
      leep: more.leep ?? correct / 100 - 2,
      nce: null,
      logMe: null,
      hScore: null,
      plainHScore: null,
    },
  };
  return { row, right };
}

function factsOf(meanBest: number, bytes = 1e6): NonNullable<RankingRow['facts']> {
  return {
    sourceCount: 1000,
    labelSpace: 'imagenet-1k',
    bytes,
    parameters: 1e6,
    imagesPerSecond: 50,
    labelSimilarity: { meanBest, withKinds: 0.5 },
  };
}

/** A verdict in English. */
function verdict(
  entries: readonly { row: RankingRow; right?: Int8Array }[],
  more: Partial<RankingEvidence> = {},
) {
  const { best, headline, reasons, limits } = verdictOf({
    rows: entries.map(({ row }) => row),
    right: new Map(entries.flatMap(({ row, right }) => (right ? [[row, right]] : []))),
    targetCount: TARGETS,
    majority: 1 / TARGETS,
    whole: false,
    ...more,
  });
  return { best, headline: say(headline), reasons: reasons.map(inEnglish), limits: limits.map(inEnglish) };
}

const inEnglish = (text: Text) => say(text);

const damaged: RankingRow = { name: 'damaged', problem: { reason: 'not-onnx', message: phrase('No.') } };

describe('ranking rows', () => {
  it('goes by what was measured, and puts what could not be measured last', () => {
    const unmeasured: RankingRow = { name: 'waiting', facts: factsOf(1) };
    const rows = [damaged, unmeasured, measured('low', 30).row, measured('high', 60).row];
    assert.deepEqual(column(rankRows(rows), 'name'), ['high', 'low', 'waiting', 'damaged']);
  });

  it('goes by label similarity where nothing was measured', () => {
    const rows = [damaged, { name: 'far', facts: factsOf(0.3) }, { name: 'near', facts: factsOf(0.9) }];
    assert.deepEqual(column(rankRows(rows), 'name'), ['near', 'far', 'damaged']);
  });

  it('sorts upwards by what is better when small', () => {
    const rows = [
      measured('big', 50, { bytes: 9e6 }).row,
      damaged,
      measured('small', 40, { bytes: 2e6 }).row,
    ];
    assert.deepEqual(column(sortRows(rows, [criteria.bytes]), 'name'), ['small', 'big', 'damaged']);
  });
});

describe('the verdict', () => {
  it('names the best where the difference is more than chance explains', () => {
    const { best, headline } = verdict([measured('a', 80), measured('b', 60)]);
    assert.deepEqual(best, ['a']);
    assert.match(
      headline,
      /^a suits this folder best: 80\.0% zero-shot on .* The next, b, reaches 60\.0%\.$/,
    );
  });

  it('does not tell apart what the images do not tell apart', () => {
    const { best, headline } = verdict([measured('a', 80), measured('b', 79), measured('c', 50)]);
    assert.deepEqual(best, ['a', 'b']);
    assert.match(headline, /do not tell them apart\. The next, c, reaches 50\.0%\.$/);
  });

  it('counts near-duplicates as one image, in the interval and where backbones are told apart', () => {
    const pair = [measured('a', 80), measured('b', 60)];
    // Twenty copies of each of five pictures: between 60 and 80 is one picture.
    const groups = Array.from({ length: IMAGES }, (_, i) => Math.floor(i / 20));
    const { rows, verdict: said } = rankingTable(pair, {
      truths: groups,
      groups,
      found: IMAGES,
      targetCount: 20,
    });
    assert.deepEqual(said.best, ['a', 'b']);
    assert.deepEqual(
      rows.map(({ scores }) => scores!.units),
      [5, 5],
    );
    const { low, high } = wilson(0.8, 5);
    assert.match(say(said.limits[0]), new RegExp(`is ${percent(low)} to ${percent(high)}`));
    assert.match(say(said.limits[1]), /count near-duplicates as one image, which leaves 5 of 100 images/);
  });

  it('recommends none where the best is no better than guessing, be it the largest class', () => {
    assert.deepEqual(verdict([measured('a', 27), measured('b', 10)]).best, []);
    assert.match(
      verdict([measured('a', 27)]).headline,
      /^No backbone is clearly better than guessing \(25\.0%\)/,
    );
    assert.match(
      verdict([measured('a', 60)], { majority: 0.6 }).headline,
      /^No backbone is clearly better than guessing/,
    );
  });

  it('tells which scores prefer another backbone, and keeps silent about ties', () => {
    const split = verdict([measured('a', 80, { leep: -1 }), measured('b', 60, { leep: -0.5 })]);
    assert.deepEqual(split.reasons, ['b is ranked first by LEEP.']);
    const tie = verdict([measured('a', 80, { leep: -1 }), measured('b', 60, { leep: -1 })]);
    assert.deepEqual(tie.reasons, []);
  });

  it('says on how many images it rests, and whether they are all', () => {
    assert.match(verdict([measured('a', 80)]).limits[0], /^Measured on 100 sampled images, not on all\./);
    assert.match(
      verdict([measured('a', 80)], { whole: true }).limits[0],
      /^Measured on 100 images\. The 95% interval/,
    );
  });

  it('warns where even the best is wrong more often than right', () => {
    const warned = (correct: number) =>
      verdict([measured('a', correct)]).limits.some((limit) =>
        limit.startsWith('Even the best backbone is wrong'),
      );
    assert.deepEqual([warned(26), warned(49), warned(50)], [true, true, false]);
  });

  it('warns of few images a class', () => {
    const warned = (targetCount: number) =>
      verdict([measured('a', 80)], { targetCount, majority: 0 }).limits.some((limit) =>
        limit.startsWith('With fewer than 10 images per class'),
      );
    assert.deepEqual([warned(11), warned(10)], [true, false]);
  });

  it('says that names are all it has where no truth is known', () => {
    const { scores } = measured('a', 1).row;
    const row = { name: 'a', facts: factsOf(0.9), scores: { ...scores!, labelled: 0, accuracy: null } };
    const { headline, limits } = verdict([{ row }, { row: { name: 'b', facts: factsOf(0.5) } }]);
    assert.match(
      headline,
      /^No image has a known label, so nothing is measured\. By name, .* of a are closest/,
    );
    assert.ok(limits.some((limit) => limit.includes('names, not pictures')));
  });

  it('goes by what is expected where no truth is known', () => {
    const signs = { images: IMAGES, confidence: 0.9, backing: 0.8, diversity: 0.95 };
    const unlabelled = (name: string, more: Partial<typeof signs>, answers: Int32Array) => {
      const { scores } = measured(name, 1).row;
      const facts = { ...factsOf(0.9), recallByLabels: 0.7 };
      const row: RankingRow = {
        name,
        facts,
        scores: { ...scores!, labelled: 0, accuracy: null, signs: { ...signs, ...more } },
      };
      return { row, answers };
    };
    const same = new Int32Array(IMAGES);
    const others = Int32Array.from(same, (_, i) => i % 4);
    const ranked = [
      unlabelled('blind', { confidence: 0.3, backing: 0.1 }, others),
      unlabelled('clear', {}, same),
      unlabelled('like', {}, same),
    ];
    const about = { truths: Array.from(same, () => -1), found: IMAGES, targetCount: TARGETS };
    const { rows, verdict: said } = rankingTable(ranked, about);
    assert.deepEqual(column(rows, 'name'), ['clear', 'like', 'blind']);
    assert.deepEqual(said.best, ['clear', 'like']);
    assert.match(
      say(said.headline),
      /^Judged without labels, clear suits this folder best: probably \d+ to \d+% of its answers are right\. The next, blind,/,
    );
    assert.match(inEnglish(said.limits[0]), /this is an estimate/);
    assert.equal(said.pair, undefined);
    const different = Int32Array.from(same, (_, i) => i % 2);
    const [clear, like] = [ranked[1], unlabelled('like', {}, different)].map((one) => ({
      ...one,
      row: { ...one.row, path: `/models/${one.row.name}.onnx` },
    }));
    const { pair, reasons } = rankingTable([clear, like], about).verdict;
    assert.deepEqual(column(pair!, 'path'), ['/models/clear.onnx', '/models/like.onnx']);
    assert.match(inEnglish(reasons.at(-1)!), /^clear and like give the same answer for 50\.0% of/);
    const guessing = rankingTable(
      [unlabelled('blind', { confidence: 0.1, backing: 0.01 }, same)],
      about,
    ).verdict;
    assert.deepEqual(guessing.best, []);
    assert.match(
      say(guessing.headline),
      /it is not certain that any backbone is better than guessing \(25\.0%\)/,
    );
  });

  it('says that nothing is measured yet before any image was run', () => {
    assert.match(
      verdict([{ row: { name: 'a', facts: factsOf(0.9) } }]).headline,
      /^Nothing is measured yet\./,
    );
  });

  it('does not recommend a backbone with a problem', () => {
    const broken = { row: { ...measured('a', 90).row, problem: damaged.problem! } };
    assert.deepEqual(verdict([broken, measured('b', 60)]).best, ['b']);
    assert.equal(verdict([{ row: damaged }]).headline, 'None of the backbones can be used.');
    assert.equal(verdict([]).headline, 'No backbones to rank.');
  });

  it('takes the largest class for guessing, among the images that were looked at', () => {
    const truths = [...Array.from({ length: 60 }, () => 0), ...Array.from({ length: 40 }, () => 1)];
    const about = { truths: [...truths, 2, 2], found: 100, targetCount: TARGETS };
    const { rows, verdict: said } = rankingTable([measured('a', 60), measured('b', 10)], about);
    assert.deepEqual(column(rows, 'name'), ['a', 'b']);
    assert.deepEqual(said.best, []);
    assert.match(say(said.headline), /better than guessing \(60\.0%\)/);
    assert.match(say(said.limits[0]), /^Measured on 100 images\./);
  });
});

describe('evidence without labels', () => {
  it('label similarity is the mean of the best similarities, at most 1 each, without background classes', () => {
    const matrix = {
      rows: 2,
      columns: 3,
      values: Float32Array.from([0.5, 0.25, 1.75, 2.5, 0.1, 3]),
      meanings: { descendants: [[], [0, 2]], kinds: [0, 0], senses: [[], []], notes: [[], []] },
    };
    assert.deepEqual(labelSimilarityOf(matrix), { meanBest: 1, withKinds: 0.5 });
    assert.deepEqual(labelSimilarityOf(matrix, [2]), { meanBest: 0.75, withKinds: 0.5 });
  });
});

describe('scoring a sample', () => {
  const mapping = {
    sourceCount: 3,
    targets: [[{ source: 0, weight: 1 }], [{ source: 2, weight: 1 }]],
    aggregation: { kind: 'log-mean-exp', alpha: 1 },
  } as const;
  const logits = Float32Array.from([5, 0, 0, 0, 0, 5, 5, 0, 0]);

  it('measures on images whose truth is known only', () => {
    const { scores, right } = scoreSample({ logits, truths: Int32Array.of(0, 0, -1), mapping });
    assert.deepEqual([...right], [1, 0, -1]);
    assert.deepEqual([scores.images, scores.labelled, scores.accuracy], [3, 2, 0.5]);
    assert.equal(scores.signs?.images, 3);
  });

  it('has no signs where one label is all that can be said', () => {
    const one = { ...mapping, targets: [mapping.targets[0], []] };
    assert.equal(
      scoreSample({ logits, truths: Int32Array.of(0, 0, -1), mapping: one }).scores.signs,
      undefined,
    );
  });

  it('gives no transferability score of a single class, and none of features that are not there', () => {
    const single = scoreSample({ logits, truths: Int32Array.of(0, 0, 0), mapping }).scores;
    assert.deepEqual([single.leep, single.nce, single.logMe], [null, null, null]);
    const bare = scoreSample({ logits, truths: Int32Array.of(0, 1, 0), mapping }).scores;
    assert.notEqual(bare.leep, null);
    assert.deepEqual([bare.logMe, bare.hScore], [null, null]);
  });
});
