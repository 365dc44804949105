import * as vscode from 'vscode';
import { passedOverCount } from '../../core/images/imageFiles.ts';
import { imageCount, percent, shareRange, speed } from '../../core/text/numbers.ts';
import { listed, phrase, plural as pluralText } from '../../core/text/text.ts';
import type { ResultsSource } from '../../protocol/resultsView.ts';
import { titleOf } from '../files.ts';
import { plural, say } from '../language.ts';
import type { End } from '../messages.ts';
import type { RunLook } from '../runStatus.ts';
import type { ClassifyRun } from './classifyRun.ts';

/** Runs in progress in the status bar: the one that was started last. */
export function classifyingLook(runs: readonly ClassifyRun[]): RunLook {
  const { t } = vscode.l10n;
  const run = runs[runs.length - 1];
  const { done, total, listed, waiting, paused } = run.progress;
  const title = titleOf(run.folders);
  const far = listed && total > 0 ? percent(done / total) : '';
  const lines = runs.flatMap((one) => [
    one.watching
      ? t('Watching {0} with {1}', titleOf(one.folders), one.backbone)
      : t('Classifying {0} with {1}', titleOf(one.folders), one.backbone),
    progressWords(one),
  ]);
  return {
    icon: paused ? 'debug-pause' : waiting ? 'eye' : 'sync~spin',
    text: waiting ? `${title} ${say(imageCount(thereOf(run)))}` : far === '' ? title : `${title} ${far}`,
    tooltip: [...lines, t('Click to show the results.')],
    spoken: lines.join(' · '),
    click: { title: t('Show Results'), command: 'semap.showResults', arguments: [run.id] },
  };
}

/** How a run ended that was not interrupted by a failure, and what comes next. */
export function classifyingEnd(run: ClassifyRun): End {
  const { t } = vscode.l10n;
  const step = (title: string, command: string) => ({ title, command, arguments: [run.id] });
  const unread = run.skipped.length > 0;
  return {
    weight: unread ? 'warning' : 'information',
    message: summaryWords(run),
    steps: [
      ...(run.state === 'cancelled' ? [step(t('Resume'), 'semap.resumeRun')] : []),
      step(t('Show Results'), 'semap.showResults'),
      ...(unread ? [{ title: t('Show Log'), command: 'semap.showLog' }] : []),
    ],
  };
}

/** How far a run is. */
function progressWords(run: ClassifyRun): string {
  const { done, total, listed, imagesPerSecond, paused, waiting } = run.progress;
  if (paused) return say(paused);
  if (waiting) return say(phrase('{0}, waiting for more', imageCount(thereOf(run))));
  return listed
    ? say(phrase('{0} of {1}, {2}', done, imageCount(total), speed(imagesPerSecond)))
    : say(phrase('{0}, looking for more', imageCount(done)));
}

/** How many images have an answer and were not deleted since. */
function thereOf({ predictions, answers }: ClassifyRun): number {
  return predictions.length - answers.gone.size;
}

/** What came of a run: how many images, how many of them are right, and what was left out. */
function summaryWords(run: ClassifyRun): string {
  const { t } = vscode.l10n;
  const { predictions, progress, judged, result, skippedFolders, passedOver } = run;
  const done = predictions.length;
  const unread = run.skipped.length - skippedFolders;
  const { accuracy = null, measuredOn, learnedFrom = 0, expectedAccuracy } = result ?? {};
  const { withheld, onlyLabel, unmatchedFolders = 0, unmatched = [] } = measuredOn ?? {};
  return [
    run.state === 'cancelled'
      ? say(phrase('Canceled. {0} of {1} are classified and kept.', done, imageCount(progress.total)))
      : plural(done, 'Classified {0} image.', 'Classified {0} images.'),
    accuracy === null
      ? expectedAccuracy && judged === 0
        ? say(phrase('Probably {0} right, estimated without labels.', shareRange(expectedAccuracy)))
        : ''
      : judged === done
        ? t('Accuracy: {0}.', percent(accuracy))
        : say(phrase('Accuracy: {0} on {1} of them.', percent(accuracy), judged)),
    onlyLabel !== undefined && withheld === undefined
      ? t('All images with a true label are {0}.', onlyLabel)
      : '',
    withheld === 'one-label' ? t('Only one label can be predicted, so accuracy is not reported.') : '',
    withheld === undefined && unmatchedFolders === 1
      ? t('No label matches the class folder {0}.', unmatched[0]?.folder ?? '')
      : '',
    withheld === undefined && unmatchedFolders > 1
      ? say(phrase('No label matches {0} class folders.', unmatchedFolders))
      : '',
    learnedFrom > 0
      ? plural(
          learnedFrom,
          '{0} image the alignment was learned from is not counted.',
          '{0} images the alignment was learned from are not counted.',
        )
      : '',
    skippedFolders > 0
      ? plural(skippedFolders, '{0} folder could not be read.', '{0} folders could not be read.')
      : '',
    unread > 0 ? plural(unread, '{0} image could not be read.', '{0} images could not be read.') : '',
    passedOver
      ? plural(
          passedOverCount(passedOver),
          '{0} file or folder that SeMap does not read was passed over.',
          '{0} files or folders that SeMap does not read were passed over.',
        )
      : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

/** How folders differ from what a run saw; undefined where they do not. */
export function changedFoldersWords({ changedFolders }: ClassifyRun): string | undefined {
  const { arrived = 0, changed = 0, gone = 0, moved = 0 } = changedFolders ?? {};
  const counts = [
    [arrived, pluralText(arrived, '{0} new image', '{0} new images')],
    [changed, pluralText(changed, '{0} changed image', '{0} changed images')],
    [moved, pluralText(moved, '{0} moved image', '{0} moved images')],
    [gone, pluralText(gone, '{0} deleted image', '{0} deleted images')],
  ] as const;
  const found = counts.flatMap(([count, words]) => (count > 0 ? [words] : []));
  if (found.length === 0) return undefined;
  return say(phrase('Since these images were classified: {0}.', listed(found)));
}

/**
 * What another window must say beside a run that it scored again from the cache.
 * @param unseen images of the folders that the cache does not have
 */
export function restoredNotes({ phase, skipped, watch }: ResultsSource, unseen: number): string[] {
  const { t } = vscode.l10n;
  if (phase === 'running' && watch)
    return [t('The folder is no longer watched since the window was closed. Resume to watch it again.')];
  if (phase !== 'done') {
    if (unseen === 0) return [];
    if (phase === 'running') return [t('The window was reloaded during the classification.')];
    return [
      phase === 'cancelled'
        ? t('The classification was canceled before it finished.')
        : t('The classification stopped before it finished.'),
    ];
  }
  const left = unseen - skipped;
  if (left > 0) {
    return [
      plural(
        left,
        '{0} image is new, was changed, or is no longer in the cache.',
        '{0} images are new, were changed, or are no longer in the cache.',
      ),
    ];
  }
  if (skipped === 0) return [];
  return [
    plural(
      skipped,
      '{0} image could not be read when the folder was classified.',
      '{0} images could not be read when the folder was classified.',
    ),
  ];
}
