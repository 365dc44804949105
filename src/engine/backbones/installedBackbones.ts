import { existsSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { INSTALL_RECORD, isStagingName } from '../../core/downloads/installPlace.ts';
import { isUnsaying, modelName, namesApart, segmentsOf } from '../../core/downloads/modelNames.ts';
import { SemapError } from '../../core/errors.ts';
import { listed, phrase } from '../../core/text/text.ts';
import { isWithin } from '../../files/paths.ts';
import type { BackboneRef } from '../../protocol/models.ts';
import { installedName, rootOf } from './installRecord.ts';
import { isImageTower } from './textSides.ts';

/** A model in one of the folders of backbones. */
export interface InstalledBackbone {
  readonly file: string;
  readonly embedded: boolean;
  /** What it is called in lists: no other one is. */
  readonly name: string;
}

interface Options {
  readonly modelsFolder: string;
  readonly backboneFolders: readonly string[];
  /** What tells one model from another. */
  readonly sha256: (file: string) => Promise<string>;
}

/** Which models the folders of backbones hold, and what models are called. */
export class InstalledBackbones {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The embedded one first, then those of the folders by name. */
  async list(extraFolders: readonly string[] = []): Promise<readonly InstalledBackbone[]> {
    const { modelsFolder, backboneFolders } = this.#options;
    const found = new Map<string, boolean>();
    for (const folder of [modelsFolder, ...backboneFolders, ...extraFolders]) {
      for (const file of await modelsIn(folder)) {
        if (!found.has(file)) found.set(file, folder === modelsFolder);
      }
    }
    const files = await withoutLinks([...found.keys()]);
    const models = files.map((file) => ({ file, embedded: found.get(file)!, name: this.nameOf(file) }));
    // What comes with SeMap keeps its name, whatever else is called so.
    const names = namesApart(
      models.map(({ name, file, embedded }) => ({ name, path: file, keeps: embedded })),
    );
    return models.map((model, i) => ({ ...model, name: names[i] }));
  }

  /**
   * The file of a path, of a model folder, or of an installed backbone's name.
   * @param sha256 of the one that is meant, where that is known: it decides which of several of one name it is
   * @throws {SemapError} `not-found`, `invalid-argument` for a name that different models have
   */
  async find(backbone: BackboneRef, sha256?: string): Promise<string> {
    if (path.isAbsolute(backbone)) {
      const state = await stat(backbone).catch(() => undefined);
      return state?.isDirectory() ? modelInFolder(backbone) : backbone;
    }
    const installed = await this.list();
    const named = installed.filter(({ name, file }) => name === backbone || this.nameOf(file) === backbone);
    const exact = named.filter(({ name }) => name === backbone);
    const [found, ...others] = exact.length > 0 && sha256 === undefined ? exact : named;
    if (found && others.length === 0) return found.file;
    if (sha256 !== undefined) {
      // Of its name first: hashes of large files take long.
      for (const { file } of named.length > 0 ? named : installed) {
        if ((await this.#hash(file)) === sha256) return file;
      }
    }
    if (found) {
      const hashes = new Set(await Promise.all(named.map(({ file }) => this.#hash(file))));
      if (hashes.size === 1) return found.file;
      throw ambiguous(backbone, named);
    }
    const names = [...new Set(installed.map(({ name }) => name))];
    throw new SemapError('not-found', phrase('No backbone is called "{0}".', backbone), {
      hint:
        names.length > 0
          ? phrase('Use one of {0}, or the path of an ONNX file.', listed(names))
          : phrase('Use the path of an ONNX file.'),
    });
  }

  /** Whether a file is what its name means. */
  async isNamed(file: string): Promise<boolean> {
    return (await this.find(this.nameOf(file)).catch(() => undefined)) === file;
  }

  /**
   * `mobilenetv2` of `.../mobilenetv2.onnx`; of `model.onnx` and the like the name of the folder that says more, and of what is
   * installed that of its folder.
   */
  nameOf(file: string): string {
    const base = path.basename(file).replace(/\.onnx$/i, '');
    const root = rootOf(file);
    const folder = path.basename(root);
    if (!existsSync(path.join(root, INSTALL_RECORD))) return modelName(this.#placeOf(file));
    if (isUnsaying(base)) return folder || base;
    // Of several installed files of one name, all but the first are in folders with a number.
    const own = installedName(base);
    return folder.replace(/-\d+$/, '') === own && folder !== own ? folder : base;
  }

  /** The folders that may give a file its name: not those of backbones, and nobody's home. */
  #placeOf(file: string): readonly string[] {
    const { modelsFolder, backboneFolders } = this.#options;
    const home = os.homedir();
    const above = [modelsFolder, ...backboneFolders, home, path.dirname(home), os.tmpdir()].filter(
      (folder) => folder !== file && isWithin(file, folder),
    );
    const nearest = above.toSorted((a, b) => b.length - a.length)[0] ?? path.parse(file).root;
    return segmentsOf(path.relative(nearest, file));
  }

  #hash(file: string): Promise<string | undefined> {
    return this.#options.sha256(file).catch(() => undefined);
  }
}

function ambiguous(name: string, models: readonly InstalledBackbone[]): SemapError {
  const places = models.map((model) => phrase('{0} ({1})', model.name, model.file));
  return new SemapError(
    'invalid-argument',
    phrase('{0} different backbones are called "{1}": {2}.', models.length, name, listed(places)),
    { hint: phrase('Give the path of the one that you mean.') },
  );
}

/** Of several ways to one file through links, the shortest. */
async function withoutLinks(files: readonly string[]): Promise<readonly string[]> {
  const ways = new Map<string, string>();
  for (const file of files) {
    const real = await realpath(file).catch(() => file);
    const known = ways.get(real);
    if (known === undefined || file.length < known.length) ways.set(real, file);
  }
  const kept = new Set(ways.values());
  return files.filter((file) => kept.has(file));
}

/** `<folder>/*.onnx` and the models of folders below that look like Hugging Face's. */
async function modelsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }))) {
    const full = path.join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.name.toLowerCase().endsWith('.onnx')) files.push(full);
    else if (!isStagingName(entry.name) && (await isModelFolder(full))) {
      const model = await modelInFolder(full).catch(() => undefined);
      if (model) files.push(model);
    }
  }
  return files;
}

/** What Hugging Face's folders hold, and those that SeMap installed; also behind a link. */
async function isModelFolder(folder: string): Promise<boolean> {
  return (await exists(path.join(folder, 'config.json'))) || exists(path.join(folder, INSTALL_RECORD));
}

/** `model.onnx` or `onnx/model.onnx` of a folder, or its only ONNX file. */
async function modelInFolder(folder: string): Promise<string> {
  const inside: string[] = [];
  for (const below of ['', 'onnx']) {
    const names = await readdir(path.join(folder, below)).catch(() => []);
    const models = names.filter((name) => name.toLowerCase().endsWith('.onnx'));
    // A dual encoder: its image tower is less to run than both in one graph.
    const [tower] = models.filter(isImageTower).sort((a, b) => a.length - b.length);
    if (tower !== undefined) return path.join(folder, below, tower);
    if (models.includes('model.onnx')) return path.join(folder, below, 'model.onnx');
    inside.push(...models.map((name) => path.join(below, name)));
  }
  if (inside.length === 1) return path.join(folder, inside[0]);
  throw new SemapError(
    'not-found',
    inside.length === 0
      ? phrase('No ONNX file in {0}.', folder)
      : phrase('{0} contains {1} ONNX files: {2}.', folder, inside.length, listed(inside, 5)),
    { hint: phrase('Use the path of an ONNX file.') },
  );
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() ?? false;
}
