import { isOthersFolder } from '../../images/imageFiles.ts';
import { dropHidden } from '../../text/plainText.ts';

/*
 * Names of files and folders made of words of others: good on every system, since data sets travel. What a name cannot
 * have becomes `_`, and two names that some system takes for the same get numbers.
 */

/** Bytes of UTF-8: systems allow 255, of which some are for a number, and for what other programs add. */
const LONGEST_FOLDER = 120;
const LONGEST_FILE = 200;
const LONGEST_EXTENSION = 16;

/** What Windows does not allow; a slash nobody does. */
const FORBIDDEN = /[<>:"/\\|?*]/g;
/** Devices of Windows, also with anything after a dot. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/** A name for the folder of a label, which may be anything. */
export function folderNameOf(label: string): string {
  const name = free(cut(cleaned(label.normalize('NFC')), LONGEST_FOLDER));
  // Neither an option of a command nor the formula of a table.
  return /^[=+\-@]/.test(name) ? `_${name}` : name;
}

/** The name of a file that is good everywhere: nearly always its own. */
export function fileNameOf(name: string): string {
  const clean = cleaned(name);
  // What is only an extension by now is still an image.
  const [base, extension] = parted(clean.startsWith('.') ? `_${clean}` : clean);
  return free(cut(base, LONGEST_FILE - bytesOf(extension)) + extension);
}

function cleaned(words: string): string {
  const text = dropHidden(words).replace(FORBIDDEN, '_').trim();
  // Windows drops them, so that another name would be the same.
  return text.replace(/[. ]+$/, (end) => '_'.repeat(end.length));
}

/** No name that is a device, hidden, or that of a folder in which no program looks for images. */
function free(name: string): string {
  if (name === '') return '_';
  if (name.startsWith('.')) return `_${name.slice(1)}`;
  return DEVICE.test(name) || isOthersFolder(name) ? `_${name}` : name;
}

/** Whole characters of a text, also those of several parts such as flags, as far as bytes allow. */
function cut(text: string, bytes: number): string {
  if (bytesOf(text) <= bytes) return text;
  let length = 0;
  let size = 0;
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    size += bytesOf(segment);
    if (size > bytes) break;
    length = index + segment.length;
  }
  return text.slice(0, length).replace(/[. ]+$/, '');
}

const encoder = new TextEncoder();

function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** A name without its extension, and that with its dot. */
function parted(name: string): readonly [base: string, extension: string] {
  const dot = name.lastIndexOf('.');
  if (dot <= 0 || name.length - dot > LONGEST_EXTENSION) return [name, ''];
  return [name.slice(0, dot), name.slice(dot)];
}

/** What is the same for a system that does not tell upper from lower case, or accents apart. */
function keyOf(name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return name.toLowerCase();
  return name.normalize('NFC').toUpperCase().toLowerCase();
}

/** Names in one folder, each once. */
export class UniqueNames {
  readonly #taken = new Set<string>();
  /** The last number that a name got: a thousand files of one name do not count from 2 each. */
  readonly #last = new Map<string, number>();
  readonly #keyOf: (name: string) => string;

  /** @param byStem names that only differ in their extension are the same, too */
  constructor(taken: Iterable<string> = [], { byStem = false }: { readonly byStem?: boolean } = {}) {
    this.#keyOf = byStem ? (name) => keyOf(parted(name)[0]) : keyOf;
    for (const name of taken) this.take(name);
  }

  /** Whether the name was free. */
  take(name: string): boolean {
    const key = this.#keyOf(name);
    if (this.#taken.has(key)) return false;
    this.#taken.add(key);
    return true;
  }

  /** The name, with a number where it is taken: `photo-2.jpg`. */
  unique(name: string, isFile: boolean): string {
    if (this.take(name)) return name;
    const [base, extension] = isFile ? parted(name) : [name, ''];
    const key = this.#keyOf(name);
    for (let n = (this.#last.get(key) ?? 1) + 1; ; n++) {
      const numbered = `${base}-${n}${extension}`;
      if (!this.take(numbered)) continue;
      this.#last.set(key, n);
      return numbered;
    }
  }
}
