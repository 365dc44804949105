import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { mappingCautions, nothingFitsText } from '../../core/alignments/cautionTexts.ts';
import { backbonesOf, learnedRecordOf } from '../../core/alignments/members.ts';
import { learnedSplitsText } from '../../core/folders/splitTexts.ts';
import type { LabelProblem } from '../../core/labels/targetLabels.ts';
import { percent } from '../../core/text/numbers.ts';
import { listed as listedText } from '../../core/text/text.ts';
import { titleOf } from '../files.ts';
import { plural, say } from '../language.ts';
import { askModal, type NextStep, offer, warnOnce } from '../messages.ts';

/**
 * Says what came of aligning, and offers to classify the folders that it was made for. What is amiss with the mapping
 * stands beside the grid, which is in view; here it is said only where nothing fits.
 */
export async function reportAlignment(
  document: AlignmentDocument,
  uri: vscode.Uri,
  problems: readonly LabelProblem[],
  folders: readonly string[],
): Promise<void> {
  const { t } = vscode.l10n;
  const nothingFits = nothingFitsText(document);
  const hopeless = nothingFits !== undefined;
  const amiss = [...problems.map(problemText), ...(nothingFits ? [say(nothingFits)] : [])];
  const made = plural(
    document.targets.length,
    '{1} maps {0} label to {2}.',
    '{1} maps {0} labels to {2}.',
    basename(uri.path),
    backbonesOf(document).name,
  );
  const labelled = learnedRecordOf(document);
  if (labelled && labelled.validation.accuracy !== null) {
    const { accuracy, images } = labelled.validation;
    if (labelled.splits) amiss.unshift(t('Splits: {0}.', say(learnedSplitsText(labelled.splits))));
    amiss.unshift(
      plural(
        images,
        'Accuracy is {1}, measured on {0} image that was left out of learning.',
        'Accuracy is {1}, measured on {0} images that were left out of learning.',
        percent(accuracy),
      ),
    );
  }
  const classify =
    folders.length > 0
      ? {
          title: t('Classify {0}', titleOf(folders)),
          command: 'semap.classify',
          arguments: [{ alignment: uri }],
        }
      : { title: t('Zero-Shot Classify...'), command: 'semap.classify' };
  // Before the first image it is asked whether one that fits nothing is to be used.
  const steps = hopeless ? remedies() : [classify];
  await offer(hopeless ? 'warning' : 'information', [made, ...amiss].join(' '), steps);
}

/**
 * Before any image is run: asks whether labels that nothing in the backbone fits shall be classified all the same.
 * @returns whether to go on; true without a question where something fits
 */
export async function mayClassify(document: AlignmentDocument): Promise<boolean> {
  const { t } = vscode.l10n;
  if (nothingFitsText(document) === undefined) return true;
  const anyway = { title: t('Classify Anyway'), command: '' };
  const weak = document.targets.filter(({ expected }) => expected === 'poor' || expected === 'none');
  const chosen = await askModal(
    t('{0} has almost no labels like yours. Accuracy may be near chance.', backbonesOf(document).name),
    [
      t(
        'Labels without a close source label: {0}. Choose senses or add hints for labels that are misunderstood, use simpler labels, or try another backbone.',
        listed(weak.map(({ label }) => label)),
      ),
    ],
    anyway,
    ...remedies(),
  );
  if (chosen && chosen !== anyway) await vscode.commands.executeCommand(chosen.command);
  return chosen === anyway;
}

/** What may help where nothing fits. */
function remedies(): NextStep[] {
  const { t } = vscode.l10n;
  return [
    { title: t('Choose Sense...'), command: 'semap.chooseSense' },
    { title: t('Other Labels or Backbone...'), command: 'semap.alignLabels' },
  ];
}

/** The same where it was made on the way to a classification: only what is amiss is worth a message. */
export function reportAmiss(
  document: AlignmentDocument,
  uri: vscode.Uri,
  problems: readonly LabelProblem[],
): void {
  const { amiss, hopeless } = amissIn(document, problems);
  // The question before the first image says it, with what to do.
  if (hopeless) return;
  if (amiss.length > 0) {
    const open = {
      title: vscode.l10n.t('Open Alignment'),
      command: 'semap.openAlignment',
      arguments: [uri],
    };
    warnOnce([`${basename(uri.path)}:`, ...amiss].join(' '), open);
  }
}

function amissIn(
  document: AlignmentDocument,
  problems: readonly LabelProblem[],
): { readonly amiss: string[]; readonly hopeless: boolean } {
  const amiss = [...problems.map(problemText), ...mappingCautions(document).map((text) => say(text))];
  return { amiss, hopeless: nothingFitsText(document) !== undefined };
}

function problemText(problem: LabelProblem): string {
  const { t } = vscode.l10n;
  switch (problem.kind) {
    case 'blank':
      return plural(problem.count, '{0} blank label was removed.', '{0} blank labels were removed.');
    case 'duplicate':
      return t('{0} was listed {1} times; duplicates were removed.', problem.label, problem.count);
    case 'alike':
      return t('These labels differ only in case or separators: {0}.', listed(problem.labels));
  }
}

function listed(labels: readonly string[]): string {
  return say(listedText(labels, 5));
}
