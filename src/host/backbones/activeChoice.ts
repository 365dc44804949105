import * as vscode from 'vscode';
import type { Settings } from '../settings.ts';

const KEY = 'activeBackbone';

/** What a person chose in a workspace, and what was set in `semap.defaultBackbone` at that time. */
interface Choice {
  readonly backbone: string;
  readonly besides: string;
}

/**
 * Which backbone a person set active. That is theirs, as which branch is checked out: it is kept with the workspace on this
 * computer and not in its settings file, which others get with the repository. Whoever changes the setting afterwards has
 * said something newer, and that holds.
 */
export class ActiveChoice {
  readonly #memory: Pick<vscode.Memento, 'get' | 'update'>;
  readonly #settings: Settings;

  /** @param memory of the workspace */
  constructor(memory: Pick<vscode.Memento, 'get' | 'update'>, settings: Settings) {
    this.#memory = memory;
    this.#settings = settings;
  }

  /** Name or path of the backbone that is wanted first; empty = the one that comes with SeMap. */
  get wanted(): string {
    const { defaultBackbone, defaultBackboneAsSet } = this.#settings;
    const choice = this.#memory.get<Choice>(KEY);
    return choice?.besides === defaultBackboneAsSet ? choice.backbone : defaultBackbone;
  }

  /** Without a folder there is no workspace to remember it: then it is the person's setting. */
  async choose(backbone: string): Promise<void> {
    if (!vscode.workspace.workspaceFolders?.length) return this.#settings.setDefaultBackbone(backbone);
    const choice: Choice = { backbone, besides: this.#settings.defaultBackboneAsSet };
    await this.#memory.update(KEY, choice);
  }
}
