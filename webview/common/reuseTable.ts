import type { Problem } from '../../src/core/errors.ts';
import { NOTHING, type ResultColumn, sortRows } from '../../src/core/tables/resultColumns.ts';
import { type Child, element, icon, label, linkButton, setReadAttribute } from './element.ts';
import { say, t } from './language.ts';

/** Places that are narrower have no room for columns; in widths of a letter. */
const NARROW = 48;

/** What a row of any results table has. */
export interface TableRow {
  /** The same as long as it is the same result. */
  readonly id: string;
}

export interface ReuseTableOptions<Row> {
  /** What a screen reader calls it. */
  readonly name: string;
  /** Start of the test ids: `<testId>-table`, `<testId>-row`, `<testId>-sort-<column>`. */
  readonly testId: string;
  /** A column was chosen to sort by; undefined = the order in which rows are given. Absent: it is not sorted. */
  readonly sorted?: ((column: string | undefined) => void) | undefined;
  /** What stands behind the name of a row. */
  readonly beside?: ((row: Row) => readonly Child[]) | undefined;
  /** What the name of a row shows at the pointer. */
  readonly title?: ((row: Row) => string | undefined) | undefined;
  /** Opens what the row is; absent: the name is no link. */
  readonly open?: ((row: Row) => (() => void) | undefined) | undefined;
  /** Buttons at the end of a row. */
  readonly actions?: ((row: Row) => readonly HTMLElement[]) | undefined;
  /** Takes the place of all cells but the name and the buttons: why there is nothing to show. */
  readonly instead?: ((row: Row) => HTMLElement | undefined) | undefined;
  /** The pointer or the keyboard came to a row, or left. */
  readonly pointed?: ((id: string | undefined) => void) | undefined;
}

export interface ReuseTableContent<Row> {
  /** The first one names the rows. */
  readonly columns: readonly ResultColumn<Row>[];
  readonly rows: readonly Row[];
  /** Id of the column that it is sorted by. */
  readonly sort?: string | undefined;
  /** Ids of rows that get the star. */
  readonly best?: ReadonlySet<string> | undefined;
  /** Ids of rows that the page is about, in bold. */
  readonly own?: ReadonlySet<string> | undefined;
  /** Id of the row that is worked on. */
  readonly busy?: string | undefined;
  /** Id of the row that is pointed at elsewhere on the page. */
  readonly marked?: string | undefined;
}

/**
 * The results table of all pages. Where it is too wide for its place, every row becomes a few lines instead. Pressing a
 * heading sorts by it, the better end first; pressing it again gives the order back.
 */
export class ReuseTable<Row extends TableRow> {
  readonly element: HTMLElement;
  readonly #options: ReuseTableOptions<Row>;
  readonly #head = element('tr', { role: 'row' });
  readonly #body = element('tbody', { role: 'rowgroup' });
  readonly #table: HTMLElement;
  #drawn = '';
  #marked: string | undefined;

  constructor(options: ReuseTableOptions<Row>) {
    this.#options = options;
    const { name, testId } = options;
    // Roles are written out: a table that is laid out as lines would lose its own.
    this.#table = element(
      'table',
      { class: 'reuse-table', role: 'table', 'aria-label': name, 'data-testid': `${testId}-table` },
      element('thead', { role: 'rowgroup' }, this.#head),
      this.#body,
    );
    this.element = element('div', { class: 'reuse-table-place' }, this.#table);
    new ResizeObserver(() => this.#fit()).observe(this.element);
    const { pointed } = options;
    if (!pointed) return;
    for (const type of ['pointerover', 'focusin'] as const) {
      this.#body.addEventListener(type, (event) => pointed(rowIdOf(event.target)));
    }
    this.#body.addEventListener('pointerleave', () => pointed(undefined));
    this.#body.addEventListener('focusout', (event) => {
      if (!this.#body.contains(event.relatedTarget as Node | null)) pointed(undefined);
    });
  }

  show(content: ReuseTableContent<Row>): void {
    const { columns, rows, sort, best, own, busy, marked } = content;
    // Compared by what it says: reports come several times a second, and a button under the pointer stays.
    const { beside, actions, instead } = this.#options;
    const ordered = this.#ordered(content);
    const made = ordered.map((row) => ({
      row,
      beside: beside?.(row) ?? [],
      actions: actions?.(row) ?? [],
      instead: instead?.(row),
    }));
    const drawn = JSON.stringify([
      columns.map(({ id, title }) => [id, say(title)]),
      made.map(({ row, ...rest }) => [
        row.id,
        columns.map(({ text, beside: quiet }) => [text(row), quiet?.(row)]),
        rest.beside.map(signOf),
        rest.actions.map(signOf),
        rest.instead && signOf(rest.instead),
      ]),
      [sort, [...(best ?? [])], [...(own ?? [])], busy, rows.length],
    ]);
    if (drawn !== this.#drawn) {
      this.#drawn = drawn;
      this.#keepingFocus(() => {
        const buttons = made.some((one) => one.actions.length > 0);
        const sortable = this.#options.sorted ? columns.filter(({ by }) => by).length : 0;
        this.#table.classList.toggle('one-order', sortable < 2);
        this.#head.replaceChildren(
          // In lines the headings are nothing but what to sort by.
          element('th', { class: 'sort-by', 'aria-hidden': 'true' }, t('Sort by')),
          ...columns.map((column, place) => this.#heading(column, place, content)),
          ...(buttons
            ? [
                element(
                  'th',
                  { scope: 'col', role: 'columnheader', class: 'actions' },
                  element('span', { class: 'visually-hidden' }, t('Actions')),
                ),
              ]
            : []),
        );
        this.#body.replaceChildren(...made.map((one) => this.#row(one.row, content, one, buttons)));
      });
      this.#fit();
    }
    this.mark(marked);
  }

  /** Shows which row is pointed at elsewhere on the page. */
  mark(id: string | undefined): void {
    if (id === this.#marked && id === undefined) return;
    this.#marked = id;
    for (const row of this.#body.children) {
      row.classList.toggle('marked', (row as HTMLElement).dataset['id'] === id);
    }
  }

  #ordered({ columns, rows, sort }: ReuseTableContent<Row>): readonly Row[] {
    const by = columns.find(({ id }) => id === sort)?.by;
    return by ? sortRows(rows, [by]) : rows;
  }

  #heading(
    { id, title, meaning, by }: ResultColumn<Row>,
    place: number,
    { sort }: ReuseTableContent<Row>,
  ): HTMLElement {
    const { sorted, testId } = this.#options;
    const isSorted = by !== undefined && id === sort;
    const upwards = by?.better === 'lower';
    const classes = [place === 0 ? 'name' : '', by ? 'sortable' : 'words'].join(' ').trim();
    const attributes = { scope: 'col', role: 'columnheader', class: classes };
    if (!by || !sorted) return element('th', { ...attributes, title: say(meaning) }, say(title));
    return element(
      'th',
      { ...attributes, 'aria-sort': isSorted ? (upwards ? 'ascending' : 'descending') : 'none' },
      element(
        'button',
        {
          type: 'button',
          title: isSorted
            ? t('{0} Press to restore the order.', say(meaning))
            : t('{0} Press to sort by it.', say(meaning)),
          'data-testid': `${testId}-sort-${id}`,
          onclick: () => sorted(isSorted ? undefined : id),
        },
        say(title),
        isSorted ? icon(upwards ? 'arrow-up' : 'arrow-down') : undefined,
      ),
    );
  }

  #row(
    row: Row,
    { columns, best, own, busy }: ReuseTableContent<Row>,
    { beside, actions, instead }: Pick<MadeRow, 'beside' | 'actions' | 'instead'>,
    buttons: boolean,
  ): HTMLElement {
    const { testId } = this.#options;
    const { id } = row;
    const classes = [own?.has(id) ? 'own' : '', id === busy ? 'running' : ''].filter(Boolean).join(' ');
    return element(
      'tr',
      { role: 'row', 'data-testid': `${testId}-row`, 'data-id': id, class: classes || undefined },
      this.#name(row, columns[0], best?.has(id) === true, beside),
      ...(instead
        ? [
            element(
              'td',
              { role: 'cell', colspan: Math.max(1, columns.length - 1), class: 'row-problem' },
              instead,
            ),
          ]
        : columns.slice(1).map((column) => cellOf(row, column))),
      buttons ? element('td', { role: 'cell', class: 'actions' }, ...actions) : undefined,
    );
  }

  #name(row: Row, column: ResultColumn<Row>, leads: boolean, beside: readonly Child[]): HTMLElement {
    const { title, open, testId } = this.#options;
    const name = label(saidBy(column, row));
    const opened = open?.(row);
    return element(
      'th',
      { scope: 'row', role: 'rowheader', class: 'name', title: title?.(row) },
      leads ? icon('star-full') : element('span', { class: 'no-star' }),
      ' ',
      opened ? linkButton(name, opened, `${testId}-open`) : name,
      leads ? element('span', { class: 'visually-hidden' }, `, ${t('best')}`) : undefined,
      ...beside,
    );
  }

  /** Lines where the table would be wider than its narrow place; in a wide one it scrolls, so that columns stay columns. */
  #fit(): void {
    const { classList } = this.element;
    if (this.element.clientWidth === 0) return;
    classList.remove('as-lines');
    const { clientWidth } = this.element;
    const isNarrow = clientWidth < NARROW * Number.parseFloat(getComputedStyle(this.element).fontSize);
    const isWider = this.#table.scrollWidth > clientWidth + 1;
    classList.toggle('as-lines', isNarrow && isWider);
    // What scrolls can be reached by keyboard, too.
    if (isWider && !isNarrow) this.element.tabIndex = 0;
    else this.element.removeAttribute('tabindex');
  }

  /** The button that has the keyboard keeps it, in the row where it is. */
  #keepingFocus(draw: () => void): void {
    const focused = document.activeElement as HTMLElement | null;
    const testId = this.#table.contains(focused) ? focused?.dataset['testid'] : undefined;
    const row = rowIdOf(focused);
    draw();
    if (testId === undefined) return;
    const same = [...this.#table.querySelectorAll<HTMLElement>(`[data-testid="${CSS.escape(testId)}"]`)];
    (same.find((one) => rowIdOf(one) === row) ?? same[0])?.focus();
  }
}

interface MadeRow {
  readonly beside: readonly Child[];
  readonly actions: readonly HTMLElement[];
  readonly instead: HTMLElement | undefined;
}

function cellOf<Row>(row: Row, column: ResultColumn<Row>): HTMLElement {
  const { title, by, beside, explain } = column;
  const words = saidBy(column, row);
  const quiet = beside?.(row);
  const cell = element(
    'td',
    { role: 'cell', class: [by ? 'number' : 'words', words === NOTHING ? 'nothing' : ''].join(' ').trim() },
    // In lines the column has no heading above it.
    element('span', { class: 'cell-title', 'aria-hidden': 'true' }, `${say(title)} `),
    element('span', {}, words),
    quiet ? element('span', { class: 'cell-beside' }, ` ${say(quiet)}`) : undefined,
  );
  const explained = explain?.(row);
  if (explained) setReadAttribute(cell, 'title', say(explained));
  return cell;
}

function saidBy<Row>({ text }: ResultColumn<Row>, row: Row): string {
  return say(text(row));
}

function rowIdOf(target: EventTarget | null): string | undefined {
  return (target as Element | null)?.closest<HTMLElement>('tr[data-id]')?.dataset['id'];
}

/** What tells one child from another. */
function signOf(child: Child): readonly unknown[] {
  if (!(child instanceof HTMLElement)) return [child instanceof Node ? child.textContent : child];
  return [child.textContent, child.title, child.dataset['testid'], child.className];
}

/** What stands in a row in place of figures where it failed: why, with what to do behind it. */
export function failedRow(problem: Problem | undefined): HTMLElement | undefined {
  return (
    problem &&
    element('span', { title: problem.hint && say(problem.hint) }, icon('warning'), ' ', say(problem.message))
  );
}
