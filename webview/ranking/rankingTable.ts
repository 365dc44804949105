import { type RankingRow, sortRows } from '../../src/core/ranking/ranking.ts';
import type { RankedSince } from '../../src/protocol/rankingView.ts';
import { element, icon, iconButton, label, table } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import { columnsFor, type RankingColumn } from './columns.ts';

export interface TableActions {
  sort(column: string | undefined): void;
  use(path: string): void;
  describe(path: string): void;
}

/** What the table shows beside its rows. */
export interface TableMarks {
  /** Id of the column that it is sorted by; undefined = ranked order. */
  readonly sort: string | undefined;
  /** Names of the backbones that lead. */
  readonly best: readonly string[];
  readonly activePath: string | undefined;
  /** By path, backbones that are others by now than when they were ranked. */
  readonly since: Readonly<Record<string, RankedSince>>;
  /** Name of the backbone that is looked at. */
  readonly running: string | undefined;
}

function sinceWords(since: RankedSince): string {
  return since === 'gone'
    ? t('no longer installed')
    : t('file has changed; figures are of the previous file');
}

/** The table of backbones. Pressing a heading sorts by it, the better end first; pressing it again ranks as before. */
export function rankingTable(
  rows: readonly RankingRow[],
  marks: TableMarks,
  actions: TableActions,
): HTMLElement {
  const shown = columnsFor(rows);
  const sorted = shown.find(({ id }) => id === marks.sort);
  const ordered = sorted ? sortRows(rows, [sorted.criterion]) : rows;
  return table(
    { class: 'ranking-table', 'data-testid': 'ranking-table' },
    [
      element('th', { scope: 'col', class: 'name' }, t('Backbone')),
      ...shown.map((column) => heading(column, column === sorted, actions)),
      element('th', { scope: 'col' }, element('span', { class: 'visually-hidden' }, t('Actions'))),
    ],
    ordered.map((row) => rowOf(row, shown, marks, actions)),
  );
}

function heading(column: RankingColumn, sorted: boolean, actions: TableActions): HTMLElement {
  const { id, title, meaning, criterion } = column;
  const upwards = criterion.better === 'lower';
  return element(
    'th',
    { scope: 'col', 'aria-sort': sorted ? (upwards ? 'ascending' : 'descending') : 'none' },
    element(
      'button',
      {
        type: 'button',
        title: sorted
          ? t('{0} Press to restore the ranked order.', meaning)
          : t('{0} Press to sort by it.', meaning),
        'data-testid': `ranking-sort-${id}`,
        onclick: () => actions.sort(sorted ? undefined : id),
      },
      title,
      sorted ? icon(upwards ? 'arrow-up' : 'arrow-down') : undefined,
    ),
  );
}

function rowOf(
  row: RankingRow,
  shown: readonly RankingColumn[],
  { best, activePath, running, since }: TableMarks,
  actions: TableActions,
): HTMLElement {
  const { name, path, problem } = row;
  const leads = best.includes(name) && problem === undefined;
  const active = path !== undefined && path === activePath;
  const now = path === undefined ? undefined : since[path];
  const head = element(
    'th',
    {
      scope: 'row',
      class: 'name',
      title: [path, row.sha256 && t('SHA-256 {0}', row.sha256)].filter(Boolean).join('\n'),
    },
    leads ? icon('star-full') : element('span', { class: 'no-star' }),
    ' ',
    label(name),
    leads ? element('span', { class: 'visually-hidden' }, `, ${t('best')}`) : undefined,
    active ? element('span', { class: 'quiet' }, ` ${t('active')}`) : undefined,
    now === undefined ? undefined : element('span', { class: 'quiet' }, ` ${sinceWords(now)}`),
  );
  const attributes = { 'data-testid': 'ranking-row', class: name === running ? 'running' : undefined };
  if (problem) {
    const describe =
      problem.reason === 'needs-description' && path !== undefined
        ? iconButton('edit', t('Describe {0}...', name), () => actions.describe(path), 'ranking-describe')
        : undefined;
    return element(
      'tr',
      attributes,
      head,
      element(
        'td',
        { colspan: shown.length, class: 'row-problem', title: problem.hint && say(problem.hint) },
        icon('warning'),
        ' ',
        say(problem.message),
      ),
      element('td', {}, describe),
    );
  }
  const use =
    active || path === undefined || now === 'gone'
      ? undefined
      : iconButton('pass', t('Make {0} the active backbone', name), () => actions.use(path), 'ranking-use');
  return element('tr', attributes, head, ...shown.map((column) => cell(row, column)), element('td', {}, use));
}

function cell(row: RankingRow, { id, text }: RankingColumn): HTMLElement {
  const missing = (id === 'logMe' || id === 'hScore') && row.withoutFeatures !== undefined;
  return element(
    'td',
    { class: 'number', title: missing ? row.withoutFeatures && say(row.withoutFeatures) : undefined },
    text(row),
  );
}
