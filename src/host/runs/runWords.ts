import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { FindRecord } from '../../core/find/findRecord.ts';
import { trainedWayName } from '../../core/reuse/trainedRows.ts';
import type { ClassificationRecord } from '../../core/runs/classificationRecord.ts';
import { phaseWords, type RunPhase, type SkippedImage } from '../../core/runs/run.ts';
import type { TrainingRecord } from '../../core/runs/trainingRecord.ts';
import type { TrainSettings } from '../../core/runs/trainingSettings.ts';
import { imageCount, percent } from '../../core/text/numbers.ts';
import { oneLine } from '../../core/text/plainText.ts';
import { phrase, plural } from '../../core/text/text.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';

/** `Prompt (padding, 28 pixels) + BLM+`: what a training makes of a backbone. */
export function settingsWords(settings: TrainSettings): string {
  return oneLine(say(trainedWayName(settings)));
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

/** What a phase of a classification is called. */
export function classifyingName(phase: RunPhase): string {
  return phase === 'running' ? vscode.l10n.t('classifying') : phaseName(phase);
}

/** `75.3% on 360 images`, `75.3% on 72 of 360 images, settled, only test`, `360 images`: what came of a classification. */
export function classifiedWords(record: ClassificationRecord): string {
  const { t } = vscode.l10n;
  const words = accuracyWords(record);
  const settled = record.settling?.shown ? t('{0}, settled', words) : words;
  return record.split === undefined ? settled : t('{0}, only {1}', settled, record.split);
}

function accuracyWords({ figures, predictions, total }: ClassificationRecord): string {
  if (!figures)
    return say(
      total > predictions ? phrase('{0} of {1}', predictions, imageCount(total)) : imageCount(predictions),
    );
  const { accuracy, images, measuredOn } = figures;
  if (accuracy === null) return say(imageCount(images));
  const reached = percent(accuracy);
  return say(
    measuredOn.measured === images
      ? phrase('{0} on {1}', reached, imageCount(images))
      : phrase('{0} on {1} of {2}', reached, measuredOn.measured, imageCount(images)),
  );
}

/** What a phase of a search is called. */
export function findingName(phase: RunPhase): string {
  return phase === 'running' ? vscode.l10n.t('searching') : phaseName(phase);
}

/** `87.1% (82.3 to 91.0%) on 120 images`: what the recommended reuse of a search reaches; undefined before there is one. */
export function foundWords({ points, recommended }: FindRecord): string | undefined {
  const figure = points.find(({ id }) => id === recommended)?.figure;
  if (!figure) return undefined;
  const { value, low, high, images } = figure;
  return say(
    plural(
      images,
      '{1} ({2} to {3}) on {0} image',
      '{1} ({2} to {3}) on {0} images',
      percent(value),
      percent(low),
      percent(high),
    ),
  );
}

/** Skipped images that are named. */
const SKIPPED_SHOWN = 3;

/** `2 images were left out. a.jpg: not an image; b.png: ...`; nothing where none was. */
export function skippedNotes(skipped: readonly SkippedImage[]): readonly string[] {
  if (skipped.length === 0) return [];
  const named = skipped
    .slice(0, SKIPPED_SHOWN)
    .map(({ path, reason }) => `${basename(path)}: ${say(reason).replace(/\.$/, '')}`);
  const list = `${named.join('; ')}${skipped.length > SKIPPED_SHOWN ? '; …' : ''}`;
  return [say(plural(skipped.length, '{0} image was left out. {1}', '{0} images were left out. {1}', list))];
}
