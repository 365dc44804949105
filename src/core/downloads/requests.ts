import { cancelled, SemapError } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { DownloadEnvironment } from './environment.ts';

/** What a person can do when the hub cannot be used. */
const OTHER_WAYS = 'Check the connection and proxy, set a mirror, or install from a folder.';

/** A failure that may pass by itself: worth another attempt before a person hears of it. */
export class TransientFailure extends Error {
  override readonly name = 'TransientFailure';
  readonly final: SemapError;

  constructor(final: SemapError) {
    super(final.message);
    this.final = final;
  }
}

/** Host of a URL for messages, without credentials or query. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** What `fetch` or a body stream threw, in words. */
export function connectionFailure(url: string, error: unknown): TransientFailure {
  return new TransientFailure(
    new SemapError(
      'network-failed',
      phrase('The connection to {0} failed: {1}.', hostOf(url), causeOf(error)),
      {
        hint: phrase('Retry. {0}', OTHER_WAYS),
        cause: error,
      },
    ),
  );
}

/** No answer, or no further byte, within `seconds`. */
function stalled(url: string, seconds: number): TransientFailure {
  return new TransientFailure(
    new SemapError('network-failed', phrase('{0} sent nothing for {1} seconds.', hostOf(url), seconds), {
      hint: phrase('Retry; what has arrived is kept. {0}', OTHER_WAYS),
    }),
  );
}

/** The failure that an HTTP status is, or undefined for a success. `what` names the thing asked for. */
export function statusFailure(
  url: string,
  status: number,
  what: string,
): SemapError | TransientFailure | undefined {
  if (status >= 200 && status < 300) return undefined;
  const host = hostOf(url);
  if (status === 404 || status === 410) {
    return new SemapError('not-found', phrase('{0} has no {1} (HTTP {2}).', host, what, status), {
      hint: phrase('Check the name and revision, or try the hub itself instead of a mirror.'),
    });
  }
  if (status === 401 || status === 403) {
    return new SemapError(
      'network-failed',
      phrase('{0} refuses {1} (HTTP {2}): it does not exist or asks for an account.', host, what, status),
      {
        hint: phrase('Check the name, download it in a browser and install from a folder, or set a mirror.'),
      },
    );
  }
  if (status === 407) {
    return new SemapError('network-failed', phrase('The proxy asks for a login (HTTP 407).'), {
      hint: phrase('Set "http.proxy" with credentials, or install from a folder.'),
    });
  }
  const error = new SemapError(
    'network-failed',
    phrase('{0} answered HTTP {1} for {2}.', host, status, what),
    {
      hint: phrase('Retry in a while. {0}', OTHER_WAYS),
    },
  );
  return status === 408 || status === 425 || status === 429 || status >= 500
    ? new TransientFailure(error)
    : error;
}

/** A page came where a file was asked for: a login portal, a proxy's block page, a wrong mirror. */
export function htmlInstead(url: string, what: string): SemapError {
  return new SemapError(
    'download-damaged',
    phrase('{0} answered with a web page instead of {1}.', hostOf(url), what),
    {
      hint: phrase(
        'Open the address in a browser to see what it says (a login or a block page), set another mirror, or install from a folder.',
      ),
    },
  );
}

/** A Git LFS pointer came instead of the file it stands for. */
export function pointerInstead(what: string): SemapError {
  return new SemapError('lfs-pointer', phrase('{0} is a Git LFS pointer, not the file itself.', what), {
    hint: phrase('Run "git lfs pull" in that repository, or use a mirror that serves LFS files.'),
  });
}

/** What the file system threw while `path` was written, in words; anything else comes back as it is. */
export function fileFailure(error: unknown, path: string): unknown {
  switch ((error as { code?: unknown } | null)?.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new SemapError('out-of-space', phrase('The disk is full: {0} could not be written.', path), {
        hint: phrase('Free some space or set another model folder, then retry.'),
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new SemapError('not-writable', phrase('{0} cannot be written.', path), {
        hint: phrase('Set a model folder that you may write to.'),
        cause: error,
      });
    case 'EBUSY':
    case 'ENOTEMPTY':
      return new SemapError('busy', phrase('{0} is in use.', path), {
        hint: phrase('Close the other windows that use it, then retry.'),
        cause: error,
      });
    default:
      return error;
  }
}

/** The innermost message: Node's fetch says only "fetch failed" and hides the reason in `cause`. */
function causeOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (!(inner instanceof Error)) return String(inner);
  const code = (inner as { code?: unknown }).code;
  return inner.message || (typeof code === 'string' ? code : inner.name);
}

/** How long a server may stay silent before the connection counts as lost, in seconds. */
const SILENCE_SECONDS = 60;

/** Pauses between attempts, in milliseconds; their number + 1 is the number of attempts. */
const PAUSES = [1000, 2000, 4000];

/** @throws {SemapError} cancelled */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}

/**
 * `promise`, unless the signal is aborted or nothing comes for {@link SILENCE_SECONDS} first.
 * @throws {SemapError} cancelled
 * @throws {TransientFailure} the rejection of `promise`, or the silence
 */
export async function orSilence<T>(
  promise: Promise<T>,
  url: string,
  environment: DownloadEnvironment,
  signal: AbortSignal,
): Promise<T> {
  const settled = new AbortController();
  const silence = environment.clock
    .sleep(SILENCE_SECONDS * 1000, AbortSignal.any([signal, settled.signal]))
    .then(() => 'silence' as const);
  try {
    const first = await Promise.race([promise.then((value) => ({ value })), silence]);
    if (first !== 'silence') return first.value;
  } catch (error) {
    throwIfCancelled(signal);
    throw connectionFailure(url, error);
  } finally {
    settled.abort();
  }
  // Whoever loses the race must not surface as an unhandled rejection.
  promise.catch(() => {});
  throwIfCancelled(signal);
  throw stalled(url, SILENCE_SECONDS);
}

/** One request. @throws {SemapError} cancelled @throws {TransientFailure} when no answer comes */
export function fetchOnce(
  url: string,
  init: RequestInit,
  environment: DownloadEnvironment,
  signal: AbortSignal,
): Promise<Response> {
  throwIfCancelled(signal);
  return orSilence(environment.fetch(url, { ...init, signal }), url, environment, signal);
}

/**
 * Runs `attempt` until it succeeds or fails for good, pausing longer each time. As long as `reached` grows from one
 * attempt to the next, attempts do not run out: a line that breaks off every few megabytes still gets there.
 * @throws {SemapError} what a {@link TransientFailure} turns into after the last attempt
 */
export async function withRetries<T>(
  environment: DownloadEnvironment,
  signal: AbortSignal,
  attempt: () => Promise<T>,
  reached: () => number = () => 0,
): Promise<T> {
  let best = 0;
  for (let failed = 0; ; failed++) {
    try {
      return await attempt();
    } catch (error) {
      throwIfCancelled(signal);
      if (!(error instanceof TransientFailure)) throw error;
      if (reached() > best) failed = 0;
      best = Math.max(best, reached());
      if (failed === PAUSES.length) throw error.final;
      await environment.clock.sleep(PAUSES[failed]!, signal);
      throwIfCancelled(signal);
    }
  }
}
