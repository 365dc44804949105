import { LOOKS_COLUMNS, looksInCells } from '../likeness/looks.ts';
import { csvOf } from '../text/csv.ts';
import { phrase, verbatim } from '../text/text.ts';
import type { ExportedImage, ExportedRun } from './exportedRun.ts';
import type { FileFormat } from './format.ts';
import { rounded } from './rounded.ts';

/** Columns of a run that was settled. `label` is one of both answers: the one that is shown. */
const SETTLED_COLUMNS = ['plain', 'plain confidence', 'settled', 'settled confidence'];

/** Columns of a run where answers must be sure: `label` is then what is said. */
const CAUTION_COLUMNS = ['said', 'answer'];

const FIRED_COLUMNS = [1, 2, 3].flatMap((n) => [`source ${n}`, `share ${n}`]);

/** One line per image, for spreadsheets. */
export const csvFormat: FileFormat = {
  id: 'csv',
  kind: 'file',
  extension: 'csv',
  title: verbatim('CSV'),
  detail: phrase('One line per image, for spreadsheets'),
  options: [
    {
      name: 'plain-utf8',
      title: phrase('Without byte order mark'),
      detail: phrase('For programs that take this mark as a part of the first column'),
    },
  ],
  async *write({ run, images }, options) {
    // What comes last may be cells of fewer than three sources. Excel takes a file without this mark for the local code page.
    const mark = options['plain-utf8'] ? '' : '\uFEFF';
    yield `${mark}${csvOf([[...columnsOf(run), ...LOOKS_COLUMNS, ...FIRED_COLUMNS]])}`;
    for await (const some of images()) yield csvOf(some.map((image) => cellsOf(image, run)));
  },
};

function columnsOf({ has }: ExportedRun): readonly string[] {
  return [
    'path',
    'label',
    'confidence',
    'truth',
    'right',
    ...(has.settled ? SETTLED_COLUMNS : []),
    'given',
    ...(has.caution ? CAUTION_COLUMNS : []),
    ...(has.splits ? ['split'] : []),
  ];
}

function cellsOf(image: ExportedImage, { has }: ExportedRun): readonly string[] {
  const { plain, settled, given, fired = [] } = image;
  return [
    image.path,
    image.label,
    String(rounded(image.confidence)),
    image.truth ?? '',
    !image.judged ? '' : image.truth === image.answer ? 'yes' : 'no',
    ...(has.settled
      ? [
          plain?.label ?? '',
          plain ? String(rounded(plain.confidence)) : '',
          settled?.label ?? '',
          settled ? String(rounded(settled.confidence)) : '',
        ]
      : []),
    given === null ? 'none of these' : (given ?? ''),
    ...(has.caution ? [image.said, image.answer] : []),
    ...(has.splits ? [image.split ?? ''] : []),
    ...looksInCells(image.looks),
    ...fired.flatMap(({ label, share }) => [label, String(rounded(share))]),
  ];
}
