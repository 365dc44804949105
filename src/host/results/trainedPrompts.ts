import { join } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { fittingLabels } from '../../core/alignments/fittingLabels.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import { readEntry } from '../alignments/activeAlignment.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { titleOf } from '../files.ts';
import { pickOne } from '../questions.ts';
import type { TrainingEntry } from '../runs/runEntries.ts';
import type { RunStore } from '../runs/runStore.ts';
import { reachedWords, settingsWords } from '../runs/runWords.ts';

/** What a training made, ready to classify with. */
interface TrainedPrompt {
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
  runs: RunStore,
  library: BackboneLibrary,
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
 * Asks whether to classify with a trained prompt.
 * @param folders what is to be classified
 * @param zeroShot what is used otherwise, in words
 * @returns 'zero-shot', a trained prompt, or undefined when the person changed their mind
 */
export async function askForPrompt(
  trained: readonly TrainedPrompt[],
  folders: readonly string[],
  zeroShot: string,
): Promise<TrainedPrompt | 'zero-shot' | undefined> {
  const { t } = vscode.l10n;
  const items = [
    { label: t('Zero-shot'), description: zeroShot, value: 'zero-shot' as const },
    { label: t('Trained prompts'), kind: vscode.QuickPickItemKind.Separator, value: undefined },
    ...trained.map((value) => ({
      icon: 'mortar-board',
      label: value.entry.name,
      description: isTrainedOn(value.entry, folders)
        ? (reachedWords(value.entry.record) ?? '')
        : t('not measured on {0}', titleOf(folders)),
      detail: [
        settingsWords(value.entry.record.settings),
        value.entry.record.backbone.name,
        isTrainedOn(value.entry, folders) ? undefined : reachedWords(value.entry.record),
      ]
        .filter((words) => words !== undefined)
        .join(' · '),
      value,
    })),
  ];
  const picked = await pickOne(items, {
    title: t('SeMap: Zero-Shot Classify'),
    placeholder: t('Select a trained prompt, or classify zero-shot'),
  });
  return picked?.value;
}

function isTrainedOn({ record }: TrainingEntry, folders: readonly string[]): boolean {
  const trained = new Set(record.params.folders);
  return trained.size === folders.length && folders.every((folder) => trained.has(folder));
}

function accuracyOf({ record }: TrainingEntry): number {
  return record.best?.valAccuracy ?? 0;
}
