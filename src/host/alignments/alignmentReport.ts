import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/documents/alignment.ts';
import { alignmentWarnings } from '../../core/documents/alignmentBuilding.ts';
import type { LabelProblem } from '../../core/labels/targetLabels.ts';

/** Says what came of aligning: where the document is, what was left out, and what not to expect. */
export async function reportAlignment(
  document: AlignmentDocument,
  uri: vscode.Uri,
  problems: readonly LabelProblem[],
): Promise<void> {
  const { t } = vscode.l10n;
  const { amiss, hopeless } = amissIn(document, problems);
  const made = t(
    '{0} maps {1} labels to {2}.',
    basename(uri.path),
    document.targets.length,
    document.backbone.name,
  );
  const classify = t('Zero-Shot Classify...');
  const show = hopeless ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  if ((await show([made, ...amiss].join(' '), classify)) === classify) {
    await vscode.commands.executeCommand('semap.classify');
  }
}

/** The same where it was made on the way to a classification: only what is amiss is worth a message. */
export function reportAmiss(
  document: AlignmentDocument,
  uri: vscode.Uri,
  problems: readonly LabelProblem[],
): void {
  const { amiss } = amissIn(document, problems);
  if (amiss.length > 0) {
    void vscode.window.showWarningMessage([`${basename(uri.path)}:`, ...amiss].join(' '));
  }
}

function amissIn(
  document: AlignmentDocument,
  problems: readonly LabelProblem[],
): { readonly amiss: readonly string[]; readonly hopeless: boolean } {
  const { t } = vscode.l10n;
  const { nothingFits, unmapped } = alignmentWarnings(document);
  const amiss = problems.map(problemText);
  if (nothingFits) {
    amiss.push(t('Most labels have no close source label in this backbone; expect predictions near chance.'));
  } else if (unmapped.length > 0) {
    amiss.push(t('Without a source label, never predicted: {0}.', listed(unmapped)));
  }
  return { amiss, hopeless: nothingFits };
}

function problemText(problem: LabelProblem): string {
  const { t } = vscode.l10n;
  switch (problem.kind) {
    case 'blank':
      return problem.count === 1
        ? t('1 blank label was left out.')
        : t('{0} blank labels were left out.', problem.count);
    case 'duplicate':
      return t('{0} stood {1} times and is kept once.', problem.label, problem.count);
    case 'alike':
      return t('Differ in case or separators only: {0}.', listed(problem.labels));
  }
}

function listed(labels: readonly string[]): string {
  const few = labels.slice(0, 5).join(', ');
  return labels.length > 5 ? `${few}, ...` : few;
}
