import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import type { Clock, DownloadEnvironment, FileAccess } from '../../../../src/core/downloads/environment.ts';

/** Pauses between attempts pass at once; the long waits (silence, heartbeat) only when told so. */
export class TestClock implements Clock {
  /** Milliseconds slept between attempts. */
  readonly pauses: number[] = [];
  /** Added to the time of day. */
  offset = 0;
  readonly #waiting = new Set<() => void>();

  now(): number {
    return Date.now() + this.offset;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (milliseconds < 5000) {
      this.pauses.push(milliseconds);
      return new Promise((resolve) => setImmediate(resolve));
    }
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      if (signal?.aborted) wake();
      else signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** All that wait have waited long enough. */
  elapse(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

export function testEnvironment(
  options: { clock?: TestClock; files?: FileAccess; owner?: string } = {},
): DownloadEnvironment & { readonly clock: TestClock } {
  return {
    fetch: globalThis.fetch,
    files: options.files ?? fs,
    createHash,
    clock: options.clock ?? new TestClock(),
    owner: options.owner ?? 'test',
  };
}

/** File access on which writing fails with `code` after so many bytes. */
export function failingFiles(code: string, afterBytes: number): FileAccess {
  let left = afterBytes;
  const fail = () => Object.assign(new Error(`${code}: no luck`), { code });
  return {
    ...fs,
    open: async (path, flags) => {
      const handle = await fs.open(path, flags);
      return {
        read: (buffer, offset, length, position) => handle.read(buffer, offset, length, position),
        write: async (buffer, offset, length, position) => {
          left -= length;
          if (left < 0) throw fail();
          return handle.write(buffer, offset, length, position);
        },
        truncate: (length) => handle.truncate(length),
        sync: () => handle.sync(),
        close: () => handle.close(),
      };
    },
  };
}
