import { LASTING, type Problem, readProblem } from '../errors.ts';
import { isWithinRange } from '../mapping/ranges.ts';
import { base64, bytesOfBase64 } from '../text/base64.ts';

/*
 * What search.jsonl holds: what was tried, one line each. A search that is resumed takes it from there instead of trying it
 * again, and so comes by the same way to where it was.
 */

/** Why nothing is tried any more: there was nothing left, or no time, or a person ended it. */
const searchEnds = ['everything', 'budget', 'person'] as const;
export type SearchEnd = (typeof searchEnds)[number];

export type SearchLine =
  /** A backbone, or several together, that were begun: their outputs were there. Another file answers otherwise. */
  | { readonly kind: 'begun'; readonly id: string; readonly sha256: string }
  /** A way that was tried on a parting of the labels: the answers for all images of the search part that it was asked. */
  | ({
      readonly kind: 'tried';
      readonly id: string;
      readonly repeat: number;
      readonly look: string;
    } & Answered)
  | { readonly kind: 'failed'; readonly id: string; readonly problem: Problem }
  /** A prompt that was trained so far, in its run folder: the answers for the images that it may not learn from. */
  | ({
      readonly kind: 'trained';
      readonly id: string;
      readonly rung: number;
      readonly epochs: number;
      readonly over: boolean;
    } & Answered)
  /** From here on the images that were held out are touched: these report, and nothing is tried any more, for this reason. */
  | { readonly kind: 'reports'; readonly ids: readonly string[]; readonly after?: SearchEnd | undefined }
  | ({ readonly kind: 'held-out'; readonly id: string; readonly draw: number } & Answered);

/** Answers in the order of the images that were asked, and how long it took. */
export interface Answered {
  /** Little-endian 16-bit numbers in base64; 65535 = nothing decided. */
  readonly answers: string;
  readonly seconds: number;
}

const NOTHING = 0xffff;
/** Labels that a line can tell apart. */
export const MOST_LABELS = NOTHING;

/** @param answers targets, -1 where nothing is decided */
export function packAnswers(answers: ArrayLike<number>): string {
  const bytes = new Uint8Array(answers.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < answers.length; i++) view.setUint16(2 * i, answers[i] < 0 ? NOTHING : answers[i], true);
  return base64(bytes);
}

/** Undefined for what are not so many answers. */
export function unpackAnswers(text: string, count: number): Int32Array | undefined {
  let bytes: Uint8Array;
  try {
    bytes = bytesOfBase64(text);
  } catch {
    return undefined;
  }
  if (bytes.length !== 2 * count) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: count }, (_, i) => {
    const value = view.getUint16(2 * i, true);
    return value === NOTHING ? -1 : value;
  });
}

/** The lines of a file that a killed process may have left in the middle of one; what cannot be read is left out. */
export function parseLines(text: string): SearchLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      const data: unknown = JSON.parse(line);
      if (!isLine(data)) return [];
      const problem = data.kind === 'failed' ? readProblem(data.problem) : undefined;
      return [problem ? { ...data, problem } : data];
    } catch {
      return [];
    }
  });
}

/**
 * The lines that a search goes on from: what failed for want of memory, a device or a disk is tried again. Once it is
 * decided what reports nothing is, and a failure stays unless the way was tried behind it.
 */
export function resumedLines(lines: readonly SearchLine[]): SearchLine[] {
  const isDecided = lines.some(({ kind }) => kind === 'reports');
  const answered = new Map<string, number>();
  for (const [at, line] of lines.entries())
    if (line.kind === 'tried' || line.kind === 'trained') answered.set(line.id, at);
  return lines.filter(
    (line, at) =>
      line.kind !== 'failed' ||
      ((isDecided || LASTING.has(line.problem.reason)) && (answered.get(line.id) ?? -1) < at),
  );
}

/** Of what a line counts: as large as the record, which takes it over, may have it. */
const COUNT = { from: 0, to: Number.MAX_SAFE_INTEGER };

function isLine(data: unknown): data is SearchLine {
  const line = (data ?? {}) as Readonly<Record<string, unknown>>;
  const isText = (key: string) => typeof line[key] === 'string';
  const isNumber = (key: string) => isWithinRange(line[key], COUNT);
  const answered = isText('answers') && isNumber('seconds');
  switch (line['kind']) {
    case 'begun':
      return isText('id') && isText('sha256');
    case 'tried':
      return isText('id') && isNumber('repeat') && isText('look') && answered;
    case 'failed':
      return isText('id') && readProblem(line['problem']) !== undefined;
    case 'trained':
      return (
        isText('id') &&
        isNumber('rung') &&
        isNumber('epochs') &&
        typeof line['over'] === 'boolean' &&
        answered
      );
    case 'reports':
      return (
        Array.isArray(line['ids']) &&
        line['ids'].every((id) => typeof id === 'string') &&
        (line['after'] === undefined || searchEnds.some((end) => end === line['after']))
      );
    case 'held-out':
      return isText('id') && isNumber('draw') && answered;
    default:
      return false;
  }
}
