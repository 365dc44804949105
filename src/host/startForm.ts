import { toSemapError } from '../core/errors.ts';
import { showError } from './errors.ts';
import { type Answer, BACK, CANCEL, StepUi } from './multiStep.ts';
import { type ListRow, openList, shown } from './questions.ts';

/** What the first row of a form answers: everything is chosen. */
export const START = Symbol('start');

/** A row of a form; without a field it is a line between others. */
export interface FormRow<Field> extends ListRow {
  readonly field?: Field;
}

/** The question before something long: a list with Start on top, and every part of it below. */
export interface StartForm<Choice, Field> {
  readonly title: (choice: Choice) => string;
  readonly placeholder: string;
  /** What the list shows. The first row starts, or does what is missing. */
  rows(choice: Choice): readonly FormRow<Field>[];
  /** Whether rows are still to be found out. */
  isBusy?(choice: Choice): boolean;
  /** Finds out what rows say, while the list is open. An error is shown; the list can be used all the same. */
  look?(choice: Choice, signal: AbortSignal): Promise<void>;
  /** What a row does: starts, or changes the choice, by a question that the person may leave. */
  change(field: Field, choice: Choice, ui: StepUi): Promise<Answer<Choice | typeof START>>;
}

/**
 * Asks until the person starts. Enter on the list as it opens starts; after a change the first row has the focus again,
 * and after *Back* the row that was left.
 * @returns undefined when the person changed their mind
 */
export async function askForm<Choice, Field>(
  form: StartForm<Choice, Field>,
  first: Choice,
): Promise<Choice | undefined> {
  let choice = first;
  let last: Field | undefined;
  const told = new Set<string>();
  const tell = (error: unknown) => {
    // The list opens after every change: nobody needs to read the same each time.
    const { message } = toSemapError(error);
    if (!told.has(message)) void showError(error);
    told.add(message);
  };
  for (;;) {
    const field = await askField(form, choice, last, tell);
    if (field === undefined) return undefined;
    const changed = await form.change(field, choice, new StepUi(form.title(choice), { back: true }));
    if (changed === CANCEL) return undefined;
    if (changed === START) return choice;
    last = changed === BACK ? field : undefined;
    if (changed !== BACK) choice = changed;
  }
}

/**
 * Shows the list.
 * @param last the field that has the focus; absent, or not there any more: the first
 * @param tell gets what went wrong while rows were found out
 */
async function askField<Choice, Field>(
  form: StartForm<Choice, Field>,
  choice: Choice,
  last: Field | undefined,
  tell: (error: unknown) => void,
): Promise<Field | undefined> {
  const picker = openList<FormRow<Field>>({ title: form.title(choice), placeholder: form.placeholder });
  const abort = new AbortController();
  picker.ignoreFocusOut = true;
  let open = true;
  const fill = (focus: Field | undefined) => {
    if (!open) return;
    picker.busy = form.isBusy?.(choice) ?? false;
    picker.items = form.rows(choice).map(shown);
    const active = picker.items.filter(({ row }) => row.field !== undefined && row.field === focus);
    // What is on top starts, whatever it is called.
    picker.activeItems = active.length > 0 ? active : picker.items.slice(0, 1);
  };
  try {
    return await new Promise<Field | undefined>((resolve) => {
      picker.onDidAccept(() => {
        const field = picker.selectedItems[0]?.row.field;
        if (field !== undefined) resolve(field);
      });
      picker.onDidHide(() => resolve(undefined));
      fill(last);
      picker.show();
      const looked = () => fill(picker.activeItems[0]?.row.field);
      form.look?.(choice, abort.signal).then(looked, (error) => {
        if (!open) return;
        looked();
        picker.busy = false;
        tell(error);
      });
    });
  } finally {
    open = false;
    abort.abort();
    picker.dispose();
  }
}
