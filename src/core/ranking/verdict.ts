import { mcnemarExact } from '../metrics/significance.ts';
import { countOf } from '../text/countOf.ts';
import { percent } from '../text/numbers.ts';
import { type Criterion, criteria, type RankingRow, rankRows, sortRows } from './ranking.ts';

/** What the evidence says, in plain words, and what it does not say. */
export interface Verdict {
  /** Names of the backbones that the evidence does not tell from the best one, that one first; empty without evidence. */
  readonly best: readonly string[];
  readonly headline: string;
  readonly reasons: readonly string[];
  readonly limits: readonly string[];
}

/** The rows and, per row that was measured, which images of the sample it got right (1, 0, or -1 where unknown). */
export interface Evidence {
  readonly rows: readonly RankingRow[];
  readonly right: ReadonlyMap<RankingRow, Int8Array>;
  /** T. */
  readonly targetCount: number;
  /** Share of the labelled sample that the most frequent class has. */
  readonly majority: number;
  /** Whether every image of the folders was looked at. */
  readonly whole: boolean;
}

/** Differences that chance explains more often than this are none. */
const SIGNIFICANCE = 0.05;
/** Scores that are nearer than this prefer neither backbone. */
const TIE = 0.005;
/** Fewer images of a class than this make every score rough. */
const FEW = 10;

/** Puts the evidence in words. */
export function verdictOf(evidence: Evidence): Verdict {
  const rows = rankRows(evidence.rows).filter((row) => row.problem === undefined && row.facts);
  const measured = rows.filter((row) => criteria.accuracy.value(row) !== null);
  if (measured.length > 0) return measuredVerdict(measured, rows.length - measured.length, evidence);
  return rows.length > 0 ? nominalVerdict(rows) : nothing(evidence.rows);
}

function nothing(rows: readonly RankingRow[]): Verdict {
  const headline =
    rows.length === 0 ? 'There are no backbones to rank.' : 'None of the backbones could be used.';
  return { best: [], headline, reasons: [], limits: [] };
}

function measuredVerdict(rows: readonly RankingRow[], unmeasured: number, evidence: Evidence): Verdict {
  const [top, ...others] = rows;
  const accuracy = top.scores!.accuracy!;
  const labelled = top.scores!.labelled;
  const equals = others.filter((row) => !isClearlyBelow(row, top, evidence));
  const best = [top, ...equals].map(({ name }) => name);
  const chance = Math.max(1 / evidence.targetCount, evidence.majority);
  const interval = wilson(accuracy, labelled);
  const lost = interval.low <= chance;
  const sample = countOf(labelled, evidence.whole ? 'image' : 'sampled image');
  const next = others.find((row) => !equals.includes(row));
  const behind = next ? ` The next, ${next.name}, reaches ${percent(next.scores!.accuracy!)}.` : '';
  const headline = lost
    ? `No backbone clearly beats guessing (${percent(chance)}) on this folder zero-shot; the best, ${top.name}, reaches ${percent(accuracy)}.`
    : rows.length === 1
      ? `${top.name} reaches ${percent(accuracy)} zero-shot on ${sample}; there is no other backbone to compare it with.`
      : equals.length === 0
        ? `${top.name} suits this folder best zero-shot: ${percent(accuracy)} of ${sample}.${behind}`
        : `${listed(best)} do best zero-shot (${[top, ...equals].map((row) => percent(row.scores!.accuracy!)).join(', ')} of ${sample}); these images do not tell them apart.${behind}`;
  return {
    best: lost ? [] : best,
    headline,
    reasons: [...agreement(rows), ...fastestOf([top, ...equals], lost)],
    limits: [
      `Measured on ${sample}${evidence.whole ? '' : ', not on all'}: between ${percent(interval.low)} and ${percent(interval.high)} is plausible for ${top.name} (95%).`,
      ...(accuracy < 0.5
        ? [
            'Even the best is wrong more often than right. Where your labels have no counterpart among the source labels, train a visual prompt or a linear probe.',
          ]
        : []),
      ...(labelled / evidence.targetCount < FEW
        ? [`With fewer than ${FEW} images a class, all of these scores are rough.`]
        : []),
      ...(new Set(rows.map((row) => row.facts!.sourceCount)).size > 1
        ? [
            'LEEP and NCE are measured on the very images they count, which flatters backbones with many source labels when images are few.',
          ]
        : []),
      'Training a prompt or a probe may change the order. LEEP, NCE, LogME and H-score are heuristics for that; the size of a backbone often says as much.',
      ...(unmeasured > 0 ? [`${countOf(unmeasured, 'backbone')} not measured yet.`] : []),
    ],
  };
}

function nominalVerdict(rows: readonly RankingRow[]): Verdict {
  const [top, next] = rows;
  const similarity = (row: RankingRow) => row.facts!.labelSimilarity.meanBest.toFixed(2);
  const share = percent(top.facts!.labelSimilarity.withKinds);
  const looked = rows.some((row) => row.scores);
  const unmeasured = rows.some((row) => (row.scores?.labelled ?? 0) > 0)
    ? 'Only one label can be predicted, so accuracy would say nothing'
    : looked
      ? 'No image has a known label, so nothing is measured'
      : 'Nothing is measured yet';
  const versus = next ? `; the next, ${next.name}, ${similarity(next)}` : '';
  const sure = sortRows(rows, [criteria.entropy])[0];
  return {
    best: looked ? [top.name] : [],
    headline: `${unmeasured}. By name, the source labels of ${top.name} come closest to yours (mean similarity ${similarity(top)}${versus}).`,
    reasons: [
      `${share} of your labels are a source label of ${top.name} or have a kind of themselves among them.`,
      ...(criteria.entropy.value(sure) === null ? [] : [`${sure.name} is surest of its predictions.`]),
    ],
    limits: [
      'Label similarity compares names, not pictures. Entropy tells how sure a backbone is, not whether it is right.',
      ...(looked
        ? [
            'A few labelled images of each class, in folders named after the classes, would let SeMap measure.',
          ]
        : []),
    ],
  };
}

/** Whether a difference in accuracy on the same images is more than chance. */
function isClearlyBelow(row: RankingRow, top: RankingRow, { right }: Evidence): boolean {
  const [a, b] = [right.get(top), right.get(row)];
  if (!a || !b) return false;
  const both = Array.from(a.keys()).filter((i) => a[i] >= 0 && i < b.length && b[i] >= 0);
  return (
    mcnemarExact(
      both.map((i) => a[i]),
      both.map((i) => b[i]),
    ) < SIGNIFICANCE
  );
}

/** Which backbone each transferability score prefers. */
function agreement(rows: readonly RankingRow[]): string[] {
  if (rows.length < 2) return [];
  const favourites = new Map<string, string[]>();
  for (const criterion of [criteria.leep, criteria.nce, criteria.logMe, criteria.hScore] as Criterion[]) {
    const [first, second] = sortRows(rows, [criterion]);
    const [best, next] = [criterion.value(first), criterion.value(second)];
    if (best === null || next === null || Math.abs(best - next) < TIE) continue;
    favourites.set(first.name, [...(favourites.get(first.name) ?? []), criterion.name]);
  }
  const parts = [...favourites].map(
    ([name, by]) => `${listed(by)} ${by.length > 1 ? 'put' : 'puts'} ${name} first`,
  );
  return parts.length > 0 ? [`${parts.join('; ')}.`] : [];
}

function fastestOf(equals: readonly RankingRow[], lost: boolean): string[] {
  if (equals.length < 2 || lost) return [];
  const [fast] = sortRows(equals, [criteria.speed]);
  const speed = criteria.speed.value(fast);
  const [small] = sortRows(equals, [criteria.bytes]);
  return [
    ...(speed === null
      ? []
      : [`Of those that lead, ${fast.name} is the fastest here (${Math.round(speed)} images/s).`]),
    `${small.name} is the smallest (${(small.facts!.bytes / 1e6).toFixed(1)} MB).`,
  ];
}

/** Wilson's 95% interval of a share (Wilson, 1927). */
export function wilson(share: number, n: number): { readonly low: number; readonly high: number } {
  const z = 1.96;
  const centre = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

function listed(names: readonly string[]): string {
  return names.length < 2
    ? (names[0] ?? '')
    : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}
