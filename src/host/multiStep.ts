import * as vscode from 'vscode';
import { type ListRow, openField, openList, setNote, setProblem, shown } from './questions.ts';

/** What a step answers when the person wants the step before. */
export const BACK = Symbol('back');
/** What a step answers when the person closed it. */
export const CANCEL = Symbol('cancel');

export type Answer<T> = T | typeof BACK | typeof CANCEL;

/** One question of several. */
export interface WizardStep<S> {
  /** Whether it is to be asked, given the answers so far. */
  readonly when?: (state: S) => boolean;
  /** Asks and writes the answer into `state`. */
  readonly ask: (state: S, ui: StepUi) => Promise<Answer<void>>;
}

interface PickOptions<T> {
  readonly placeholder: string;
  readonly items: readonly T[] | Promise<readonly T[]>;
  /** Items that take longer to find; they follow the others when they are there. */
  readonly more?: Promise<readonly T[]>;
  /** Which item is focused first. */
  readonly active?: (item: T) => boolean;
}

interface InputOptions {
  readonly prompt: string;
  readonly placeholder?: string;
  readonly value?: string;
  /** The problem with a value, or undefined. */
  readonly validate?: (value: string) => string | undefined;
  /** What else is to be known of a value without a problem. */
  readonly note?: (value: string) => string | undefined;
}

/** Where a question stands among others. */
interface StepPlace {
  /** From 1; both are shown where there is more than one. */
  readonly step?: number;
  readonly steps?: number;
  /** Whether there is something to go back to. */
  readonly back?: boolean;
}

/** Quick picks and input boxes that know their place in the wizard. */
export class StepUi {
  readonly #title: string;
  readonly #place: StepPlace;

  constructor(title: string, place: StepPlace = {}) {
    this.#title = title;
    this.#place = place;
  }

  /** For a list that an item of this question leads to: from there is always a way back to it. */
  deeper(): StepUi {
    return new StepUi(this.#title, { ...this.#place, back: true });
  }

  async pick<T extends ListRow>(options: PickOptions<T>): Promise<Answer<T>> {
    const picker = openList<T>({ title: this.#title, placeholder: options.placeholder });
    picker.matchOnDescription = true;
    picker.matchOnDetail = true;
    picker.busy = true;
    const fill = async () => {
      const items = (await options.items).map(shown);
      picker.items = items;
      const active = items.find(({ row }) => options.active?.(row));
      if (active) picker.activeItems = [active];
      const more = (await options.more)?.map(shown) ?? [];
      if (more.length > 0) {
        // New items take the focus from the one that has it.
        const focused = [...picker.activeItems];
        picker.items = [...items, ...more];
        picker.activeItems = focused;
      }
      picker.busy = false;
    };
    return this.#show(picker, (accept, fail) => {
      fill().catch(fail);
      return picker.onDidAccept(() => {
        const [item] = picker.selectedItems;
        if (item && item.kind !== vscode.QuickPickItemKind.Separator) accept(item.row);
      });
    });
  }

  /** Any number of the items. @param options.picked which are picked at first */
  async pickMany<T extends ListRow>(options: {
    readonly placeholder: string;
    readonly items: readonly T[];
    readonly picked: (item: T) => boolean;
  }): Promise<Answer<readonly T[]>> {
    const picker = openList<T>({ title: this.#title, placeholder: options.placeholder });
    picker.canSelectMany = true;
    picker.matchOnDescription = true;
    picker.items = options.items.map(shown);
    picker.selectedItems = picker.items.filter(({ row }) => options.picked(row));
    return this.#show<readonly T[]>(picker, (accept) =>
      picker.onDidAccept(() => accept(picker.selectedItems.map(({ row }) => row))),
    );
  }

  async input(options: InputOptions): Promise<Answer<string>> {
    const box = openField({ title: this.#title, ...options });
    const check = (): boolean => {
      const problem = options.validate?.(box.value);
      if (problem === undefined) setNote(box, options.note?.(box.value));
      else setProblem(box, problem);
      return problem === undefined;
    };
    if (options.note) check();
    return this.#show(box, (accept) =>
      vscode.Disposable.from(
        box.onDidChangeValue(check),
        box.onDidAccept(() => {
          if (check()) accept(box.value);
        }),
      ),
    );
  }

  /** Shows `input` until it is accepted, left by the back button, or closed. */
  async #show<T>(
    input: vscode.QuickInput & Pick<vscode.InputBox, 'buttons' | 'onDidTriggerButton'>,
    listen: (accept: (value: T) => void, fail: (error: unknown) => void) => vscode.Disposable,
  ): Promise<Answer<T>> {
    const { step, steps = 1, back = false } = this.#place;
    if (steps > 1) {
      input.step = step;
      input.totalSteps = steps;
    }
    input.ignoreFocusOut = true;
    input.buttons = back ? [vscode.QuickInputButtons.Back] : [];
    const listeners: vscode.Disposable[] = [];
    try {
      return await new Promise<Answer<T>>((resolve, reject) => {
        listeners.push(
          listen(resolve, reject),
          input.onDidTriggerButton(() => resolve(BACK)),
          input.onDidHide(() => resolve(CANCEL)),
        );
        input.show();
      });
    } finally {
      for (const listener of listeners) listener.dispose();
      input.dispose();
    }
  }
}

/** Asks the steps in order, with a way back. @returns whether all were answered */
export async function runWizard<S>(
  title: string,
  steps: readonly WizardStep<S>[],
  state: S,
): Promise<boolean> {
  const asked: number[] = [];
  let index = 0;
  while (index < steps.length) {
    const step = steps[index];
    if (step.when && !step.when(state)) {
      index++;
      continue;
    }
    const toCome = steps.slice(index).filter(({ when }) => when?.(state) ?? true).length;
    const place = { step: asked.length + 1, steps: asked.length + toCome, back: asked.length > 0 };
    const answer = await step.ask(state, new StepUi(title, place));
    if (answer === CANCEL) return false;
    if (answer === BACK) {
      index = asked.pop() ?? 0;
      continue;
    }
    asked.push(index);
    index++;
  }
  return true;
}
