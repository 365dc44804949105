import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { MessagePort } from 'node:worker_threads';
import type { RgbImage } from '../../core/images/preprocessing.ts';
import type { ImageHeader } from './codec.ts';
import { decodeImage } from './decodeImage.ts';
import type { MemoryAnswer, MemoryRequest } from './memoryBudget.ts';
import { readImageFile } from './readImageFile.ts';
import { needsTooMuch } from './unreadable.ts';
import { WorkNote } from './workNote.ts';

/** What a thread that decodes is given when it is started. */
export interface ImageReaderData {
  /** Where it asks for memory. */
  readonly memory: MessagePort;
  /** Folder in which it notes which file it is at; absent = none. */
  readonly notes?: string;
}

/** Files and pictures below this take no part in the budget: what every thread may always use. */
const SMALL_FILE_BYTES = 16 << 20;
const SMALL_PICTURE_BYTES = 32 << 20;
/** What a picture leaves behind that took more is cleared away before it is said to be done. */
const LARGE_PICTURE_BYTES = 128 << 20;

/** Reads and decodes image files in a thread that shares its memory with others, one file at a time. */
export class ImageReader {
  readonly #port: MessagePort;
  readonly #note: WorkNote | undefined;
  #answered: ((answer: MemoryAnswer) => void) | undefined;
  #asked = 0;
  #collect: (() => void) | undefined;

  constructor({ memory, notes }: ImageReaderData) {
    this.#port = memory;
    this.#note = notes === undefined ? undefined : new WorkNote(notes);
    memory.on('message', (answer: MemoryAnswer) => this.#answered?.(answer));
    // It keeps no thread alive.
    memory.unref();
  }

  /**
   * Does something with the picture in a file, and with the file's bytes; their memory counts until that is done.
   * @throws {SemapError} as `readImageFile` and `decodeImage`; `unreadable-image` when it takes more memory than there is
   */
  async use<T>(path: string, work: (image: RgbImage, content: Uint8Array) => T | Promise<T>): Promise<T> {
    this.#note?.begin(path);
    try {
      const bytes = await readImageFile(path, (size) => this.#toRead(size));
      const admit = (header: ImageHeader, needed: number) => this.#toDecode(bytes.length + needed, header);
      return await work(await decodeImage(bytes, { admit }), bytes);
    } finally {
      this.#note?.end();
      this.#done();
    }
  }

  async #toRead(bytes: number): Promise<void> {
    if (bytes < SMALL_FILE_BYTES) return;
    const limit = await this.#ask({ bytes, more: true });
    if (limit !== undefined) throw needsTooMuch('The file', bytes, limit);
  }

  async #toDecode(bytes: number, { width, height }: ImageHeader): Promise<void> {
    if (bytes < SMALL_PICTURE_BYTES && this.#asked === 0) return;
    const limit = await this.#ask({ bytes, more: false });
    if (limit !== undefined) throw needsTooMuch(`The picture of ${width} x ${height} pixels`, bytes, limit);
  }

  async #ask(request: MemoryRequest): Promise<number | undefined> {
    this.#asked = request.bytes;
    const answer = new Promise<MemoryAnswer>((resolve) => {
      this.#answered = resolve;
    });
    this.#port.ref();
    this.#port.postMessage(request);
    const { limit } = await answer;
    this.#port.unref();
    return limit;
  }

  #done(): void {
    if (this.#asked === 0) return;
    const large = this.#asked > LARGE_PICTURE_BYTES;
    this.#asked = 0;
    if (large) setImmediate(() => this.#clear());
    else this.#tellDone();
  }

  /** Once nothing holds the picture any more. V8 does not know how much lies behind its few objects. */
  #clear(): void {
    this.#collect ??= collector();
    this.#collect();
    if (this.#asked === 0) this.#tellDone();
  }

  #tellDone(): void {
    this.#port.postMessage({ bytes: 0, more: false } satisfies MemoryRequest);
  }
}

/** V8's garbage collector, which Node shows to those only who ask for it. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
