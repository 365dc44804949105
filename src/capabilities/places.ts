import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { cancelled, SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import { mustBeFolder } from '../files/folders.ts';
import { refuseNetworkPath } from '../files/links.ts';
import { linkOut } from '../files/linksOut.ts';
import { isWithin } from '../files/paths.ts';
import type { Places } from './session.ts';

/** Paths below some folders: nothing that an agent names leads out of them, by `..`, by links or to another computer. */
export class RootedPlaces implements Places {
  readonly roots: readonly string[];

  /** @param roots absolute; none = nothing may be named */
  constructor(roots: readonly string[]) {
    this.roots = roots.map((root) => path.resolve(root));
  }

  async readable(named: string): Promise<string> {
    const file = this.#absolute(named);
    const real = await realpath(file).catch(() => undefined);
    if (real === undefined) {
      throw new SemapError('not-found', phrase('{0} does not exist.', this.shown(file)), {
        hint: phrase('Paths are relative to {0}.', this.roots[0]),
      });
    }
    await this.#mustLieWithin(real, named);
    return file;
  }

  async folder(named: string, signal?: AbortSignal): Promise<string> {
    const folder = await this.readable(named);
    await mustBeFolder(folder);
    const out = await linkOut(folder, await this.#realRoots(), signal);
    if (signal?.aborted) throw cancelled();
    if (out === undefined) return folder;
    throw new SemapError(
      'untrusted',
      phrase('{0} is a link that leads out of the folders that SeMap may use.', this.shown(out)),
      { hint: phrase('Ask the person to remove it, or to let SeMap use what it leads to as well.') },
    );
  }

  async writable(named: string): Promise<string> {
    const file = this.#absolute(named);
    // The nearest folder that is there decides: what leads on from it does not exist, and is no link.
    for (let at = file; ; at = path.dirname(at)) {
      const real = await realpath(at).catch(() => undefined);
      if (real === undefined && at !== path.dirname(at)) continue;
      await this.#mustLieWithin(real ?? at, named);
      return file;
    }
  }

  shown(file: string): string {
    const root = this.roots.find((one) => isWithin(file, one));
    // Where there are several, a relative path would be of any of them.
    if (root === undefined || this.roots.length > 1) return file;
    return path.relative(root, file).split(path.sep).join('/') || '.';
  }

  #absolute(named: string): string {
    const [first] = this.roots;
    if (first === undefined) {
      throw new SemapError('untrusted', phrase('No folder is open to SeMap.'), {
        hint: phrase('Open a folder, or name one: semap mcp --root FOLDER'),
      });
    }
    refuseNetworkPath(named, first);
    const file = path.resolve(first, named);
    if (named.includes('\0') || !this.roots.some((root) => isWithin(file, root))) throw this.#outside(named);
    return file;
  }

  async #mustLieWithin(real: string, named: string): Promise<void> {
    const roots = await this.#realRoots();
    if (!roots.some((root) => isWithin(real, root))) throw this.#outside(named);
  }

  #realRoots(): Promise<string[]> {
    return Promise.all(this.roots.map((root) => realpath(root).catch(() => root)));
  }

  #outside(named: string): SemapError {
    return new SemapError('untrusted', phrase('{0} is outside the folders that SeMap may use.', named), {
      hint: phrase('They are: {0}.', this.roots.join(', ')),
    });
  }
}
