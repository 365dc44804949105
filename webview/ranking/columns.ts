import { type Criterion, criteria, type RankingRow } from '../../src/core/ranking/ranking.ts';
import { fileSize, percent, shareRange } from '../../src/core/text/numbers.ts';
import { count, say, t } from '../common/language.ts';

/** A column of the ranking: its title, what it means, and how a row shows in it. */
export interface RankingColumn {
  readonly id: string;
  readonly title: string;
  readonly meaning: string;
  readonly criterion: Criterion;
  readonly text: (row: RankingRow) => string;
  /** Shown only where truths are known, or only where they are not. */
  readonly measured?: boolean;
}

const NONE = '–';

function decimals(criterion: Criterion, digits: number): (row: RankingRow) => string {
  return (row) => criterion.value(row)?.toFixed(digits) ?? NONE;
}

function allColumns(): readonly RankingColumn[] {
  return [
    {
      id: 'accuracy',
      title: t('Zero-shot'),
      meaning: t('Accuracy with the default alignment.'),
      criterion: criteria.accuracy,
      text: (row) => percent(criteria.accuracy.value(row)),
      measured: true,
    },
    {
      id: 'expected',
      title: t('Expected'),
      meaning: t(
        'Estimated share of right answers, judged without labels. The range holds for four of five folders.',
      ),
      criterion: criteria.expected,
      text: ({ expected }) => (expected ? say(shareRange(expected)) : NONE),
      measured: false,
    },
    {
      id: 'images',
      title: t('Images'),
      meaning: t('Sampled images with a true label, on which the scores are measured.'),
      criterion: { name: 'images', value: ({ scores }) => scores?.labelled ?? null, better: 'higher' },
      text: ({ scores }) => (scores ? count(scores.labelled) : NONE),
      measured: true,
    },
    {
      id: 'leep',
      title: 'LEEP',
      meaning: t('How well source probabilities predict your labels. At most 0; higher is better.'),
      criterion: criteria.leep,
      text: decimals(criteria.leep, 3),
      measured: true,
    },
    {
      id: 'nce',
      title: 'NCE',
      meaning: t('How well the strongest source label predicts yours. At most 0; higher is better.'),
      criterion: criteria.nce,
      text: decimals(criteria.nce, 3),
      measured: true,
    },
    {
      id: 'logMe',
      title: 'LogME',
      meaning: t('Log evidence of a linear model on the penultimate features. Higher is better.'),
      criterion: criteria.logMe,
      text: decimals(criteria.logMe, 3),
      measured: true,
    },
    {
      id: 'hScore',
      title: 'H-score',
      meaning: t('Regularized share of feature variance that your classes explain. Higher is better.'),
      criterion: criteria.hScore,
      text: decimals(criteria.hScore, 2),
      measured: true,
    },
    {
      id: 'similarity',
      title: t('Label similarity'),
      meaning: t(
        'Mean similarity of your labels to their closest source label. 1 means all are source labels.',
      ),
      criterion: criteria.labelSimilarity,
      text: decimals(criteria.labelSimilarity, 2),
    },
    {
      id: 'parameters',
      title: t('Parameters'),
      meaning: t('Number of weights.'),
      criterion: criteria.parameters,
      text: ({ facts }) => (facts?.parameters ? t('{0} M', (facts.parameters / 1e6).toFixed(1)) : NONE),
    },
    {
      id: 'bytes',
      title: t('Size'),
      meaning: t('File size.'),
      criterion: criteria.bytes,
      text: ({ facts }) => (facts ? say(fileSize(facts.bytes)) : NONE),
    },
    {
      id: 'speed',
      title: t('Images/s'),
      meaning: t('Images per second on this machine, without decoding.'),
      criterion: criteria.speed,
      text: decimals(criteria.speed, 0),
    },
  ];
}

/** The columns that say something about these rows. */
export function columnsFor(rows: readonly RankingRow[]): readonly RankingColumn[] {
  const measured = rows.some(({ scores }) => scores && scores.labelled > 0);
  return allColumns().filter((column) => column.measured === undefined || column.measured === measured);
}
