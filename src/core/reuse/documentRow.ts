import type { AlignmentDocument } from '../alignments/alignment.ts';
import type { MappingFigures } from '../evidence/figures.ts';
import { wilson } from '../metrics/significance.ts';
import { NOTHING, type ResultColumn, tellingColumns } from '../tables/resultColumns.ts';
import { imageCount, percent } from '../text/numbers.ts';
import { phrase, type Text } from '../text/text.ts';
import type { Changes, LearnsFrom, ReuseWay } from './reuse.ts';
import { type ReuseRow, reuseColumns } from './reuseTable.ts';
import { changesOf, learnsFrom, scoresName, wayName } from './reuseWords.ts';

/** How a document reuses its backbone, in the words that all results have. */
export interface DocumentWay {
  readonly name: Text;
  readonly learns: LearnsFrom;
  readonly changes: readonly Changes[];
}

/**
 * The way of reuse of an alignment. Of a prompt it knows the file, not the kind.
 * @param settled the images of its folder answered together
 */
export function documentWay(
  { head, method, prompt }: Pick<AlignmentDocument, 'head' | 'method' | 'prompt'>,
  settled = false,
): DocumentWay {
  const way: ReuseWay = { scores: head?.kind ?? method.name, ...(settled ? { settled } : {}) };
  if (prompt === undefined) {
    // What settling made of a folder may have had labels, too.
    const learns = learnsFrom(way, head?.learned.images);
    return { name: wayName(way), learns, changes: changesOf(way) };
  }
  return {
    name: phrase('Prompt + {0}', scoresName(way.scores)),
    learns: 'labels',
    changes: ['prompt', ...changesOf(way)],
  };
}

/** One of two alignments on the same images, as a line of the results table. */
export interface ComparedRow extends ReuseRow {
  /** Its file or run. */
  readonly title: Text;
  readonly figures: MappingFigures;
  /** Those of the one that it is compared with; absent for the first. */
  readonly against?: MappingFigures | undefined;
}

/** An alignment on images whose truths chose nothing; they may have taught others than these. */
export function comparedRow(
  title: Text,
  { name, learns, changes }: DocumentWay,
  backbone: Text,
  figures: MappingFigures,
  against?: MappingFigures,
): ComparedRow {
  const { accuracy, judged, units = judged } = figures;
  return {
    id: against ? '2' : '1',
    title,
    name,
    backbone,
    learns,
    changes,
    figures,
    against,
    figure:
      accuracy === null || judged === 0
        ? null
        : { value: accuracy, ...wilson(accuracy, units), images: judged, by: 'held-out' },
  };
}

/** The columns that say something about two alignments on the same images. */
export function comparedColumns(rows: readonly ComparedRow[]): readonly ResultColumn<ComparedRow>[] {
  const { accuracy, backbone, changes, learns, way } = reuseColumns;
  return tellingColumns<ComparedRow>(
    [
      {
        id: 'alignment',
        title: phrase('Alignment'),
        meaning: phrase('The document, or the run.'),
        text: ({ title }) => title,
      },
      { ...way, onlyIfDifferent: true },
      backbone,
      learns,
      changes,
      accuracy,
      {
        id: 'difference',
        title: phrase('Difference in points'),
        meaning: phrase('Accuracy of the second less that of the first.'),
        text: ({ figures, against }) => pointsBetween(against?.accuracy, figures.accuracy),
      },
      share(
        'balanced',
        phrase('Balanced accuracy'),
        phrase('Mean recall of the labels.'),
        ({ balancedAccuracy }) => balancedAccuracy,
      ),
      share(
        'reach',
        phrase('Reach'),
        phrase('Images whose strongest source label is mapped.'),
        ({ reach }) => reach,
      ),
      {
        id: 'images',
        title: phrase('Images'),
        meaning: phrase('Images that have a true label, of those that were compared on.'),
        text: ({ figures: { images, judged } }) =>
          judged === images ? imageCount(images) : phrase('{0} of {1}', judged, imageCount(images)),
      },
    ],
    rows,
  );
}

function share(
  id: string,
  title: Text,
  meaning: Text,
  of: (figures: MappingFigures) => number | null,
): ResultColumn<ComparedRow> {
  return {
    id,
    title,
    meaning,
    text: ({ figures }) => (of(figures) === null ? NOTHING : percent(of(figures))),
    by: { value: ({ figures }) => of(figures), better: 'higher' },
  };
}

/** `+2.0` points from one share to another; with a true minus sign, so that columns line up. */
export function pointsBetween(first: number | null | undefined, second: number | null | undefined): string {
  if (typeof first !== 'number' || typeof second !== 'number') return NOTHING;
  const difference = Math.round(1000 * (second - first)) / 10;
  return `${difference > 0 ? '+' : difference < 0 ? '−' : '±'}${Math.abs(difference).toFixed(1)}`;
}
