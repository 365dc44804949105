import { posix } from 'node:path';
import * as vscode from 'vscode';
import type { Cell } from '../../core/alignments/alignmentDifference.ts';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import type { PageCommand } from '../../protocol/alignmentView.ts';
import type { ActiveAlignment } from './activeAlignment.ts';
import type { AlignmentEditors } from './alignmentEditors.ts';
import { textOf } from './alignmentFiles.ts';
import type { AlignmentView } from './alignmentView.ts';

/** A cell of the alignment at `uri`; absent: of the active one. */
export interface ShownCell extends Cell {
  readonly uri?: vscode.Uri;
}

interface GridParts {
  readonly active: Pick<ActiveAlignment, 'current' | 'show'>;
  readonly editors: Pick<AlignmentEditors, 'visible' | 'hidden' | 'openBeside'>;
  readonly view: Pick<AlignmentView, 'visible'>;
}

/** Brings a grid into view, and has its page do something. */
export class GridInView {
  readonly #parts: GridParts;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: GridParts) {
    this.#parts = parts;
  }

  /** Shows a cell and why it is as it is. */
  async showCell({ uri, target, source }: ShownCell): Promise<void> {
    const chosen = uri ?? this.#parts.active.current?.uri;
    if (chosen) await this.tell(chosen, { kind: 'showCell', target, source });
  }

  /**
   * Has the grid of a document do something: the one in view, in its editor or in the side panel; otherwise one in an
   * editor beside what the person is at, which stays in view. One at a time: the next finds the grid of the one before.
   */
  tell(uri: vscode.Uri, command: PageCommand): Promise<void> {
    const mine = this.#last.catch(() => {}).then(() => this.#tell(uri, command));
    this.#last = mine;
    return mine;
  }

  async #tell(uri: vscode.Uri, command: PageCommand): Promise<void> {
    const { active, editors, view } = this.#parts;
    let grid = editors.visible(uri);
    if (!grid) {
      if ((await textOf(uri)) === undefined) {
        throw new SemapError('not-found', phrase('{0} was deleted or renamed.', posix.basename(uri.path)));
      }
      const { viewColumn } = vscode.window.tabGroups.activeTabGroup;
      if (view.visible) await active.show(uri);
      grid = view.visible ?? editors.hidden(uri, viewColumn);
    }
    if (!grid) return editors.openBeside(uri, command);
    grid.page.send(uri.toString(), command);
    grid.reveal();
  }
}
