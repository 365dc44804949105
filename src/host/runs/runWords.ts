import * as vscode from 'vscode';
import { phaseWords, type RunPhase } from '../../core/runs/run.ts';
import type { TrainingRecord } from '../../core/runs/trainingRecord.ts';
import type { PromptKind, TrainMapping, TrainSettings } from '../../core/runs/trainingSettings.ts';
import { percent } from '../../core/text/numbers.ts';
import { oneLine } from '../../core/text/plainText.ts';
import { plural } from '../../core/text/text.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';

/** What a kind of prompt is called. */
export function promptName(kind: PromptKind): string {
  const { t } = vscode.l10n;
  const names: Record<PromptKind, string> = {
    padding: t('padding'),
    watermark: t('watermark'),
    'low-rank': t('low-rank'),
    none: t('no prompt'),
  };
  return Object.hasOwn(names, kind) ? names[kind] : kind;
}

/** What a way of mapping is called. */
export function mappingName(mapping: TrainMapping): string {
  const names: Record<TrainMapping, string> = {
    semap: 'SeMap',
    ilm: 'ILM',
    flm: 'FLM',
    blm: 'BLM',
    'blm+': 'BLM+',
    'semap-labels': vscode.l10n.t('SeMap + labels'),
  };
  return Object.hasOwn(names, mapping) ? names[mapping] : mapping;
}

/** `padding + BLM+`. */
export function settingsWords({ prompt, mapping }: TrainSettings): string {
  return `${promptName(prompt.kind)} + ${mappingName(mapping ?? 'blm+')}`;
}

export function phaseName(phase: RunPhase): string {
  return say(phaseWords(phase));
}

/** `80.4% on 40 validation images of icons`: what a training reached, and on what. */
export function reachedWords(record: TrainingRecord): string | undefined {
  const { best, params, validationImages, testAccuracy, testImages } = record;
  // Validation images have chosen the epoch; those of the test folder have chosen nothing.
  if (typeof testAccuracy === 'number' && testImages !== undefined && params.testFolder !== undefined) {
    const folder = oneLine(titleOf([params.testFolder]));
    const reached = percent(testAccuracy);
    return say(
      plural(testImages, '{1} on {0} test image of {2}', '{1} on {0} test images of {2}', reached, folder),
    );
  }
  if (!best) return undefined;
  return say(
    plural(
      validationImages,
      '{1} on {0} validation image of {2}',
      '{1} on {0} validation images of {2}',
      percent(best.valAccuracy),
      oneLine(titleOf(params.folders)),
    ),
  );
}
