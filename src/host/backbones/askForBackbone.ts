import * as vscode from 'vscode';
import type { BackboneEntry } from '../../protocol/engineApi.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import type { BackboneLibrary } from './backboneLibrary.ts';

/** Asks for one of the backbones; a damaged one is explained, and asked again. */
export async function askForBackbone(
  library: BackboneLibrary,
  ui: StepUi,
  placeholder: string,
): Promise<Answer<BackboneEntry>> {
  const { t } = vscode.l10n;
  const load = async () => {
    const [entries, active] = await Promise.all([library.list(), library.active()]);
    return entries.map((entry) => {
      const { name, embedded, problem, description, path } = entry;
      const asks = problem?.reason === 'needs-description';
      return {
        label: problem ? `$(${asks ? 'question' : 'warning'}) ${name}` : name,
        description: problem
          ? problem.message
          : `${description?.labelSpace.name ?? ''}${entry === active ? ` - ${t('active')}` : ''}`,
        detail: embedded ? t('Embedded starter backbone') : path,
        isActive: entry === active,
        entry,
      };
    });
  };
  const item = await ui.pick({ placeholder, items: load(), active: ({ isActive }) => isActive });
  if (item === BACK || item === CANCEL) return item;
  const { problem } = item.entry;
  if (problem && problem.reason !== 'needs-description') {
    void vscode.window.showWarningMessage(`${problem.message} ${problem.hint ?? ''}`.trim());
    return askForBackbone(library, ui, placeholder);
  }
  return item.entry;
}
