import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { mustBeFolder } from '../../files/folders.ts';
import type { ResultsSource } from '../../protocol/resultsView.ts';
import { readEntry } from '../alignments/activeAlignment.ts';
import { decidedBy } from '../alignments/watchedAlignment.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { ClassifyRun, type RestoredRun } from './classifyRun.ts';
import { restoredNotes } from './resultsWords.ts';

/** What another window needs to show a run again. */
export function sourceOf({ id, settings, time, state, skipped }: ClassifyRun): ResultsSource {
  const { alignmentPath, params } = settings;
  return {
    id,
    folders: params.folders,
    alignment: alignmentPath,
    decided: decidedBy(params.alignment),
    time: time.toISOString(),
    phase: state,
    skipped: skipped.length,
  };
}

/** A page's memory may be of another version of SeMap. */
export function isResultsSource(value: unknown): value is ResultsSource {
  if (typeof value !== 'object' || value === null) return false;
  const { id, folders, alignment, decided, time, phase, skipped } = value as Record<string, unknown>;
  return (
    typeof id === 'string' &&
    Array.isArray(folders) &&
    folders.length > 0 &&
    folders.every((folder) => typeof folder === 'string') &&
    (alignment === undefined || typeof alignment === 'string') &&
    typeof decided === 'string' &&
    typeof time === 'string' &&
    !Number.isNaN(Date.parse(time)) &&
    typeof phase === 'string' &&
    Number.isInteger(skipped)
  );
}

interface RestoreParts {
  readonly engine: Pick<Engine, 'call'>;
  readonly library: Pick<BackboneLibrary, 'resolve'>;
}

/**
 * Scores the images of a run of another window again, from the cache of outputs: no image is run. What is another by
 * now is said in the run's notes.
 * @throws {SemapError} where folders, alignment or backbone are gone
 */
export async function restoreRun(
  source: ResultsSource,
  { engine, library }: RestoreParts,
): Promise<ClassifyRun> {
  const { folders, alignment: path } = source;
  await Promise.all(folders.map(mustBeFolder));
  const uri = path === undefined ? undefined : vscode.Uri.file(path);
  const document = await documentAt(uri);
  const backbone = await library.resolve(document, uri);
  if (backbone === undefined) throw noBackbone(document);
  const params = { folders, backbone, alignment: document };
  const result = await engine.call('rescore', params);
  const same = decidedBy(document) === source.decided;
  const restored: RestoredRun = {
    // Label filters and the like belong to the answers as they were.
    id: same ? source.id : `${source.id} again`,
    time: new Date(source.time),
    complete: result.unseen === 0 || (source.phase === 'done' && result.unseen <= source.skipped),
    result,
    notes: [...(same ? [] : [changedWords(source)]), ...restoredNotes(source, result.unseen)],
  };
  return ClassifyRun.restored({ params, backbone: document.backbone.name, alignmentPath: path }, restored);
}

async function documentAt(uri: vscode.Uri | undefined): Promise<AlignmentDocument> {
  if (!uri) {
    throw new SemapError('not-found', phrase('The alignment of these results was never saved.'));
  }
  const entry = await readEntry(uri);
  if (!entry) {
    throw new SemapError('not-found', phrase('{0} was deleted or renamed.', basename(uri.fsPath)));
  }
  if (!entry.forEngine) {
    throw (
      entry.problem ?? new SemapError('invalid-document', phrase('Cannot read {0}.', basename(uri.fsPath)))
    );
  }
  return entry.forEngine;
}

function noBackbone({ backbone }: AlignmentDocument): SemapError {
  return new SemapError('not-found', phrase('The backbone {0} is not installed.', backbone.name));
}

function changedWords({ alignment }: ResultsSource): string {
  return vscode.l10n.t(
    '{0} was changed since the images were classified. They are scored with the current alignment.',
    basename(alignment ?? ''),
  );
}
