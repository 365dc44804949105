import { LOOK } from '../likeness/looks.ts';
import { phrase, textsInEnglish, verbatim } from '../text/text.ts';
import type { ExportedImage, ExportedRun } from './exportedRun.ts';
import type { FileFormat } from './format.ts';

/** Rows that are put together: what a file is read in, and all that is held. */
const GROUP = 50_000;

type Cell = string | number | boolean | null;

interface Column {
  readonly name: string;
  readonly type: 'STRING' | 'DOUBLE' | 'INT32' | 'BOOLEAN';
  readonly of: (image: ExportedImage) => Cell | undefined;
}

/** A column per field; null where nothing is known. */
export const parquetFormat: FileFormat = {
  id: 'parquet',
  kind: 'file',
  extension: 'parquet',
  title: verbatim('Parquet'),
  detail: phrase('A table of columns with types, for pandas, Polars, DuckDB and Spark'),
  async *write({ run, images }, _, { version }) {
    const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
    const columns = columnsOf(run);
    const bytes = new ByteWriter();
    const writer = new ParquetWriter({
      writer: bytes,
      schema: [
        { name: 'root', num_children: columns.length },
        ...columns.map(({ name, type }) => ({
          name,
          repetition_type: name === 'path' ? ('REQUIRED' as const) : ('OPTIONAL' as const),
          ...(type === 'STRING' ? ({ type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const) : { type }),
        })),
      ],
      createdBy: `SeMap ${version}`,
      kvMetadata: [{ key: 'semap', value: JSON.stringify(run.head, textsInEnglish) }],
    });
    let rows: ExportedImage[] = [];
    const writeRows = () => {
      writer.write({
        columnData: columns.map(({ name, of }) => ({ name, data: rows.map((image) => of(image) ?? null) })),
        rowGroupSize: rows.length,
      });
      rows = [];
    };
    // What was written leaves at once; places in the file are counted on.
    const written = () => {
      const part = bytes.getBytes().slice();
      bytes.index = 0;
      return part;
    };
    for await (const some of images()) {
      for (const image of some) rows.push(image);
      if (rows.length < GROUP) continue;
      writeRows();
      yield written();
    }
    if (rows.length > 0) writeRows();
    writer.finish();
    yield written();
  },
};

function columnsOf({ has }: ExportedRun): readonly Column[] {
  const text = (name: string, of: Column['of']): Column => ({ name, type: 'STRING', of });
  const share = (name: string, of: Column['of']): Column => ({ name, type: 'DOUBLE', of });
  const look = (name: keyof typeof LOOK): Column => ({
    name,
    type: 'BOOLEAN',
    // Whether it is blank or tiny is known of images that were seen.
    of: ({ looks }) =>
      looks && (name === 'odd' || looks.width > 0) ? (looks.looks & LOOK[name]) !== 0 : null,
  });
  const pixels = (name: 'width' | 'height'): Column => ({
    name,
    type: 'INT32',
    of: ({ looks }) => looks?.[name] || null,
  });
  return [
    text('path', ({ path }) => path),
    text('relative', ({ relative }) => relative),
    text('label', ({ label }) => label),
    share('confidence', ({ confidence }) => confidence),
    text('said', ({ said }) => said),
    text('answer', ({ answer }) => answer),
    text('truth', ({ truth }) => truth),
    { name: 'right', type: 'BOOLEAN', of: ({ judged, truth, answer }) => (judged ? truth === answer : null) },
    // As CSV has it.
    text('given', ({ given }) => (given === null ? 'none of these' : given)),
    ...(has.splits ? [text('split', ({ split }) => split)] : []),
    ...(has.settled
      ? [
          text('plain', ({ plain }) => plain?.label),
          share('plain_confidence', ({ plain }) => plain?.confidence),
          text('settled', ({ settled }) => settled?.label),
          share('settled_confidence', ({ settled }) => settled?.confidence),
        ]
      : []),
    {
      name: 'duplicate_group',
      type: 'INT32',
      of: ({ looks }) => (looks && looks.group >= 0 ? looks.group + 1 : null),
    },
    look('odd'),
    look('blank'),
    look('tiny'),
    pixels('width'),
    pixels('height'),
    ...[0, 1, 2].flatMap((n) => [
      text(`source_${n + 1}`, ({ fired }) => fired?.[n]?.label),
      share(`share_${n + 1}`, ({ fired }) => fired?.[n]?.share),
    ]),
  ];
}
