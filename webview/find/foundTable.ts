import { type FoundRow, foundColumns, foundRows } from '../../src/core/find/foundRows.ts';
import { isWorthALook } from '../../src/core/find/foundTexts.ts';
import { bestRows } from '../../src/core/reuse/reuseTable.ts';
import { tellingColumns } from '../../src/core/tables/resultColumns.ts';
import type { FindSummary, FoundPoint } from '../../src/protocol/findView.ts';
import { acting, element, iconButton, setText } from '../common/element.ts';
import { plural, t } from '../common/language.ts';
import { failedRow, ReuseTable } from '../common/reuseTable.ts';
import type { PointActions } from './pointDetails.ts';
import { leads, nameOf } from './words.ts';

type Row = FoundRow<FoundPoint>;

/** Columns of what fell out that make room for why it did. */
const LEFT_OUT: ReadonlySet<string> = new Set(['searched', 'changes', 'learns', 'speed', 'bytes']);

/** Columns of what may be chosen that say nothing new there, and others that say nothing new before the end. */
const SAID: ReadonlySet<string> = new Set(['outcome', 'changes']);
const PROVISIONAL: ReadonlySet<string> = new Set(['searched', 'measured']);

interface FoundTableHost extends PointActions {
  sorted(column: string | undefined): void;
  select(point: string): void;
  /** Those that fell out are shown, or not any more. */
  unfolded(open: boolean): void;
}

/**
 * Every way that was tried, in the table that all pages share: first what a person may choose from, and below, folded,
 * what fell out and why.
 */
export class FoundTable {
  readonly element = element('div', { class: 'found' });
  readonly #worth: ReuseTable<Row>;
  readonly #others: ReuseTable<Row>;
  readonly #rest: HTMLDetailsElement;
  readonly #restTitle = element('summary', { 'data-testid': 'find-others-toggle' });
  #state: FindSummary | undefined;

  /** @param open whether those that fell out are shown */
  constructor(host: FoundTableHost, open: boolean) {
    const made = (name: string, testId: string) =>
      new ReuseTable<Row>({
        name,
        testId,
        sorted: (column) => host.sorted(column),
        beside: ({ id }) =>
          id === this.#state?.recommended
            ? [element('span', { class: 'quiet' }, ` ${leads(this.#state.live)}`)]
            : [],
        open:
          ({ id }) =>
          () =>
            host.select(id),
        instead: ({ problem }) => failedRow(problem),
        actions: ({ point }) => this.#actions(point, host),
      });
    this.#worth = made(t('Ways to choose from'), 'find');
    this.#others = made(t('Ways that fell out'), 'find-others');
    this.#rest = element(
      'details',
      { open, ontoggle: () => host.unfolded(this.#rest.open) },
      this.#restTitle,
      this.#others.element,
    );
    this.element.append(this.#worth.element, this.#rest);
  }

  show(state: FindSummary, sort: string | undefined, selected: string | undefined): void {
    this.#state = state;
    const { recommended, keeping, live } = state;
    const rows = foundRows(state.points, recommended);
    const worth = rows.filter(({ point }) => isWorthALook(point, recommended));
    const others = rows.filter(({ point }) => !isWorthALook(point, recommended));
    const shared = { sort, busy: keeping, marked: selected };
    this.#worth.show({
      ...shared,
      // What became of them is that they are here. A table that grows keeps its shape.
      columns: tellingColumns<Row>(
        // Shapes and details say what a way changes. While it searches, what it looks like is all there is, of all on
        // images that choose: the sentence above says so.
        foundColumns.filter(({ id }) => !(SAID.has(id) || (live && PROVISIONAL.has(id)))),
        worth,
        live ? ['backbone'] : [],
      ),
      rows: worth,
      // What the search says is best, and not what is highest: that was chosen among many.
      best: recommended === undefined ? bestRows(worth) : new Set([recommended]),
    });
    this.#worth.element.hidden = worth.length === 0;
    this.#rest.hidden = others.length === 0;
    setText(
      this.#restTitle,
      live
        ? plural(others.length, '{0} other way so far', '{0} other ways so far')
        : plural(others.length, '{0} way that fell out, and why', '{0} ways that fell out, and why'),
    );
    // Accuracies of what took part in choosing are what it looked like.
    const columns = foundColumns.filter(({ id }) => !LEFT_OUT.has(id));
    this.#others.show({ ...shared, columns: tellingColumns<Row>(columns, others), rows: others });
  }

  #actions(point: FoundPoint, host: FoundTableHost): HTMLElement[] {
    const { id, problem, kept, training } = point;
    const name = nameOf(point);
    const made: HTMLElement[] = [];
    if (training !== undefined)
      made.push(
        iconButton(
          'graph-line',
          t('Show the training of {0}', name),
          () => host.showTraining(id),
          'find-row-training',
        ),
      );
    if (kept !== undefined)
      made.push(iconButton('go-to-file', t('Open {0}', kept), () => host.openKept(id), 'find-row-open'));
    else if (!problem && this.#state && canKeep(this.#state) && point.figure !== null)
      made.push(
        acting(iconButton('save', t('Keep {0} as an alignment', name), () => host.keep(id), 'find-row-keep')),
      );
    return made;
  }
}

/** Whether a point can be made a document now: the engine is not busy with the search. */
export function canKeep({ live, phase, keeping }: Pick<FindSummary, 'live' | 'phase' | 'keeping'>): boolean {
  return !live && phase !== 'running' && keeping === undefined;
}
