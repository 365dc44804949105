import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { SemapError } from '../core/errors.ts';
import { inAnyOf } from '../core/labels/inAnyOf.ts';
import { LABEL_LIST_LIMIT, parseLabelList } from '../core/labels/labelList.ts';
import { parseLabels } from '../core/labels/labelSpaces.ts';
import type { LabelProblem } from '../core/labels/targetLabels.ts';
import type { TargetLabel } from '../core/similarity/similarity.ts';
import { mustBeFolder } from '../files/mustBeFolder.ts';
import type { EngineSession } from './engineSession.ts';
import { countOf, printable, type Terminal } from './terminal.ts';

/**
 * The names behind `--labels`: the lines of a file, or the parts of a comma-separated list. Blanks are kept here, so
 * that they can be told.
 * @throws {SemapError} `not-found` when it looks like a file and there is none
 */
export function namesOf(text: string): readonly string[] {
  const state = statSync(text, { throwIfNoEntry: false });
  if (state?.isFile()) return namesInFile(text, state.size);
  if (!text.includes(',') && /\.(txt|csv|tsv|json)$/i.test(text)) {
    throw new SemapError('not-found', `There is no labels file ${text}.`, {
      hint: 'Check the path, or give a list such as cat,dog,bird.',
    });
  }
  return parseLabelList(text);
}

function namesInFile(file: string, bytes: number): readonly string[] {
  if (bytes > LABEL_LIST_LIMIT) {
    throw new SemapError('invalid-labels', `${file} is too large for a list of labels.`);
  }
  const text = readFileSync(file, 'utf8');
  if (/\.json$/i.test(file) || /^\uFEFF?\s*[[{]/.test(text)) return parseLabels(text).map(({ name }) => name);
  return parseLabelList(text, /\.[ct]sv$/i.test(file) ? 'csv' : 'text');
}

/** Target labels of names, with a warning for what was odd about them. */
export async function targetsOfNames(
  names: readonly string[],
  engine: EngineSession,
  terminal: Terminal,
): Promise<readonly TargetLabel[]> {
  const { targets, problems } = await engine.call('readLabels', { names });
  for (const problem of problems) terminal.err(`Note: ${printable(problemText(problem))}\n`);
  return targets;
}

function problemText(problem: LabelProblem): string {
  switch (problem.kind) {
    case 'blank':
      return `${countOf(problem.count, 'blank label')} left out.`;
    case 'duplicate':
      return `"${problem.label}" stands ${problem.count} times; it is taken once.`;
    case 'alike':
      return `${problem.labels.map((label) => `"${label}"`).join(' and ')} differ only in case or separators; all are kept.`;
  }
}

/**
 * Sees that the folders of images are there, before anything is started.
 * @throws {SemapError} `not-found`
 */
export async function checkFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await mustBeFolder(folder);
}

/** The target labels that the class folders of datasets are, each once. */
export async function targetsOfFolders(
  folders: readonly string[],
  engine: EngineSession,
): Promise<readonly TargetLabel[]> {
  const targets = new Map<string, TargetLabel>();
  let empty = 0;
  const classes = await inAnyOf(folders, (folder) => engine.call('listClasses', { folder }));
  for (const { label, sense, images } of classes) {
    if (images === 0) empty++;
    else targets.set(label, { name: label, ...(sense === undefined ? {} : { sense }) });
  }
  if (targets.size > 0) return [...targets.values()];
  const where = folders.map((folder) => path.basename(folder) || folder).join(', ');
  throw new SemapError(
    empty > 0 ? 'no-images' : 'invalid-labels',
    empty > 0
      ? `The class folders of ${where} hold no images.`
      : `${where} has no class folders to take labels from.`,
    {
      hint: `${empty > 0 ? 'Put images into them, or name' : 'Name'} the labels: --labels cat,dog,bird (or a file with one a line).`,
    },
  );
}
