import path from 'node:path';
import { SemapError } from '../core/errors.ts';
import { type ImportPlan, importPlan } from '../core/imports/importPlan.ts';
import type { ChosenColumns } from '../core/imports/tableOfLabels.ts';
import type { PlanStep } from '../core/plans/filePlan.ts';
import { leftWords } from '../core/plans/planWords.ts';
import { phrase } from '../core/text/text.ts';
import type { TruthTable } from '../core/truths/truthTable.ts';
import { carryOut } from '../files/plans/carryOut.ts';
import { writeJournal } from '../files/plans/journal.ts';
import { type TruthEdit, type TruthsFile, truthsOf } from '../files/truthsFile.ts';
import type { LabelFile } from '../protocol/truths.ts';
import type { Session } from './session.ts';

export interface ImportLabelsParams {
  /** Labels of another program, absolute. */
  readonly file: string;
  /** The folder whose images they are of, absolute. */
  readonly folder: string;
  readonly columns?: ChosenColumns | undefined;
  /** Labels that should be in it; absent: any may be. */
  readonly targets?: readonly string[] | undefined;
  /** Where both say something else, the file counts. */
  readonly replace: boolean;
  /** Nothing is written. */
  readonly isDry: boolean;
}

export interface ImportedIntoFolder {
  readonly read: LabelFile;
  readonly plan: ImportPlan;
  /** The folder's table. */
  readonly table: string;
  /** Of what was written, to undo it; absent where nothing was. */
  readonly journal?: string | undefined;
}

/**
 * Reads the labels of another program. Nothing is written.
 * @throws {SemapError} `invalid-labels`; what the engine says
 */
export function readLabelFile(
  { file, folder, columns, targets }: Omit<ImportLabelsParams, 'replace' | 'isDry'>,
  { engine, signal }: Pick<Session, 'engine' | 'signal'>,
): Promise<LabelFile> {
  const asked = { file, folder, ...(columns && { columns }), ...(targets && { targets }) };
  return engine.call('readLabelFile', asked, { signal });
}

/**
 * Takes the labels of another program over into the table of a folder.
 * @throws {SemapError} what reading or writing fails with; `not-writable`
 */
export async function importLabels(
  { replace, isDry, ...asked }: ImportLabelsParams,
  session: Pick<Session, 'engine' | 'signal'>,
): Promise<ImportedIntoFolder> {
  const { folder } = asked;
  const read = await readLabelFile(asked, session);
  const truths = truthsOf(folder);
  const rows = read.names.map((name, i) => [name, read.givens[read.numbers[i]]] as const);
  const planned = (table: TruthTable) => importPlan(rows, (name) => table.of(name), replace);
  let plan = planned(await truths.read());
  const journal = isDry
    ? undefined
    : await write(truths, folder, (table) => {
        plan = planned(table);
        return [...plan.changes].map(([name, row]) => ({ name, row }));
      });
  return { read, plan, table: truths.file, journal };
}

/** Replaces the table by a plan that can be undone. @returns its journal; undefined where nothing changes */
async function write(
  truths: TruthsFile,
  folder: string,
  edits: (table: TruthTable) => readonly TruthEdit[],
): Promise<string | undefined> {
  const to = path.basename(truths.file);
  return truths.editByPlan(edits, async (was, text) => {
    const step: PlanStep = was
      ? { do: 'replace', to, text, was: was.toString('base64') }
      : { do: 'write', to, text };
    const journal = await writeJournal({ folder, title: 'labels', steps: [step] });
    const { left, leftFiles } = await carryOut(journal);
    if (left === 0) return journal;
    throw new SemapError(
      'not-writable',
      phrase('Cannot write {0}: {1}.', truths.file, leftWords(leftFiles[0])),
    );
  });
}
