import type * as vscode from 'vscode';
import type { TrainParams } from '../../core/runs/trainingSettings.ts';

const ASKED = 'askedTrainings';
const MOST_ASKED = 20;

/** What outlives a window besides the folders of runs: what was asked of trainings that wait. */
export class TrainingMemory {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** A training in the queue has no record yet: what was asked is nowhere but here. */
  asked(folder: string): TrainParams | undefined {
    return this.#asked[folder];
  }

  addAsked(params: TrainParams): void {
    const { [params.runFolder]: _, ...others } = this.#asked;
    const kept = Object.entries(others).slice(-MOST_ASKED);
    void this.#memory.update(ASKED, Object.fromEntries([...kept, [params.runFolder, params]]));
  }

  forgetAsked(folder: string): void {
    const { [folder]: known, ...others } = this.#asked;
    if (known) void this.#memory.update(ASKED, others);
  }

  get #asked(): Readonly<Record<string, TrainParams>> {
    return this.#memory.get<Record<string, TrainParams>>(ASKED, {});
  }
}
