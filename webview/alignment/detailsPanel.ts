import type { AlignmentDocument } from '../../src/core/alignments/alignment.ts';
import { roleNotes } from '../../src/core/alignments/roleTexts.ts';
import { isLearned } from '../../src/core/mapping/methods.ts';
import type { LabelMeaning } from '../../src/protocol/alignments.ts';
import type { AlignmentViewApi } from '../../src/protocol/alignmentView.ts';
import type { Connection } from '../common/connection.ts';
import { element, setReadAttribute } from '../common/element.ts';
import { t } from '../common/language.ts';
import { restoreFocus } from '../common/place.ts';
import type { AlignmentModel } from './alignmentModel.ts';
import { type Pair, samePair } from './alignmentScene.ts';
import { CellEvidence } from './cellEvidence.ts';
import { details } from './details.ts';
import type { DetailsContext } from './detailsContext.ts';
import { Disclosure } from './disclosure.ts';
import { HintEditor, type HintSubject } from './hintEditor.ts';
import { Reasons } from './reasons.ts';

/** Resting this long on a cell asks the engine why. */
const HOVER_PAUSE = 160;
/** After a click the details wait this long before they take room of the grid: it may be the first of two. */
const DOUBLE_CLICK = 500;

/** What the details are about. */
export interface DetailsSubject {
  readonly model: AlignmentModel;
  /** What its targets are taken to mean; empty until that is known. */
  readonly meanings: readonly LabelMeaning[];
  readonly document: AlignmentDocument;
  readonly revision: number;
  readonly pair: Pair | undefined;
  readonly selected: Pair | undefined;
}

export interface DetailsEvents extends Pick<DetailsContext, 'edit' | 'ask' | 'isAll' | 'showAll' | 'show'> {
  /** Selects a target, so that its details are shown. */
  selectTarget(target: number): void;
  /** The person opened or closed the details. */
  toggled(open: boolean): void;
  /** They take more room, or less. */
  resized(): void;
}

/**
 * What the pointer or the selection is on, in words: one line, and below it, where something is selected and the person
 * wants it, all there is to tell. The engine's reasons and the images come when the pointer rests there.
 */
export class DetailsPanel {
  readonly element: HTMLElement;
  readonly #events: DetailsEvents;
  readonly #heading = element('div', { class: 'details-heading' });
  readonly #body = element('div', {
    id: 'details-body',
    class: 'details-body',
    role: 'group',
    'aria-label': t('Selected cell'),
    tabindex: 0,
  });
  readonly #disclosure: Disclosure;
  readonly #reasons: Reasons;
  readonly #evidence: CellEvidence;
  readonly #hint: HintEditor;
  #asking = new AbortController();
  #opening: ReturnType<typeof setTimeout> | undefined;
  readonly #wanted: () => boolean;
  #always = false;
  #subject: DetailsSubject | undefined;
  /** What is shown now: a field that has the focus belongs to it. */
  #shown: Pair | undefined;

  /** @param wanted whether the details of what is selected are shown, not only the line; it may change with the room */
  constructor(
    host: Connection<AlignmentViewApi, object>['host'],
    wanted: () => boolean,
    events: DetailsEvents,
  ) {
    this.#events = events;
    this.#wanted = wanted;
    this.#reasons = new Reasons(host);
    this.#evidence = new CellEvidence(host);
    this.#hint = new HintEditor(host, {
      keep: ({ target }, hint) => events.edit({ kind: 'hint', target, hint }),
      closed: () => {
        if (this.#subject) this.show(this.#subject);
        this.#focusOn('alignment-hint');
      },
      suggest: (target) => events.ask('suggestHints', target),
    });
    this.#disclosure = new Disclosure(this.#body, 'alignment-details-toggle', (next) => this.#want(next));
    setReadAttribute(this.#disclosure.button, 'aria-label', t('Details'));
    setReadAttribute(this.#disclosure.button, 'title', t('Details'));
    this.element = element(
      'section',
      { class: 'details', 'aria-label': t('Details'), 'data-testid': 'alignment-details' },
      element('div', { class: 'details-line' }, this.#disclosure.button, this.#heading),
      this.#body,
    );
    this.#heading.addEventListener('click', ({ target }) => {
      if (this.#disclosure.button.hidden || target instanceof HTMLInputElement) return;
      this.#want(!this.#disclosure.open);
    });
  }

  /** There is another room for it. @param always whether for all of it, beside the grid */
  fit(always: boolean): void {
    this.#always = always;
    this.#open();
  }

  /** Shows all that there is to tell of what is selected. */
  open(): void {
    if (!this.#disclosure.open) this.#want(true);
  }

  /** Labels mean something else now. */
  forget(): void {
    this.#asking.abort();
    this.#reasons.forget();
    this.#evidence.clear();
  }

  show(given: DetailsSubject): void {
    // While a hint is edited, what the pointer passes is not told: the field would go away under the hands.
    const { selected } = given;
    const isEdited = this.#hint.target !== undefined && selected?.target === this.#hint.target;
    if (!isEdited) this.#hint.close();
    const subject = isEdited ? { ...given, pair: selected } : given;
    this.#subject = subject;
    if (isEdited) this.#hint.follow(hintSubject(subject, selected!.target!));
    const { model, revision, pair } = subject;
    const isSelected = samePair(pair, selected);
    const { target, source } = pair ?? {};
    const index = source === undefined ? undefined : model.sourceIndex[source];
    const isCell = target !== undefined && index !== undefined;
    const why = isCell ? this.#reasons.known(target, index) : undefined;
    this.#asking.abort();
    if (!samePair(pair, this.#shown) || !isSelected) this.#evidence.clear();
    this.#write(subject, why);
    this.#followSelection(selected !== undefined);
    if (!isCell || !this.#disclosure.open) return;
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    setTimeout(async () => {
      if (signal.aborted) return;
      if (isSelected) void this.#evidence.show(revision, target, index);
      if (why !== undefined) return;
      const reason = await this.#reasons.ask(revision, target, index);
      if (!signal.aborted) this.#write(subject, reason);
    }, HOVER_PAUSE);
  }

  #want(open: boolean): void {
    this.#events.toggled(open);
    this.#open();
  }

  /** One line where nothing is selected. */
  #followSelection(isSelected: boolean): void {
    this.#disclosure.button.hidden = this.#always || !isSelected;
    if (!isSelected || !this.#wanted()) this.#open();
    else if (!this.#disclosure.open) this.#opening ??= setTimeout(() => this.#open(), DOUBLE_CLICK);
  }

  #open(): void {
    clearTimeout(this.#opening);
    this.#opening = undefined;
    const isSelected = this.#subject?.selected !== undefined;
    const open = this.#always || (isSelected && this.#wanted());
    this.#disclosure.button.hidden = this.#always || !isSelected;
    if (this.#disclosure.open === open) return;
    this.#disclosure.open = open;
    if (this.#subject && open) this.show(this.#subject);
    this.#events.resized();
  }

  /** Opens the field for the hint of a target. @param hint what is tried at once */
  editHint(target: number, hint?: string): void {
    if (this.#subject?.selected?.target !== target) this.#events.selectTarget(target);
    const subject = this.#subject;
    if (subject?.selected?.target !== target) return;
    this.#hint.open(hintSubject(subject, target), hint);
    this.open();
    this.show(subject);
    this.#hint.focus();
  }

  /** Starts the renaming of the target that is shown. */
  rename(): void {
    this.element.querySelector<HTMLElement>('[data-testid="alignment-rename"]')?.click();
  }

  /** All that is shown, as one text to be spoken; waits for the reason of a cell. */
  async spoken({ model, revision, pair }: DetailsSubject): Promise<string> {
    const { target, source } = pair ?? {};
    const why =
      target === undefined || source === undefined
        ? ''
        : await this.#reasons.ask(revision, target, model.sourceIndex[source]);
    return [...this.element.querySelectorAll('h2, .details-body > p:not(.edits)')]
      .map((part) => part.textContent)
      .concat(why)
      .join('. ');
  }

  #write(
    { model, meanings, document: alignment, pair, selected }: DetailsSubject,
    why: string | undefined,
  ): void {
    const focused = this.element.contains(document.activeElement)
      ? (document.activeElement as HTMLElement)
      : undefined;
    // A name or a weight that is being typed stays as long as it is about the same labels.
    const isTyped = focused instanceof HTMLInputElement && focused.value !== focused.defaultValue;
    const isHint = this.#hint.target !== undefined && this.#hint.element.contains(focused ?? null);
    if (samePair(pair, this.#shown) && (isTyped || isHint)) return;
    this.#shown = pair;
    const { kind } = alignment.aggregation;
    const { heading, body } = details(model, pair, {
      edit: this.#events.edit,
      ask: this.#events.ask,
      isAll: this.#events.isAll,
      showAll: this.#events.showAll,
      show: this.#events.show,
      editHint: (target) => this.editHint(target),
      hintField: this.#hint.target === undefined ? undefined : this.#hint.element,
      why,
      meaning: pair?.target === undefined ? undefined : meanings[pair.target],
      role: pair?.target === undefined ? undefined : roleNotes(alignment)[pair.target],
      evidence: samePair(pair, selected) ? this.#evidence.element : undefined,
      learned: isLearned(alignment.method.name),
      anyWeight: kind === 'linear' || kind === 'conse',
    });
    this.#heading.replaceChildren(heading);
    this.#body.replaceChildren(...body);
    const name = focused?.dataset['testid'];
    if (focused && !focused.isConnected && name !== undefined) this.#focusOn(name);
  }

  #focusOn(testId: string): void {
    restoreFocus(this.element.querySelector<HTMLElement>(`[data-testid="${testId}"]`) ?? this.#body);
  }
}

function hintSubject({ model, revision }: DetailsSubject, target: number): HintSubject {
  const { label: name, hint = '', pinned = false } = model.targets[target];
  return { target, name, hint, pinned, revision };
}
