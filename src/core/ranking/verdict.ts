import { type ExpectedAccuracy, expectedAmong } from '../estimates/expectedAccuracy.ts';
import { largest } from '../largest.ts';
import { SIGNIFICANCE, wilson } from '../metrics/significance.ts';
import { pairedP, unitCount, unitsOf, unitsText } from '../metrics/units.ts';
import { sortRows } from '../tables/resultColumns.ts';
import { fileSize, imageCount, percent, shareRange, speed } from '../text/numbers.ts';
import { listed, phrase, plural, type Text } from '../text/text.ts';
import { worthwhilePair } from './pair.ts';
import { criteria, type RankingCriterion, type RankingRow, rankRows } from './ranking.ts';

/** What the evidence says, in plain words, and what it does not say. */
export interface Verdict {
  /** Names of the backbones that the evidence does not tell from the best one, that one first; empty without evidence. */
  readonly best: readonly string[];
  readonly headline: Text;
  readonly reasons: readonly Text[];
  readonly limits: readonly Text[];
  /** Backbones that may be better together: names and files of two; absent where no two are worth it. */
  readonly pair?: readonly { readonly name: string; readonly path: string }[] | undefined;
}

/** The rows and, per row that was measured, which images of the sample it got right (1, 0, or -1 where unknown). */
export interface RankingEvidence {
  readonly rows: readonly RankingRow[];
  readonly right: ReadonlyMap<RankingRow, Int8Array>;
  /** Per image of the sample the number of its group of near-duplicates, negative for none; absent: nobody looked. */
  readonly groups?: ArrayLike<number> | undefined;
  /** T. */
  readonly targetCount: number;
  /** Share of the labelled sample that the most frequent class has. */
  readonly majority: number;
  /** Whether every image of the folders was looked at. */
  readonly whole: boolean;
}

/** Scores that are nearer than this prefer neither backbone. */
const TIE = 0.005;
/** Fewer images of a class than this make every score rough. */
const FEW = 10;

/** A backbone on its way through a ranking. */
export interface RankedBackbone {
  readonly row: RankingRow;
  /** Per image of the sample, whether it was right (1, 0, or -1 where unknown); shorter after the first look. */
  readonly right?: Int8Array | undefined;
  /** Per image of the sample its answer, -1 where unknown. */
  readonly answers?: Int32Array | undefined;
}

/** The same with the accuracy that is to be expected of each. */
function withExpected(ranked: readonly RankedBackbone[]): RankedBackbone[] {
  const rivals = ranked.flatMap(({ row, answers }) => {
    const { scores, facts, problem } = row;
    if (problem || !answers || !scores?.signs || facts?.recallByLabels === undefined) return [];
    return [{ row, signs: scores.signs, byLabels: facts.recallByLabels, answers }];
  });
  const expected = new Map(expectedAmong(rivals).map((one, at) => [rivals[at].row, one]));
  return ranked.map((one) => ({ ...one, row: { ...one.row, expected: expected.get(one.row) } }));
}

/** The same with how many of the images are no near-duplicates of each other. */
function withUnits({ row, right, ...one }: RankedBackbone, groups: ArrayLike<number>): RankedBackbone {
  if (!row.scores || !right) return { ...one, row, right };
  const units = unitCount(groups, (i) => right[i] >= 0);
  return { ...one, right, row: { ...row, scores: { ...row.scores, units } } };
}

/** What backbones are ranked on. */
export interface RankedSample {
  /** Of the sampled images, -1 where unknown. */
  readonly truths: readonly number[];
  /** Per sampled image its group of near-duplicates, negative for none; absent: nobody looked. */
  readonly groups?: ArrayLike<number> | undefined;
  /** Images in the folders. */
  readonly found: number;
  /** T. */
  readonly targetCount: number;
}

/** The rows in order, and what they say. */
export function rankingTable(
  ranked: readonly RankedBackbone[],
  { truths, groups, found, targetCount }: RankedSample,
): { readonly rows: readonly RankingRow[]; readonly verdict: Verdict } {
  const counted = groups ? ranked.map((one) => withUnits(one, groups)) : ranked;
  const judged = withExpected(counted);
  const rows = rankRows(judged.map(({ row }) => row));
  const right = new Map(judged.flatMap((one) => (one.right ? [[one.row, one.right]] : [])));
  const longest = largest(
    Array.from(right.values(), ({ length }) => length),
    0,
  );
  const majority = majorityOf(truths.slice(0, longest));
  const whole = longest > 0 && longest === found;
  const verdict = verdictOf({ rows, right, groups, targetCount, majority, whole });
  return { rows, verdict: verdict.best.length > 0 ? withPair(verdict, judged) : verdict };
}

/** The verdict with the two backbones that are worth joining. */
function withPair(verdict: Verdict, judged: readonly RankedBackbone[]): Verdict {
  const measured = judged.some(({ row }) => criteria.accuracy.value(row) !== null);
  const candidates = judged.flatMap(({ row, answers }) => {
    const { path } = row;
    const accuracy = (measured ? criteria.accuracy : criteria.expected).value(row);
    return accuracy === null || !answers || path === undefined || row.problem
      ? []
      : [{ name: row.name, path, accuracy, answers }];
  });
  const found = worthwhilePair(candidates, measured ? 'measured' : 'expected');
  if (!found) return verdict;
  const reason = phrase(
    '{0} give the same answer for {1} of the images. Together they may be a little better.',
    listed(found.backbones.map(({ name }) => name)),
    percent(found.agreement),
  );
  return {
    ...verdict,
    reasons: [...verdict.reasons, reason],
    pair: found.backbones.map(({ name, path }) => ({ name, path })),
  };
}

/** Share of the most frequent known truth; 0 without any. */
function majorityOf(truths: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const truth of truths) if (truth >= 0) counts.set(truth, (counts.get(truth) ?? 0) + 1);
  const known = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return known === 0 ? 0 : largest(counts.values()) / known;
}

/** Puts the evidence in words. */
export function verdictOf(evidence: RankingEvidence): Verdict {
  const rows = rankRows(evidence.rows).filter((row) => row.problem === undefined && row.facts);
  const measured = rows.filter((row) => criteria.accuracy.value(row) !== null);
  if (measured.length > 0) return measuredVerdict(measured, rows.length - measured.length, evidence);
  if (rows.length === 0) return nothing(evidence.rows);
  const expected = rows.filter(hasExpected);
  return expected.length > 0 ? expectedVerdict(expected, evidence.targetCount) : nominalVerdict(rows);
}

function nothing(rows: readonly RankingRow[]): Verdict {
  const headline =
    rows.length === 0 ? phrase('No backbones to rank.') : phrase('None of the backbones can be used.');
  return { best: [], headline, reasons: [], limits: [] };
}

function measuredVerdict(
  rows: readonly RankingRow[],
  unmeasured: number,
  evidence: RankingEvidence,
): Verdict {
  const [top, ...others] = rows;
  const accuracy = top.scores!.accuracy!;
  const { labelled, units = labelled } = top.scores!;
  const equals = others.filter((row) => !isClearlyBelow(row, top, evidence));
  const best = [top, ...equals].map(({ name }) => name);
  const chance = Math.max(1 / evidence.targetCount, evidence.majority);
  const interval = wilson(accuracy, units);
  const lost = interval.low <= chance;
  const sample = evidence.whole
    ? imageCount(labelled)
    : plural(labelled, '{0} sampled image', '{0} sampled images');
  const next = others.find((row) => !equals.includes(row));
  return {
    best: lost ? [] : best,
    headline: lost
      ? phrase(
          'No backbone is clearly better than guessing ({0}) on this folder. The best, {1}, reaches {2} zero-shot.',
          percent(chance),
          top.name,
          percent(accuracy),
        )
      : withNext(leading(top, equals, rows.length === 1, sample), next),
    reasons: [...agreement(rows), ...fastestOf([top, ...equals], lost)],
    limits: [
      (evidence.whole ? onAll : onSome)(sample, top.name, percent(interval.low), percent(interval.high)),
      ...unitsText(labelled, units),
      ...(accuracy < 0.5
        ? [
            phrase(
              'Even the best backbone is wrong more often than right. Where your labels have no counterpart among the source labels, train a visual prompt or a linear probe.',
            ),
          ]
        : []),
      ...(labelled / evidence.targetCount < FEW
        ? [phrase('With fewer than {0} images per class, all of these scores are rough.', FEW)]
        : []),
      ...(new Set(rows.map((row) => row.facts!.sourceCount)).size > 1
        ? [
            phrase(
              'LEEP and NCE are fitted to the same images that they score, which favors backbones with many source labels when images are few.',
            ),
          ]
        : []),
      phrase(
        'Training a prompt or a probe may change the order. LEEP, NCE, LogME and H-score are heuristics for that; the size of a backbone often says as much.',
      ),
      ...(unmeasured > 0
        ? [plural(unmeasured, '{0} backbone is not measured yet.', '{0} backbones are not measured yet.')]
        : []),
    ],
  };
}

function leading(top: RankingRow, equals: readonly RankingRow[], alone: boolean, sample: Text): Text {
  const share = (row: RankingRow) => percent(row.scores!.accuracy!);
  if (alone)
    return phrase(
      '{0} reaches {1} zero-shot on {2}. There is no other backbone to compare it with.',
      top.name,
      share(top),
      sample,
    );
  if (equals.length === 0)
    return phrase('{0} suits this folder best: {1} zero-shot on {2}.', top.name, share(top), sample);
  const names = [top, ...equals].map(({ name }) => name);
  return phrase(
    '{0} are best: {1} zero-shot on {2}. These images do not tell them apart.',
    listed(names),
    listed([top, ...equals].map(share)),
    sample,
  );
}

function withNext(headline: Text, next: RankingRow | undefined): Text {
  if (!next) return headline;
  const behind = phrase('The next, {0}, reaches {1}.', next.name, percent(next.scores!.accuracy!));
  return phrase('{0} {1}', headline, behind);
}

const onAll = (sample: Text, name: string, low: string, high: string): Text =>
  phrase('Measured on {0}. The 95% interval of {1} is {2} to {3}.', sample, name, low, high);

const onSome = (sample: Text, name: string, low: string, high: string): Text =>
  phrase('Measured on {0}, not on all. The 95% interval of {1} is {2} to {3}.', sample, name, low, high);

type ExpectedRow = RankingRow & { readonly expected: ExpectedAccuracy };

const hasExpected = (row: RankingRow): row is ExpectedRow => row.expected !== undefined;

/** Expected accuracies that are nearer than this are no reason to prefer one. */
const ABOUT_EQUAL = 0.02;

function expectedVerdict(rows: readonly ExpectedRow[], targetCount: number): Verdict {
  const [top, ...others] = rows;
  const near = others.filter(({ expected }) => top.expected.accuracy - expected.accuracy < ABOUT_EQUAL);
  const next = others.find((row) => !near.includes(row));
  const lost = top.expected.low <= 1 / targetCount;
  const headline = lost
    ? phrase(
        'Judged without labels, it is not certain that any backbone is better than guessing ({0}) on this folder. The best, {1}, probably gets {2} right.',
        percent(1 / targetCount),
        top.name,
        shareRange(top.expected),
      )
    : phrase(
        'Judged without labels, {0} suits this folder best: probably {1} of its answers are right.',
        top.name,
        shareRange(top.expected),
      );
  const behind =
    next && phrase('The next, {0}, probably gets {1} right.', next.name, shareRange(next.expected));
  return {
    best: lost ? [] : [top, ...near].map(({ name }) => name),
    headline: lost || !behind ? headline : phrase('{0} {1}', headline, behind),
    reasons: [
      ...(near.length > 0
        ? [phrase('{0} are about as good.', listed([top, ...near].map(({ name }) => name)))]
        : []),
      ...fastestOf([top, ...near], lost),
    ],
    limits: [
      phrase(
        'No image has a known label, so this is an estimate. It rests on how sure answers are, how much of that comes from source labels that the mapping uses, how many labels are given, how well they match, and how often backbones agree. The range holds for four of five folders.',
      ),
      ADD_LABELS,
    ],
  };
}

const ADD_LABELS = phrase(
  'To measure accuracy, add a few labeled images of each class, in folders named after the classes.',
);

/** By names alone: before an image was looked at, or where only one label can be predicted. */
function nominalVerdict(rows: readonly RankingRow[]): Verdict {
  const [top, next] = rows;
  const similarity = (row: RankingRow) => row.facts!.labelSimilarity.meanBest.toFixed(2);
  const looked = rows.some((row) => row.scores);
  const unmeasured = rows.some((row) => (row.scores?.labelled ?? 0) > 0)
    ? phrase('Only one label can be predicted, so accuracy is not reported.')
    : looked
      ? phrase('No image has a known label, so nothing is measured.')
      : phrase('Nothing is measured yet.');
  const closest = next
    ? phrase(
        'By name, the source labels of {0} are closest to yours: mean similarity {1}, and {2} for the next, {3}.',
        top.name,
        similarity(top),
        similarity(next),
        next.name,
      )
    : phrase(
        'By name, the source labels of {0} are closest to yours: mean similarity {1}.',
        top.name,
        similarity(top),
      );
  return {
    best: looked ? [top.name] : [],
    headline: phrase('{0} {1}', unmeasured, closest),
    reasons: [
      phrase(
        '{0} of your labels are source labels of {1}, or have a subtype among them.',
        percent(top.facts!.labelSimilarity.withKinds),
        top.name,
      ),
    ],
    limits: [phrase('Label similarity compares names, not pictures.'), ...(looked ? [ADD_LABELS] : [])],
  };
}

/** Whether a difference in accuracy on the same images is more than chance. */
function isClearlyBelow(row: RankingRow, top: RankingRow, { right, groups }: RankingEvidence): boolean {
  const [a, b] = [right.get(top), right.get(row)];
  if (!a || !b) return false;
  const both = Array.from(a.keys()).filter((i) => a[i] >= 0 && i < b.length && b[i] >= 0);
  const units = unitsOf(both.map((i) => groups?.[i] ?? -1));
  return (
    pairedP(
      both.map((i) => a[i]),
      both.map((i) => b[i]),
      units,
    ) < SIGNIFICANCE
  );
}

/** Which backbone each transferability score prefers. */
function agreement(rows: readonly RankingRow[]): Text[] {
  if (rows.length < 2) return [];
  const favourites = new Map<string, string[]>();
  for (const criterion of [
    criteria.leep,
    criteria.nce,
    criteria.logMe,
    criteria.hScore,
  ] as RankingCriterion[]) {
    const [first, second] = sortRows(rows, [criterion]);
    const [best, next] = [criterion.value(first), criterion.value(second)];
    if (best === null || next === null || Math.abs(best - next) < TIE) continue;
    favourites.set(first.name, [...(favourites.get(first.name) ?? []), criterion.name]);
  }
  return [...favourites].map(([name, by]) => phrase('{0} is ranked first by {1}.', name, listed(by)));
}

function fastestOf(equals: readonly RankingRow[], lost: boolean): Text[] {
  if (equals.length < 2 || lost) return [];
  const [fast] = sortRows(equals, [criteria.speed]);
  const rate = criteria.speed.value(fast);
  const [small] = sortRows(equals, [criteria.bytes]);
  return [
    ...(rate === null
      ? []
      : [phrase('Of the leading ones, {0} is the fastest here ({1}).', fast.name, speed(rate))]),
    phrase('{0} is the smallest ({1}).', small.name, fileSize(small.facts!.bytes)),
  ];
}
