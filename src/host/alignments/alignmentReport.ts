import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { alignmentWarnings } from '../../core/alignments/alignmentBuilding.ts';
import type { LabelProblem } from '../../core/labels/targetLabels.ts';
import { percent } from '../../core/text/numbers.ts';
import { listed as listedText } from '../../core/text/text.ts';
import { plural, say } from '../language.ts';
import { askModal, showInformation, showWarning } from '../messages.ts';

/** Says what came of aligning: where the document is, what was left out, and what not to expect. */
export async function reportAlignment(
  document: AlignmentDocument,
  uri: vscode.Uri,
  problems: readonly LabelProblem[],
): Promise<void> {
  const { t } = vscode.l10n;
  const { amiss, hopeless } = amissIn(document, problems);
  const made = plural(
    document.targets.length,
    '{1} maps {0} label to {2}.',
    '{1} maps {0} labels to {2}.',
    basename(uri.path),
    document.backbone.name,
  );
  const { labelled } = document.method;
  if (labelled && labelled.validation.accuracy !== null) {
    const { accuracy, images } = labelled.validation;
    amiss.unshift(
      plural(
        images,
        'Accuracy is {1} on {0} image that it did not learn from.',
        'Accuracy is {1} on {0} images that it did not learn from.',
        percent(accuracy),
      ),
    );
  }
  const classify = { title: t('Zero-Shot Classify...'), command: 'semap.classify' };
  const show = hopeless ? showWarning : showInformation;
  const chosen = await show([made, ...amiss].join(' '), ...(hopeless ? remedies() : []), classify);
  if (chosen) await vscode.commands.executeCommand(chosen.command);
}

/**
 * Before any image is run: asks whether labels that nothing in the backbone fits shall be classified all the same.
 * @returns whether to go on; true without a question where something fits
 */
export async function mayClassify(document: AlignmentDocument): Promise<boolean> {
  const { t } = vscode.l10n;
  if (document.method.name === 'random' || !alignmentWarnings(document).nothingFits) return true;
  const anyway = { title: t('Classify Anyway'), command: '' };
  const weak = document.targets.filter(({ expected }) => expected === 'poor' || expected === 'none');
  const chosen = await askModal(
    t('{0} has almost no labels like yours. Accuracy may be near chance.', document.backbone.name),
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
function remedies(): { readonly title: string; readonly command: string }[] {
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
    void showWarning([`${basename(uri.path)}:`, ...amiss].join(' '));
  }
}

function amissIn(
  document: AlignmentDocument,
  problems: readonly LabelProblem[],
): { readonly amiss: string[]; readonly hopeless: boolean } {
  const { t } = vscode.l10n;
  const { nothingFits: none, unmapped } = alignmentWarnings(document);
  const nothingFits = none && document.method.name !== 'random';
  const amiss = problems.map(problemText);
  if (nothingFits) {
    amiss.push(
      t(
        'Most labels have no close match in this backbone. Accuracy may be near chance. Other labels, senses, hints, or another backbone may help.',
      ),
    );
  } else if (unmapped.length > 0) {
    amiss.push(t('Labels without a source label are never predicted: {0}.', listed(unmapped)));
  }
  return { amiss, hopeless: nothingFits };
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
