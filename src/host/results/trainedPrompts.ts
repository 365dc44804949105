import { join } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { fittingLabels } from '../../core/alignments/fittingLabels.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import { readEntry } from '../alignments/activeAlignment.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { titleOf } from '../files.ts';
import type { ListRow } from '../questions.ts';
import type { TrainingEntry } from '../runs/runEntry.ts';
import type { RunStore } from '../runs/runStore.ts';
import { reachedWords, settingsWords } from '../runs/runWords.ts';

/** What a training made, ready to classify with. */
export interface TrainedPrompt {
  readonly entry: TrainingEntry;
  readonly uri: vscode.Uri;
  readonly document: AlignmentDocument;
  /** Path of its backbone. */
  readonly backbone: string;
}

/** Trainings that are offered, the best first. */
const MOST_OFFERED = 8;

/**
 * The trained prompts of the workspace that are about folders with these classes: those trained on `folders` first, for
 * what others reached was measured elsewhere; the best of each first.
 */
export async function trainedPromptsFor(
  folders: readonly string[],
  classes: readonly string[],
  runs: Pick<RunStore, 'list'>,
  library: Pick<BackboneLibrary, 'resolve'>,
): Promise<readonly TrainedPrompt[]> {
  if (classes.length < 2) return [];
  const entries = (await runs.list())
    .filter((entry) => entry.kind === 'training')
    .filter(({ record }) => record.best !== undefined)
    .sort(
      (a, b) =>
        Number(isTrainedOn(b, folders)) - Number(isTrainedOn(a, folders)) || accuracyOf(b) - accuracyOf(a),
    );
  const found: TrainedPrompt[] = [];
  for (const entry of entries) {
    if (found.length === MOST_OFFERED) break;
    const uri = vscode.Uri.file(join(entry.folder, RUN_FILES.alignment));
    const document = (await readEntry(uri))?.forEngine;
    if (!document || !fittingLabels(document, classes)) continue;
    // One that a workspace names which is not trusted is not offered.
    const backbone = await library.resolve(document, uri).catch(() => undefined);
    if (backbone !== undefined) found.push({ entry, uri, document, backbone });
  }
  return found;
}

/**
 * A trained prompt in a list, with what it reached.
 * @param folders what is to be classified: what was reached on others says little about them
 */
export function promptRow({ entry }: TrainedPrompt, folders: readonly string[]): ListRow {
  const { name, record } = entry;
  const isOwn = isTrainedOn(entry, folders);
  return {
    icon: 'mortar-board',
    label: name,
    description: isOwn
      ? (reachedWords(record) ?? '')
      : vscode.l10n.t('not measured on {0}', titleOf(folders)),
    detail: [settingsWords(record.settings), record.backbone.name, isOwn ? undefined : reachedWords(record)]
      .filter((words) => words !== undefined)
      .join(' · '),
  };
}

function isTrainedOn({ record }: TrainingEntry, folders: readonly string[]): boolean {
  const trained = new Set(record.params.folders);
  return trained.size === folders.length && folders.every((folder) => trained.has(folder));
}

function accuracyOf({ record }: TrainingEntry): number {
  return record.best?.valAccuracy ?? 0;
}
