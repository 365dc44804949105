import path from 'node:path';
import { compareAlignments } from '../capabilities/compareAlignments.ts';
import { layOut } from '../capabilities/layOut.ts';
import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import type { AlignmentComparison } from '../core/evidence/comparison.ts';
import { SIGNIFICANCE, wilson } from '../core/metrics/significance.ts';
import { unitsText } from '../core/metrics/units.ts';
import { imageCount, intervalText, percent } from '../core/text/numbers.ts';
import { say } from '../core/text/text.ts';
import { readAlignment } from '../files/alignmentFile.ts';
import { backboneFor } from './alignmentArguments.ts';
import { type Command, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { askedFolders, folderOptions } from './layoutArguments.ts';
import { measuredNotes } from './notRead.ts';
import { commonOptions } from './options.ts';
import { ProgressBar } from './progressBar.ts';
import { sessionOf } from './session.ts';
import { printable, type Terminal, table } from './terminal.ts';

const SHOWN_LABELS = 20;
const SHOWN_IMAGES = 10;

export const compareCommand: Command = {
  name: 'compare',
  usage: 'compare ALIGNMENT ALIGNMENT [FOLDER...] [--json]',
  summary: 'Compare two alignments on the same images, and say whether the difference may be chance.',
  text: 'Judges each image of the folders alone (no settling) under both alignments and prints both accuracies, how many images only one of them has right, the p of an exact paired test (McNemar), in which near-duplicates count as one image, recall of each label, and the images that get another answer. Without FOLDER, the images are those that the first alignment was made for. Among more than 10,000 images near-duplicates are not looked for. Outputs are cached: only images that a backbone has not seen are run. The exit code says nothing about which is better.',
  options: { ...folderOptions, ...commonOptions },
  examples: [
    ['semap compare old.semap.json new.semap.json photos/', 'Is the new one better?'],
    [
      'semap compare old.semap.json new.semap.json photos/ --json',
      'For a program: all images with another answer.',
    ],
  ],
  async run({ args, setup, terminal, signal }) {
    const [first, second, ...folders] = args.positionals;
    if (first === undefined || second === undefined)
      throw new UsageError(
        'semap compare takes two alignments.',
        'For example: semap compare old.semap.json new.semap.json photos/',
      );
    const documents = [await readAlignment(first), await readAlignment(second)] as const;
    const named = folders.length > 0 ? folders : (documents[0].folders ?? []);
    if (named.length === 0)
      throw new UsageError(
        `${printable(first)} names no folder of images.`,
        'Name one after the alignments.',
      );
    const askedFor = await askedFolders(args, named);
    return withEngine(setup, async (engine) => {
      const session = sessionOf(engine, terminal, signal);
      const images = await layOut(askedFor, session);
      const sideOf = (alignment: AlignmentDocument) => ({
        alignment,
        backbone: backboneFor(args, alignment),
      });
      const bar = new ProgressBar(terminal, false);
      const sides = [sideOf(documents[0]), sideOf(documents[1])] as const;
      const result = await compareAlignments(images, sides, session, (progress) =>
        bar.show(progress),
      ).finally(() => bar.clear());
      terminal.result(args.flag('json'), inJson(result, documents, images.folders), () =>
        report(result, { documents, names: [first, second], folders: images.folders }, terminal),
      );
      return result.images === 0 ? EXIT.failed : EXIT.done;
    });
  },
};

type Two<T> = readonly [first: T, second: T];

interface Compared {
  readonly documents: Two<AlignmentDocument>;
  readonly names: Two<string>;
  readonly folders: readonly string[];
}

function labelOf(document: AlignmentDocument, target: number): string | null {
  return document.targets[target]?.label ?? null;
}

/** By either of them: the first may not have the label. */
function truthOf(documents: Two<AlignmentDocument>, truths: Two<number>): string | null {
  return labelOf(documents[0], truths[0]) ?? labelOf(documents[1], truths[1]);
}

function inJson(
  { changedImages, ...result }: AlignmentComparison,
  documents: Two<AlignmentDocument>,
  folders: readonly string[],
) {
  return {
    folders,
    ...result,
    changedImages: changedImages.map(({ path: file, predicted, truths }) => ({
      path: file,
      labels: [labelOf(documents[0], predicted[0]), labelOf(documents[1], predicted[1])],
      truth: truthOf(documents, truths),
    })),
  };
}

function report(
  { figures, images, judged, units, onlyRight, p, recalls, changed, changedImages }: AlignmentComparison,
  { documents, names, folders }: Compared,
  terminal: Terminal,
): string {
  const lines: string[] = [];
  const tell = (line: string) => lines.push(`${line}\n`);
  const [a, b] = names.map((name) => printable(path.basename(name)));
  for (const [i, { accuracy, judged: of, units: independent = of }] of figures.entries()) {
    tell(
      accuracy === null
        ? `${[a, b][i]}: no accuracy`
        : `${[a, b][i]}: ${percent(accuracy)} (${say(intervalText(wilson(accuracy, independent)))}) on ${say(imageCount(of))}`,
    );
  }
  if (p !== null) {
    tell(
      `Only ${a} right: ${onlyRight[0]}. Only ${b} right: ${onlyRight[1]}. Of ${say(imageCount(judged))}.`,
    );
    const better = onlyRight[0] > onlyRight[1] ? a : b;
    const shown = p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
    tell(
      p < SIGNIFICANCE
        ? `${better} is better: chance hardly explains the difference (${shown}, McNemar's exact test).`
        : `Chance may explain the difference (${shown}, McNemar's exact test).`,
    );
  }
  for (const line of unitsText(judged, units)) tell(say(line));
  lines.push(measuredNotes(figures[0].measuredOn, folders));
  const differing = recalls
    .filter(({ right }) => right[0] !== right[1])
    .toSorted((x, y) => Math.abs(y.right[1] - y.right[0]) - Math.abs(x.right[1] - x.right[0]));
  if (differing.length > 0) {
    const right = true as const;
    const columns = [
      { title: 'images', right },
      { title: a, right },
      { title: b, right },
      { title: 'label' },
    ];
    const rows = differing
      .slice(0, SHOWN_LABELS)
      .map((one) => [
        String(one.images),
        ...one.right.map((count) => percent(count / one.images)),
        one.label,
      ]);
    lines.push('\n', table(columns, rows, terminal.columns));
    if (differing.length > SHOWN_LABELS)
      tell(`and ${(differing.length - SHOWN_LABELS).toLocaleString('en')} more labels.`);
  }
  tell(
    `\n${changed.toLocaleString('en')} of ${say(imageCount(images))} with another answer${changed > 0 ? ':' : '.'}`,
  );
  for (const { path: file, predicted, truths } of changedImages.slice(0, SHOWN_IMAGES)) {
    const [before, after] = [labelOf(documents[0], predicted[0]), labelOf(documents[1], predicted[1])];
    const truth = truthOf(documents, truths);
    const known = truth === null ? '' : ` (${printable(truth)})`;
    const name = folders.length === 1 ? path.relative(folders[0], file) : file;
    tell(`  ${printable(name)}: ${printable(before ?? '-')} -> ${printable(after ?? '-')}${known}`);
  }
  if (changed > SHOWN_IMAGES)
    tell(`  and ${(changed - SHOWN_IMAGES).toLocaleString('en')} more (--json lists them)`);
  return lines.join('');
}
