import type { AlignmentDocument, AlignmentTarget } from '../../src/core/alignments/alignment.ts';
import { qualityName } from '../../src/core/alignments/expectedQuality.ts';
import { recallOf } from '../../src/core/alignments/expectedRecall.ts';
import { wholePercent } from '../../src/core/text/numbers.ts';
import { acting, element, icon, iconButton, label, setText } from '../common/element.ts';
import { count, say, t } from '../common/language.ts';
import { restoreFocus } from '../common/place.ts';
import { renameField, startRenaming } from './renameField.ts';
import { sourceCount } from './words.ts';

export interface TargetListEvents {
  select(target: number): void;
  /** Enter or a double click: the keyboard goes on in the grid, where labels are mapped. */
  enter(target: number): void;
  /** Space: it is to be told aloud. */
  explain(target: number): void;
  rename(target: number, name: string): void;
  move(target: number, to: number): void;
  remove(target: number): void;
  add(): void;
}

/** Targets listed before the grid is painted. */
const AT_ONCE = 200;

/** The target labels in the order of the document: to be renamed, reordered, added and removed. */
export class TargetList {
  readonly element: HTMLElement;
  readonly #events: TargetListEvents;
  readonly #list = element('div', {
    role: 'listbox',
    class: 'target-list',
    'aria-label': t('Target labels'),
    'data-testid': 'alignment-targets',
  });
  readonly #count = element('span', { class: 'quiet number' });
  #rows: HTMLElement[] = [];
  #targets: readonly AlignmentTarget[] = [];
  #selected = 0;
  /** A target that was just moved by a key: the focus goes with it. */
  #following: number | undefined;
  #dragged: number | undefined;

  constructor(events: TargetListEvents) {
    this.#events = events;
    this.element = element(
      'nav',
      { class: 'targets', 'aria-label': t('Target labels') },
      element(
        'div',
        { class: 'targets-head' },
        element('h2', {}, `${t('Target labels')} `, this.#count),
        acting(iconButton('add', t('Add Target Label...'), () => events.add(), 'alignment-add-target')),
      ),
      this.#list,
    );
    this.#list.addEventListener('keydown', (event) => this.#key(event));
  }

  /**
   * A long list takes longer than the grid: the grid is painted first.
   * @param now what is selected then; undefined where another document is shown by then
   */
  showAfterGrid(
    document: AlignmentDocument,
    now: () => { readonly selected: number | undefined } | undefined,
  ): void {
    const show = () => {
      const then = now();
      if (then) this.show(document, then.selected);
    };
    if (document.targets.length <= AT_ONCE) show();
    else requestAnimationFrame(() => setTimeout(show));
  }

  show({ targets }: AlignmentDocument, selected: number | undefined): void {
    const had = this.#list.contains(document.activeElement);
    if (targets !== this.#targets) this.#take(targets);
    const next = this.#following ?? selected ?? this.#selected;
    this.#following = undefined;
    this.#mark(Math.min(targets.length - 1, Math.max(0, next)), selected !== undefined);
    // Only where it was lost with its row: a name that is being typed keeps it.
    const row = this.#rows[this.#selected];
    if (had && row && !this.#list.contains(document.activeElement)) restoreFocus(row);
  }

  /** An edit changes a row or two of a thousand: the others stay as they are. */
  #take(targets: readonly AlignmentTarget[]): void {
    const before = this.#targets;
    this.#targets = targets;
    setText(this.#count, count(targets.length));
    if (before.length !== targets.length) {
      this.#rows = targets.map((target, index) => this.#row(target, index));
      this.#list.replaceChildren(...this.#rows);
      return;
    }
    for (const [index, target] of targets.entries()) {
      if (looksLike(before[index], target)) continue;
      const row = this.#row(target, index);
      this.#rows[index].replaceWith(row);
      this.#rows[index] = row;
    }
  }

  /** Starts the renaming of a target in its row. */
  rename(index: number): void {
    const [target, row] = [this.#targets[index], this.#rows[index]];
    const name = row?.querySelector<HTMLElement>('.name');
    if (!target || !row || !name) return;
    const field = renameField(target.label, (next) => {
      // The new name is shown once the document has it.
      name.replaceChildren(label(target.label, 'one-line'));
      row.focus();
      if (next !== target.label) this.#events.rename(index, next);
    });
    startRenaming(name, field);
  }

  #mark(selected: number, chosen: boolean): void {
    const before = this.#rows[this.#selected];
    before?.setAttribute('aria-selected', 'false');
    if (before) before.tabIndex = -1;
    this.#selected = selected;
    const row = this.#rows[selected];
    row?.setAttribute('aria-selected', String(chosen));
    if (!row) return;
    row.tabIndex = 0;
    if (chosen) row.scrollIntoView({ block: 'nearest' });
  }

  #row(target: AlignmentTarget, index: number): HTMLElement {
    const { expected, sources, role } = target;
    const doubtful = (sources.length === 0 && !role) || !['good', 'fair'].includes(expected);
    const row = element(
      'div',
      {
        class: 'target-row',
        role: 'option',
        'aria-selected': 'false',
        tabindex: -1,
        draggable: 'true',
        title: t(
          '{0}: {1}, expected {2}. Enter goes to the grid, F2 renames, Alt+Arrow keys move, Delete removes.',
          target.label,
          sourceCount(sources.length),
          say(qualityName(expected)),
        ),
      },
      element('span', { class: 'name' }, label(target.label, 'one-line')),
      doubtful ? icon('warning') : undefined,
      element('span', { class: 'number quiet', 'aria-hidden': 'true' }, String(sources.length)),
      // A name of its own would have to repeat what is seen, word for word.
      element(
        'span',
        { class: 'visually-hidden' },
        ` ${sourceCount(sources.length)} · ${t('expected: {0}, {1}', qualityName(expected), wholePercent(recallOf(target)))}`,
      ),
    );
    row.addEventListener('click', () => {
      row.focus();
      this.#events.select(index);
    });
    row.addEventListener('dblclick', () => this.#events.enter(index));
    row.addEventListener('dragstart', (event) => {
      this.#dragged = index;
      event.dataTransfer?.setData('text/plain', target.label);
    });
    row.addEventListener('dragend', () => {
      this.#dragged = undefined;
    });
    row.addEventListener('dragover', (event) => {
      if (this.#dragged === undefined || this.#dragged === index) return;
      event.preventDefault();
      row.classList.toggle('drop-above', this.#dragged > index);
      row.classList.toggle('drop-below', this.#dragged < index);
    });
    const leave = () => row.classList.remove('drop-above', 'drop-below');
    row.addEventListener('dragleave', leave);
    row.addEventListener('drop', (event) => {
      event.preventDefault();
      leave();
      if (this.#dragged !== undefined && this.#dragged !== index) this.#events.move(this.#dragged, index);
    });
    return row;
  }

  #key(event: KeyboardEvent): void {
    const index = this.#rows.indexOf(event.target as HTMLElement);
    if (index < 0) return;
    const last = this.#rows.length - 1;
    const to = {
      ArrowUp: index - 1,
      ArrowDown: index + 1,
      Home: 0,
      End: last,
      PageUp: Math.max(0, index - 10),
      PageDown: Math.min(last, index + 10),
    }[event.key];
    if (to !== undefined && to >= 0 && to <= last) {
      if (event.altKey) {
        this.#following = to;
        this.#events.move(index, to);
      } else {
        this.#rows[to].focus();
        this.#events.select(to);
      }
    } else if (event.key === 'F2') this.rename(index);
    else if (event.key === 'Delete') this.#events.remove(index);
    else if (event.key === 'Enter') this.#events.enter(index);
    else if (event.key === ' ') this.#events.explain(index);
    else if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** Whether the rows of two targets say the same. */
function looksLike(a: AlignmentTarget, b: AlignmentTarget): boolean {
  return a.label === b.label && a.expected === b.expected && a.sources.length === b.sources.length;
}
