import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { movedRows } from '../../core/truths/movedRows.ts';
import { nameKey, type TruthTable } from '../../core/truths/truthTable.ts';
import { digestOfFile } from '../../files/fileState.ts';
import type { FollowedTruths } from '../../protocol/truths.ts';
import { walkImages } from '../folders/imageWalk.ts';
import { type ImageState, imageState } from '../outputs/outputIndex.ts';

/** What caches know of the content of images. Digests are a byte a character, as everywhere but in tables. */
export interface KnownContents {
  digestOf(image: ImageState): string | undefined;
  /** How many bytes files with these contents have, of those that are known. */
  bytesOf(digests: ReadonlySet<string>): ReadonlyMap<string, number>;
}

/** Images that are read to see what is in them, at most, and their bytes. */
const MOST_READ = 5000;
const MOST_BYTES = 4e9;
/** Rows that are gone are looked for on the disk, up to so many. */
const MOST_LOOKED_FOR = 20_000;

/** The images of a folder by their names in its table. */
export type NamedImages = ReadonlyMap<string, ImageState>;

/** Of images, those of a folder. */
export function below(folder: string, images: Iterable<ImageState>): NamedImages {
  const start = folder.endsWith(path.sep) ? folder : folder + path.sep;
  const here = new Map<string, ImageState>();
  for (const image of images)
    if (image.path.startsWith(start))
      here.set(nameKey(image.path.slice(start.length).replaceAll(path.sep, '/')), image);
  return here;
}

/** The images in and below a folder, as they are now. */
export async function imagesOf(folder: string, signal: AbortSignal): Promise<NamedImages> {
  const states: ImageState[] = [];
  for await (const found of walkImages({ folders: [folder], layouts: [{ kind: 'flat' }] }, { signal })) {
    const state = found.kind === 'image' && (await imageState(found.path).catch(() => undefined));
    if (state) states.push(state);
  }
  signal.throwIfAborted();
  return below(folder, states);
}

/** Where the images of a table are now. */
export async function followTruths(
  folder: string,
  table: TruthTable,
  here: NamedImages,
  known: KnownContents,
  signal: AbortSignal,
): Promise<FollowedTruths> {
  const contents: { name: string; content: string }[] = [];
  const lost: { name: string; content: string }[] = [];
  const fitting = new Set<string>();
  const gone = new Set<string>();
  for (const [i, name] of [...table.names].entries()) {
    if (i % 1000 === 999) await setImmediate();
    const row = table.of(name);
    if (!row) continue;
    const { content } = row;
    const state = here.get(name);
    if (!state) {
      // A picture that SeMap does not read is not gone.
      const looked = gone.size < MOST_LOOKED_FOR;
      if (looked && (await lstat(path.join(folder, name)).catch(() => undefined))) continue;
      gone.add(name);
      if (content !== undefined) lost.push({ name, content });
      continue;
    }
    const now = known.digestOf(state);
    if (content === undefined && now !== undefined) contents.push({ name, content: hexOf(now) });
    if (content !== undefined && now !== undefined && hexOf(now) !== content) lost.push({ name, content });
    else fitting.add(name);
  }
  const free = lost.length === 0 ? new Map() : await freeImages(lost, here, fitting, known, signal);
  const moved = movedRows(lost, free);
  for (const { from } of moved) gone.delete(from);
  return { folder, moved, contents, gone: gone.size };
}

/** Images without a row that fits, by what is in them, where that is wanted. */
async function freeImages(
  lost: readonly { readonly content: string }[],
  here: NamedImages,
  fitting: ReadonlySet<string>,
  known: KnownContents,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const wanted = new Set(lost.map(({ content }) => content));
  const sizes = known.bytesOf(new Set([...wanted].map((hex) => Buffer.from(hex, 'hex').toString('latin1'))));
  const anySize = sizes.size < wanted.size;
  const sizesWanted = new Set(sizes.values());
  const free = new Map<string, string[]>();
  let [read, bytes] = [0, 0];
  for (const [name, state] of here) {
    if (fitting.has(name)) continue;
    let digest = known.digestOf(state);
    const mayRead = read < MOST_READ && bytes + state.bytes <= MOST_BYTES;
    if (digest === undefined && mayRead && (anySize || sizesWanted.has(state.bytes))) {
      signal.throwIfAborted();
      read++;
      bytes += state.bytes;
      digest = await digestOfFile(state.path).catch(() => undefined);
    }
    const content = digest === undefined ? undefined : hexOf(digest);
    if (content === undefined || !wanted.has(content)) continue;
    const same = free.get(content);
    if (same) same.push(name);
    else free.set(content, [name]);
  }
  return free;
}

function hexOf(digest: string): string {
  return Buffer.from(digest, 'latin1').toString('hex');
}
