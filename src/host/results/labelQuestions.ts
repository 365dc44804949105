import * as vscode from 'vscode';
import { isLabelKey } from '../../core/labels/labelKeys.ts';
import { askText, pickOne } from '../questions.ts';
import type { LabellingHost } from './labelling.ts';

/** What a person is asked about labels. */
export const labelQuestions: Pick<LabellingHost, 'askNewLabel' | 'askName' | 'askMerged' | 'askKey'> = {
  askNewLabel: (labels) => {
    const { t } = vscode.l10n;
    return askText({
      title: t('New Label'),
      prompt: t('Name of the new label. It is added to the alignment.'),
      ignoreFocusOut: true,
      validate: (name) => nameProblem(name, labels),
    });
  },
  askName: (label, labels) => {
    const { t } = vscode.l10n;
    return askText({
      title: t('Rename {0}', label),
      prompt: t('New name for the label, in the labels of the images and in the alignment'),
      value: label,
      ignoreFocusOut: true,
      validate: (name) => (name.trim() === label ? undefined : nameProblem(name, labels)),
    });
  },
  askMerged: async (label, labels) => {
    const { t } = vscode.l10n;
    const rows = labels.map((other) => ({ label: other }));
    const picked = await pickOne(rows, {
      title: t('Merge {0}', label),
      placeholder: t('Which label should its images get?'),
    });
    return picked?.label;
  },
  askKey: async (label, key) => {
    const { t } = vscode.l10n;
    const answer = await askText({
      title: t('Key for {0}', label),
      prompt: t('A letter or a digit from 1 to 9. A label that has it gets the former key of this one.'),
      value: key ?? '',
      ignoreFocusOut: true,
      validate: (text) =>
        isLabelKey(text.trim().toLowerCase())
          ? undefined
          : t('Type one letter or a digit from 1 to 9. M, U, X and Z do something else.'),
    });
    return answer?.trim().toLowerCase();
  },
};

function nameProblem(name: string, labels: readonly string[]): string | undefined {
  if (name.trim() === '') return vscode.l10n.t('A label needs at least one letter.');
  return labels.includes(name.trim()) ? vscode.l10n.t('A label with this name already exists.') : undefined;
}
