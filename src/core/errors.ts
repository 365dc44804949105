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
  | 'internal';

/** A file may quote itself at any length; nobody reads more. */
const LONGEST_MESSAGE = 2000;

/** An expected failure: `message` says what failed and why, `hint` what to do next. */
export class SemapError extends Error {
  override readonly name = 'SemapError';
  readonly reason: Reason;
  readonly hint: string | undefined;

  constructor(reason: Reason, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(bounded(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.hint = options.hint === undefined ? undefined : bounded(options.hint);
  }
}

/** Of a longer text its beginning and its end: what failed, and why. */
function bounded(text: string): string {
  if (text.length <= LONGEST_MESSAGE) return text;
  const end = LONGEST_MESSAGE / 4;
  return `${text.slice(0, LONGEST_MESSAGE - end - 1)}…${text.slice(-end)}`;
}

/** The `SemapError` that `error` is, or an `internal` one around it. */
export function toSemapError(error: unknown): SemapError {
  if (error instanceof SemapError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new SemapError('cancelled', 'Cancelled.', { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new SemapError('internal', message, { cause: error });
}
