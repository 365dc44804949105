import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { type ImageFacts, packedLook, unpackedLook } from '../../core/images/imageFacts.ts';
import { digestOfFile } from '../../files/fileState.ts';
import { CacheLimit, type SegmentUser } from './cacheLimit.ts';
import type { ImageState, KnownImage } from './outputIndex.ts';
import {
  isAbandoned,
  isSegmentName,
  newSegmentName,
  SegmentReader,
  SegmentWriter,
  WaitingRows,
} from './outputSegment.ts';
import type { OutputStore } from './outputStore.ts';

/** Where the logits of an image are. There are as many as images: path, size and time are only in the key. */
interface Stored {
  readonly changed: number;
  readonly inode: number;
  readonly digest: string | undefined;
  readonly row: number;
  readonly checksum: number;
  /** Its facts as numbers, 0 pixels where there are none: an object for each would take twice as much. */
  readonly width: number;
  readonly height: number;
  readonly look: number;
  readonly shape: string;
  readonly segment: SegmentReader;
  /** What else is stored of a file with the same path, size and time; of the same state where it was computed twice: one of them may be damaged. */
  readonly next: Stored | undefined;
}

/** To be raised whenever the same image and preprocessing give other pixels than before. */
export const PIXELS_VERSION = 4;

/** Folder of the outputs of one backbone under one preprocessing. */
export function outputFolder(cacheFolder: string, backbone: BackboneDescription): string {
  const { preprocessing: p, ...input } = backbone.input;
  const how = JSON.stringify([
    input.type,
    input.layout,
    input.height,
    input.width,
    p.size,
    p.crop,
    p.resample,
  ]);
  const values = JSON.stringify([
    p.rescaleFactor,
    p.mean,
    p.std,
    p.channels,
    backbone.outputName,
    backbone.output,
  ]);
  // What few backbones have is not said of the others: their outputs of before stay theirs.
  const rarely = JSON.stringify({
    fit: p.fit,
    padColor: p.padColor,
    anchor: p.anchor,
    cropFirst: p.cropFirst,
    antialias: p.antialias,
    rounded: p.rounded,
    inverted: p.inverted,
    dims: input.dims,
    extraInputs: backbone.extraInputs,
    cut: backbone.cut,
  });
  const hash = createHash('sha256')
    .update(
      `${PIXELS_VERSION}\n${backbone.sha256}\n${how}\n${values}${input.prompt ? `\n${input.prompt.sha256}` : ''}${rarely === '{}' ? '' : `\n${rarely}`}`,
    )
    .digest('hex');
  const outputs = path.join(cacheFolder, 'outputs');
  const known = `-${hash.slice(0, 24)}`;
  const named = `${backbone.name.replaceAll(/[^\w.-]/g, '_').slice(0, 40)}${known}`;
  return path.join(outputs, underOtherName(outputs, named, known) ?? named);
}

/** The folder of a backbone that was called otherwise: its name is for people, its outputs are the same. */
function underOtherName(outputs: string, named: string, known: string): string | undefined {
  let folders: readonly string[];
  try {
    folders = readdirSync(outputs);
  } catch {
    return undefined;
  }
  return folders.includes(named) ? named : folders.find((folder) => folder.endsWith(known));
}

/**
 * Logits of images under one backbone and preprocessing, kept on disk. Every process appends to a segment of its own
 * and reads those of all others, so that two of them never write to one file; a segment whose process has ended is
 * taken over by the next. What is damaged is left out and computed again. When the disk cannot be written to, results
 * are only not kept.
 */
export class OutputCache implements SegmentUser, OutputStore {
  readonly #folder: string;
  readonly #sourceCount: number;
  readonly #limit: CacheLimit;
  readonly #segments = new Map<string, SegmentReader>();
  readonly #retired: SegmentReader[] = [];
  readonly #stored = new Map<string, Stored>();
  #waiting: WaitingRows;
  /** What is being written, or could not be; else it is empty. */
  #leaving: WaitingRows;
  #writer: SegmentWriter | undefined;
  #written: Promise<void> = Promise.resolve();
  #writeProblem: Error | undefined;
  /** Whether anybody reads here: an index of 100,000 images takes 35 MB. */
  #isRead: boolean;

  /** @param isRead false: before the first {@link refresh} it can only be added to */
  constructor(folder: string, sourceCount: number, limit = new CacheLimit(folder, 0), isRead = true) {
    this.#isRead = isRead;
    this.#folder = folder;
    this.#sourceCount = sourceCount;
    this.#waiting = new WaitingRows(sourceCount);
    this.#leaving = new WaitingRows(sourceCount);
    this.#limit = limit;
    limit.register(this);
  }

  /** Why results are not kept; undefined while they are. */
  get writeProblem(): Error | undefined {
    return this.#writeProblem;
  }

  /** Numbers of an image. */
  get width(): number {
    return this.#sourceCount;
  }

  /** Whether nothing is here, as far as is known. */
  get isEmpty(): boolean {
    return this.#stored.size + this.#waiting.count + this.#leaving.count === 0;
  }

  /** Takes in what other processes added. */
  async refresh(): Promise<void> {
    this.#isRead = true;
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names) {
      if (isSegmentName(name)) await this.#refreshSegment(path.join(this.#folder, name));
    }
  }

  /** Whether the logits of an image that has not changed since are here; they may still turn out to be damaged. */
  has(image: ImageState): boolean {
    const key = wholeKeyOf(image);
    return this.#waiting.has(key) || this.#leaving.has(key) || this.#storedOf(image) !== undefined;
  }

  /** Whether a file with this path, size and time of change is here, in whatever state. */
  knows(image: ImageState): boolean {
    return this.#stored.has(keyOf(image));
  }

  /**
   * The logits [S] of an image that has not changed since; undefined when they are not here.
   * @param into to be filled with them, instead of an array of their own
   */
  find(image: ImageState, into?: Float32Array): Float32Array | undefined {
    const key = wholeKeyOf(image);
    const waiting = this.#waiting.find(key) ?? this.#leaving.find(key);
    if (waiting) {
      if (!into) return waiting.slice();
      into.set(waiting);
      return into;
    }
    for (let stored = this.#storedOf(image); stored; stored = sameState(stored.next, image)) {
      const found = stored.segment.read(stored, into);
      if (found) return found;
    }
    return undefined;
  }

  /**
   * The logits [S] of an image that {@link find} does not know, where a file with its path, size and time went through
   * the backbone and something else about it was changed since: its rights, a link to it, the disk it was mounted from, or
   * it was swapped for another with its time kept. Its content decides, which is read for it.
   */
  async recognize(image: ImageState): Promise<Float32Array | undefined> {
    const first = this.#stored.get(keyOf(image));
    if (!first) return undefined;
    const digest = await digestOfFile(image.path).catch(() => undefined);
    for (let stored: Stored | undefined = first; digest && stored; stored = stored.next) {
      if (stored.digest !== digest) continue;
      const logits = stored.segment.read(stored);
      if (!logits) continue;
      // Next time a look at the file is enough again.
      this.add({ ...image, digest, facts: factsOf(stored) }, logits);
      return logits;
    }
    return undefined;
  }

  /** What is in an image that has not changed since, as a digest. */
  digestOf(image: ImageState): string | undefined {
    const key = wholeKeyOf(image);
    const waiting = this.#waiting.imageOf(key) ?? this.#leaving.imageOf(key);
    return waiting?.digest ?? this.#storedOf(image)?.digest;
  }

  /** What is known of the picture in an image that has not changed since; undefined where nobody noted it. */
  factsOf(image: ImageState): ImageFacts | undefined {
    const key = wholeKeyOf(image);
    const waiting = this.#waiting.imageOf(key) ?? this.#leaving.imageOf(key);
    if (waiting) return waiting.facts;
    for (let stored = this.#storedOf(image); stored; stored = sameState(stored.next, image)) {
      if (stored.width > 0) return factsOf(stored);
    }
    return undefined;
  }

  /** How many bytes files with these contents have, of those that are known. */
  bytesOf(digests: ReadonlySet<string>): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (const [key, first] of this.#stored) {
      for (let one: Stored | undefined = first; one; one = one.next) {
        if (one.digest !== undefined && digests.has(one.digest))
          found.set(one.digest, Number.parseFloat(key));
      }
    }
    return found;
  }

  /** Keeps the logits [S] of an image; on disk after the next {@link flush}. */
  add(image: KnownImage, logits: Float32Array): void {
    if (!this.#writeProblem) this.#waiting.add(wholeKeyOf(image), image, logits);
  }

  /** Keeps the logits of an image that was moved, as they were before. */
  carry(from: ImageState, to: ImageState): boolean {
    const row = this.find(from);
    if (row) this.add({ ...to, digest: this.digestOf(from), facts: this.factsOf(from) }, row);
    return row !== undefined;
  }

  /** Writes what was added. Never rejects. */
  flush(): Promise<void> {
    this.#written = this.#written.then(() => this.#write());
    return this.#written;
  }

  writes(folder: string): boolean {
    return this.#writer?.folder === folder;
  }

  forget(folder: string): void {
    const segment = this.#segments.get(folder);
    if (!segment) return;
    this.#segments.delete(folder);
    for (const [key, first] of this.#stored) {
      const kept = without(segment, first);
      if (kept === first) continue;
      if (kept) this.#stored.set(key, kept);
      else this.#stored.delete(key);
    }
    segment.close();
  }

  async close(): Promise<void> {
    await this.flush();
    this.#limit.unregister(this);
    await this.#writer?.close();
    for (const segment of [...this.#segments.values(), ...this.#retired]) segment.close();
  }

  #storedOf(image: ImageState): Stored | undefined {
    return sameState(this.#stored.get(keyOf(image)), image);
  }

  async #write(): Promise<void> {
    if (this.#waiting.count === 0 || this.#writeProblem) return;
    const batch = this.#waiting;
    this.#waiting = this.#leaving;
    this.#leaving = batch;
    try {
      this.#writer ??= await this.#openWriter();
      await this.#writer.append(batch.images, batch.logits);
      if (this.#isRead) await this.#refreshSegment(this.#writer.folder);
      const full = this.#writer.bytes >= this.#limit.segmentBytes ? this.#writer : undefined;
      const bytes = batch.logits.byteLength;
      batch.clear();
      if (full) {
        this.#writer = undefined;
        await full.close();
      }
      await this.#limit.written(bytes);
    } catch (error) {
      // A full or read-only disk: go on without. What was computed stays in memory for this process.
      this.#writeProblem = error as Error;
    }
  }

  async #openWriter(): Promise<SegmentWriter> {
    const folder = path.join(this.#folder, newSegmentName());
    for (const segment of this.#segments.values()) {
      // Of an earlier version: it would lie there for ever.
      if (segment.isForeign && isAbandoned(path.basename(segment.folder))) {
        this.#segments.delete(segment.folder);
        await rm(segment.folder, { recursive: true, force: true }).catch(() => {});
        continue;
      }
      const isFull = segment.rows * this.#sourceCount * 4 >= this.#limit.segmentBytes;
      if (!isAbandoned(path.basename(segment.folder)) || segment.end === 0 || isFull) continue;
      try {
        const writer = await SegmentWriter.adopt(segment.folder, folder, this.#sourceCount, segment.end);
        // Still read through its open file until the segment was read again under its new name.
        this.#segments.delete(segment.folder);
        this.#retired.push(segment);
        return writer;
      } catch {
        // Another process was faster, or the file system does not allow it.
      }
    }
    return SegmentWriter.create(folder, this.#sourceCount);
  }

  async #refreshSegment(folder: string): Promise<void> {
    let segment = this.#segments.get(folder);
    if (!segment) {
      segment = new SegmentReader(folder, this.#sourceCount);
      this.#segments.set(folder, segment);
    }
    for (const record of await segment.refresh()) {
      const { row, checksum, changed, inode, digest, facts } = record;
      const { width = 0, height = 0, shape = '' } = facts ?? {};
      const look = facts ? packedLook(facts) : 0;
      const key = keyOf(record);
      // Rows of a segment that was taken over are read again under its new name.
      const next = filtered(
        this.#stored.get(key),
        (one) => this.#segments.get(one.segment.folder) === one.segment,
      );
      this.#stored.set(key, {
        changed,
        inode,
        digest,
        row,
        checksum,
        width,
        height,
        look,
        shape,
        segment,
        next,
      });
    }
  }
}

function factsOf({ width, height, look, shape }: Stored): ImageFacts | undefined {
  return width > 0 ? { width, height, ...unpackedLook(look), shape } : undefined;
}

/** What everybody sees of an image file's state. */
function keyOf({ path, bytes, modified }: ImageState): string {
  return `${bytes} ${modified} ${path}`;
}

/** An image file in one state of it. */
function wholeKeyOf(image: ImageState): string {
  return `${image.changed} ${image.inode} ${keyOf(image)}`;
}

/** The first of a list that is of a state: segments are read in no order, and none hides what another says of another state. */
function sameState(stored: Stored | undefined, { changed, inode }: ImageState): Stored | undefined {
  let one = stored;
  while (one && (one.changed !== changed || one.inode !== inode)) one = one.next;
  return one;
}

function without(segment: SegmentReader, stored: Stored | undefined): Stored | undefined {
  return filtered(stored, (one) => one.segment !== segment);
}

/** The list with those that are kept; itself where that is all. */
function filtered(stored: Stored | undefined, keeps: (one: Stored) => boolean): Stored | undefined {
  if (!stored) return undefined;
  const next = filtered(stored.next, keeps);
  if (!keeps(stored)) return next;
  return next === stored.next ? stored : { ...stored, next };
}
