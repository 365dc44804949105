import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/** Files that are open at a time. */
const MOST_OPEN = 64;

/** A result as it was when its rows were listed. */
export interface ResultVersion {
  readonly path: string;
  readonly version: string;
}

/** What tells a result from one that took its place. */
export function versionOf({ size, mtimeMs }: Pick<Stats, 'size' | 'mtimeMs'>): string {
  return `${size} ${mtimeMs}`;
}

/** Results of which rows are read, a few of them open at a time. */
export class ResultFiles {
  readonly #open = new Map<string, { readonly version: string; readonly descriptor: number }>();

  /** Reads as many bytes as fit. @returns whether there were as many, and the result is the one that is meant */
  read(file: ResultVersion, into: Uint8Array, at: number): boolean {
    const descriptor = this.#descriptorOf(file);
    return descriptor !== undefined && readSync(descriptor, into, 0, into.length, at) === into.length;
  }

  close(): void {
    for (const { descriptor } of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
  }

  #descriptorOf({ path, version }: ResultVersion): number | undefined {
    let opened = this.#open.get(path);
    this.#open.delete(path);
    if (opened && opened.version !== version) {
      closeSync(opened.descriptor);
      opened = undefined;
    }
    opened ??= openedFile(path);
    this.#open.set(path, opened);
    if (this.#open.size > MOST_OPEN) {
      const [[oldest, { descriptor }]] = this.#open;
      this.#open.delete(oldest);
      closeSync(descriptor);
    }
    return opened.version === version ? opened.descriptor : undefined;
  }
}

function openedFile(path: string) {
  const descriptor = openSync(path, 'r');
  return { descriptor, version: versionOf(fstatSync(descriptor)) };
}
