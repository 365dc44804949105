import { type Language, phrase, say, type Text, type TextValue } from '../../text/text.ts';
import type { Block, Grid, Matrix, Pictures, Report, Table } from './reportBlocks.ts';
import { shown } from './reportNames.ts';

/** The report as Markdown, as GitHub reads it; examples by name, since no page shows pictures that are in the text. */
export function* markdownReport(report: Report, language: Language): Generator<string> {
  const words = (text: Text) => say(escaped(shown(text)) as Text, language);
  const { title, subtitle, figures, sections } = report;
  yield `# ${words(title)}\n\n`;
  if (subtitle) yield `${words(subtitle)}\n\n`;
  if (figures.length > 0)
    yield `${figures.map(({ value, about }) => `- **${words(value)}** ${words(about)}`).join('\n')}\n\n`;
  for (const { heading, blocks } of sections) {
    yield `## ${words(heading)}\n\n`;
    for (const block of blocks) if (block.kind !== 'grid') yield `${blockText(block, words)}\n\n`;
  }
}

type Say = (text: Text) => string;

function blockText(block: Exclude<Block, Grid>, words: Say): string {
  switch (block.kind) {
    case 'paragraph':
      return words(block.text);
    case 'list':
      return block.items.map((item) => `- ${words(item)}`).join('\n');
    case 'facts':
      return block.facts.map(({ name, value }) => `- ${words(phrase('{0}: {1}', name, value))}`).join('\n');
    case 'code':
      return fenced(block.text);
    case 'table':
      return tableText(block, words);
    case 'matrix':
      return matrixText(block, words);
    case 'pictures':
      return picturesText(block, words);
  }
}

function tableText({ title, columns, rows }: Table, words: Say): string {
  return `${words(title)}\n\n${grid(
    columns.map((column) => words(column.title)),
    columns.map(({ right }) => right === true),
    rows.map((row) => row.map(({ text }) => words(text))),
  )}`;
}

function matrixText({ title, rows, columns, counts }: Matrix, words: Say): string {
  const body = rows.map((row, r) => [
    words(row),
    ...columns.map((_, c) => {
      const count = counts[r * columns.length + c] ?? 0;
      return count === 0 ? '' : words(phrase('{0}', count));
    }),
  ]);
  const right = [false, ...columns.map(() => true)];
  return `${words(title)}\n\n${grid(['', ...columns.map(words)], right, body)}`;
}

function picturesText({ pictures }: Pictures, words: Say): string {
  const rows = pictures.map(({ name, words: about, right }) => [
    words(name),
    words(about),
    right === undefined ? '' : right ? '✓' : '✗',
  ]);
  return grid([words(phrase('Image')), words(phrase('Answer')), ''], [false, false, false], rows);
}

function grid(
  head: readonly string[],
  right: readonly boolean[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(right.map((one) => (one ? '--:' : '---'))), ...rows.map(line)].join('\n');
}

/** A fence that the text cannot close. */
function fenced(text: string): string {
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${fence}sh\n${text}\n${fence}`;
}

/** The same text with words of others that are only words: no markup, no HTML, no link, no end of a cell. */
function escaped(value: TextValue): TextValue {
  if (typeof value === 'number') return value;
  if (typeof value === 'object') return { key: value.key, values: value.values.map(escaped) };
  return value
    .replaceAll(/[\\`*_{}[\]#!|~]|:(?=\/\/)|(?<=www)\.|^[-+=]/gi, '\\$&')
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
