import { leadingRows, type RankedRow, rankedColumns, rankedRows } from '../../src/core/reuse/rankedRows.ts';
import type { RankedSince, RankingSummary } from '../../src/protocol/rankingView.ts';
import { acting, type Child, element, iconButton } from '../common/element.ts';
import { t } from '../common/language.ts';
import { failedRow, ReuseTable } from '../common/reuseTable.ts';

interface TableActions {
  sort(column: string | undefined): void;
  use(path: string): void;
  describe(path: string): void;
}

/** The ranking in the results table: what it shows beside the figures, and the buttons of a backbone. */
export class RankingTable {
  readonly #actions: TableActions;
  readonly #table: ReuseTable<RankedRow>;
  #state: Pick<RankingSummary, 'since' | 'active'> = { since: {} };

  constructor(actions: TableActions) {
    this.#actions = actions;
    this.#table = new ReuseTable<RankedRow>({
      name: t('Ranked backbones'),
      testId: 'ranking',
      sorted: (column) => actions.sort(column),
      beside: (row) => this.#beside(row),
      title: ({ ranked: { path, sha256 } }) =>
        [path, sha256 && t('SHA-256 {0}', sha256)].filter(Boolean).join('\n') || undefined,
      actions: (row) => this.#buttons(row),
      instead: ({ problem }) => failedRow(problem),
    });
  }

  get element(): HTMLElement {
    return this.#table.element;
  }

  /** @param sort id of the column that it is sorted by; undefined = ranked order */
  show(state: RankingSummary, sort: string | undefined): void {
    this.#state = state;
    const rows = rankedRows(state.rows);
    this.#table.show({
      columns: rankedColumns(rows),
      rows,
      sort,
      best: leadingRows(rows, state.verdict?.best),
      busy: rows.find(({ ranked }) => ranked.name === state.activity?.backbone)?.id,
    });
  }

  #beside({ ranked: { path } }: RankedRow): readonly Child[] {
    if (path === undefined) return [];
    const { active, since } = this.#state;
    const now = since[path];
    return [
      path === active ? element('span', { class: 'quiet' }, ` ${t('active')}`) : undefined,
      now === undefined ? undefined : element('span', { class: 'quiet' }, ` ${sinceWords(now)}`),
    ];
  }

  #buttons({ ranked: { name, path }, problem }: RankedRow): readonly HTMLElement[] {
    if (path === undefined) return [];
    const { active, since } = this.#state;
    if (problem?.reason === 'needs-description') {
      const describe = () => this.#actions.describe(path);
      return [acting(iconButton('edit', t('Describe {0}...', name), describe, 'ranking-describe'))];
    }
    if (problem || path === active || since[path] === 'gone') return [];
    const use = () => this.#actions.use(path);
    return [acting(iconButton('pass', t('Make {0} the active backbone', name), use, 'ranking-use'))];
  }
}

function sinceWords(since: RankedSince): string {
  return since === 'gone'
    ? t('no longer installed')
    : t('file has changed; figures are of the previous file');
}
