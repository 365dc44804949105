import { Listeners, type Listening } from '../../core/listeners.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { FolderTruths } from '../truths/folderTruths.ts';
import type { ClassifyRun } from './classifyRun.ts';
import { Settling } from './settling.ts';

/** Labels of the images of some folders. */
export type FolderLabels = Pick<FolderTruths, 'ready' | 'counts' | 'of' | 'onDidChange' | 'dispose'>;

/** The settling of each run. */
export class Settlings {
  readonly #engine: Pick<Engine, 'call'>;
  readonly #labelsOf: (folders: readonly string[]) => FolderLabels;
  readonly #all = new WeakMap<ClassifyRun, Settling>();
  readonly #settled = new Listeners<ClassifyRun>();

  /** What is kept of the settling of a run changed. */
  readonly onDidSettle = this.#settled.on;

  constructor(engine: Pick<Engine, 'call'>, labelsOf: (folders: readonly string[]) => FolderLabels) {
    this.#engine = engine;
    this.#labelsOf = labelsOf;
  }

  /** Settles a run again whenever the labels of its images change, until what is returned is disposed. */
  follow(run: ClassifyRun): Listening {
    const labels = this.#labelsOf(run.folders);
    let listening: Listening | undefined;
    let over = false;
    const begin = async () => {
      if (over) return;
      const settling = this.of(run);
      listening = labels.onDidChange(() => settling.labelsChanged());
      if ((await settling.isOutdatedBy(labels)) && !over) settling.labelsChanged();
    };
    void labels.ready.then(begin);
    return {
      dispose: () => {
        over = true;
        listening?.dispose();
        labels.dispose();
      },
    };
  }

  of(run: ClassifyRun): Settling {
    const known = this.#all.get(run);
    if (known) return known;
    const made = new Settling(run, this.#engine);
    made.onDidSettle(() => this.#settled.tell(run));
    this.#all.set(run, made);
    return made;
  }
}
