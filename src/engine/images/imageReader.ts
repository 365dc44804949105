import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RgbImage } from '../../core/images/preprocessing.ts';
import { fileSize } from '../../core/text/numbers.ts';
import { phrase } from '../../core/text/text.ts';
import type { Call, Rpc } from '../../protocol/rpc.ts';
import { type ImageHeader, type LeastScale, unreadable } from './codec.ts';
import { decodeImage } from './decodeImage.ts';
import type { MemoryAnswer, MemoryRequest } from './memoryBudget.ts';
import { type ReadImage, readImageFile } from './readImageFile.ts';
import { WorkNote } from './workNote.ts';

/** What a thread that decodes is given when it is started. */
export interface ImageReaderData {
  /** Where it writes the ticket of the file that it decodes, 0 for none. */
  readonly decoding: Int32Array;
  /** Folder in which it notes which file it is at; absent = none. */
  readonly notes: string | undefined;
}

/** What a thread that decodes asks of the one that started it. */
export interface PictureMemoryApi {
  room: Call<MemoryRequest, MemoryAnswer>;
  done: Call<undefined>;
}

/** Files and pictures below this take no part in the budget: what every thread may always use. */
const SMALL_FILE_BYTES = 16 << 20;
const SMALL_PICTURE_BYTES = 32 << 20;
/** What a picture leaves behind that took more is cleared away before it is said to be done. */
const LARGE_PICTURE_BYTES = 128 << 20;

type PictureMemory = Pick<Rpc<PictureMemoryApi, Record<never, never>>, 'call'>;

/** Reads and decodes image files in a thread that shares its memory with others, one file at a time. */
export class ImageReader {
  readonly #decoding: Int32Array;
  readonly #note: WorkNote | undefined;
  readonly #memory: PictureMemory;
  #asked = 0;
  #collect: (() => void) | undefined;

  /** @param memory who is asked for memory */
  constructor({ decoding, notes }: ImageReaderData, memory: PictureMemory) {
    this.#decoding = decoding;
    this.#note = notes === undefined ? undefined : new WorkNote(notes);
    this.#memory = memory;
  }

  /**
   * Does something with the picture in a file, and with the file; the memory of both counts until that is done.
   * @param ticket of the call that it is for
   * @param wanted how small the picture may come out, absent = as large as it is, and whether a preview serves
   * @throws {SemapError} as `readImageFile` and `decodeImage`; `unreadable-image` when it takes more memory than there is
   */
  async use<T>(
    path: string,
    ticket: number,
    work: (image: RgbImage, file: ReadImage) => T | Promise<T>,
    wanted: { readonly least?: LeastScale; readonly preview?: boolean } = {},
  ): Promise<T> {
    Atomics.store(this.#decoding, 0, ticket);
    this.#note?.begin(path);
    try {
      const file = await readImageFile(path, (size) => this.#toRead(size));
      const { bytes } = file;
      const admit = (header: ImageHeader, needed: number) => this.#toDecode(bytes.length + needed, header);
      return await work(await decodeImage(bytes, { admit, ...wanted }), file);
    } finally {
      this.#note?.end();
      this.#done();
      Atomics.store(this.#decoding, 0, 0);
    }
  }

  async #toRead(bytes: number): Promise<void> {
    if (bytes < SMALL_FILE_BYTES) return;
    const limit = await this.#ask({ bytes, more: true });
    if (limit !== undefined) {
      throw unreadable(
        phrase(
          'The file needs about {0} of memory, and images may take {1} on this computer.',
          fileSize(bytes),
          fileSize(limit),
        ),
      );
    }
  }

  async #toDecode(bytes: number, { width, height }: ImageHeader): Promise<void> {
    if (bytes < SMALL_PICTURE_BYTES && this.#asked === 0) return;
    const limit = await this.#ask({ bytes, more: false });
    if (limit !== undefined) {
      throw unreadable(
        phrase(
          'The image of {0} x {1} pixels needs about {2} of memory, and images may take {3} on this computer.',
          String(width),
          String(height),
          fileSize(bytes),
          fileSize(limit),
        ),
      );
    }
  }

  async #ask(request: MemoryRequest): Promise<number | undefined> {
    this.#asked = request.bytes;
    return (await this.#memory.call('room', request)).limit;
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
    void this.#memory.call('done', undefined);
  }
}

/** V8's garbage collector, which Node shows to those only who ask for it. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
