import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  type DeployedClassifier,
  modelName,
  type TextFile,
} from '../core/classifiers/deploy/deployedClassifier.ts';
import { snippetFiles } from '../core/classifiers/deploy/snippets.ts';
import { TRITON_MODEL, tritonFiles } from '../core/classifiers/deploy/tritonModel.ts';
import { SemapError } from '../core/errors.ts';
import { listed, phrase } from '../core/text/text.ts';
import { isTaken } from './belowRoot.ts';
import { hashOfFile } from './fileState.ts';
import { openRegularFile, readRegularFile } from './regularFile.ts';
import { sweepTemporaries, temporaryFor, writeError, writeWhole } from './wholeFile.ts';

/** Nothing longer is written, so nothing longer is the same. */
const LARGEST_TEXT = 64 << 20;

/**
 * Writes programs that use a classifier, and its labels for them, into a folder.
 * @returns the paths
 * @throws {SemapError} `already-exists` where other files have their names; nothing is written then
 */
export async function writeSnippets(
  folder: string,
  classifier: DeployedClassifier,
  model: string,
): Promise<readonly string[]> {
  return writeTexts(folder, snippetFiles({ classifier, model: wayTo(model, folder) }));
}

/** A relative path with `/`; absolute where there is none, on another disk of Windows. */
function wayTo(file: string, folder: string): string {
  return path.relative(folder, file).split(path.sep).join('/');
}

/**
 * Adds a classifier to a Triton model repository: as the first version of a model, or as the next one where the model is
 * there with the same inputs, outputs and labels. The version that is the same file already is left as it is.
 * @returns the folder of the version
 * @throws {SemapError} `already-exists` where a model of that name says something else; nothing is written then
 */
export async function addToTriton(
  repository: string,
  classifier: DeployedClassifier,
  model: string,
): Promise<string> {
  const folder = path.join(repository, modelName(classifier.name));
  try {
    await writeTexts(folder, tritonFiles(classifier));
    await sweepTemporaries(folder);
    const versions = await versionsIn(folder);
    const last = versions.at(-1);
    if (last !== undefined) {
      const there = path.join(folder, String(last));
      if (await isSame(model, path.join(there, TRITON_MODEL))) return there;
    }
    // A server that watches the repository sees a version that is whole, or none.
    const unfinished = temporaryFor(path.join(folder, 'version'));
    try {
      await mkdir(unfinished);
      const { handle } = await openRegularFile(model);
      await writeWhole(path.join(unfinished, TRITON_MODEL), handle.createReadStream());
      return await renameToNext(unfinished, folder, (last ?? 0) + 1);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true }).catch(() => {});
      throw error;
    }
  } catch (error) {
    throw writeError(folder, error);
  }
}

async function versionsIn(folder: string): Promise<readonly number[]> {
  return (await readdir(folder))
    .filter((name) => /^[1-9]\d{0,8}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** Somebody else may add a version at the same time. */
async function renameToNext(unfinished: string, folder: string, first: number): Promise<string> {
  for (let version = first; ; version++) {
    const target = path.join(folder, String(version));
    if (await isTaken(target)) continue;
    try {
      await rename(unfinished, target);
      return target;
    } catch (error) {
      if (!(await isTaken(target))) throw error;
    }
  }
}

async function writeTexts(folder: string, files: readonly TextFile[]): Promise<readonly string[]> {
  const texts = files.map(({ path: name, text }) => ({ name, file: path.join(folder, name), text }));
  const states = await Promise.all(texts.map(({ file, text }) => stateOf(file, text)));
  const others = texts.filter((_, i) => states[i] === 'other').map(({ name }) => name);
  if (others.length > 0)
    throw new SemapError(
      'already-exists',
      phrase('{0} already has other files of these names: {1}.', folder, listed(others)),
      { hint: phrase('Choose another folder or name, or delete them to have them written again.') },
    );
  for (const [i, { file, text }] of texts.entries())
    if (states[i] === 'free') await writeWhole(file, text, { folders: true });
  return texts.map(({ file }) => file);
}

async function stateOf(file: string, text: string): Promise<'free' | 'same' | 'other'> {
  if (!(await isTaken(file))) return 'free';
  const there = await readRegularFile(file, { limit: LARGEST_TEXT }).catch(() => undefined);
  return there !== undefined && String(there) === text ? 'same' : 'other';
}

async function isSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((file) => hashOfFile(file).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.equals(b);
}
