import { base64 } from '../../text/base64.ts';
import { escapeMarkup } from '../../text/markup.ts';
import { type Language, phrase, say, type Text } from '../../text/text.ts';
import type { ExportContext } from '../format.ts';
import type { Block, Cell, Grid, Matrix, Picture, Report, Table } from './reportBlocks.ts';
import { shown } from './reportNames.ts';
import { STYLE } from './reportStyle.ts';

/** Longer edge of a picture, and bytes of all of them together: beyond, only names are left. */
const EDGE = 192;
const BYTES = 6_000_000;
/** Pictures that are made at the same time. */
const AT_ONCE = 4;
/** Edge of a cell of a grid, and most room for names on its left and top. */
const GRID = { cell: 18, left: 170, top: 120 };
/** Darkest shade of a matrix. */
const SHADES = 10;

/**
 * The report as one page that needs nothing else: no script, no font, no request. What others wrote is text in it, and
 * the policy lets in nothing but the pictures that are in the page.
 */
export async function* htmlReport(report: Report, context: ExportContext): AsyncGenerator<string> {
  const { language } = context;
  const words = new Words(language);
  const { title, subtitle, figures, sections } = report;
  yield `<!doctype html>
<html lang="${escapeMarkup(language.name)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="SeMap ${escapeMarkup(context.version)}">
<title>${words.of(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1 dir="auto">${words.of(title)}</h1>
${subtitle ? `<p class="quiet">${words.of(subtitle)}</p>\n` : ''}`;
  if (figures.length > 0)
    yield `<dl class="figures">${figures
      .map(({ value, about }) => `<div><dd>${words.of(value)}</dd><dt>${words.of(about)}</dt></div>`)
      .join('')}</dl>\n`;
  yield '</header>\n';
  yield `<nav aria-label="${words.of(phrase('Sections'))}">${sections
    .map(({ heading }, i) => `<a href="#s${i + 1}">${words.of(heading)}</a>`)
    .join(' ')}</nav>\n<main>\n`;
  const album = new Album(context);
  for (const [i, { heading, blocks }] of sections.entries()) {
    yield `<section id="s${i + 1}">\n<h2>${words.of(heading)}</h2>\n`;
    for (const block of blocks) {
      if (block.kind !== 'pictures') yield `${blockHtml(block, words)}\n`;
      else {
        yield '<div class="pictures">\n';
        for await (const [picture, source] of album.load(block.pictures))
          yield `${pictureHtml(picture, source, words)}\n`;
        yield '</div>\n';
      }
    }
    yield '</section>\n';
  }
  yield '</main>\n</body>\n</html>\n';
}

/** Texts in the reader's language, as HTML. */
class Words {
  readonly #language: Language;

  constructor(language: Language) {
    this.#language = language;
  }

  of(text: Text): string {
    return escapeMarkup(say(shown(text), this.#language));
  }
}

function blockHtml(block: Exclude<Block, { kind: 'pictures' }>, words: Words): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${words.of(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${words.of(item)}</li>`).join('')}</ul>`;
    case 'facts':
      return `<dl class="facts">${block.facts
        .map(({ name, value }) => `<dt>${words.of(name)}</dt><dd dir="auto">${words.of(value)}</dd>`)
        .join('')}</dl>`;
    case 'code':
      return `<pre><code>${escapeMarkup(block.text)}</code></pre>`;
    case 'table':
      return tableHtml(block, words);
    case 'matrix':
      return matrixHtml(block, words);
    case 'grid':
      return gridHtml(block, words);
  }
}

function tableHtml({ title, columns, rows }: Table, words: Words): string {
  const right = columns.map((column) => (column.right ? ' class="right"' : ''));
  const head = columns
    .map((column, c) => `<th scope="col"${right[c]}>${words.of(column.title)}</th>`)
    .join('');
  const body = rows.map((row) => {
    const cells = row.map((cell, c) =>
      c === 0
        ? `<th scope="row" dir="auto">${cellHtml(cell, words)}</th>`
        : `<td dir="auto"${right[c]}>${cellHtml(cell, words)}</td>`,
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<p class="caption">${words.of(title)}</p>
<div class="wide" tabindex="0"><table aria-label="${words.of(title)}"><thead><tr>${head}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div>`;
}

function cellHtml({ text, interval }: Cell, words: Words): string {
  if (!interval) return words.of(text);
  const [share, low, high] = [interval.share, interval.low, interval.high].map((one) =>
    (100 * one).toFixed(1),
  );
  const drawing = `<svg class="interval" viewBox="-3 0 106 10" width="106" height="10" aria-hidden="true"><path d="M0 5H100"/><path class="range" d="M${low} 5H${high}"/><circle cx="${share}" cy="5" r="3"/></svg>`;
  return `<span class="measure">${drawing} ${words.of(text)}</span>`;
}

function matrixHtml({ title, rows, columns, counts, columnOf }: Matrix, words: Words): string {
  const head = columns.map((column) => `<th scope="col"><span>${words.of(column)}</span></th>`).join('');
  const body = rows.map((row, r) => {
    const own = columns.map((_, c) => counts[r * columns.length + c] ?? 0);
    const total = own.reduce((sum, count) => sum + count, 0);
    const cells = own.map((count, c) => {
      const share = total === 0 ? 0 : count / total;
      // What is there at all is shaded.
      const shade = count === 0 ? 0 : Math.max(1, Math.round(SHADES * share));
      const kind = c === columnOf[r] ? ' own' : '';
      const text = count === 0 ? '' : words.of(phrase('{0}', count));
      return `<td class="s${shade}${kind}">${text}</td>`;
    });
    return `<tr><th scope="row" dir="auto">${words.of(row)}</th>${cells.join('')}</tr>`;
  });
  return `<p class="caption">${words.of(title)}</p>
<div class="wide" tabindex="0"><table class="matrix" aria-label="${words.of(title)}"><thead><tr><td></td>${head}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div>`;
}

function gridHtml({ title, rows, columns, cells }: Grid, words: Words): string {
  const { cell } = GRID;
  const left = roomFor(
    rows.map((row) => words.of(row)),
    GRID.left,
  );
  const top = roomFor(
    columns.map((column) => words.of(column)),
    GRID.top,
  );
  const [right, bottom] = [left + columns.length * cell, top + rows.length * cell];
  const [width, height] = [right + 2, bottom + 2];
  const lines = [
    ...rows.map((_, r) => `M${left} ${top + r * cell}H${right}`),
    ...columns.map((_, c) => `M${left + c * cell} ${top}V${bottom}`),
    `M${left} ${bottom}H${right}V${top}`,
  ];
  const names = [
    ...rows.map(
      (row, r) =>
        `<text x="${left - 6}" y="${top + (r + 0.7) * cell}" text-anchor="end">${words.of(row)}</text>`,
    ),
    ...columns.map((column, c) => {
      const [x, y] = [left + (c + 0.7) * cell, top - 6];
      return `<text x="${x}" y="${y}" transform="rotate(-90 ${x} ${y})">${words.of(column)}</text>`;
    }),
  ];
  const filled = cells.map(({ row, column, share }) => {
    const edge = cell - 1;
    const [x, y] = [left + column * cell + 0.5, top + row * cell + 0.5];
    // What is there at all is seen.
    const opacity = (0.15 + 0.85 * share).toFixed(2);
    return `<rect x="${x}" y="${y}" width="${edge}" height="${edge}" fill-opacity="${opacity}"/>`;
  });
  return `<p class="caption">${words.of(title)}</p>
<div class="wide" tabindex="0"><svg class="grid" role="img" aria-label="${words.of(title)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><path d="${lines.join('')}"/>${filled.join('')}${names.join('')}</svg></div>`;
}

/** Pixels that names take, about; letters of East Asia are twice as wide. */
function roomFor(names: readonly string[], most: number): number {
  const widths = names.map((name) =>
    Array.from(name, (c) => (c > '\u1100' ? 13 : 7)).reduce((a, b) => a + b, 14),
  );
  return Math.min(most, Math.max(...widths));
}

function pictureHtml(
  { name, words: about, right }: Picture,
  source: string | undefined,
  words: Words,
): string {
  const mark =
    right === undefined ? '' : right ? `<b class="mark is-right">✓</b> ` : `<b class="mark is-wrong">✗</b> `;
  const picture = source
    ? `<img src="${source}" alt="${words.of(name)}">`
    : `<span class="missing">${words.of(phrase('No preview'))}</span>`;
  return `<figure${right === false ? ' class="is-wrong"' : ''}>${picture}<figcaption>${mark}${words.of(about)}<br><span class="quiet">${words.of(name)}</span></figcaption></figure>`;
}

/** The pictures of a report, as long as there is room for them. */
class Album {
  readonly #thumbnail: ExportContext['thumbnail'];
  #left = BYTES;

  constructor({ thumbnail }: ExportContext) {
    this.#thumbnail = thumbnail;
  }

  /** Each with the address that holds it; without one where it cannot be had. */
  async *load(
    pictures: readonly Picture[],
  ): AsyncGenerator<readonly [picture: Picture, source: string | undefined]> {
    const ask = ({ path }: Picture) => this.#thumbnail?.(path, EDGE).catch(() => undefined);
    const asked = pictures.slice(0, AT_ONCE).map(ask);
    for (const [i, picture] of pictures.entries()) {
      const image = await asked[i];
      const next = pictures[i + AT_ONCE];
      if (next) asked.push(ask(next));
      const isKnown = image && (image.type === 'image/jpeg' || image.type === 'image/png');
      if (!isKnown || image.bytes.length > this.#left) {
        yield [picture, undefined];
        continue;
      }
      this.#left -= image.bytes.length;
      yield [picture, `data:${image.type};base64,${base64(image.bytes)}`];
    }
  }
}
