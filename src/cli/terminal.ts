import { fstatSync, writeSync } from 'node:fs';
import { jsonPieces } from '../core/json/jsonPieces.ts';
import { largest } from '../core/largest.ts';
import { escapeHidden } from '../core/text/plainText.ts';
import { say, shorten } from '../core/text/text.ts';
import { whySystem } from '../files/systemErrors.ts';

/** The streams of a command and what they can do. Handed in, so that tests see what would be printed. */
export interface TerminalStreams {
  /** Results. */
  readonly out: (text: string) => void;
  /** Progress, warnings and errors. */
  readonly err: (text: string) => void;
  /** Whether `err` is a terminal on which a line can be rewritten. */
  readonly interactive: boolean;
  readonly columns: number;
  /** From now on the command is not ended because the reader of `out` has gone. */
  readonly outliveReader?: (() => void) | undefined;
}

/** What the problem matcher of the manifest looks for behind a file: lines of others must not have it. */
const LIKE_A_PROBLEM = /(:\d+: (?:error|warning))(: )/g;

/** What is wrong with a file, or with what a line of it says. */
interface FileProblem {
  readonly file: string;
  readonly line?: number | undefined;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/**
 * Where a command prints. No text steers the terminal, whoever wrote it: what is hidden is written out, as JSON would write
 * it, so that printed JSON stays what it is. Line breaks are lines: of a text of others, {@link printable} makes one.
 */
export class Terminal implements TerminalStreams {
  /** Whether problems of files are told as lines that an editor finds them by (`--problems`). */
  tellsProblems = false;
  /** What programs are told beside why a command failed. */
  besideError: object = {};
  readonly interactive: boolean;
  readonly columns: number;
  readonly #streams: TerminalStreams;

  constructor(streams: TerminalStreams) {
    this.#streams = streams;
    this.interactive = streams.interactive;
    this.columns = streams.columns;
  }

  out(text: string): void {
    this.#streams.out(this.#said(escapeHidden(text, '\n')));
  }

  /** What would be a file's content, with its line ends and tabs. */
  content(text: string): void {
    this.#streams.out(escapeHidden(text, '\t\r\n'));
  }

  err(text: string): void {
    this.#streams.err(this.#said(escapeHidden(text, '\n')));
  }

  /** What is no problem does not look like one, whatever files are called. */
  #said(text: string): string {
    return this.tellsProblems ? text.replaceAll(LIKE_A_PROBLEM, '$1 $2') : text;
  }

  /** A result for programs; texts of the engine are in English. */
  json(value: unknown): void {
    for (const piece of jsonPieces(value)) this.#streams.out(escapeHidden(piece, '\n'));
  }

  /** The result of a command, for programs or for people. */
  result(asJson: boolean, value: unknown, text: () => string): void {
    if (asJson) this.json(value);
    else this.out(text());
  }

  /**
   * Tells what is wrong with a file, as compilers do: `FILE:LINE: warning: MESSAGE`. The problem matcher `$semap` of the
   * extension reads these lines.
   */
  problem({ file, line = 1, severity, message }: FileProblem): void {
    if (!this.tellsProblems) return;
    // The last that looks like the place of a problem is taken for it, in a message that quotes names too.
    const said = this.#said(printable(message.replaceAll('\n', ' ')));
    this.#streams.err(`${printable(file)}:${line}: ${severity}: ${said}\n`);
  }

  /** The line that is being worked on, in place of the previous one; nothing where there is no terminal. */
  rewrite(line: string): void {
    if (this.interactive) this.#streams.err(`\r\x1b[2K${cut(printable(line), this.columns - 1)}`);
  }
}

/** Text of a label, path, model or library for a terminal: in one line, and what is hidden in it written out. */
export function printable(text: string): string {
  return escapeHidden(text.replaceAll('\t', ' '));
}

/** Columns that a text takes: wide East Asian characters and emoji take two, marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += /\p{Emoji_Presentation}|\u{fe0f}/u.test(segment) || WIDE.test(segment) ? 2 : 1;
  }
  return width;
}

const WIDE =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

export interface Column {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly right?: true;
}

/** A label of a megabyte does not make every line as long. */
const CELL_LIMIT = 300;

/** A table with aligned columns, two spaces between them, a line under the titles. The last column may be cut. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const cells = rows.map((row) => row.map((text) => printable(shorten(text, CELL_LIMIT))));
  const widths = columns.map(({ title }, c) =>
    largest(
      cells.map((row) => displayWidth(row[c])),
      title.length,
    ),
  );
  const before = widths.slice(0, -1).reduce((sum, w) => sum + w + 2, 0);
  const last = Math.min(widths[widths.length - 1], Math.max(12, width - before));
  const line = (row: readonly string[]) =>
    row
      .map((cell, c) => {
        const own = c === row.length - 1 ? cut(cell, last) : cell;
        const gap = ' '.repeat(Math.max(0, (c === row.length - 1 ? last : widths[c]) - displayWidth(own)));
        return columns[c].right ? gap + own : own + gap;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((w, c) => '─'.repeat(c === widths.length - 1 ? last : w)).join('  ');
  return `${[line(columns.map(({ title }) => title)), rule, ...cells.map(line)].join('\n')}\n`;
}

function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let out = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (displayWidth(out + segment) > width - 1) break;
    out += segment;
  }
  return `${out}…`;
}

/** What a command prints as its result, into whatever standard output is. */
export interface StandardOutput {
  write(text: string): void;
  /**
   * Resolves when everything has been taken, or with why the rest is lost. A reader that has seen enough, such as
   * `head`, is no failure.
   */
  finished(): Promise<string | undefined>;
}

const STDOUT = 1;

/** Standard output of this process. @param onClosed called when its reader has gone */
export function standardOutput(onClosed: () => void): StandardOutput {
  let failure: NodeJS.ErrnoException | undefined;
  const fail = (error: NodeJS.ErrnoException) => {
    failure ??= error;
    if (error.code === 'EPIPE') onClosed();
  };
  const finished = async () => {
    if (failure === undefined || failure.code === 'EPIPE') return undefined;
    return `Cannot write to standard output: ${say(whySystem(failure))}.`;
  };
  if (isFile()) {
    return {
      write: (text) => {
        try {
          if (failure === undefined) writeAll(Buffer.from(text));
        } catch (error) {
          fail(error as NodeJS.ErrnoException);
        }
      },
      finished,
    };
  }
  process.stdout.on('error', fail);
  return {
    write: (text) => {
      if (failure === undefined) process.stdout.write(text);
    },
    finished: async () => {
      // An empty write comes after all others; its callback also comes when they failed.
      if (failure === undefined) await new Promise<void>((taken) => process.stdout.write('', () => taken()));
      return finished();
    },
  };
}

/** A stream would lose the rest where a disk becomes full in the middle of a write: it takes a short one for a whole one. */
function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(STDOUT, bytes, at);
}

/** A file, or a device such as `/dev/full` that is written like one; no pipe, no terminal. */
function isFile(): boolean {
  if (process.stdout.isTTY) return false;
  try {
    const stats = fstatSync(STDOUT);
    return stats.isFile() || stats.isCharacterDevice();
  } catch {
    return false;
  }
}
