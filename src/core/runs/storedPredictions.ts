import { invalidDocument, SemapError } from '../errors.ts';
import type { Prediction } from '../evidence/imageScorer.ts';
import { phrase } from '../text/text.ts';
import {
  readHead,
  readPredictionLine,
  type StoredAnswer,
  type StoredHead,
  splitsOf,
} from './classificationRecord.ts';
import { RUN_FILES } from './run.ts';

/** Bytes of a file of predictions, as it lies there and unpacked; a million images take about a tenth of it. */
export const LARGEST_PREDICTIONS: number = 256 << 20;
const LARGEST_TEXT = 2 ** 31;
/** Predictions that a window has room for: a small file may unpack to many more. */
const MOST_PREDICTIONS = 10_000_000;

/** The predictions of a run as its folder holds them: what is said once, and the others as they are read. */
export interface StoredPredictions extends StoredHead {
  readonly predictions: AsyncIterable<readonly Prediction[]>;
  /** What stands beside each of them; filled as they are read, empty where they were not settled. */
  readonly answers: { readonly [K in keyof StoredAnswer]: number[] };
}

/** Who reads them. */
interface Reading {
  /** Bytes of the file, unpacked, as they come. */
  readonly unpacked: AsyncIterable<Uint8Array>;
  /** How many the record says there are. */
  readonly count: number;
  readonly labels: readonly string[];
  /**
   * The path of an image that a line names.
   * @param folder index of its folder; absent: `path` is whole
   * @throws {SemapError} `invalid-document` for one that leads elsewhere
   */
  readonly fileAt: (folder: number | undefined, path: string) => string;
  /** Gives others a turn. */
  readonly turn: () => Promise<unknown>;
}

/**
 * Reads them, in the order in which they came. The file may have been written by anyone: each line is checked, there
 * are as many as the record says, and no path leads out of the folders.
 * @throws {SemapError} `invalid-document`, as the iteration does
 */
export async function storedPredictions({
  unpacked,
  count,
  labels,
  fileAt,
  turn,
}: Reading): Promise<StoredPredictions> {
  if (count > MOST_PREDICTIONS) throw damaged();
  const parts = linesIn(unpacked);
  const first = await parts.next();
  if (first.done) throw damaged();
  const [head, ...lines] = first.value;
  const stored = readHead(head);
  const splits = splitsOf(stored.splits);
  const answers: StoredPredictions['answers'] = { target: [], confidence: [], given: [] };
  const predictionOf = (line: string): Prediction => {
    const {
      folder: at,
      path,
      answer,
      ...prediction
    } = readPredictionLine(line, labels.length, stored.settled);
    if (answer) {
      answers.target.push(answer.target);
      answers.confidence.push(answer.confidence);
      answers.given.push(answer.given);
    }
    const split = splits.next().value;
    return { path: fileAt(at, path), ...prediction, ...(split && { split }) };
  };
  async function* predictions() {
    let left = count;
    const some = (texts: readonly string[]) => {
      left -= texts.length;
      if (left < 0) throw damaged();
      return texts.map(predictionOf);
    };
    yield some(lines);
    for await (const more of parts) {
      yield some(more);
      await turn();
    }
    if (left > 0) throw damaged();
  }
  return { ...stored, predictions: predictions(), answers };
}

function damaged(cause?: unknown): SemapError {
  return invalidDocument(phrase('{0} is damaged.', RUN_FILES.predictions), { cause });
}

/**
 * Whole lines, as they come.
 * @throws {SemapError} `invalid-document`
 */
async function* linesIn(texts: AsyncIterable<Uint8Array>): AsyncGenerator<string[], undefined> {
  const decoder = new TextDecoder();
  // Parts of the line that is not whole yet: the first may be long, and is not searched again with each of them.
  let begun: string[] = [];
  let length = 0;
  let ended = 0;
  try {
    for await (const bytes of texts) {
      if (length - ended > LARGEST_PREDICTIONS) throw damaged();
      length += bytes.length;
      if (length > LARGEST_TEXT) throw damaged();
      const [end, ...lines] = decoder.decode(bytes, { stream: true }).split('\n');
      begun.push(end);
      const next = lines.pop();
      if (next === undefined) continue;
      yield [begun.join(''), ...lines];
      begun = [next];
      ended = length;
    }
  } catch (error) {
    throw error instanceof SemapError ? error : damaged(error);
  }
}
