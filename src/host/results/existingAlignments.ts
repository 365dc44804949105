import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { backbonesOf } from '../../core/alignments/members.ts';
import { isMadeFor, mayServe, type Purpose, purposeFit } from '../../core/alignments/purpose.ts';
import { type SemapError, toSemapError } from '../../core/errors.ts';
import { type ActiveAlignment, type AlignmentEntry, readEntry } from '../alignments/activeAlignment.ts';
import { findAlignments } from '../alignments/alignmentFiles.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { titleOf } from '../files.ts';
import { plural, say } from '../language.ts';
import type { Log } from '../log.ts';
import type { ListRow } from '../questions.ts';

/** An alignment that is there, ready to classify with. */
export interface ExistingAlignment {
  readonly uri: vscode.Uri;
  /** As the engine takes it. */
  readonly document: AlignmentDocument;
  /** Path of its backbone. */
  readonly backbone: string;
  /** Why it cannot be used. */
  readonly problem?: SemapError | undefined;
}

/** Documents that are read for a list, and the bytes of one. */
const MOST_READ = 50;
const LARGEST_READ = 8 << 20;

interface FindParts {
  readonly active: Pick<ActiveAlignment, 'current'>;
  readonly library: Pick<BackboneLibrary, 'resolve'>;
  readonly log: Log;
}

/**
 * Alignments that may serve a purpose, whatever they were made for: the open one, then those in the folders and above
 * them, then all of the workspace. One whose backbone is not installed is left out.
 */
export async function existingAlignments(
  purpose: Purpose,
  { active, library, log }: FindParts,
): Promise<readonly ExistingAlignment[]> {
  const near = await nearestAlignments(purpose.folders);
  const all = [...near, ...(await findAlignments(MOST_READ))];
  const uris = new Map(all.map((uri) => [uri.toString(), uri]));
  if (active.current) uris.delete(active.current.uri.toString());
  const entries = await Promise.all([...uris.values()].slice(0, MOST_READ).map(readSmall));
  const found = await Promise.all(
    [active.current, ...entries].map(async (entry) => {
      const document = entry?.forEngine;
      if (!entry || !document || !mayServe(document, purpose)) return undefined;
      return usable(entry, document, library, log);
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** A list does not wait for a dense mapping to be read. */
async function readSmall(uri: vscode.Uri): Promise<AlignmentEntry | undefined> {
  const size = await stat(uri.fsPath).then(
    (state) => state.size,
    () => 0,
  );
  return size <= LARGEST_READ ? readEntry(uri) : undefined;
}

async function usable(
  { uri }: AlignmentEntry,
  document: AlignmentDocument,
  library: FindParts['library'],
  log: Log,
): Promise<ExistingAlignment | undefined> {
  try {
    const backbone = await library.resolve(document, uri);
    if (backbone !== undefined) return { uri, document, backbone };
    log.warn(`${uri.fsPath} names the backbone ${document.backbone.name}, which is not installed.`);
    return undefined;
  } catch (error) {
    // In a workspace that is not trusted it is offered with what keeps it from being used.
    return { uri, document, backbone: '', problem: toSemapError(error) };
  }
}

/** The one that is taken unless the person says otherwise: made for all of the purpose; the open one first. */
export function madeForPurpose(
  found: readonly ExistingAlignment[],
  purpose: Purpose,
  open: vscode.Uri | undefined,
): ExistingAlignment | undefined {
  const isOpen = ({ uri }: ExistingAlignment) => uri.toString() === open?.toString();
  const fitting = found.filter(
    (one) => one.problem === undefined && isMadeFor(purposeFit(one.document, purpose), isOpen(one)),
  );
  return fitting.find(isOpen) ?? fitting[0];
}

/** The alignment in a list, with what it was made for where that is another purpose. */
export function alignmentRow(alignment: ExistingAlignment, purpose: Purpose): ListRow {
  const { t } = vscode.l10n;
  const { document, problem } = alignment;
  const fits = purposeFit(document, purpose).sameFolders
    ? t('made for this folder')
    : t('fits; names no folder');
  return {
    icon: problem ? 'lock' : 'combine',
    label: alignmentName(alignment),
    description: problem ? say(problem.text) : (misfitWords(alignment, purpose) ?? fits),
  };
}

/** What of an alignment is for another purpose; undefined where nothing is. */
export function misfitWords(
  { document }: Pick<ExistingAlignment, 'document'>,
  purpose: Purpose,
): string | undefined {
  const { t } = vscode.l10n;
  const { folders } = document;
  const { sameBackbone, sameFolders, known, classes } = purposeFit(document, purpose);
  const words = [
    sameBackbone ? undefined : t('for the backbone {0}', backbonesOf(document).name),
    sameFolders === false && folders ? t('made for {0}', titleOf(folders)) : undefined,
    known === classes
      ? undefined
      : plural(classes, 'knows {1} of {0} class folder', 'knows {1} of {0} class folders', known),
  ].filter((part) => part !== undefined);
  return words.length === 0 ? undefined : words.join(' · ');
}

/** What an alignment is called: there may be several of a name. */
export function alignmentName({ uri }: ExistingAlignment): string {
  return vscode.workspace.asRelativePath(uri);
}

/** Alignment documents in the folders and those above them, nearest first, up to the workspace folder. */
async function nearestAlignments(folders: readonly string[]): Promise<readonly vscode.Uri[]> {
  const found: vscode.Uri[] = [];
  const root = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folders[0]))?.uri.fsPath;
  if (root === undefined) return found;
  for (let folder = folders[0]; ; folder = dirname(folder)) {
    const pattern = new vscode.RelativePattern(folder, '*.semap.json');
    found.push(...(await vscode.workspace.findFiles(pattern, null, 10)));
    if (folder === root || folder === dirname(folder)) return found;
  }
}
