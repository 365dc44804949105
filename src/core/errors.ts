import { bounded, phrase, readText, say, shorten, type Text, verbatim } from './text/text.ts';

/** Why something failed, as a closed set that crosses process boundaries and is translated for people in one place. */
export type Reason =
  | 'not-found'
  | 'unreadable-file'
  | 'not-onnx'
  | 'lfs-pointer'
  | 'unsupported-model'
  | 'labels-mismatch'
  | 'needs-description'
  | 'invalid-description'
  | 'no-images'
  | 'unreadable-image'
  | 'invalid-labels'
  | 'invalid-document'
  | 'newer-document'
  | 'invalid-argument'
  | 'not-writable'
  | 'already-exists'
  | 'out-of-space'
  | 'out-of-memory'
  | 'network-failed'
  | 'download-damaged'
  | 'busy'
  | 'untrusted'
  | 'device-failed'
  | 'cancelled'
  | 'engine-stopped'
  /** In a browser there is none. */
  | 'no-engine'
  | 'internal';

/** A file may quote itself at any length; nobody reads more. */
const LONGEST_MESSAGE = 2000;
const LONGEST_VALUE = 1000;

/** A failure as data, for what goes on without the thing that failed. */
export interface Problem {
  readonly reason: Reason;
  readonly message: Text;
  readonly hint?: Text | undefined;
}

/** Marks an error of another bundle too: `semap mcp` is two, and each has this class. */
const OURS = Symbol.for('semap.error');

/**
 * An expected failure: `text` says what failed and why, `hintText` what to do next; `message` and `hint` are these in
 * English.
 */
export class SemapError extends Error {
  override readonly name = 'SemapError';
  readonly reason: Reason;
  readonly text: Text;
  readonly hintText: Text | undefined;

  constructor(reason: Reason, message: Text, options: { hint?: Text | undefined; cause?: unknown } = {}) {
    const { hint, cause } = options;
    super(shorten(say(message), LONGEST_MESSAGE), cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.text = bounded(message, LONGEST_VALUE);
    this.hintText = hint && bounded(hint, LONGEST_VALUE);
  }

  get [OURS](): true {
    return true;
  }

  get hint(): string | undefined {
    return this.hintText && shorten(say(this.hintText), LONGEST_MESSAGE);
  }
}

type Options = ConstructorParameters<typeof SemapError>[2];
const failureOf = (reason: Reason) => (message: Text, options?: Options) =>
  new SemapError(reason, message, options);

// The reasons that the core gives most often.
export const invalidArgument = failureOf('invalid-argument');
export const invalidDocument = failureOf('invalid-document');
export const invalidLabels = failureOf('invalid-labels');
export const notOnnx = failureOf('not-onnx');
export const unsupportedModel = failureOf('unsupported-model');

/** The error that says that somebody cancelled. */
export function cancelled(cause?: unknown): SemapError {
  return new SemapError('cancelled', phrase('Canceled.'), { cause });
}

/**
 * The promise, or a rejection as soon as `signal` is aborted: a cancel does not wait for a large model to load.
 * @throws {SemapError} `cancelled`
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(cancelled());
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The `SemapError` that `error` is, or an `internal` one around it. */
export function toSemapError(error: unknown): SemapError {
  if (typeof error === 'object' && error !== null && OURS in error) return error as SemapError;
  if (error instanceof Error && error.name === 'AbortError') return cancelled(error);
  const message = error instanceof Error ? error.message : String(error);
  return new SemapError('internal', verbatim(message), { cause: error });
}

/** What failed, as data. */
export function problemOf(error: unknown): Problem {
  const { reason, text, hintText } = toSemapError(error);
  return { reason, message: text, hint: hintText };
}

/** The error that a problem is the data of. */
export function errorOf({ reason, message, hint }: Problem): SemapError {
  return new SemapError(reason, message, { hint });
}

/** A failure that was kept in a file; undefined for what is none. Files of before 0.2 keep its words as strings. */
export function readProblem(data: unknown): Problem | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { reason = 'internal', message, hint } = data as Partial<Record<keyof Problem, unknown>>;
  const said = readText(message);
  const next = readText(hint);
  return said && { reason: reason as Reason, message: said, ...(next && { hint: next }) };
}

/** What the same files and settings fail for again, at every try. */
export const LASTING: ReadonlySet<Reason> = new Set<Reason>([
  'not-onnx',
  'lfs-pointer',
  'unsupported-model',
  'labels-mismatch',
  'needs-description',
  'invalid-description',
  'no-images',
  'invalid-labels',
  'invalid-document',
  'newer-document',
  'invalid-argument',
  'untrusted',
]);
