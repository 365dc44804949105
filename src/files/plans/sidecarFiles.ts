import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { cancelled, type Problem, problemOf, SemapError, toSemapError } from '../../core/errors.ts';
import type { SurveyedSidecars } from '../../core/exports/sidecars/sidecarSurvey.ts';
import { extensionOfSidecar, NoXmp, taggedXmp } from '../../core/exports/sidecars/xmp.ts';
import type { SidecarOptions, TaggedFolder, TaggedImage } from '../../core/exports/sidecars/xmpFormat.ts';
import { isImageFile, passedOverByName } from '../../core/images/imageFiles.ts';
import { decoded } from '../../core/labels/labelBytes.ts';
import type { PlanStep } from '../../core/plans/filePlan.ts';
import { phrase } from '../../core/text/text.ts';
import { XmlProblem, xmlProblemText } from '../../core/text/xmlTags.ts';
import { refuseLinks } from '../links.ts';
import { readRegularFile } from '../regularFile.ts';
import { whySystem } from '../systemErrors.ts';
import { writeJournal } from './journal.ts';

/** Those of Lightroom with masks have some megabytes. */
const LARGEST = 16 << 20;
const MOST_TOLD = 100;

interface SurveyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Looks at what sidecars would be written. Changes nothing; images themselves are never touched.
 * @throws {SemapError} `cancelled`
 */
export async function surveySidecars(
  folders: readonly TaggedFolder[],
  options: SidecarOptions,
  { signal, onProgress }: SurveyOptions = {},
): Promise<SurveyedSidecars> {
  const total = folders.reduce((sum, { images }) => sum + images.length, 0);
  const problems: { file: string; problem: Problem }[] = [];
  let [created, merged, left, done] = [0, 0, 0, 0];
  const touched = new Set<string>();
  const changing: string[] = [];
  for (const one of folders) {
    let steps = 0;
    for await (const found of sidecarsOf(one, options)) {
      if (signal?.aborted) throw cancelled();
      if (found.kind === 'image') onProgress?.(++done, total);
      else if (found.kind === 'problem') {
        left++;
        touched.add(found.image);
        if (problems.length < MOST_TOLD) problems.push({ file: found.file, problem: found.problem });
      } else {
        steps++;
        touched.add(found.image);
        if (found.step.do === 'write') created++;
        else merged++;
      }
    }
    if (steps > 0) changing.push(one.folder);
  }
  return { folders: changing, created, merged, unchanged: total - touched.size, left, problems };
}

/**
 * Writes plans of sidecars down, one for each folder in which anything changes.
 * @returns their journals
 * @throws {SemapError} as `writeJournal`; then none is left
 */
export async function planSidecars(
  folders: readonly TaggedFolder[],
  options: SidecarOptions,
  signal?: AbortSignal,
): Promise<{ readonly journals: readonly string[] }> {
  const journals: string[] = [];
  try {
    for (const folder of folders) {
      const steps = stepsOf(folder, options);
      const first = await steps.next();
      if (first.done) continue;
      const all = async function* () {
        yield first.value;
        yield* steps;
      };
      journals.push(await writeJournal({ folder: folder.folder, title: 'xmp', steps: all() }, signal));
    }
    return { journals };
  } catch (error) {
    for (const journal of journals) await rm(journal, { force: true }).catch(() => {});
    throw error;
  }
}

async function* stepsOf(folder: TaggedFolder, options: SidecarOptions): AsyncGenerator<PlanStep> {
  for await (const found of sidecarsOf(folder, options)) if (found.kind === 'step') yield found.step;
}

type Found =
  | { readonly kind: 'image' }
  | { readonly kind: 'step'; readonly image: string; readonly step: PlanStep }
  | { readonly kind: 'problem'; readonly image: string; readonly file: string; readonly problem: Problem };

/** What happens to the sidecars of a folder's images, one folder below it after the other. */
async function* sidecarsOf({ folder, images }: TaggedFolder, options: SidecarOptions): AsyncGenerator<Found> {
  const below = new Map<string, TaggedImage[]>();
  for (const image of images) {
    const dir = path.posix.dirname(image.relative);
    const list = below.get(dir);
    if (list) list.push(image);
    else below.set(dir, [image]);
  }
  for (const [dir, some] of below) {
    const whole = path.join(folder, dir);
    const listing = await Listing.of(whole, folder).catch((error) => problemOf(toSemapError(error)));
    for (const { relative, tagging } of some) {
      const image = path.join(folder, relative);
      if (!(listing instanceof Listing)) yield { kind: 'problem', image, file: image, problem: listing };
      else yield* sidecarsOfImage(image, tagging, listing, folder, options);
      yield { kind: 'image' };
    }
  }
}

async function* sidecarsOfImage(
  image: string,
  tagging: TaggedImage['tagging'],
  listing: Listing,
  root: string,
  { name: naming, digiKam }: SidecarOptions,
): AsyncGenerator<Found> {
  const { name: stem, ext, base } = path.parse(image);
  const extension = ext.slice(1);
  if (listing.find(base) === undefined) {
    const problem = problemOf(new SemapError('not-found', phrase('{0} does not exist.', image)));
    yield { kind: 'problem', image, file: image, problem };
    return;
  }
  const [short, full] = [listing.find(`${stem}.xmp`), listing.sidecarOf(base)];
  const isAlone = listing.countOf(stem) <= 1;
  const found: { readonly file: string; readonly bytes: Buffer; readonly text: string }[] = [];
  for (const name of [short, full]) {
    if (name === undefined) continue;
    const file = path.join(listing.folder, name);
    try {
      const read = await readSidecar(file, root);
      const of = name === short ? extensionOfSidecar(read.text) : undefined;
      // photo.xmp beside photo.jpg and photo.cr2 is of the raw photo, unless it says otherwise.
      const isOurs = name !== short || (of === undefined ? isAlone : isSameEnding(of, extension));
      if (isOurs) found.push({ file, ...read });
    } catch (error) {
      yield { kind: 'problem', image, file, problem: problemOf(refusal(error, file)) };
      if (name === full || isAlone) return;
    }
  }
  const to = (file: string) => path.relative(root, file).split(path.sep).join('/');
  if (found.length === 0) {
    const isFull = naming === 'full' || !isAlone || short !== undefined;
    const file = path.join(listing.folder, isFull ? `${base}.xmp` : `${stem}.xmp`);
    const text = taggedXmp(undefined, tagging, { digiKam, ...(isFull ? {} : { extension }) });
    if (text !== undefined) yield { kind: 'step', image, step: { do: 'write', to: to(file), text } };
    return;
  }
  for (const { file, bytes, text: before } of found) {
    try {
      const text = taggedXmp(before, tagging, { digiKam, extension });
      if (text === undefined) continue;
      const was = bytes.toString('base64');
      yield { kind: 'step', image, step: { do: 'replace', to: to(file), text, was } };
    } catch (error) {
      yield { kind: 'problem', image, file, problem: problemOf(refusal(error, file)) };
    }
  }
}

/** @throws {SemapError} for what is no text, no regular file, too large, or reached through a link */
async function readSidecar(file: string, root: string): Promise<{ bytes: Buffer; text: string }> {
  const bytes = await readRegularFile(file, { limit: LARGEST, root });
  const text = decoded(bytes);
  if (text === undefined)
    throw new SemapError(
      'unreadable-file',
      phrase('{0} is not text, or is in an unknown encoding.', path.basename(file)),
    );
  return { bytes, text };
}

/** Why a sidecar stays as it is. */
function refusal(error: unknown, file: string): SemapError {
  const name = path.basename(file);
  if (error instanceof XmlProblem) return new SemapError('unreadable-file', xmlProblemText(error, name));
  if (error instanceof NoXmp) return new SemapError('unreadable-file', phrase('{0} has no XMP in it.', name));
  return toSemapError(error);
}

function isSameEnding(a: string, b: string): boolean {
  const plain = (ending: string) =>
    ending
      .toLowerCase()
      .replace(/^jpeg$/, 'jpg')
      .replace(/^tiff$/, 'tif');
  return plain(a) === plain(b);
}

/** The files of a folder, in any case of their letters. */
class Listing {
  readonly folder: string;
  readonly #exact: ReadonlySet<string>;
  readonly #names = new Map<string, string>();
  /** By name without ending, how many pictures have it. */
  readonly #pictures = new Map<string, number>();

  private constructor(folder: string, names: readonly string[]) {
    this.folder = folder;
    this.#exact = new Set(names);
    for (const name of names) {
      this.#names.set(keyOf(name), name);
      if (!isImageFile(name) && passedOverByName(name) !== 'raw') continue;
      const stem = keyOf(path.parse(name).name);
      this.#pictures.set(stem, (this.#pictures.get(stem) ?? 0) + 1);
    }
  }

  /** @throws {SemapError} for one that is reached through a link, or cannot be read */
  static async of(folder: string, root: string): Promise<Listing> {
    await refuseLinks(folder, root);
    const names = await readdir(folder).catch((cause) => {
      throw new SemapError('unreadable-file', phrase('Cannot read {0}: {1}.', folder, whySystem(cause)), {
        cause,
      });
    });
    return new Listing(folder, names);
  }

  find(name: string): string | undefined {
    return this.#exact.has(name) ? name : this.#names.get(keyOf(name));
  }

  /** `photo.jpg.xmp` of `photo.jpg`; that of a `photo.JPG` beside it is not meant. */
  sidecarOf(image: string): string | undefined {
    const found = this.find(`${image}.xmp`);
    const owner = found?.slice(0, -'.xmp'.length);
    return owner !== undefined && owner !== image && this.#exact.has(owner) ? undefined : found;
  }

  countOf(stem: string): number {
    return this.#pictures.get(keyOf(stem)) ?? 0;
  }
}

function keyOf(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
