import { cancelled, SemapError } from '../errors.ts';
import { phrase, type TextValue } from '../text/text.ts';
import type { Work } from './environment.ts';

/** What a person can do when the hub cannot be used. */
const OTHER_WAYS = phrase(
  'Check the connection and the proxy, then try again. You can also set a mirror or install from a folder.',
);

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
    new SemapError('network-failed', phrase('Cannot connect to {0}: {1}.', hostOf(url), causeOf(error)), {
      hint: OTHER_WAYS,
      cause: error,
    }),
  );
}

/** No answer, or no further byte, within `seconds`. */
function stalled(url: string, seconds: number): TransientFailure {
  return new TransientFailure(
    new SemapError('network-failed', phrase('{0} sent nothing for {1} seconds.', hostOf(url), seconds), {
      hint: OTHER_WAYS,
    }),
  );
}

/** The failure that an HTTP status is, or undefined for a success. `what` names the thing asked for. */
export function statusFailure(
  url: string,
  status: number,
  what: TextValue,
): SemapError | TransientFailure | undefined {
  if (status >= 200 && status < 300) return undefined;
  const host = hostOf(url);
  if (status === 404 || status === 410) {
    return new SemapError(
      'not-found',
      phrase('Cannot find {0} on {1} (HTTP {2}).', what, host, String(status)),
      { hint: phrase('Check the name. If you use a mirror, try the hub itself.') },
    );
  }
  if (status === 401 || status === 403) {
    return new SemapError(
      'network-failed',
      phrase(
        'Cannot read {0} from {1} (HTTP {2}): it does not exist or requires an account.',
        what,
        host,
        String(status),
      ),
      {
        hint: phrase(
          'Check the name. You can also set a mirror, or download it in a browser and install from a folder.',
        ),
      },
    );
  }
  if (status === 407) {
    return new SemapError('network-failed', phrase('The proxy requires a login (HTTP 407).'), {
      hint: phrase('Add the credentials to the "http.proxy" setting, or install from a folder.'),
    });
  }
  const error = new SemapError(
    'network-failed',
    phrase('Cannot read {0}: {1} answered with HTTP {2}.', what, host, String(status)),
    { hint: OTHER_WAYS },
  );
  return status === 408 || status === 425 || status === 429 || status >= 500
    ? new TransientFailure(error)
    : error;
}

/** A page came where a file was asked for: a login portal, a proxy's block page, a wrong mirror. */
export function htmlInstead(url: string, what: TextValue): SemapError {
  return new SemapError(
    'download-damaged',
    phrase('Cannot read {0}: {1} answered with a web page.', what, hostOf(url)),
    {
      hint: phrase(
        'Open the address in a browser: it may be a login or block page. You can also set another mirror or install from a folder.',
      ),
    },
  );
}

/** A Git LFS pointer came instead of the file it stands for. */
export function pointerInstead(what: string): SemapError {
  return new SemapError('lfs-pointer', phrase('{0} is a Git LFS pointer, not the file itself.', what), {
    hint: phrase('Run `git lfs pull` in the repository, or use a mirror that serves LFS files.'),
  });
}

/** What the file system threw while `path` was written, in words; anything else comes back as it is. */
export function fileFailure(error: unknown, path: string): unknown {
  switch ((error as { code?: unknown } | null)?.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new SemapError('out-of-space', phrase('Cannot write {0}: the disk is full.', path), {
        hint: phrase('Free some space or set another model folder, then try again.'),
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new SemapError('not-writable', phrase('Cannot write {0}: permission denied.', path), {
        hint: phrase('Set a model folder that you can write to.'),
        cause: error,
      });
    case 'EBUSY':
    case 'ENOTEMPTY':
      return new SemapError('busy', phrase('Cannot replace {0}: it is in use.', path), {
        hint: phrase('Close the other windows that use it, then try again.'),
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
export async function orSilence<T>(promise: Promise<T>, url: string, work: Work): Promise<T> {
  const settled = new AbortController();
  const silence = work.clock
    .sleep(SILENCE_SECONDS * 1000, AbortSignal.any([work.signal, settled.signal]))
    .then(() => 'silence' as const);
  try {
    const first = await Promise.race([promise.then((value) => ({ value })), silence]);
    if (first !== 'silence') return first.value;
  } catch (error) {
    throwIfCancelled(work.signal);
    throw connectionFailure(url, error);
  } finally {
    settled.abort();
  }
  // Whoever loses the race must not surface as an unhandled rejection.
  promise.catch(() => {});
  throwIfCancelled(work.signal);
  throw stalled(url, SILENCE_SECONDS);
}

/** One request. @throws {SemapError} cancelled @throws {TransientFailure} when no answer comes */
export function fetchOnce(url: string, init: RequestInit, work: Work): Promise<Response> {
  throwIfCancelled(work.signal);
  return orSilence(work.fetch(url, { ...init, signal: work.signal }), url, work);
}

/**
 * Runs `attempt` until it succeeds or fails for good, pausing longer each time. As long as `reached` grows from one
 * attempt to the next, attempts do not run out: a line that breaks off every few megabytes still gets there.
 * @throws {SemapError} what a {@link TransientFailure} turns into after the last attempt
 */
export async function withRetries<T>(
  work: Work,
  attempt: () => Promise<T>,
  reached: () => number = () => 0,
): Promise<T> {
  let best = 0;
  for (let failed = 0; ; failed++) {
    try {
      return await attempt();
    } catch (error) {
      throwIfCancelled(work.signal);
      if (!(error instanceof TransientFailure)) throw error;
      if (reached() > best) failed = 0;
      best = Math.max(best, reached());
      if (failed === PAUSES.length) throw error.final;
      await work.clock.sleep(PAUSES[failed], work.signal);
      throwIfCancelled(work.signal);
    }
  }
}
