import { type AlignmentSource, headNames } from '../../alignments/alignment.ts';
import { qualityName } from '../../alignments/expectedQuality.ts';
import { recallOf } from '../../alignments/expectedRecall.ts';
import { joinedSources } from '../../alignments/members.ts';
import { percent, weightText, wholePercent } from '../../text/numbers.ts';
import { oneLine } from '../../text/plainText.ts';
import { listed, phrase, shorten, type Text, verbatim } from '../../text/text.ts';
import type { ExportedRun } from '../exportedRun.ts';
import { moreRows } from './accuracySections.ts';
import type { Block, Cell, Grid, Section } from './reportBlocks.ts';
import { labelName } from './reportNames.ts';

/** Rows of the table, and source labels that are named in one. */
const ROWS = 300;
const NAMED = 6;
/** How large the picture may be: source labels of each label and in all, letters of a name. */
const GRID = { columns: 40, rows: 60, each: 4, letters: 24 };
/** Letters of what a label means. */
const GLOSS = 200;

/** Which labels of the backbone stand for which of the person's, and what to expect of it. */
export function alignmentSection({ alignment }: ExportedRun): Section | undefined {
  if (!alignment) return undefined;
  const { head, targets } = alignment;
  const joined = joinedSources(alignment);
  const blocks: Block[] = [];
  if (head)
    blocks.push({
      kind: 'paragraph',
      text: phrase(
        'A kept classifier ({0}) gave the answers, not the weights below. They show what the labels were taken to mean.',
        headNames[head.kind],
      ),
    });
  const grid = gridOf(
    targets.map(({ label }) => label),
    joined,
  );
  if (grid) blocks.push(grid);
  blocks.push({
    kind: 'table',
    title: phrase('Source labels by target label'),
    columns: [
      { title: phrase('Label') },
      { title: phrase('Expected recall') },
      { title: phrase('Meaning') },
      { title: phrase('Source labels with weights') },
    ],
    rows: targets.slice(0, ROWS).map((target, t): readonly Cell[] => [
      { text: verbatim(labelName(target.label)) },
      {
        text: target.measured
          ? phrase('{0} (measured)', percent(target.measured.recall))
          : phrase('{0}, {1}', qualityName(target.expected), wholePercent(recallOf(target))),
      },
      { text: verbatim(oneLine(target.gloss ?? target.hint ?? '', GLOSS)) },
      { text: sourcesText(joined[t]) },
    ]),
  });
  return { heading: phrase('Alignment'), blocks: [...blocks, ...moreRows(targets.length - ROWS)] };
}

/** The strongest source labels of each label; of many labels nobody would find one. */
function gridOf(
  labels: readonly string[],
  joined: readonly (readonly AlignmentSource[])[],
): Grid | undefined {
  if (labels.length < 2 || labels.length > GRID.columns) return undefined;
  const most = Math.max(1, Math.min(GRID.each, Math.floor(GRID.rows / labels.length)));
  const strongest = joined.map((sources) => sources.toSorted(strongestFirst).slice(0, most));
  const rows = new Map(strongest.flat().map(({ index, label }) => [index, label]));
  const places = new Map([...rows.keys()].map((index, row) => [index, row]));
  const largest = Math.max(...strongest.flat().map(({ weight }) => Math.abs(weight)));
  if (rows.size === 0 || !(largest > 0)) return undefined;
  const nameOf = (label: string) => verbatim(shorten(labelName(label), GRID.letters));
  return {
    kind: 'grid',
    title: phrase('Strongest source labels (rows) of target labels (columns), shaded by weight'),
    rows: Array.from(rows.values(), nameOf),
    columns: labels.map(nameOf),
    cells: joined.flatMap((sources, column) =>
      sources.flatMap(({ index, weight }) => {
        const row = places.get(index);
        return row === undefined ? [] : [{ row, column, share: Math.min(1, Math.abs(weight) / largest) }];
      }),
    ),
  };
}

function strongestFirst(a: AlignmentSource, b: AlignmentSource): number {
  return Math.abs(b.weight) - Math.abs(a.weight);
}

function sourcesText(sources: readonly AlignmentSource[]): Text {
  if (sources.length === 0) return phrase('none');
  const strongest = sources.toSorted(strongestFirst);
  const named = strongest
    .slice(0, NAMED)
    .map(({ label, weight }) => phrase('{0} ({1})', labelName(label), weightText(weight)));
  return listed(named, NAMED, sources.length);
}
