import { qualityName } from '../../alignments/expectedQuality.ts';
import { recallOf } from '../../alignments/expectedRecall.ts';
import { joinedSources } from '../../alignments/members.ts';
import { percent, weightText, wholePercent } from '../../text/numbers.ts';
import { oneLine } from '../../text/plainText.ts';
import { listed, phrase, type Text, verbatim } from '../../text/text.ts';
import type { ExportedRun } from '../exportedRun.ts';
import { moreRows } from './accuracySections.ts';
import type { Block, Cell, Section } from './reportBlocks.ts';
import { labelName } from './reportNames.ts';

/** Rows of the table, and source labels that are named in one. */
const ROWS = 300;
const NAMED = 6;
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
        head.kind,
      ),
    });
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

function sourcesText(sources: readonly { readonly label: string; readonly weight: number }[]): Text {
  if (sources.length === 0) return phrase('none');
  const strongest = sources.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const named = strongest
    .slice(0, NAMED)
    .map(({ label, weight }) => phrase('{0} ({1})', labelName(label), weightText(weight)));
  return listed(named, NAMED, sources.length);
}
