import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { threadId } from 'node:worker_threads';
import { isAlive, thisHost } from '../../files/processes.ts';

/** Which machine, process and thread. */
const NAME = /^([0-9a-f]{8})-(\d+)-(\d+)$/;
/** The length of the path in bytes, then the path: names may hold anything. */
const HEAD = 6;

/**
 * A small file in which a thread notes the image that it is at. What was written is there when the process has died, by
 * whatever; nothing is waited for, so it costs microseconds.
 */
export class WorkNote {
  readonly #file: string;
  #handle: number | undefined;
  #failed = false;

  constructor(folder: string) {
    this.#file = path.join(folder, `${thisHost}-${process.pid}-${threadId}`);
  }

  begin(image: string): void {
    const name = Buffer.from(image);
    this.#write(Buffer.concat([Buffer.from(String(name.length).padStart(HEAD, '0')), name]));
  }

  end(): void {
    this.#write(NOTHING);
  }

  #write(bytes: Uint8Array): void {
    if (this.#failed) return;
    try {
      if (this.#handle === undefined) {
        mkdirSync(path.dirname(this.#file), { recursive: true });
        this.#handle = openSync(this.#file, 'w', 0o600);
      }
      writeSync(this.#handle, bytes, 0, bytes.length, 0);
    } catch {
      // A folder that cannot be written to: then a death is not explained, and nothing else is lost.
      this.#failed = true;
      if (this.#handle !== undefined) closeSync(this.#handle);
    }
  }
}

const NOTHING = Buffer.from('0'.repeat(HEAD));

/** The images that processes which have died were at; their notes are taken away. Never throws. */
export async function imagesOfTheDead(folder: string): Promise<string[]> {
  const images: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const [, host, pid] = NAME.exec(name) ?? [];
    // Of this very process before it had begun: the number was used again, as in containers.
    if (host !== thisHost || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
    const file = path.join(folder, name);
    const note = await readFile(file).catch(() => NOTHING);
    const length = Number(note.toString('latin1', 0, HEAD));
    if (length > 0 && note.length >= HEAD + length) images.push(note.toString('utf8', HEAD, HEAD + length));
    await rm(file, { force: true }).catch(() => {});
  }
  return images;
}

/** Takes away the notes of this process, which ends as it should. */
export async function forgetNotes(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, host, pid] = NAME.exec(name) ?? [];
    if (host !== thisHost || Number(pid) !== process.pid) continue;
    await rm(path.join(folder, name), { force: true }).catch(() => {});
  }
}
