import { allReuseColumns, type ReuseRow, reuseRow } from '../reuse/reuseTable.ts';
import { NOTHING, type ResultColumn } from '../tables/resultColumns.ts';
import { percent } from '../text/numbers.ts';
import { phrase, type Text } from '../text/text.ts';
import type { FindPoint } from './findRecord.ts';

/** A point of a search as a line of the results table. */
export interface FoundRow<Point extends FindPoint = FindPoint> extends ReuseRow {
  readonly point: Point;
}

export function foundRow<Point extends FindPoint>(point: Point): FoundRow<Point> {
  return { ...reuseRow(point), point };
}

/**
 * Points as lines, the highest figure first: what it looked like while choosing, by which a search orders, is another. Of
 * equal ones what is recommended is first.
 */
export function foundRows<Point extends FindPoint>(
  points: readonly Point[],
  recommended?: string,
): FoundRow<Point>[] {
  const shown = ({ figure }: FoundRow<Point>) => figure?.value ?? -1;
  const leads = ({ id }: FoundRow<Point>) => Number(id === recommended);
  return points.map(foundRow).toSorted((a, b) => shown(b) - shown(a) || leads(b) - leads(a));
}

/** How it looked while choosing, which reports nothing. */
const searched: ResultColumn<FoundRow> = {
  id: 'searched',
  title: phrase('While choosing'),
  meaning: phrase(
    'Accuracy on the images that chose, over repeated splits. The best of many looks better there than it is.',
  ),
  text: ({ point }) => (point.searched === null ? NOTHING : percent(point.searched)),
  by: { value: ({ point }) => point.searched, better: 'higher' },
};

/** Why a way that was tried to the end is not one to choose. */
const BEATEN = phrase('Others cost no more and are right as often.');
const UNTOLD = phrase('There is no accuracy: no image has a known label.');

/** What became of a point that is not one to choose. */
export function whyNot({ ended, figure }: Pick<FindPoint, 'ended' | 'figure'>): Text {
  return ended ?? (figure ? BEATEN : UNTOLD);
}

/** Why it was not tried on, or that nothing as cheap is better. */
const outcome: ResultColumn<FoundRow> = {
  id: 'outcome',
  title: phrase('Outcome'),
  meaning: phrase('What became of it in the search.'),
  text: ({ point }) =>
    point.ended === undefined && point.frontier.length > 0 ? phrase('on the frontier') : whyNot(point),
};

/** The columns of the results table, with what a search knows besides. */
export const foundColumns: readonly ResultColumn<FoundRow>[] = [
  ...allReuseColumns.flatMap((column): readonly ResultColumn<FoundRow>[] =>
    column.id === 'measured' ? [column, searched] : [column],
  ),
  outcome,
];
