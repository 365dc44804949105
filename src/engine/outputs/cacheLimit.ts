import { readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { isDeletable, isSegmentName } from './outputSegment.ts';

/** So much is written before the size is looked at again. */
const STRIDE = 32 << 20;
/** Where there is no room, so much of the limit is made free at once. */
const SLACK = 0.1;
const LEAVING = '.evicted';

interface Segment {
  readonly folder: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly used: number;
}

/** Who has segments open: they are asked to let go of one before it is deleted. */
export interface SegmentUser {
  /** Whether it appends to the segment. */
  writes(folder: string): boolean;
  /** Forgets what the segment holds. */
  forget(folder: string): void;
}

/**
 * Keeps all outputs and features of a cache folder below a number of bytes: the segments that were used longest ago go
 * first. A segment that is being written to, by whatever process, is never deleted.
 */
export class CacheLimit {
  readonly #folder: string;
  readonly #limit: number;
  readonly #users = new Set<SegmentUser>();
  #sinceLook = Number.POSITIVE_INFINITY;
  #looking: Promise<void> = Promise.resolve();

  /** @param limit bytes; 0 = none */
  constructor(cacheFolder: string, limit: number) {
    this.#folder = path.join(cacheFolder, 'outputs');
    this.#limit = limit;
  }

  /** Segments of about this size are let go of one by one. */
  get segmentBytes(): number {
    return this.#limit === 0 ? STRIDE * 8 : Math.min(STRIDE * 8, Math.max(1, Math.floor(this.#limit / 16)));
  }

  register(user: SegmentUser): void {
    this.#users.add(user);
  }

  unregister(user: SegmentUser): void {
    this.#users.delete(user);
  }

  /** After so many bytes were written. Never rejects. */
  written(bytes: number): Promise<void> {
    this.#sinceLook += bytes;
    if (this.#limit === 0 || this.#sinceLook < Math.min(STRIDE, this.#limit / 16)) return this.#looking;
    this.#sinceLook = 0;
    this.#looking = this.#looking.then(() => this.#enforce()).catch(() => {});
    return this.#looking;
  }

  async #enforce(): Promise<void> {
    const segments = await this.#segments();
    let total = segments.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total <= this.#limit) return;
    const aim = this.#limit * (1 - SLACK);
    for (const { folder, bytes } of segments.sort((a, b) => a.used - b.used)) {
      if (total <= aim) break;
      const users = [...this.#users];
      if (!isDeletable(path.basename(folder)) || users.some((user) => user.writes(folder))) continue;
      for (const user of users) user.forget(folder);
      try {
        // Whoever takes it over at this moment, or deletes it, has it; the other fails here.
        await rename(folder, `${folder}${LEAVING}`);
      } catch {
        continue;
      }
      await rm(`${folder}${LEAVING}`, { recursive: true, force: true });
      // The folder of the backbone goes with its last segment.
      await rmdir(path.dirname(folder)).catch(() => {});
      total -= bytes;
    }
  }

  async #segments(): Promise<Segment[]> {
    const segments: Segment[] = [];
    for (const backbone of await readdir(this.#folder).catch(() => [])) {
      const within = path.join(this.#folder, backbone);
      for (const name of await readdir(within).catch(() => [])) {
        const folder = path.join(within, name);
        // A deletion that was interrupted.
        if (name.endsWith(LEAVING)) await rm(folder, { recursive: true, force: true });
        else if (isSegmentName(name)) segments.push(await measure(folder));
      }
    }
    return segments;
  }
}

async function measure(folder: string): Promise<Segment> {
  let bytes = 0;
  let used = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const state = await stat(path.join(folder, name)).catch(() => undefined);
    bytes += state?.size ?? 0;
    used = Math.max(used, state?.mtimeMs ?? 0);
  }
  return { folder, bytes, used };
}
