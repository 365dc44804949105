import { acting, element, icon, iconButton, label, setReadAttribute, setText } from '../common/element.ts';
import { count, plural, t } from '../common/language.ts';
import type { Labeller } from './labeller.ts';

export interface LabelStripEvents {
  /** A label, by its index, for what is selected. */
  give(label: number): void;
  accept(): void;
  none(): void;
  takeBack(): void;
  /** Types the name of a label. */
  search(): void;
  add(): void;
  undo(redo: boolean): void;
  /** What to do with labels that agents gave: of the images that are selected, or where none of them has one, of all. */
  agents(what: 'show' | 'confirm' | 'remove'): void;
  menu(label: number, at: { readonly x: number; readonly y: number }, from: HTMLElement): void;
}

/** Labels without a key that are shown at most; all are found by their names. */
const MOST_WITHOUT_KEY = 20;

interface LabelButton {
  readonly label: number;
  readonly element: HTMLElement;
  readonly key: HTMLElement;
  readonly count: HTMLElement;
}

/** What the strip is about, beside the labels. */
interface ShownStrip {
  /** Target labels: the first of the labels. */
  readonly targets: number;
  /** How many images there are. */
  readonly images: number;
  /** Why labels are not on disk. */
  readonly problem: string | undefined;
  /** Images that are selected and have a label of an agent. */
  readonly selected: number;
}

/** The line above the gallery that gives labels: each with its key and how many images have it. */
export class LabelStrip {
  readonly element: HTMLElement;
  readonly #events: LabelStripEvents;
  readonly #toolbar = element('div', {
    class: 'strip-labels',
    role: 'toolbar',
    'aria-label': t('Label images'),
    'data-testid': 'results-strip',
  });
  /** How many images have a label and are left, and what was given last taken back: to stand where there is room. */
  readonly counts: HTMLElement;
  readonly #counts = element('span', { 'data-testid': 'results-given-counts' });
  readonly #note = element('span', {
    class: 'strip-note',
    role: 'status',
    'data-testid': 'results-label-note',
  });
  /** Labels that agents gave, and what becomes of them. */
  readonly #agents: HTMLElement;
  readonly #agentCount = element('span', {});
  readonly #confirm: HTMLElement;
  readonly #remove: HTMLElement;
  readonly #undo: HTMLElement;
  readonly #redo: HTMLElement;
  readonly #before: readonly HTMLElement[];
  readonly #after: readonly HTMLElement[];
  #labels: readonly LabelButton[] = [];
  #stop: HTMLElement | undefined;

  constructor(events: LabelStripEvents) {
    this.#events = events;
    this.#before = [
      action(
        { key: 'Enter', name: t('Accept the answer that is shown'), text: t('Accept') },
        'accept',
        events.accept,
      ),
    ];
    this.#after = [
      action({ key: 'X', name: t('None of these labels'), text: t('None of These') }, 'none', events.none),
      action(
        { key: 'U', name: t('Take back the label of the image'), picture: 'discard' },
        'take-back',
        events.takeBack,
      ),
      action(
        { key: '/', name: t('Find a label by its name'), picture: 'search' },
        'find-label',
        events.search,
      ),
      action({ name: t('Add a label to the alignment'), picture: 'add' }, 'new-label', events.add),
    ];
    const agents = (what: 'show' | 'confirm' | 'remove', title: string) =>
      element('button', {
        type: 'button',
        class: 'link-button',
        title,
        'data-testid': `results-agents-${what}`,
        onclick: () => events.agents(what),
      });
    const show = agents('show', t('Show only these images'));
    setText(show, t('Show'));
    this.#confirm = agents('confirm', t('Make these labels your own: then they count as what you said'));
    this.#remove = agents('remove', t('Take these labels back. Undo gives them again'));
    this.#agents = element(
      'div',
      { class: 'strip-agents', 'data-testid': 'results-agents' },
      icon('hubot'),
      this.#agentCount,
      show,
      this.#confirm,
      this.#remove,
    );
    this.#agents.hidden = true;
    this.#undo = iconButton('discard', t('Undo'), () => events.undo(false), 'results-undo');
    this.#redo = iconButton('redo', t('Redo'), () => events.undo(true), 'results-redo');
    acting(this.#toolbar);
    this.#toolbar.append(...this.#before, ...this.#after);
    this.counts = element('div', { class: 'strip-counts' }, this.#counts, this.#undo, this.#redo);
    this.element = element(
      'section',
      { class: 'label-strip', 'aria-label': t('Labels that you give') },
      this.#toolbar,
      this.#agents,
      this.#note,
    );
    // The keyboard stays with the image that is labeled.
    this.#toolbar.addEventListener('mousedown', (event) => event.preventDefault());
    this.#toolbar.addEventListener('keydown', (event) => this.#key(event));
    this.#toolbar.addEventListener('focusin', ({ target }) => this.#rove(target as HTMLElement));
    this.#toolbar.addEventListener('contextmenu', (event) => {
      event.preventDefault();
      const found = this.#labelAt(event.target);
      if (found) this.#openMenu(found, { x: event.clientX, y: event.clientY });
    });
    this.#rove(this.#before[0]);
  }

  show(labeller: Labeller, { targets, images, problem, selected }: ShownStrip): void {
    const shown = shownLabels(labeller, targets);
    const same =
      shown.length === this.#labels.length &&
      this.#labels.every(
        ({ label: at, element: button, key }, i) =>
          at === shown[i] &&
          button.dataset['label'] === labeller.labels[at] &&
          key.textContent === (labeller.keys[at]?.toUpperCase() ?? ''),
      );
    if (!same) this.#make(labeller, shown);
    for (const { label: at, element: button, count: place } of this.#labels) {
      const number = labeller.given.countOf(at);
      if (place.dataset['count'] === String(number)) continue;
      place.dataset['count'] = String(number);
      setText(place, number === 0 ? '' : count(number));
      const name = labeller.labels[at];
      setReadAttribute(
        button,
        'title',
        plural(number, '{1}: given to {0} image', '{1}: given to {0} images', name),
      );
    }
    this.#showCounts(labeller, images);
    this.#showAgents(labeller.given.counts.agent, selected);
    this.#showProblem(labeller.unsaved, problem);
    this.#undo.toggleAttribute('disabled', !labeller.canUndo);
    this.#redo.toggleAttribute('disabled', !labeller.canRedo);
  }

  /** A status that says the same is not read again. */
  #showProblem(unsaved: number, problem = ''): void {
    const sentence =
      unsaved === 0
        ? problem
        : plural(unsaved, '{0} label is not saved. {1}', '{0} labels are not saved. {1}', problem);
    if (this.#note.textContent === sentence) return;
    this.#note.replaceChildren(
      ...(sentence === '' ? [] : [icon('warning'), ' ', label(sentence, 'sentence')]),
    );
  }

  #showCounts({ given: { counts } }: Labeller, images: number): void {
    const { labeled, accepted, none, agent } = counts;
    const parts = [
      t('labeled {0}', count(labeled)),
      t('accepted {0}', count(accepted)),
      ...(none === 0 ? [] : [t('none of these {0}', count(none))]),
      ...(agent === 0 ? [] : [t('by agents {0}', count(agent))]),
      t('left {0}', count(Math.max(0, images - labeled - accepted - none - agent))),
    ];
    setText(this.#counts, parts.join(' · '));
  }

  /** A person sees at once that an agent was here, and says what its labels are worth. */
  #showAgents(all: number, selected: number): void {
    this.#agents.hidden = all === 0;
    if (all === 0) return;
    setText(this.#agentCount, plural(all, 'An agent labeled {0} image.', 'Agents labeled {0} images.'));
    const some = selected > 0;
    setText(this.#confirm, some ? t('Confirm {0} Selected', count(selected)) : t('Confirm All'));
    setText(this.#remove, some ? t('Remove {0} Selected', count(selected)) : t('Remove All'));
  }

  #make(labeller: Labeller, shown: readonly number[]): void {
    const focused = this.#labels.find(({ element: button }) => button === document.activeElement)?.label;
    this.#labels = shown.map((at) => {
      const key = element('kbd', {}, labeller.keys[at]?.toUpperCase() ?? '');
      const number = element('span', { class: 'number' });
      const button = element(
        'button',
        {
          type: 'button',
          tabindex: -1,
          'data-testid': 'results-give',
          'aria-keyshortcuts': labeller.keys[at]?.toUpperCase(),
          'aria-haspopup': 'menu',
          onclick: () => this.#events.give(at),
        },
        key,
        label(labeller.labels[at], 'one-line'),
        number,
      );
      button.dataset['label'] = labeller.labels[at];
      return { label: at, element: button, key, count: number };
    });
    this.#toolbar.replaceChildren(
      ...this.#before,
      ...this.#labels.map(({ element: button }) => button),
      ...this.#after,
    );
    const stop = this.#labels.find(({ label: at }) => at === focused)?.element;
    this.#rove(stop ?? (this.#buttons.includes(this.#stop!) ? this.#stop! : this.#before[0]));
    stop?.focus({ preventScroll: true });
  }

  get #buttons(): readonly HTMLElement[] {
    return [...this.#before, ...this.#labels.map(({ element: button }) => button), ...this.#after];
  }

  /** One button can be reached with Tab, arrows move from there. */
  #rove(target: HTMLElement): void {
    const stop = target.closest<HTMLElement>('button');
    if (!stop) return;
    if (this.#stop) this.#stop.tabIndex = -1;
    this.#stop = stop;
    stop.tabIndex = 0;
  }

  #labelAt(target: EventTarget | null): LabelButton | undefined {
    const button = target instanceof Element ? target.closest('button') : null;
    return this.#labels.find(({ element: one }) => one === button);
  }

  #openMenu(found: LabelButton, at: { readonly x: number; readonly y: number }): void {
    const { left, bottom } = found.element.getBoundingClientRect();
    this.#events.menu(found.label, at.x > 0 || at.y > 0 ? at : { x: left, y: bottom }, found.element);
  }

  #key(event: KeyboardEvent): void {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey) return;
    const buttons = this.#buttons;
    const at = buttons.indexOf(event.target as HTMLElement);
    const to: Record<string, number> = {
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      Home: 0,
      End: buttons.length - 1,
    };
    const found = this.#labelAt(event.target);
    if (Object.hasOwn(to, key)) buttons[(to[key] + buttons.length) % buttons.length].focus();
    else if (found && (key === 'ContextMenu' || (key === 'F10' && shiftKey)))
      this.#openMenu(found, { x: 0, y: 0 });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** Labels with a key and those that images have: the others are found by their names. */
function shownLabels({ labels, keys, given }: Labeller, targets: number): number[] {
  let without = 0;
  return [...labels.keys()].filter((at) => {
    const used = given.countOf(at) > 0;
    // One that was renamed or merged meanwhile.
    if (at >= targets && !used) return false;
    return keys[at] !== undefined || (used && ++without <= MOST_WITHOUT_KEY);
  });
}

interface Action {
  readonly key?: string;
  readonly name: string;
  readonly text?: string;
  readonly picture?: string;
}

function action({ key, name, text, picture }: Action, testId: string, run: () => void): HTMLElement {
  return element(
    'button',
    {
      type: 'button',
      tabindex: -1,
      title: name,
      'aria-label': text === undefined ? name : undefined,
      'aria-keyshortcuts': key,
      'data-testid': `results-${testId}`,
      onclick: run,
    },
    key === undefined ? undefined : element('kbd', { 'aria-hidden': 'true' }, key),
    picture === undefined ? undefined : icon(picture),
    text === undefined ? undefined : element('span', {}, text),
  );
}
