import * as vscode from 'vscode';
import { readEntry } from '../alignments/activeAlignment.ts';

/**
 * Shows a cell that results or comparisons speak of. Labels may have been renamed or moved since: then the index is the
 * best that is known.
 * @param uri of the document; absent: the active one
 */
export async function showCellByLabel(
  uri: vscode.Uri | undefined,
  { label, target, source }: { readonly label: string; readonly target: number; readonly source: number },
): Promise<void> {
  const targets = uri && (await readEntry(uri))?.document?.targets;
  const same = targets?.[target]?.label === label;
  const found = same ? target : (targets?.findIndex((one) => one.label === label) ?? -1);
  const cell = { target: found < 0 ? target : found, source };
  await vscode.commands.executeCommand('semap.showCell', uri ? { uri, ...cell } : cell);
}
