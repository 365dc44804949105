import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { BackboneDescription } from '../../core/documents/backboneDescription.ts';
import type { IndexRecord } from './outputIndex.ts';
import { SegmentReader, SegmentWriter } from './outputSegment.ts';

/** An image file as it is now. */
export interface ImageState {
  /** Absolute path. */
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

interface Stored {
  readonly record: IndexRecord;
  readonly segment: SegmentReader;
}

/** To be raised whenever the same image and preprocessing give other pixels than before. */
const PIXELS_VERSION = 2;

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
  const hash = createHash('sha256')
    .update(`${PIXELS_VERSION}\n${backbone.sha256}\n${how}\n${values}`)
    .digest('hex');
  return path.join(
    cacheFolder,
    'outputs',
    `${backbone.name.replaceAll(/[^\w.-]/g, '_').slice(0, 40)}-${hash.slice(0, 24)}`,
  );
}

/** How the segments of this machine's processes are called, so that those of dead ones are recognised. */
const HOST = createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8);
const OWN_NAME = /^([0-9a-f]{8})-(\d+)-[0-9a-f]+$/;

/**
 * Logits of images under one backbone and preprocessing, kept on disk. Every process appends to a segment of its own
 * and reads those of all others, so that two of them never write to one file; a segment whose process has ended is
 * taken over by the next. What is damaged is left out and computed again. When the disk cannot be written to, results
 * are only not kept.
 */
export class OutputCache {
  readonly #folder: string;
  readonly #sourceCount: number;
  readonly #segments = new Map<string, SegmentReader>();
  readonly #retired: SegmentReader[] = [];
  readonly #stored = new Map<string, Stored>();
  readonly #waiting = new Map<string, { image: ImageState; logits: Float32Array }>();
  #writer: SegmentWriter | undefined;
  #written: Promise<void> = Promise.resolve();
  #writeProblem: Error | undefined;

  constructor(folder: string, sourceCount: number) {
    this.#folder = folder;
    this.#sourceCount = sourceCount;
  }

  /** Why results are not kept; undefined while they are. */
  get writeProblem(): Error | undefined {
    return this.#writeProblem;
  }

  /** Takes in what other processes added. */
  async refresh(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names) {
      if (OWN_NAME.test(name)) await this.#refreshSegment(path.join(this.#folder, name));
    }
  }

  /** The logits [S] of an image that has not changed since; undefined when they are not here. */
  find(image: ImageState): Float32Array | undefined {
    const key = keyOf(image);
    const stored = this.#stored.get(key);
    return this.#waiting.get(key)?.logits ?? stored?.segment.read(stored.record);
  }

  /** Keeps the logits [S] of an image; on disk after the next {@link flush}. */
  add(image: ImageState, logits: Float32Array): void {
    if (!this.#writeProblem) this.#waiting.set(keyOf(image), { image, logits });
  }

  /** Writes what was added. Never rejects. */
  flush(): Promise<void> {
    this.#written = this.#written.then(() => this.#write());
    return this.#written;
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#writer?.close();
    for (const segment of [...this.#segments.values(), ...this.#retired]) segment.close();
  }

  async #write(): Promise<void> {
    if (this.#waiting.size === 0 || this.#writeProblem) return;
    const batch = [...this.#waiting.values()];
    try {
      this.#writer ??= await this.#openWriter();
      await this.#writer.append(
        batch.map(({ image }) => image),
        batch.map(({ logits }) => logits),
      );
      await this.#refreshSegment(this.#writer.folder);
      for (const { image, logits } of batch) {
        const key = keyOf(image);
        if (this.#waiting.get(key)?.logits === logits) this.#waiting.delete(key);
      }
    } catch (error) {
      // A full or read-only disk: go on without. What was computed stays in memory for this process.
      this.#writeProblem = error as Error;
    }
  }

  async #openWriter(): Promise<SegmentWriter> {
    const folder = path.join(this.#folder, `${HOST}-${process.pid}-${randomBytes(4).toString('hex')}`);
    for (const segment of this.#segments.values()) {
      if (!isAbandoned(path.basename(segment.folder)) || segment.end === 0) continue;
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
    for (const record of await segment.refresh()) this.#stored.set(keyOf(record), { record, segment });
  }
}

/** An image file in one state of it: segments are read in no order, so none may hide what another says of a newer state. */
function keyOf({ path, bytes, modified }: ImageState): string {
  return `${bytes} ${modified} ${path}`;
}

function isAbandoned(name: string): boolean {
  const [, host, pid] = OWN_NAME.exec(name) ?? [];
  if (host !== HOST) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
