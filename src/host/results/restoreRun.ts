import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { backbonesOf } from '../../core/alignments/members.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { imageFolders } from '../../core/folders/layout.ts';
import type { ClassificationRecord } from '../../core/runs/classificationRecord.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import { decidedBy } from '../../files/decidedBy.ts';
import { ownerOf } from '../../files/folderLock.ts';
import { mustBeFolder } from '../../files/folders.ts';
import { readClassificationOf, readPredictions } from '../../files/keptClassification.ts';
import type { ResultsSource } from '../../protocol/resultsView.ts';
import { readEntry } from '../alignments/activeAlignment.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { ClassifyRun, type RunSettings } from './classifyRun.ts';
import { phaseOf, runOfRecord, watchOf } from './recordedRun.ts';
import { restoredNotes } from './resultsWords.ts';
import type { Settlings } from './settlings.ts';

interface RestoreParts {
  readonly engine: Pick<Engine, 'call'>;
  readonly library: Pick<BackboneLibrary, 'resolve'>;
  readonly settlings: Settlings;
}

/**
 * Scores the images of a run that has no record again, from the cache of outputs: no image is run. What is another by
 * now is said in the run's notes.
 * @throws {SemapError} where folders, alignment or backbone are gone
 */
export async function restoreRun(source: ResultsSource, parts: RestoreParts): Promise<ClassifyRun> {
  const { alignment: path } = source;
  const uri = path === undefined ? undefined : vscode.Uri.file(path);
  const document = await documentAt(uri);
  const backbone = await parts.library.resolve(document, uri);
  if (backbone === undefined) throw noBackbone(document);
  const same = decidedBy(document) === source.decided;
  const settings = {
    params: { ...imageFolders(source), backbone, alignment: document, watch: watchOf(source) },
    backbone: backbonesOf(document).name,
    alignmentPath: path,
  };
  // Label filters and the like belong to the answers as they were.
  const restored = same ? source : { ...source, id: `${source.id} again` };
  const run = await scoredAgain(settings, restored, parts, same ? [] : [changedWords(source)]);
  if (source.settled) void parts.settlings.of(run).resume(source.settled);
  return run;
}

async function scoredAgain(
  settings: RunSettings,
  source: ResultsSource,
  { engine }: Pick<RestoreParts, 'engine'>,
  notes: readonly string[],
): Promise<ClassifyRun> {
  if (source.job === undefined) await Promise.all(source.folders.map(mustBeFolder));
  const { predictions, unseen, sources, ...result } = await engine.call('rescore', settings.params);
  const stopped = source.phase === 'running' && source.watch === true;
  const complete = (unseen === 0 && !stopped) || (source.phase === 'done' && unseen <= source.skipped);
  return ClassifyRun.restored(
    settings,
    {
      id: source.id,
      time: new Date(source.time),
      state: complete ? 'done' : 'cancelled',
      total: predictions.length + (complete ? 0 : unseen),
      skipped: [],
      sources,
      result,
      notes: [...notes, ...restoredNotes(source, unseen)],
      keptIn: source.record,
    },
    [predictions],
  );
}

/**
 * The run that a folder holds, as it was: neither images nor outputs are looked at, unless it was interrupted or its
 * predictions cannot be read. Then its images are scored again from the cache of outputs, with the alignment as it was.
 * @throws {SemapError} where the record cannot be read; `busy` where another window still classifies
 */
export async function openResult(folder: string, parts: RestoreParts): Promise<ClassifyRun> {
  const record = await readClassificationOf(folder);
  const interrupted = record.status === 'running';
  if (interrupted && (await ownerOf(folder))) {
    throw new SemapError('busy', phrase('Another window is classifying {0}.', titleOf(record.folders)), {
      hint: phrase('Its results can be opened when it is done.'),
    });
  }
  const uri = vscode.Uri.file(join(folder, RUN_FILES.alignment));
  const document = await documentAt(uri);
  // To look at it, no backbone is needed.
  const backbone = await parts.library.resolve(document, uri).catch(() => undefined);
  const settings = {
    params: {
      ...imageFolders(record),
      backbone: backbone ?? record.backbone.name,
      alignment: document,
      watch: watchOf(record),
    },
    backbone: record.backbone.name,
    alignmentPath: record.alignment,
  };
  const again = (notes: readonly string[]) =>
    scoredAgain(settings, sourceOfRecord(record, folder), parts, notes);
  if (interrupted) return again([]);
  try {
    const labels = document.targets.map(({ label }) => label);
    const stored = await readPredictions(folder, { ...record, labels });
    const notes = await Promise.all(record.folders.map(goneWords));
    const { settlings } = parts;
    return await runOfRecord(record, settings, { stored, notes: notes.flat(), keptIn: folder, settlings });
  } catch (error) {
    const why = say(toSemapError(error).text);
    // That it cannot be scored again is not what is wrong with it.
    return again([
      vscode.l10n.t('The saved predictions cannot be read, so the images were scored again. {0}', why),
    ]).catch(() => {
      throw error;
    });
  }
}

/** That a folder is gone is told: its images have no pictures. */
async function goneWords(folder: string): Promise<string[]> {
  const gone = await mustBeFolder(folder).then(
    () => false,
    () => true,
  );
  return gone ? [vscode.l10n.t('{0} was deleted or renamed. Its images cannot be shown.', folder)] : [];
}

function sourceOfRecord(record: ClassificationRecord, folder: string): ResultsSource {
  const { id, watch, alignment, decided, time, status, skipped } = record;
  const phase = status === 'running' ? status : phaseOf(status);
  return { id, ...imageFolders(record), watch, alignment, decided, time, phase, skipped, record: folder };
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
