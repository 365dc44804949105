import * as vscode from 'vscode';
import { readOpenLink } from '../../capabilities/openLink.ts';
import { RootedPlaces } from '../../capabilities/places.ts';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { isWithin } from '../../files/paths.ts';
import { showError } from '../errors.ts';

interface LinkTargets {
  readonly run: (folder: string) => Promise<void>;
  readonly cell: (
    uri: vscode.Uri,
    cell: { readonly label: string; readonly target: number; readonly source: number },
  ) => Promise<void>;
}

/** Opens what answers of agents link to: only what lies in a folder of the workspace, since links come from anywhere. */
export class AgentLinks implements vscode.UriHandler {
  readonly #targets: LinkTargets;

  constructor(targets: LinkTargets) {
    this.#targets = targets;
  }

  async handleUri(uri: vscode.Uri): Promise<void> {
    try {
      await this.#open(uri);
    } catch (error) {
      await showError(error);
    }
  }

  async #open({ path, query }: vscode.Uri): Promise<void> {
    const opened = path === '/open' ? readOpenLink(query) : undefined;
    if (!opened) throw new SemapError('invalid-argument', phrase('The link is none that SeMap made.'));
    const place = opened.kind === 'alignment' ? opened.file : opened.folder;
    const roots = vscode.workspace.workspaceFolders?.map((folder) => folder.uri.fsPath) ?? [];
    if (!roots.some((root) => isWithin(place, root))) {
      throw new SemapError('invalid-argument', phrase('{0} is not in the folder that is open.', place), {
        hint: phrase('Open its folder first, then use the link again.'),
      });
    }
    // A link of the file system may lead out of it.
    await new RootedPlaces(roots).readable(place);
    const file = vscode.Uri.file(place);
    if (opened.kind === 'run') return this.#targets.run(place);
    if (opened.kind === 'folder')
      return void (await vscode.commands.executeCommand('revealInExplorer', file));
    if (opened.cell) return this.#targets.cell(file, opened.cell);
    await vscode.commands.executeCommand('semap.openAlignment', file);
  }
}
