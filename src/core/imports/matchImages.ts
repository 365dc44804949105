import { isImageFile } from '../images/imageFiles.ts';
import { nameOfReference } from './references.ts';

/** Which images of a folder the names in a file mean. */
export interface MatchedImages {
  /** By the name in the file, that of the image in the folder. */
  readonly found: ReadonlyMap<string, string>;
  /** Names that no image has, and names that several images have. */
  readonly missing: readonly string[];
  readonly ambiguous: readonly string[];
}

/** What Label Studio puts before the name of a file that was uploaded. */
const UPLOADED = /^[0-9a-f]{8}-(?=.)/;

/** Folders that a name is looked up with, and images of the same file name that are compared. */
const DEEPEST = 40;
const MOST_ALIKE = 100;

interface Known {
  readonly name: string;
  /** The whole path, its last part first. */
  readonly parts: readonly string[];
  /** How many of them are below the folder. */
  readonly own: number;
}

/**
 * Finds the images that a file of another program means. Programs write whole paths of another machine, web addresses, names
 * below a folder, or the name of the file alone, with or without its ending. The image whose path agrees over most folders
 * counts. One that agrees in the name of the file alone counts where no other image and no other entry has that name:
 * otherwise `cats/1.jpg` would get the label of `dogs/1.jpg`.
 * @param root the folder, as an absolute path with `/`
 * @param images names below it, with `/`
 */
export function matchImages(
  references: Iterable<string>,
  root: string,
  images: Iterable<string>,
): MatchedImages {
  const own = [...images];
  // References may have the other slash, as names of files on Linux may, too.
  const names = new Map(own.map((name) => [name.normalize('NFC').replaceAll('\\', '/'), name]));
  const found = new Map<string, string>();
  const times = new Map<string, number>();
  const open: { readonly reference: string; readonly parts: readonly string[]; readonly last: string }[] = [];
  for (const reference of references) {
    const parts = partsOf(nameOfReference(reference));
    const last = parts[0]?.toLowerCase() ?? '';
    times.set(last, (times.get(last) ?? 0) + 1);
    const name = namedInFull(parts, names);
    if (name === undefined) open.push({ reference, parts, last });
    else found.set(reference, name);
  }
  const [missing, ambiguous]: string[][] = [[], []];
  const index = open.length > 0 ? new ImageIndex(root, names) : undefined;
  for (const { reference, parts, last } of open) {
    const candidates = index?.candidates(parts, last) ?? [];
    // Where each of thousands of folders has a 1.jpg, that name alone says nothing.
    const best = candidates.length > MOST_ALIKE ? undefined : bestOf(parts, candidates);
    if (best?.length === 0) missing.push(reference);
    else if (best === undefined || best.length > 1) ambiguous.push(reference);
    else {
      const [{ image, agrees }] = best;
      const isSure = agrees >= image.own || agrees >= parts.length || agrees > 1;
      if (isSure || (candidates.length === 1 && times.get(last) === 1)) found.set(reference, image.name);
      else missing.push(reference);
    }
  }
  return { found, missing, ambiguous };
}

/** The images of a folder by how their names end. */
class ImageIndex {
  readonly #whole = new Map<string, Known[]>();
  readonly #stems = new Map<string, Known[]>();
  /** By the name and the folder that it is in, with its ending and without. */
  readonly #pairs = new Map<string, Known[]>();

  /** @param names as they are compared, and as they are */
  constructor(root: string, names: ReadonlyMap<string, string>) {
    const above = partsOf(root.normalize('NFC'));
    for (const [key, name] of names) {
      const own = partsOf(key);
      const known = { name, parts: [...own, ...above], own: own.length };
      const last = own[0].toLowerCase();
      const stem = withoutEnding(last);
      const folder = known.parts[1]?.toLowerCase() ?? '';
      put(this.#whole, last, known);
      put(this.#pairs, `${folder}/${last}`, known);
      if (stem === last) continue;
      put(this.#stems, stem, known);
      put(this.#pairs, `${folder}/${stem}`, known);
    }
  }

  candidates(parts: readonly string[], last: string): readonly Known[] {
    const pair = parts.length > 1 ? this.#pairs.get(`${parts[1].toLowerCase()}/${last}`) : undefined;
    // Identifiers of pictures often are their names without an ending.
    const named = isImageFile(last) ? this.#whole : this.#stems;
    return pair ?? named.get(last) ?? this.#whole.get(last.replace(UPLOADED, '')) ?? [];
  }
}

/** The image whose name below the folder is how a path ends, the longest one. */
function namedInFull(parts: readonly string[], names: ReadonlyMap<string, string>): string | undefined {
  for (let count = Math.min(parts.length, DEEPEST); count > 0; count--) {
    const name = names.get(parts.slice(0, count).reverse().join('/'));
    if (name !== undefined && (count > 1 || parts.length === 1)) return name;
  }
  return undefined;
}

interface Agreement {
  readonly image: Known;
  /** Parts of the path from its end that are the same. */
  readonly agrees: number;
  readonly score: number;
}

function bestOf(parts: readonly string[], candidates: readonly Known[]): readonly Agreement[] {
  let best: Agreement[] = [];
  for (const image of candidates) {
    let agrees = 1;
    while (agrees < parts.length && isSame(parts[agrees], image.parts[agrees])) agrees++;
    // One that is named in full, and one in the same letters, before others.
    const exact =
      parts.slice(0, agrees).every((part, i) => i === 0 || part === image.parts[i]) &&
      image.parts[0] === parts[0];
    const score = 4 * agrees + (agrees === parts.length && agrees === image.own ? 2 : 0) + (exact ? 1 : 0);
    if (score > (best[0]?.score ?? 0)) best = [];
    if (score >= (best[0]?.score ?? 0)) best.push({ image, agrees, score });
  }
  return best;
}

function isSame(a: string, b: string | undefined): boolean {
  return a === b || a.toLowerCase() === b?.toLowerCase();
}

/** Without `.` and empty ones; the last part first. */
function partsOf(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .reverse();
}

function put(map: Map<string, Known[]>, key: string, image: Known): void {
  const list = map.get(key);
  if (list) list.push(image);
  else map.set(key, [image]);
}

function withoutEnding(name: string): string {
  return isImageFile(name) ? name.slice(0, name.lastIndexOf('.')) : name;
}
