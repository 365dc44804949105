import { cancelled } from '../../core/errors.ts';

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
