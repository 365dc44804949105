import * as vscode from 'vscode';
import type { Cell } from '../../core/alignments/alignmentDifference.ts';
import type { ActiveAlignment } from './activeAlignment.ts';
import type { AlignmentEditors } from './alignmentEditors.ts';
import type { AlignmentPage } from './alignmentPage.ts';
import type { AlignmentView } from './alignmentView.ts';

/** A cell of the alignment at `uri`; absent: of the active one. */
export interface ShownCell extends Cell {
  readonly uri?: vscode.Uri;
}

/** Shows a cell and why it is as it is: in the document's editor where one is open, otherwise in the side panel. */
export async function showCell(
  { uri, target, source }: ShownCell,
  { active, editors, view }: { active: ActiveAlignment; editors: AlignmentEditors; view: AlignmentView },
): Promise<void> {
  const chosen = uri ?? active.current?.uri;
  if (!chosen) return;
  (await pageOf(chosen, { active, editors, view })).send({ kind: 'showCell', target, source });
}

/** The page that shows a document, in view: its editor where one is open, otherwise the side panel. */
export async function pageOf(
  chosen: vscode.Uri,
  { active, editors, view }: { active: ActiveAlignment; editors: AlignmentEditors; view: AlignmentView },
): Promise<AlignmentPage> {
  const editor = editors.pageOf(chosen);
  if (editor) editor.reveal();
  else {
    await active.show(chosen);
    await vscode.commands.executeCommand('semap.alignment.focus');
  }
  return editor?.page ?? view.page;
}
