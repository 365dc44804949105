import { fstatSync, writeSync } from 'node:fs';
import { whySystem } from '../files/systemErrors.ts';

/** What a command prints as its result, into whatever standard output is. */
export interface StandardOutput {
  write(text: string): void;
  /**
   * Resolves when everything has been taken, or with why the rest is lost. A reader that has seen enough, such as
   * `head`, is no failure.
   */
  finished(): Promise<string | undefined>;
}

const STDOUT = 1;

/** Standard output of this process. @param onClosed called when its reader has gone */
export function standardOutput(onClosed: () => void): StandardOutput {
  let failure: NodeJS.ErrnoException | undefined;
  const fail = (error: NodeJS.ErrnoException) => {
    failure ??= error;
    if (error.code === 'EPIPE') onClosed();
  };
  const finished = async () => {
    if (failure === undefined || failure.code === 'EPIPE') return undefined;
    return `Cannot write to standard output: ${whySystem(failure)}.`;
  };
  if (isFile()) {
    return {
      write: (text) => {
        try {
          if (failure === undefined) writeAll(Buffer.from(text));
        } catch (error) {
          fail(error as NodeJS.ErrnoException);
        }
      },
      finished,
    };
  }
  process.stdout.on('error', fail);
  return {
    write: (text) => {
      if (failure === undefined) process.stdout.write(text);
    },
    finished: async () => {
      // An empty write comes after all others; its callback also comes when they failed.
      if (failure === undefined) await new Promise<void>((taken) => process.stdout.write('', () => taken()));
      return finished();
    },
  };
}

/** A stream would lose the rest where a disk becomes full in the middle of a write: it takes a short one for a whole one. */
function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(STDOUT, bytes, at);
}

/** A file, or a device such as `/dev/full` that is written like one; no pipe, no terminal. */
function isFile(): boolean {
  if (process.stdout.isTTY) return false;
  try {
    const stats = fstatSync(STDOUT);
    return stats.isFile() || stats.isCharacterDevice();
  } catch {
    return false;
  }
}
