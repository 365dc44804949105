import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { readLabelFile } from '../../capabilities/importLabels.ts';
import { toSemapError } from '../../core/errors.ts';
import { type ImportPlan, importPlan } from '../../core/imports/importPlan.ts';
import type { ChosenColumns } from '../../core/imports/tableOfLabels.ts';
import { phrase } from '../../core/text/text.ts';
import { type Given, isSameGiven } from '../../core/truths/truth.ts';
import type { LabelFile } from '../../protocol/truths.ts';
import { titleOf } from '../files.ts';
import { plural } from '../language.ts';
import { askModal, showInformation, withCancel } from '../messages.ts';
import { pickFiles, pickOne } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTrustedAt } from '../trust.ts';
import { FolderTruths } from './folderTruths.ts';

/** Names that a dialog has room for, of each kind. */
const SHOWN = 3;

/** The folder that gets labels, and the labels that it is classified into, where it is. */
export interface ImportTarget {
  readonly folder: string;
  readonly labels?: readonly string[] | undefined;
}

/**
 * Takes over labels of another program for the images of a folder: asks for the file, says what would change, and writes it
 * as one step that can be undone.
 * @returns how many images got a label; undefined when the person changed their mind
 * @throws {SemapError} as `readLabelFile`, and as `FolderTruths.give`
 */
export async function importLabels(
  engine: Pick<Engine, 'call'>,
  target: ImportTarget,
): Promise<number | undefined> {
  const { t } = vscode.l10n;
  mustBeTrustedAt(target.folder, phrase('Trust it to label its images.'));
  const picked = await pickFiles({
    title: t('SeMap: Import Labels for {0}', titleOf([target.folder])),
    openLabel: t('Import'),
    filters: {
      [t('Labels')]: ['json', 'jsonl', 'ndjson', 'csv', 'tsv', 'txt', 'xml', 'parquet'],
      [t('All files')]: ['*'],
    },
  });
  if (!picked?.[0]) return undefined;
  const file = picked[0].fsPath;
  const truths = FolderTruths.of([target.folder]);
  try {
    await truths.ready;
    let columns: ChosenColumns | undefined;
    for (;;) {
      const read = await readFile(engine, file, target, columns);
      const answer = read && (await confirmed(read, file, target, truths));
      if (answer !== 'columns') return answer && (await write(answer, target, truths));
      const chosen = await askColumns(engine, file);
      if (!chosen || chosen === 'none') return undefined;
      columns = chosen;
    }
  } finally {
    truths.dispose();
  }
}

/** Reads the file; where it cannot be told which columns are meant, asks. */
async function readFile(
  engine: Pick<Engine, 'call'>,
  file: string,
  { folder, labels }: ImportTarget,
  columns: ChosenColumns | undefined,
): Promise<LabelFile | undefined> {
  const title = vscode.l10n.t('Reading {0}', basename(file));
  const read = (chosen: ChosenColumns | undefined) =>
    withCancel(title, (signal) =>
      readLabelFile({ file, folder, columns: chosen, targets: labels }, { engine, signal }),
    );
  try {
    return await read(columns);
  } catch (error) {
    if (columns || toSemapError(error).reason !== 'invalid-labels') throw error;
    const chosen = await askColumns(engine, file).catch(() => {
      throw error;
    });
    if (chosen === 'none') throw error;
    return chosen && (await read(chosen));
  }
}

/** @returns `none` where the file is no table */
async function askColumns(
  engine: Pick<Engine, 'call'>,
  file: string,
): Promise<ChosenColumns | 'none' | undefined> {
  const { t } = vscode.l10n;
  const titles = await engine.call('columnsOfLabelFile', { file });
  if (titles.length < 2) return 'none';
  const title = t('SeMap: Import Labels from {0}', basename(file));
  const ask = (placeholder: string, without?: string) =>
    pickOne(
      titles.filter((one) => one !== without).map((label) => ({ label })),
      { title, placeholder },
    );
  const image = await ask(t('Which column names the images?'));
  const label = image && (await ask(t('Which column has the labels?'), image.label));
  return label && { image: image.label, label: label.label };
}

type Changes = ImportPlan['changes'];

/** Says what would change, and asks. @returns what is to be written; undefined for no */
async function confirmed(
  read: LabelFile,
  file: string,
  { folder }: ImportTarget,
  truths: FolderTruths,
): Promise<Changes | 'columns' | undefined> {
  const { t } = vscode.l10n;
  const rows = read.names.map((name, i) => [name, read.givens[read.numbers[i]]] as const);
  const current = (name: string) => truths.of(join(folder, name));
  const plan = importPlan(rows, current, false);
  const whole = plan.kept > 0 ? importPlan(rows, current, true) : plan;
  const question =
    whole.changes.size === 0
      ? t('{0} has no new labels for the images of {1}.', basename(file), titleOf([folder]))
      : t('Import labels from {0} for the images of {1}?', basename(file), titleOf([folder]));
  const importing = t('Import');
  const replacing = t('Import and Replace Mine');
  const choosing = t('Choose Columns...');
  const answer = await askModal(
    question,
    importDetails(read, plan),
    ...(plan.changes.size > 0 ? [importing] : []),
    ...(plan.kept > 0 ? [replacing] : []),
    ...(read.columns ? [choosing] : []),
  );
  if (answer === choosing) return 'columns';
  if (answer === importing) return plan.changes;
  return answer === replacing ? whole.changes : undefined;
}

/** What an import would do, a line each. */
function importDetails(read: LabelFile, { added, same, kept, conflicts }: ImportPlan): string[] {
  const { t } = vscode.l10n;
  const { columns, labels, unknown, unlabelled, answered, missing, ambiguous, several } = read;
  const named = (first: readonly string[], count: number) =>
    first.slice(0, SHOWN).join(', ') + (count > SHOWN ? ', ...' : '');
  const lines: (string | false | undefined)[] = [
    columns && t('Images are in the column "{0}", labels in "{1}".', columns.image, columns.label),
    plural(added, '{0} image gets a label.', '{0} images get a label.'),
    same > 0 &&
      plural(same, '{0} image has the same label already.', '{0} images have the same label already.'),
    kept > 0 &&
      plural(
        kept,
        '{0} image has another label here, and keeps it: {1}',
        '{0} images have another label here, and keep it: {1}',
        named(
          conflicts.map(({ name }) => name),
          kept,
        ),
      ),
    labels.length > 0 &&
      plural(
        labels.length,
        '{0} label: {1}',
        '{0} labels: {1}',
        named(
          labels.map(([label]) => label),
          labels.length,
        ),
      ),
    unknown.length > 0 &&
      plural(
        unknown.length,
        '{0} label is not in the alignment: {1}',
        '{0} labels are not in the alignment: {1}',
        named(unknown, unknown.length),
      ),
    missing.count > 0 &&
      plural(
        missing.count,
        '{0} image in the file is not in the folder: {1}',
        '{0} images in the file are not in the folder: {1}',
        named(missing.first, missing.count),
      ),
    ambiguous.count > 0 &&
      plural(
        ambiguous.count,
        '{0} image in the file could be several of the folder: {1}',
        '{0} images in the file could be several of the folder: {1}',
        named(ambiguous.first, ambiguous.count),
      ),
    several.count > 0 &&
      plural(
        several.count,
        '{0} image has several labels in the file and gets none: {1}',
        '{0} images have several labels in the file and get none: {1}',
        named(several.first, several.count),
      ),
    unlabelled > 0 &&
      plural(unlabelled, '{0} image in the file has no label.', '{0} images in the file have no label.'),
    answered > 0 &&
      plural(
        answered,
        '{0} of them has only the answer of a model, which is no label.',
        '{0} of them have only the answer of a model, which is no label.',
      ),
  ];
  return lines.filter((line) => typeof line === 'string');
}

/** Writes labels as one step, and offers to take it back. @returns how many */
async function write(changes: Changes, { folder }: ImportTarget, truths: FolderTruths): Promise<number> {
  const given = new Map([...changes].map(([name, one]) => [join(folder, name), one] as const));
  const before = new Map([...given.keys()].map((file) => [file, truths.of(file)] as const));
  await truths.give([...given.keys()], (file) => given.get(file));
  void offerUndo(folder, given, before);
  return given.size;
}

async function offerUndo(
  folder: string,
  given: ReadonlyMap<string, Given>,
  before: ReadonlyMap<string, Given | undefined>,
): Promise<void> {
  const undo = vscode.l10n.t('Undo');
  const message = plural(
    given.size,
    'Imported the label of {0} image into {1}.',
    'Imported the labels of {0} images into {1}.',
    titleOf([folder]),
  );
  if ((await showInformation(message, undo)) !== undo) return;
  const truths = FolderTruths.of([folder]);
  try {
    await truths.ready;
    // What somebody said since stays.
    const same = [...given.keys()].filter((file) => isSameGiven(truths.of(file), given.get(file)));
    await truths.give(same, (file) => before.get(file));
  } finally {
    truths.dispose();
  }
}
