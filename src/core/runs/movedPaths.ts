import { invalidDocument } from '../errors.ts';
import { lackingFields } from './run.ts';

/**
 * Paths of a record, on the computer that wrote it, as paths of another root with slashes.
 * @param from the root in the record: `/home/me/photos`, `C:\\photos`
 * @param to the same folder here, by the path of its address
 */
export class MovedPaths {
  readonly #from: string;
  readonly #to: string;
  readonly #isWindows: boolean;

  constructor(from: string, to: string) {
    this.#isWindows = /^(?:[a-z]:[\\/]|\\\\)/i.test(from);
    this.#from = this.#slashed(from).replace(/\/+$/, '');
    this.#to = to.replace(/\/+$/, '');
  }

  /** A path below the root; one elsewhere stays, and leads to nothing here. */
  absolute(path: string): string {
    const slashed = this.#slashed(path);
    const [a, b] = this.#isWindows
      ? [slashed.toLowerCase(), this.#from.toLowerCase()]
      : [slashed, this.#from];
    if (a !== b && !a.startsWith(`${b}/`)) return slashed.startsWith('/') ? slashed : `/${slashed}`;
    return this.#to + slashed.slice(this.#from.length);
  }

  /**
   * The file that a line names.
   * @param folder moved already; undefined: the line has the whole path
   * @throws {SemapError} `invalid-document` for a path that leads out of its folder
   */
  fileAt(folder: string | undefined, path: string): string {
    const slashed = this.#slashed(path);
    if (folder === undefined) return this.absolute(path);
    if (slashed.startsWith('/') || slashed.split('/').includes('..')) throw invalidDocument(lackingFields);
    return `${folder.replace(/\/+$/, '')}/${slashed}`;
  }

  #slashed(path: string): string {
    return this.#isWindows ? path.replaceAll('\\', '/') : path;
  }
}
