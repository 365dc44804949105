import { cancelled } from '../errors.ts';
import type { DownloadEnvironment } from './environment.ts';
import { connectionFailure, stalled, TransientFailure } from './failures.ts';

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
