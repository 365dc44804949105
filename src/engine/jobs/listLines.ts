import { createReadStream } from 'node:fs';
import { readError } from '../../files/regularFile.ts';

const LINE_END = /\r?\n|\r(?!\n)/;
/** Bytes that are read together: what is made of a piece is dead before it is moved about in memory. */
const PIECE = 1 << 12;
/** Characters. What goes on longer is no path, and is taken apart so that memory holds it. */
const LONGEST_LINE = 1 << 20;

/** What Windows and spreadsheets write before a text. */
const MARK = '\ufeff';

/**
 * The lines of a file of any size, as many at a time as are in a piece of it.
 * @throws {SemapError} `not-found`, `unreadable-file`
 */
export async function* linesOf(file: string): AsyncGenerator<readonly string[]> {
  let rest = '';
  let isStart = true;
  const pieces = createReadStream(file, { encoding: 'utf8', highWaterMark: PIECE });
  try {
    for await (const piece of pieces as AsyncIterable<string>) {
      rest += isStart && piece.startsWith(MARK) ? piece.slice(MARK.length) : piece;
      isStart = false;
      // A last `\r` may be the first half of an end.
      const end = Math.max(rest.lastIndexOf('\n'), rest.lastIndexOf('\r', rest.length - 2));
      if (end !== -1) {
        yield rest.slice(0, end).split(LINE_END);
        rest = rest.slice(end + 1);
      } else if (rest.length > LONGEST_LINE) {
        yield [rest];
        rest = '';
      }
    }
  } catch (error) {
    throw readError(file, error);
  }
  if (rest !== '') yield rest.split(LINE_END);
}
