import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';

/** What a person has done with SeMap: the walkthrough marks a step by one of these, when it succeeded and not before. */
const MILESTONES = [
  'semap.didOpen',
  'semap.didAlign',
  'semap.didClassify',
  'semap.didMeasure',
  'semap.didLabel',
  'semap.didTrain',
  'semap.didAddBackbone',
] as const;

export type Milestone = (typeof MILESTONES)[number];

const KEY = 'milestones';

/** How long after a page has opened VS Code may know the steps of the walkthrough that is in it. */
const STEPS_KNOWN_MS = [500, 3000];

/** Remembers what a person has done, and tells VS Code, which marks the steps. */
export class Milestones implements vscode.Disposable {
  readonly #memory: Pick<vscode.Memento, 'get' | 'update'>;
  readonly #listening: vscode.Disposable;
  #disposed = false;

  /** @param memory of the person, in all workspaces */
  constructor(memory: Pick<vscode.Memento, 'get' | 'update'>) {
    this.#memory = memory;
    // Of its own pages VS Code tells nothing; the walkthrough is one of them.
    const isWalkthrough = ({ input }: vscode.Tab) => input === undefined;
    this.#listening = vscode.Disposable.from(
      vscode.window.tabGroups.onDidChangeTabs(({ opened }) => {
        if (opened.some(isWalkthrough)) void this.#repeat();
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.#lookForFolder()),
    );
    this.#lookForFolder();
    // The walkthrough may have been there before SeMap ran: VS Code brings it back after a folder was opened from it.
    if (vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(isWalkthrough))) void this.#repeat();
  }

  dispose(): void {
    this.#disposed = true;
    this.#listening.dispose();
  }

  reached(milestone: Milestone): void {
    const known = this.#reached;
    if (!known.includes(milestone)) void this.#memory.update(KEY, [...known, milestone]);
    void tell([milestone]);
  }

  #lookForFolder(): void {
    if (vscode.workspace.workspaceFolders?.length) this.reached('semap.didOpen');
  }

  get #reached(): readonly Milestone[] {
    const kept = this.#memory.get<unknown>(KEY);
    return MILESTONES.filter((one) => Array.isArray(kept) && kept.includes(one));
  }

  /** What was done before VS Code knew the steps. */
  async #repeat(): Promise<void> {
    if (this.#reached.length === 0) return;
    for (const after of STEPS_KNOWN_MS) {
      await sleep(after, undefined, { ref: false });
      if (this.#disposed) return;
      await tell(this.#reached);
    }
  }
}

/** For a moment only: a condition that holds when VS Code gets to know the steps counts as seen, and marks none. */
async function tell(milestones: readonly Milestone[]): Promise<void> {
  for (const holds of [true, false])
    for (const milestone of milestones) await vscode.commands.executeCommand('setContext', milestone, holds);
}
