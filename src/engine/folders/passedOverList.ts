import { open } from 'node:fs/promises';
import { SemapError } from '../../core/errors.ts';
import {
  type PassedOver,
  type PassedOverFile,
  type PassedOverKind,
  passedOverByName,
  passedOverWords,
  readableHint,
} from '../../core/images/imageFiles.ts';
import { listed, phrase } from '../../core/text/text.ts';
import { READ_NEVER_WAIT } from '../../files/regularFile.ts';
import { identifyImage } from '../images/imageType.ts';

/** The error for folders without an image, which says what is there instead. */
export function noImages(folders: readonly string[], passedOver?: PassedOver): SemapError {
  const where = listed(folders);
  const message = passedOver
    ? phrase('No images that SeMap reads in {0}, only {1}.', where, passedOverWords(passedOver))
    : phrase('No images in {0}.', where);
  return new SemapError('no-images', message, { hint: readableHint(passedOver) });
}

/** So many are named; all are counted. */
const MOST_NAMED = 1000;
/** So many files are opened to see whether they are images without an extension. */
const MOST_LOOKED_AT = 20_000;

/** Gathers what is passed over while folders are walked. */
export class PassedOverList {
  readonly #counts: Partial<Record<PassedOverKind, number>> = {};
  readonly #files: PassedOverFile[] = [];
  #lookedAt = 0;

  /** What was gathered; undefined when there is nothing. */
  get all(): PassedOver | undefined {
    return this.#files.length === 0 ? undefined : { counts: this.#counts, files: this.#files };
  }

  add(path: string, kind: PassedOverKind): void {
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
    if (this.#files.length < MOST_NAMED) this.#files.push({ path, kind });
  }

  /** A file that has no extension of an image: added if it is of interest. */
  async addFile(path: string, name: string): Promise<void> {
    const kind = passedOverByName(name);
    if (kind === undefined) return;
    if (kind !== 'look') {
      this.add(path, kind);
      return;
    }
    if (this.#lookedAt === MOST_LOOKED_AT) return;
    this.#lookedAt++;
    if (await isImage(path)) this.add(path, 'unnamed');
  }
}

const FIRST_BYTES = 16;

async function isImage(path: string): Promise<boolean> {
  const file = await open(path, READ_NEVER_WAIT).catch(() => undefined);
  try {
    const first = await file?.read(Buffer.alloc(FIRST_BYTES), 0, FIRST_BYTES, 0);
    if (!first) return false;
    const type = identifyImage(first.buffer.subarray(0, first.bytesRead));
    // Two letters begin many a text.
    return type !== undefined && type !== 'bmp' && type !== 'pnm';
  } catch {
    return false;
  } finally {
    await file?.close();
  }
}
