import { type Criterion, criteria, type RankingRow } from '../../src/core/ranking/ranking.ts';

/** A column of the ranking: its title, what it means, and how a row shows in it. */
export interface RankingColumn {
  readonly id: string;
  readonly title: string;
  readonly meaning: string;
  readonly criterion: Criterion;
  readonly text: (row: RankingRow) => string;
  /** Shown only where truths are known. */
  readonly measured?: true;
}

const NONE = '–';

function decimals(criterion: Criterion, digits: number): (row: RankingRow) => string {
  return (row) => criterion.value(row)?.toFixed(digits) ?? NONE;
}

const columns: readonly RankingColumn[] = [
  {
    id: 'accuracy',
    title: 'zero-shot',
    meaning: 'Share of images classified rightly with the default alignment',
    criterion: criteria.accuracy,
    text: (row) => {
      const accuracy = criteria.accuracy.value(row);
      return accuracy === null ? NONE : `${(100 * accuracy).toFixed(1)}%`;
    },
    measured: true,
  },
  {
    id: 'images',
    title: 'images',
    meaning:
      'How many images with a known label were drawn: the figures before and after this one are about these',
    criterion: { name: 'images', value: ({ scores }) => scores?.labelled ?? null, better: 'higher' },
    text: ({ scores }) => scores?.labelled.toLocaleString() ?? NONE,
    measured: true,
  },
  {
    id: 'leep',
    title: 'LEEP',
    meaning: 'How well source probabilities foretell your labels; at most 0, higher is better',
    criterion: criteria.leep,
    text: decimals(criteria.leep, 3),
    measured: true,
  },
  {
    id: 'nce',
    title: 'NCE',
    meaning: 'How well the strongest source label foretells yours; at most 0, higher is better',
    criterion: criteria.nce,
    text: decimals(criteria.nce, 3),
    measured: true,
  },
  {
    id: 'logMe',
    title: 'LogME',
    meaning: 'Log evidence of a linear model on the penultimate features; higher is better',
    criterion: criteria.logMe,
    text: decimals(criteria.logMe, 3),
    measured: true,
  },
  {
    id: 'hScore',
    title: 'H-score',
    meaning:
      'How much of the variance of the penultimate features your classes explain, regularised; higher is better',
    criterion: criteria.hScore,
    text: decimals(criteria.hScore, 2),
    measured: true,
  },
  {
    id: 'similarity',
    title: 'label similarity',
    meaning: 'Mean similarity of your labels to their nearest source label by name; 1 = all are there',
    criterion: criteria.labelSimilarity,
    text: decimals(criteria.labelSimilarity, 2),
  },
  {
    id: 'entropy',
    title: 'entropy',
    meaning: 'How undecided predictions are; 0 = always sure, which does not mean right',
    criterion: criteria.entropy,
    text: decimals(criteria.entropy, 2),
  },
  {
    id: 'parameters',
    title: 'parameters',
    meaning: 'Numbers in its weights',
    criterion: criteria.parameters,
    text: ({ facts }) => (facts?.parameters ? `${(facts.parameters / 1e6).toFixed(1)} M` : NONE),
  },
  {
    id: 'bytes',
    title: 'size',
    meaning: 'Size of the file',
    criterion: criteria.bytes,
    text: ({ facts }) => (facts ? `${(facts.bytes / 1e6).toFixed(1)} MB` : NONE),
  },
  {
    id: 'speed',
    title: 'img/s',
    meaning: 'Images a second on this machine, decoding left out',
    criterion: criteria.speed,
    text: decimals(criteria.speed, 0),
  },
];

/** The columns that say something about these rows. */
export function columnsFor(rows: readonly RankingRow[]): readonly RankingColumn[] {
  const measured = rows.some(({ scores }) => scores && scores.labelled > 0);
  return columns.filter((column) => measured || column.measured === undefined);
}
