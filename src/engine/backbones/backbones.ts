import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { isGenericName } from '../../core/backbones/backboneFiles.ts';
import { type BackboneSidecar, mergeSidecars } from '../../core/backbones/backboneSidecar.ts';
import { sidecarFromHuggingFace } from '../../core/backbones/backboneSidecarHuggingFace.ts';
import { readClassOutput } from '../../core/backbones/classOutput.ts';
import { guessBackbone, unguessable } from '../../core/backbones/guess.ts';
import { type ImageInput, readImageInput } from '../../core/backbones/imageInput.ts';
import { inputSpec, missingFields } from '../../core/backbones/inputSpec.ts';
import { parseBackboneSidecar } from '../../core/backbones/parseBackboneSidecar.ts';
import { ownDescription } from '../../core/classifiers/ownDescription.ts';
import { INSTALL_RECORD, isStagingName } from '../../core/downloads/installPlace.ts';
import { problemOf, SemapError, toSemapError } from '../../core/errors.ts';
import type { LabelSpace } from '../../core/labels/labelSpace.ts';
import { listed, phrase, type Text } from '../../core/text/text.ts';
import { refuseNetworkPath } from '../../files/links.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import type { BackboneEntry, BackboneInspection } from '../../protocol/backbones.ts';
import type { BackboneRef } from '../../protocol/models.ts';
import { readChecked, readJson, writeChecked } from '../cacheFiles.ts';
import { checkModelFile } from '../models/modelFile.ts';
import { installedName, installRecord, rootOf } from './installRecord.ts';
import { isBuiltInLabelSpace, type LabelSpaces } from './labelSpaces.ts';
import { modelClues } from './modelClues.ts';
import { ModelHashes } from './modelHashes.ts';
import { ModelProbe, type RunFacts } from './modelProbe.ts';

interface Options {
  readonly modelsFolder: string;
  readonly backboneFolders: readonly string[];
  readonly cacheFolder: string;
  readonly labelSpaces: LabelSpaces;
}

/** Everything known about a backbone before it is decided whether that is enough. */
interface Known {
  readonly inspection: BackboneInspection;
  readonly outputName: string;
}

/** Finds backbones, reads what their graphs and sidecars say, and remembers what a person said. */
export class Backbones {
  readonly #options: Options;
  readonly #hashes: ModelHashes;
  readonly #probe: ModelProbe;

  constructor(options: Options) {
    this.#options = options;
    this.#hashes = new ModelHashes(options.cacheFolder);
    this.#probe = new ModelProbe(options.cacheFolder);
  }

  /** The embedded backbone first, then those of the folders by name. A damaged one carries its problem. */
  async list(extraFolders: readonly string[] = []): Promise<readonly BackboneEntry[]> {
    const entries: BackboneEntry[] = [];
    for await (const entry of this.entries(extraFolders)) entries.push(entry);
    return entries;
  }

  /** As {@link list}, one after the other as they are read. */
  async *entries(extraFolders: readonly string[] = []): AsyncGenerator<BackboneEntry> {
    for (const { file, embedded } of await this.#installed(extraFolders)) {
      const installed = (await installRecord(file)) !== undefined;
      const entry = { name: nameOf(file), path: file, embedded, installed };
      try {
        yield { ...entry, description: await this.describe(file) };
      } catch (error) {
        yield { ...entry, problem: problemOf(error) };
      }
    }
  }

  /** One after the other: each is read from a disk that the others need as well. */
  async hashes(files: readonly string[]): Promise<readonly (string | null)[]> {
    const hashes: (string | null)[] = [];
    for (const file of files) hashes.push(await this.#hashes.sha256(file).catch(() => null));
    return hashes;
  }

  /** @throws {SemapError} for files that are no usable classifier */
  async inspect(backbone: BackboneRef, sidecar?: BackboneSidecar): Promise<BackboneInspection> {
    return (await this.#read(backbone, sidecar)).inspection;
  }

  /**
   * @param sidecar goes before what the files say; its paths are absolute or relative to the model
   * @param remember whether to keep the sidecar for files with this content
   * @throws {SemapError} `needs-description` when something is missing; for files that are no usable classifier
   */
  async describe(
    backbone: BackboneRef,
    sidecar?: BackboneSidecar,
    remember = false,
  ): Promise<BackboneDescription> {
    const { inspection, outputName } = await this.#read(backbone, sidecar);
    const { name, input, known, missing } = inspection;
    if (missing.length > 0) throw needsDescription(inspection);
    const spec = inputSpec(input, known.preprocessing ?? {}, name);
    const shown = await this.#probe.run(inspection.path, inspection.sha256, spec.height, spec.width);
    const labelSpace = await this.#options.labelSpaces.read(known.labels!, name);
    if (labelSpace.labels.length !== shown.sourceCount) {
      throw wrongCount(name, shown.sourceCount, labelSpace);
    }
    if (remember && sidecar) await this.#remember(inspection, sidecar, labelSpace.labels);
    return {
      name,
      path: inspection.path,
      sha256: inspection.sha256,
      bytes: inspection.bytes,
      inputName: input.name,
      input: spec,
      fixedBatch: input.fixedBatch,
      outputName,
      output: known.output ?? shown.output,
      labelSpace,
    };
  }

  /** Whether a file can be named by its name alone. */
  async isInstalled(file: string): Promise<boolean> {
    const sameName = (await this.#installed([])).find((one) => nameOf(one.file) === nameOf(file));
    return sameName?.file === file;
  }

  async #read(backbone: BackboneRef, sidecar: BackboneSidecar | undefined): Promise<Known> {
    const file = await this.find(backbone);
    const state = await checkModelFile(file);
    const sha256 = await this.#hashes.sha256(file);
    const facts = await this.#probe.facts(file, sha256);
    const name = nameOf(file);
    const input = readImageInput(facts, path.basename(file));
    const outputName = readClassOutput(facts, path.basename(file)).name;
    let known = mergeSidecars(await this.#written(file, sha256), absoluteLabels(sidecar, path.dirname(file)));
    // What is complete needs no guesses, and large files are not read for them.
    const clues =
      missingFields(input, known).length === 0
        ? undefined
        : await modelClues(this.#options.cacheFolder, file, sha256);
    known = mergeSidecars(ownDescription(clues?.metadata), known);
    const missing = missingFields(input, known);
    const shown = await this.#shown(file, sha256, input, known, missing.includes('size'));
    const sourceCount = shown?.sourceCount ?? (Array.isArray(known.labels) ? known.labels.length : undefined);
    const guess = guessBackbone({ input, sourceCount, output: shown?.output, clues });
    const inspection: BackboneInspection = {
      name,
      path: file,
      sha256,
      bytes: state.bytes,
      input,
      sourceCount: shown?.sourceCount,
      output: shown?.output,
      known,
      missing,
      suggested: guess.sidecar,
      reasons: { labels: unguessable(sourceCount), ...guess.reasons },
    };
    return { inspection, outputName };
  }

  async #shown(
    file: string,
    sha256: string,
    input: ImageInput,
    known: BackboneSidecar,
    unsized: boolean,
  ): Promise<RunFacts | undefined> {
    if (unsized) return undefined;
    const { height, width } = inputSpec(input, known.preprocessing ?? {}, nameOf(file));
    return this.#probe.run(file, sha256, height, width);
  }

  /** What is written about a model: Hugging Face's files, what the person said, the sidecar; the last goes first. */
  async #written(file: string, sha256: string): Promise<BackboneSidecar> {
    const folder = path.dirname(file);
    const remembered = await this.#remembered(sha256);
    const sidecar = await readSidecar(file);
    if (typeof sidecar?.labels === 'string') refuseNetworkPath(sidecar.labels, folder);
    return mergeSidecars(
      mergeSidecars(await huggingFace(folder), remembered),
      absoluteLabels(sidecar, folder),
    );
  }

  async #remember(
    { sha256 }: BackboneInspection,
    sidecar: BackboneSidecar,
    labels: BackboneDescription['labelSpace']['labels'],
  ): Promise<void> {
    // A labels file may be moved; its content is what was confirmed.
    const kept =
      typeof sidecar.labels === 'string' && !isBuiltInLabelSpace(sidecar.labels)
        ? { ...sidecar, labels: labels.map((label) => label.wnid ?? label.name) }
        : sidecar;
    const before = await this.#remembered(sha256);
    await writeChecked(this.#rememberedFile(sha256), mergeSidecars(before ?? {}, kept));
  }

  /** What a person said about a model; undefined where it is damaged, so that it is asked for again. */
  async #remembered(sha256: string): Promise<BackboneSidecar | undefined> {
    const file = this.#rememberedFile(sha256);
    const value = await readChecked(file, { plain: true });
    if (value === undefined) return undefined;
    try {
      return parseBackboneSidecar(value, path.basename(file));
    } catch {
      return undefined;
    }
  }

  #rememberedFile(sha256: string): string {
    return path.join(this.#options.cacheFolder, 'descriptions', `${sha256}.json`);
  }

  /** The file of a path, of a model folder, or of an installed backbone's name. @throws {SemapError} `not-found` */
  async find(backbone: BackboneRef): Promise<string> {
    if (path.isAbsolute(backbone)) {
      const state = await stat(backbone).catch(() => undefined);
      return state?.isDirectory() ? modelInFolder(backbone) : backbone;
    }
    const installed = await this.#installed([]);
    const found = installed.find(({ file }) => nameOf(file) === backbone);
    if (found) return found.file;
    const names = [...new Set(installed.map(({ file }) => nameOf(file)))];
    throw new SemapError('not-found', phrase('No backbone is called "{0}".', backbone), {
      hint:
        names.length > 0
          ? phrase('Use one of {0}, or the path of an ONNX file.', listed(names))
          : phrase('Use the path of an ONNX file.'),
    });
  }

  async #installed(extraFolders: readonly string[]): Promise<{ file: string; embedded: boolean }[]> {
    const { modelsFolder, backboneFolders } = this.#options;
    const found = new Map<string, boolean>();
    for (const folder of [modelsFolder, ...backboneFolders, ...extraFolders]) {
      for (const file of await modelsIn(folder)) {
        if (!found.has(file)) found.set(file, folder === modelsFolder);
      }
    }
    return [...found].map(([file, embedded]) => ({ file, embedded }));
  }
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

/** `mobilenetv2` of `.../mobilenetv2.onnx`; the folder's name for Hugging Face's `model.onnx` and `model_fp16.onnx`. */
function nameOf(file: string): string {
  const base = path.basename(file).replace(/\.onnx$/i, '');
  const folder = path.basename(rootOf(file));
  if (isGenericName(base)) return folder || base;
  // Of several installed files of one name, all but the first are in folders with a number.
  const numbered = folder.replace(/-\d+$/, '') === installedName(base) && folder !== installedName(base);
  return numbered && existsSync(path.join(rootOf(file), INSTALL_RECORD)) ? folder : base;
}

function sidecarFile(file: string): string {
  return `${file.replace(/\.onnx$/i, '')}.backbone.json`;
}

async function readSidecar(file: string): Promise<BackboneSidecar | undefined> {
  const sidecar = sidecarFile(file);
  const value = await readDescription(sidecar);
  return value === undefined ? undefined : parseBackboneSidecar(value, path.basename(sidecar));
}

/** With the labels of the largest label spaces in it. */
const LARGEST_DESCRIPTION = 32 << 20;

/**
 * What a JSON file says about a model; undefined when there is none. One that cannot be read is not passed over: what
 * it says would be guessed instead.
 * @throws {SemapError} `invalid-description`
 */
async function readDescription(file: string): Promise<unknown> {
  const name = path.basename(file);
  let text: string;
  try {
    text = String(await readRegularFile(file, { limit: LARGEST_DESCRIPTION }));
  } catch (error) {
    const { reason, text: message } = toSemapError(error);
    if (reason === 'not-found') return undefined;
    throw new SemapError('invalid-description', message, {
      hint: phrase('Make {0} readable, or move it away.', name),
      cause: error,
    });
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new SemapError(
      'invalid-description',
      phrase('{0} is not valid JSON: {1}', name, (error as Error).message),
      { hint: phrase('Correct {0}.', name), cause: error },
    );
  }
}

async function huggingFace(folder: string): Promise<BackboneSidecar> {
  const root = rootOf(path.join(folder, 'model.onnx'));
  const [preprocessor, config, inner] = await Promise.all([
    readDescription(path.join(root, 'preprocessor_config.json')),
    // Files of other programs bear this name too: one that is no JSON is none of ours.
    readJson(path.join(root, 'config.json')),
    // timm writes it beside its exports.
    readJson(path.join(folder, 'config.json')),
  ]);
  if (preprocessor === undefined && config === undefined && inner === undefined) return {};
  return sidecarFromHuggingFace(preprocessor, config ?? inner);
}

/** A labels file is named relative to the sidecar. */
function absoluteLabels(sidecar: BackboneSidecar | undefined, folder: string): BackboneSidecar {
  if (!sidecar) return {};
  const { labels } = sidecar;
  return typeof labels === 'string' && !isBuiltInLabelSpace(labels)
    ? { ...sidecar, labels: path.resolve(folder, labels) }
    : sidecar;
}

function needsDescription({ name, path: file, missing }: BackboneInspection): SemapError {
  return new SemapError(
    'needs-description',
    phrase('The file of {0} does not say: {1}.', name, listed(missing)),
    {
      hint: phrase(
        'Describe it with "Describe Backbone..." in the Backbones view or with `semap backbones add`, which suggest the answers, or write {0} next to it (`semap backbones describe --help` shows an example).',
        path.basename(sidecarFile(file)),
      ),
    },
  );
}

function wrongCount(backbone: string, outputs: number, { name, labels }: LabelSpace): SemapError {
  // Labels that a description or `config.json` lists bear the backbone's name.
  const message =
    name === backbone
      ? phrase('{0} has {1} outputs, but {2} labels are given.', backbone, outputs, labels.length)
      : phrase('{0} has {1} outputs, but "{2}" has {3} labels.', backbone, outputs, name, labels.length);
  return new SemapError('labels-mismatch', message, { hint: labelsHint(outputs, labels.length) });
}

function labelsHint(outputs: number, labels: number): Text {
  if (outputs === 1001 && labels === 1000)
    return phrase('Models with 1,001 outputs use "imagenet-1k-background".');
  if (outputs === 1000 && labels === 1001) return phrase('Models with 1,000 outputs use "imagenet-1k".');
  return phrase('List the labels of this model, one per line, in the order of its outputs.');
}
