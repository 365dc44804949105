import * as vscode from 'vscode';
import type { Api } from '../../protocol/rpc.ts';
import { openPanel } from '../messages.ts';
import { PageTab, type PageTabParts, viewTypeOf } from './pageTab.ts';

interface PagePanelParts<Local extends Api<Local>> extends PageTabParts<Local> {
  /** After a reload of the window: takes up what the page kept in its state. */
  readonly restore: (state: unknown) => Promise<void>;
}

/** A page in an editor tab of its own: at most one, opened when it is first shown and again after it was closed. */
export class PagePanel<Local extends Api<Local>> implements vscode.Disposable {
  readonly #parts: PagePanelParts<Local>;
  readonly #viewType: string;
  readonly #serializer: vscode.Disposable;
  #tab: PageTab<Local> | undefined;

  constructor(parts: PagePanelParts<Local>) {
    this.#parts = parts;
    this.#viewType = viewTypeOf(parts.page);
    this.#serializer = vscode.window.registerWebviewPanelSerializer(this.#viewType, {
      deserializeWebviewPanel: async (panel, state) => {
        this.#adopt(panel);
        await parts.restore(state);
      },
    });
  }

  /** Whether the person sees the page. */
  get visible(): boolean {
    return this.#tab?.visible ?? false;
  }

  /** Brings the tab to the front, or back. */
  reveal(): void {
    if (this.#tab) {
      this.#tab.reveal();
      return;
    }
    // After a reload VS Code fills a tab when it is first looked at: until then nobody has it.
    const notYetFilled = tabsOf(this.#viewType);
    this.#adopt(openPanel(this.#viewType, this.#parts.title));
    if (notYetFilled.length > 0) void vscode.window.tabGroups.close(notYetFilled);
  }

  /** Fills a tab that VS Code has opened, in place of the one that is there. */
  #adopt(panel: vscode.WebviewPanel): void {
    this.#tab?.dispose();
    const tab = new PageTab(panel, this.#parts, () => {
      if (this.#tab === tab) this.#tab = undefined;
    });
    this.#tab = tab;
  }

  dispose(): void {
    this.#serializer.dispose();
    this.#tab?.dispose();
  }
}

function tabsOf(viewType: string): readonly vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(
      ({ input }) =>
        // VS Code puts a word of its own before the type.
        input instanceof vscode.TabInputWebview && `-${input.viewType}`.endsWith(`-${viewType}`),
    );
}
