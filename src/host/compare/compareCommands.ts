import { posix } from 'node:path';
import * as vscode from 'vscode';
import type { ImageFolders } from '../../core/folders/layout.ts';
import { isAlignment } from '../alignments/alignmentFileName.ts';
import { type CommandTable, urisOf } from '../commands.ts';
import { offer } from '../messages.ts';
import { pickOne } from '../questions.ts';
import type { ComparePanel, Pair } from './comparePanel.ts';

interface CompareParts {
  readonly view: ComparePanel;
  /** The alignments of the workspace. */
  readonly found: () => Promise<readonly vscode.Uri[]>;
  /** The alignment that the person is at. */
  readonly current: () => vscode.Uri | undefined;
  /** Images that were classified last, to compare on. */
  readonly images: () => ImageFolders | undefined;
}

/** `Compare Alignments`: two documents side by side, on the images that were classified last. */
export class CompareCommands {
  readonly #parts: CompareParts;

  readonly commands: CommandTable<'compare'> = {
    'semap.compareAlignments': (item?: unknown, selection?: unknown) => this.run(urisOf(item, selection)),
  };

  constructor(parts: CompareParts) {
    this.#parts = parts;
  }

  /** @param chosen documents, as many as are known: the others are asked for */
  async run(chosen: readonly vscode.Uri[]): Promise<void> {
    const uris = await this.#pair(chosen.filter(isAlignment));
    if (!uris) return;
    const { view, images } = this.#parts;
    await view.show(uris, images());
  }

  async #pair(chosen: readonly vscode.Uri[]): Promise<Pair | undefined> {
    const { t } = vscode.l10n;
    const [a, b] = chosen;
    if (a && b) return [a, b];
    const found = await this.#parts.found();
    if (found.length < 2) {
      const align = { title: t('Align Labels...'), command: 'semap.alignLabels' };
      const message =
        found.length === 0
          ? t('No alignments found in this workspace.')
          : t('This workspace has only one alignment. Comparing takes two.');
      await offer('information', message, [align]);
      return undefined;
    }
    const current = this.#parts.current();
    const first = a ?? (await pick(found, { placeholder: t('Select the first alignment') }, current));
    if (!first) return undefined;
    const others = found.filter((uri) => uri.toString() !== first.toString());
    // On a slow machine the page that had the keyboard gets it back for a moment between the two lists.
    const second = await pick(others, {
      placeholder: t('Select the alignment to compare {0} with', posix.basename(first.path)),
      ignoreFocusOut: true,
    });
    return second && [first, second];
  }
}

async function pick(
  found: readonly vscode.Uri[],
  question: { readonly placeholder: string; readonly ignoreFocusOut?: boolean },
  first?: vscode.Uri,
): Promise<vscode.Uri | undefined> {
  const items = found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  const isFirst = ({ uri }: { uri: vscode.Uri }) => Number(uri.toString() === first?.toString());
  items.sort((a, b) => isFirst(b) - isFirst(a) || a.label.localeCompare(b.label));
  return (await pickOne(items, { title: vscode.l10n.t('SeMap: Compare Alignments'), ...question }))?.uri;
}
