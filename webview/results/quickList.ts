import { element, label } from '../common/element.ts';
import { t } from '../common/language.ts';

export interface QuickListEvents {
  /** A label was chosen, by its index. */
  chosen(label: number): void;
  /** A name that no label has. */
  wanted(name: string): void;
  /** Gives the focus back. */
  closed(): void;
}

/** Rows that are shown at most: typing on leaves fewer. */
const MOST_ROWS = 12;

let lists = 0;

/** A field over the gallery in which the name of a label is typed, and those below that fit: Enter chooses. */
export class QuickList {
  readonly element: HTMLElement;
  readonly #events: QuickListEvents;
  readonly #field: HTMLInputElement;
  readonly #list: HTMLElement;
  #labels: readonly string[] = [];
  #rows: readonly { readonly label: number | undefined; readonly element: HTMLElement }[] = [];
  #current = 0;

  constructor(events: QuickListEvents) {
    this.#events = events;
    const id = `quick-list-${++lists}`;
    this.#list = element('div', { role: 'listbox', id, 'aria-label': t('Labels') });
    this.#field = element('input', {
      type: 'text',
      class: 'field',
      role: 'combobox',
      'aria-expanded': 'true',
      'aria-controls': id,
      'aria-autocomplete': 'list',
      'aria-label': t('Name of a label'),
      placeholder: t('Name of a label'),
      autocomplete: 'off',
      spellcheck: 'false',
      'data-testid': 'results-label-name',
      oninput: () => this.#fill(),
    });
    this.element = element(
      'div',
      { class: 'quick-list', 'data-testid': 'results-quick-list' },
      this.#field,
      this.#list,
    );
    this.element.hidden = true;
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.#field.addEventListener('blur', () => this.#close(false));
    // A click on a row chooses it: the field would lose the focus before.
    this.#list.addEventListener('mousedown', (event) => event.preventDefault());
    this.#list.addEventListener('click', ({ target }) => {
      const at = this.#rows.findIndex(({ element: row }) => row.contains(target as Node));
      if (at >= 0) this.#choose(at);
    });
  }

  open(labels: readonly string[]): void {
    this.#labels = labels;
    this.#field.value = '';
    this.element.hidden = false;
    this.#fill();
    this.#field.focus({ preventScroll: true });
  }

  #close(giveBack = true): void {
    if (this.element.hidden) return;
    this.element.hidden = true;
    if (giveBack) this.#events.closed();
  }

  #fill(): void {
    const name = this.#field.value.trim();
    const found = bestLabels(this.#labels, name).slice(0, MOST_ROWS);
    const isNew = name !== '' && !this.#labels.includes(name);
    const rows: (number | undefined)[] = isNew ? [...found, undefined] : found;
    this.#rows = rows.map((at, i) => ({
      label: at,
      element: element(
        'div',
        { role: 'option', id: `${this.#list.id}-${i}`, 'data-testid': 'results-label-row' },
        label(at === undefined ? t('New label: {0}', name) : this.#labels[at], 'one-line'),
      ),
    }));
    this.#list.replaceChildren(...this.#rows.map(({ element: row }) => row));
    this.#moveTo(0);
  }

  #moveTo(to: number): void {
    this.#current = this.#rows.length === 0 ? 0 : (to + this.#rows.length) % this.#rows.length;
    for (const [i, { element: row }] of this.#rows.entries())
      row.setAttribute('aria-selected', String(i === this.#current));
    const row = this.#rows[this.#current]?.element;
    if (row) this.#field.setAttribute('aria-activedescendant', row.id);
    else this.#field.removeAttribute('aria-activedescendant');
    row?.scrollIntoView({ block: 'nearest' });
  }

  #key(event: KeyboardEvent): void {
    event.stopPropagation();
    // A name that is being composed is confirmed with the same keys.
    if (event.isComposing) return;
    const { key } = event;
    if (key === 'ArrowDown') this.#moveTo(this.#current + 1);
    else if (key === 'ArrowUp') this.#moveTo(this.#current - 1);
    else if (key === 'Escape') this.#close();
    else if (key === 'Enter') this.#choose(this.#current);
    else return;
    event.preventDefault();
  }

  #choose(at: number): void {
    const row = this.#rows[at];
    if (!row) return;
    const name = this.#field.value.trim();
    this.#close();
    if (row.label === undefined) this.#events.wanted(name);
    else this.#events.chosen(row.label);
  }
}

/** Labels with a name, those that begin with it first, then those with a word that does; in their order. */
export function bestLabels(labels: readonly string[], name: string): number[] {
  const wanted = name.toLocaleLowerCase();
  const ranks = new Map<number, number>();
  for (const [at, text] of labels.entries()) {
    const lower = text.toLocaleLowerCase();
    const found = lower.indexOf(wanted);
    if (found < 0) continue;
    const startsWord = found > 0 && lower.split(/[\s_-]+/u).some((word) => word.startsWith(wanted));
    ranks.set(at, lower === wanted ? 0 : found === 0 ? 1 : startsWord ? 2 : 3);
  }
  return [...ranks.keys()].sort((a, b) => ranks.get(a)! - ranks.get(b)! || a - b);
}
