/**
 * What a download needs from the process it runs in. The shapes are those of `globalThis.fetch`,
 * `node:fs/promises` and `node:crypto`, so a composition root passes these as they are and a test passes fakes.
 */
export interface DownloadEnvironment {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly files: FileAccess;
  readonly createHash: (algorithm: 'sha1' | 'sha256') => Hash;
  readonly clock: Clock;
  /** A name that no other process uses, to own locks by. */
  readonly owner: string;
}

/** A download at work: what it needs, and what cancels it. */
export interface Work extends DownloadEnvironment {
  readonly signal: AbortSignal;
}

export interface Hash {
  update(data: Uint8Array | string): unknown;
  digest(encoding: 'hex'): string;
}

export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** Resolves after `milliseconds`, or at once when the signal is aborted; never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The part of `node:fs/promises` that is used. */
export interface FileAccess {
  mkdir(path: string, options: { recursive: true }): Promise<unknown>;
  open(path: string, flags: string): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { recursive: true; force: true }): Promise<void>;
  stat(path: string): Promise<{ readonly size: number; isFile(): boolean }>;
  readFile(path: string): Promise<Uint8Array>;
  writeFile(path: string, data: string, options: { flag: string }): Promise<void>;
  readdir(path: string): Promise<string[]>;
  statfs(path: string): Promise<{ readonly bavail: number; readonly bsize: number }>;
}

type Place = [buffer: Uint8Array, offset: number, length: number, position: number];

/** The part of a Node `FileHandle` that is used. */
export interface OpenFile {
  read(...to: Place): Promise<{ readonly bytesRead: number }>;
  write(...from: Place): Promise<{ readonly bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The digest a source promises for a file: of an LFS file its SHA-256, of a small one its Git blob id. */
export interface Digest {
  readonly algorithm: 'sha256' | 'git-sha1';
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

/** A file that can be had, and what is known of it before a byte is moved. */
export interface RemoteFile {
  /** Relative, with `/`, without `..`: see {@link isSafeRelativePath}. */
  readonly path: string;
  readonly size: number;
  readonly digest?: Digest | undefined;
}

/** Whether a path given by a server may be joined to a folder: plain segments below it, nothing hidden or odd. */
export function isSafeRelativePath(path: string): boolean {
  return path
    .split('/')
    .every(
      (segment) =>
        /^[\w@+-][\w@+. -]*$/.test(segment) && !/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(segment),
    );
}

/** Starts a hash in the way of `digest`: a Git blob id covers a header with the size as well. */
export function startDigest(
  environment: DownloadEnvironment,
  algorithm: Digest['algorithm'],
  size: number,
): Hash {
  if (algorithm === 'sha256') return environment.createHash('sha256');
  const hash = environment.createHash('sha1');
  hash.update(`blob ${size}\0`);
  return hash;
}

/** The time of day and real pauses. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      signal?.addEventListener('abort', end, { once: true });
    }),
};
