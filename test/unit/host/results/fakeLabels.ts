import { Listeners } from '../../../../src/core/listeners.ts';
import type { Given } from '../../../../src/core/truths/truth.ts';
import type { LabelChange, LabellingHost, LabelTable } from '../../../../src/host/results/labelling.ts';

/** A table of labels in memory. `fail` makes the next write fail, as one of a full disk. */
export function fakeTable(labels: Readonly<Record<string, Given>> = {}) {
  const given = new Map(Object.entries(labels));
  const changed = new Listeners<readonly string[] | undefined>();
  const steps: ReadonlyMap<string, Given | undefined>[] = [];
  let failure: Error | undefined;
  const put = (changes: ReadonlyMap<string, Given | undefined>) => {
    for (const [file, one] of changes) {
      if (one) given.set(file, one);
      else given.delete(file);
    }
    changed.tell([...changes.keys()]);
  };
  const table: LabelTable = {
    ready: Promise.resolve(),
    problem: undefined,
    get canUndo() {
      return steps.length > 0;
    },
    canRedo: false,
    onDidChange: changed.on,
    of: (file) => given.get(file),
    give: async (files, gift) => {
      if (failure) throw failure;
      steps.push(new Map(files.map((file) => [file, given.get(file)])));
      put(new Map(files.map((file) => [file, typeof gift === 'function' ? gift(file) : gift])));
    },
    renameLabel: async (isIt, to) => {
      for (const [file, one] of given)
        if (one.label !== undefined && isIt(one.label)) given.set(file, { ...one, label: to });
      changed.tell(undefined);
    },
    undo: async () => {
      const step = steps.pop();
      if (step) put(step);
      return step !== undefined;
    },
    redo: async () => false,
    dispose: () => changed.clear(),
  };
  return {
    table,
    given,
    /** As another window would. */
    put,
    fail: (error: Error | undefined) => {
      failure = error;
    },
  };
}

/** A host that labels with `table`, and answers every question with `answer`. */
export function fakeLabelling(table = fakeTable().table, answer?: string) {
  const changes: LabelChange[] = [];
  const host: LabellingHost = {
    truthsOf: () => table,
    askedAbout: () => undefined,
    labelKeys: {},
    askNewLabel: async () => answer,
    askName: async () => answer,
    askMerged: async () => answer,
    askKey: async () => answer,
    changeTargets: async (_, change) => void changes.push(change),
    showError: () => {},
  };
  return { host, changes };
}
