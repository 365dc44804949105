import { csvOf } from '../text/csv.ts';
import { oneLine } from '../text/plainText.ts';
import type { AlignmentDocument } from './alignment.ts';
import { backbonesOf, joinedSources } from './members.ts';

/** All T x S similarities of an alignment. */
export interface SimilarityTable {
  readonly sources: readonly { readonly name: string; readonly wnid?: string | undefined }[];
  /** Row-major [T, S]. */
  readonly values: Float32Array;
}

/**
 * The matrix as CSV, a line a source label (of several backbones one after the other): its name, its wnid, the similarity to every target label, then the weight
 * with which every target label uses it (empty: not at all). Text that a spreadsheet would take for a formula is not
 * taken for one.
 */
export function matrixCsv(document: AlignmentDocument, { sources, values }: SimilarityTable): string {
  const { targets } = document;
  const weights = joinedSources(document).map(
    (own) => new Map(own.map(({ index, weight }) => [index, weight])),
  );
  const rows = sources.map(({ name, wnid = '' }, s) => [
    name,
    wnid,
    ...targets.map((_, t) => numberText(values[t * sources.length + s])),
    ...weights.map((ofTarget) => numberText(ofTarget.get(s) ?? Number.NaN)),
  ]);
  const labels = targets.map(({ label }) => label);
  // Excel takes a file without this mark for the local code page.
  return `\uFEFF${csvOf([['source label', 'wnid', ...labels, ...labels.map((label) => `${label}: weight`)], ...rows])}`;
}

/** The mapping as a Markdown table, a line a target label. Labels are text: they make no links, cells or formulas. */
export function mappingMarkdown(document: AlignmentDocument): string {
  const { method, targets } = document;
  const joined = joinedSources(document);
  const parameter =
    method.k !== undefined ? `, k = ${method.k}` : method.seed !== undefined ? `, seed ${method.seed}` : '';
  const rows = targets.map(({ label, expected }, t) => [
    plain(label),
    String(joined[t].length),
    joined[t]
      .map((source) => {
        const weight = source.weight === 1 ? '' : `, weight ${numberText(source.weight)}`;
        return `${plain(source.label)} (${source.similarity.toFixed(2)}${weight})`;
      })
      .join('; '),
    expected,
  ]);
  return [
    `Backbone ${plain(backbonesOf(document).name)}, method ${plain(method.name)}${parameter}, similarity ${plain(method.similarity)}.`,
    '',
    '| Target label | Sources | Source labels (similarity) | Expected |',
    '| --- | ---: | --- | --- |',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
  ].join('\n');
}

function numberText(value: number): string {
  return Number.isNaN(value) ? '' : String(Number(value.toFixed(4)));
}

const LABEL_LIMIT = 1000;

/**
 * Text that Markdown shows as it is, in one line: no markup, formula or entity, and no address that a reader would make a
 * link of. Pictures of others are not fetched by whoever looks at the table.
 */
function plain(text: string): string {
  return oneLine(text, LABEL_LIMIT)
    .replace(/[\\`*_{}[\]<>#|~!&$^@]/g, '\\$&')
    .replace(/:(?=\/\/)|(?<=www)\./gi, '\\$&')
    .replace(/^[=+-]/, '\\$&');
}
