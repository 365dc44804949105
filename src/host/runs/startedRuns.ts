import type * as vscode from 'vscode';

/** Where the memory has the runs of each kind. */
const KEYS = { training: 'startedTrainings', find: 'startedSearches' } as const;
const MOST = 50;

/** Which runs of a kind a person started here: others may have come with the files of a project. Outlives a window. */
export class StartedRuns {
  readonly #memory: vscode.Memento;
  readonly #key: string;

  constructor(memory: vscode.Memento, kind: keyof typeof KEYS) {
    this.#memory = memory;
    this.#key = KEYS[kind];
  }

  /** Their folders, the last one at the end. */
  get folders(): readonly string[] {
    return this.#memory.get<readonly string[]>(this.#key, []);
  }

  async add(folder: string): Promise<void> {
    const others = this.folders.filter((one) => one !== folder);
    await this.#memory.update(this.#key, [...others.slice(-MOST), folder]);
  }
}
