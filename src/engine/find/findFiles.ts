import path from 'node:path';
import { SemapError, toSemapError } from '../../core/errors.ts';
import type { FindRecord } from '../../core/find/findRecord.ts';
import { readFind } from '../../core/find/readFind.ts';
import {
  type Answered,
  parseLines,
  resumedLines,
  type SearchLine,
  unpackAnswers,
} from '../../core/find/searchLines.ts';
import { LARGEST_RECORD, RUN_FILES } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import { appendRunFile, readRunFile, writeRunFile } from '../training/runFiles.ts';

const LINES = 'search.jsonl';
/** Every way of nine backbones on two thousand images has a tenth of this. */
const LARGEST_LINES = 256 << 20;

/** @throws {SemapError} `not-found`, `invalid-document` */
export async function readFindRecord(runFolder: string): Promise<FindRecord> {
  const text = await readRunFile(runFolder, RUN_FILES.record, LARGEST_RECORD);
  if (!text) throw new SemapError('not-found', phrase('There is no run in {0}.', runFolder));
  try {
    return readFind(JSON.parse(String(text)));
  } catch (cause) {
    const file = path.join(runFolder, RUN_FILES.record);
    const why = toSemapError(cause).text;
    throw new SemapError(
      'invalid-document',
      phrase('Cannot read {0} as the record of a search: {1}', file, why),
      {
        cause,
      },
    );
  }
}

export async function writeFindRecord(runFolder: string, record: FindRecord): Promise<void> {
  await writeRunFile(runFolder, RUN_FILES.record, `${JSON.stringify(record, null, 2)}\n`);
}

/** What was tried, as search.jsonl has it: what has answers there is not tried again. */
export class SearchLines {
  readonly #runFolder: string;
  readonly #known = new Map<string, SearchLine>();

  private constructor(runFolder: string) {
    this.#runFolder = runFolder;
  }

  /** With what an earlier process left; a line that was cut off is removed. */
  static async open(runFolder: string): Promise<SearchLines> {
    const lines = new SearchLines(runFolder);
    const text = String((await readRunFile(runFolder, LINES, LARGEST_LINES)) ?? '');
    const known = parseLines(text);
    for (const line of resumedLines(known)) lines.#known.set(keyOf(line), line);
    if (text !== '' && !text.endsWith('\n')) await writeRunFile(runFolder, LINES, known.map(textOf).join(''));
    return lines;
  }

  find<Kind extends SearchLine['kind']>(
    line: Pick<Extract<SearchLine, { kind: Kind }>, 'kind'> & Partial<SearchLine>,
  ): Extract<SearchLine, { kind: Kind }> | undefined {
    return this.#known.get(keyOf(line as SearchLine)) as Extract<SearchLine, { kind: Kind }> | undefined;
  }

  /** @throws {SemapError} `out-of-space`, `not-writable` */
  async add(line: SearchLine): Promise<void> {
    await appendRunFile(this.#runFolder, LINES, textOf(line));
    this.#known.set(keyOf(line), line);
  }
}

/** The answers of a line, where it has as many as were asked. */
export function answersOf(line: Answered | undefined, count: number): Int32Array | undefined {
  return line && unpackAnswers(line.answers, count);
}

function keyOf(line: SearchLine): string {
  switch (line.kind) {
    case 'begun':
      return `begun ${line.id}`;
    case 'tried':
      return `tried ${line.repeat} ${line.look} ${line.id}`;
    case 'failed':
      return `failed ${line.id}`;
    case 'trained':
      return `trained ${line.rung} ${line.id}`;
    case 'reports':
      return 'reports';
    case 'held-out':
      return `held-out ${line.draw} ${line.id}`;
  }
}

function textOf(line: SearchLine): string {
  return `${JSON.stringify(line)}\n`;
}
