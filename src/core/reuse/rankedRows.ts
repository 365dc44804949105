import { wilson } from '../metrics/significance.ts';
import { criteria, type RankingCriterion, type RankingRow } from '../ranking/ranking.ts';
import { NOTHING, type ResultColumn, tellingColumns } from '../tables/resultColumns.ts';
import { phrase, type Text, verbatim } from '../text/text.ts';
import type { ReuseFigure, ReuseWay } from './reuse.ts';
import { type ReuseRow, reuseColumns } from './reuseTable.ts';
import { changesOf, learnsFrom, wayName } from './reuseWords.ts';

/** A ranked backbone as a line of the results table: all are reused in the same way. */
export interface RankedRow extends ReuseRow {
  readonly ranked: RankingRow;
}

/** How the backbones of a ranking are reused. */
const WAY: ReuseWay = { scores: 'semap' };

/** Ranked backbones as lines of the results table. Where some are measured, no estimate stands among figures. */
export function rankedRows(rows: readonly RankingRow[]): readonly RankedRow[] {
  const measured = isMeasured(rows);
  return rows.map((ranked): RankedRow => {
    const { name, path, facts, problem } = ranked;
    return {
      id: path ?? name,
      name: wayName(WAY),
      backbone: verbatim(name),
      learns: learnsFrom(WAY),
      changes: changesOf(WAY),
      figure: measured ? measuredFigure(ranked) : expectedFigure(ranked),
      cost: { labels: 0, imagesPerSecond: facts?.imagesPerSecond, bytes: facts?.bytes },
      problem,
      ranked,
    };
  });
}

/**
 * Ids of the rows that lead, none without rivals.
 * @param names of the backbones that the evidence does not tell from the best one
 */
export function leadingRows(rows: readonly RankedRow[], names: readonly string[] = []): ReadonlySet<string> {
  const usable = rows.filter(({ problem }) => problem === undefined);
  const leading = usable.filter(({ ranked }) => names.includes(ranked.name));
  return new Set(usable.length > 1 ? leading.map(({ id }) => id) : []);
}

function isMeasured(rows: readonly RankingRow[]): boolean {
  return rows.some(({ scores }) => scores && scores.labelled > 0);
}

function measuredFigure({ scores }: RankingRow): ReuseFigure | null {
  if (typeof scores?.accuracy !== 'number') return null;
  const { accuracy: value, labelled: images, units = images } = scores;
  // The best of several is chosen by these images.
  return { value, ...wilson(value, units), images, by: 'validation' };
}

function expectedFigure({ expected, scores }: RankingRow): ReuseFigure | null {
  if (!expected) return null;
  const { accuracy: value, low, high } = expected;
  return { value, low, high, images: scores?.images ?? 0, by: 'expected' };
}

/** The columns that say something about ranked backbones, the backbone first. */
export function rankedColumns(rows: readonly RankedRow[]): readonly ResultColumn<RankedRow>[] {
  const measured = isMeasured(rows.map(({ ranked }) => ranked));
  const { accuracy, backbone, bytes, speed } = reuseColumns;
  return tellingColumns<RankedRow>(
    [
      { ...backbone, onlyIfDifferent: undefined },
      measured
        ? {
            ...accuracy,
            title: phrase('Zero-shot'),
            meaning: phrase('Accuracy with the default alignment.'),
            beside: undefined,
          }
        : {
            ...accuracy,
            id: 'expected',
            title: phrase('Expected'),
            meaning: phrase(
              'Estimated share of right answers, judged without labels. The range holds for four of five folders.',
            ),
          },
      {
        id: 'images',
        title: phrase('Images'),
        meaning: phrase('Sampled images with a true label, on which the scores are measured.'),
        text: ({ ranked: { scores } }) => (measured && scores ? phrase('{0}', scores.labelled) : NOTHING),
        by: { value: ({ ranked: { scores } }) => scores?.labelled ?? null, better: 'higher' },
      },
      score(
        'leep',
        verbatim('LEEP'),
        phrase('How well source probabilities predict your labels. At most 0; higher is better.'),
        criteria.leep,
        3,
      ),
      score(
        'nce',
        verbatim('NCE'),
        phrase('How well the strongest source label predicts yours. At most 0; higher is better.'),
        criteria.nce,
        3,
      ),
      ofFeatures(
        score(
          'logMe',
          verbatim('LogME'),
          phrase('Log evidence of a linear model on the penultimate features. Higher is better.'),
          criteria.logMe,
          3,
        ),
      ),
      ofFeatures(
        score(
          'hScore',
          verbatim('H-score'),
          phrase('Regularized share of feature variance that your classes explain. Higher is better.'),
          criteria.hScore,
          2,
        ),
      ),
      score(
        'similarity',
        phrase('Label similarity'),
        phrase(
          'Mean similarity of your labels to their closest source label. 1 means all are source labels.',
        ),
        criteria.labelSimilarity,
        2,
      ),
      {
        id: 'parameters',
        title: phrase('Parameters'),
        meaning: phrase('Number of weights.'),
        text: ({ ranked: { facts } }) =>
          facts?.parameters ? phrase('{0} M', (facts.parameters / 1e6).toFixed(1)) : NOTHING,
        by: ofRanked(criteria.parameters),
      },
      { ...bytes, meaning: phrase('File size.') },
      speed,
    ],
    rows,
  );
}

function score(
  id: string,
  title: Text,
  meaning: Text,
  criterion: RankingCriterion,
  digits: number,
): ResultColumn<RankedRow> {
  const text = ({ ranked }: RankedRow) => criterion.value(ranked)?.toFixed(digits) ?? NOTHING;
  return { id, title, meaning, text, by: ofRanked(criterion) };
}

/** A score that not every backbone can have: the cell says why. */
function ofFeatures(column: ResultColumn<RankedRow>): ResultColumn<RankedRow> {
  return { ...column, explain: ({ ranked }) => ranked.withoutFeatures };
}

function ofRanked({ value, better }: RankingCriterion): ResultColumn<RankedRow>['by'] {
  return { value: ({ ranked }) => value(ranked), better };
}
