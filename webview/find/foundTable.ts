import { allReuseColumns, bestRows, type ReuseRow, reuseRow } from '../../src/core/reuse/reuseTable.ts';
import { NOTHING, type ResultColumn, tellingColumns } from '../../src/core/tables/resultColumns.ts';
import { percent } from '../../src/core/text/numbers.ts';
import { phrase } from '../../src/core/text/text.ts';
import type { FindSummary, FoundPoint } from '../../src/protocol/findView.ts';
import { element, icon, iconButton } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import { ReuseTable } from '../common/reuseTable.ts';
import type { PointActions } from './pointDetails.ts';
import { pointName } from './words.ts';

/** A point as a line of the table. */
interface FoundRow extends ReuseRow {
  readonly point: FoundPoint;
}

/** How it looked while choosing, which reports nothing. */
const SEARCHED: ResultColumn<FoundRow> = {
  id: 'searched',
  title: phrase('While choosing'),
  meaning: phrase(
    'Accuracy on the images that chose, over repeated splits. The best of many looks better there than it is.',
  ),
  text: ({ point }) => (point.searched === null ? NOTHING : percent(point.searched)),
  by: { value: ({ point }) => point.searched, better: 'higher' },
};

/** Why it was not tried on. */
const ENDED: ResultColumn<FoundRow> = {
  id: 'ended',
  title: phrase('Outcome'),
  meaning: phrase('What became of it in the search.'),
  text: ({ point: { ended, frontier } }) =>
    ended ?? (frontier.length > 0 ? phrase('on the frontier') : NOTHING),
};

const COLUMNS: readonly ResultColumn<FoundRow>[] = allReuseColumns
  .flatMap((column) => (column.id === 'accuracy' ? [column, SEARCHED] : [column]))
  .concat(ENDED);

interface FoundTableHost extends PointActions {
  sorted(column: string | undefined): void;
  select(point: string): void;
}

/** Every way that was tried, in the table that all pages share. */
export class FoundTable {
  readonly element: HTMLElement;
  readonly #table: ReuseTable<FoundRow>;
  #state: FindSummary | undefined;

  constructor(host: FoundTableHost) {
    this.#table = new ReuseTable<FoundRow>({
      name: t('Ways that were tried'),
      testId: 'find',
      sorted: (column) => host.sorted(column),
      beside: ({ id }) =>
        id === this.#state?.recommended ? [element('span', { class: 'quiet' }, ` ${t('recommended')}`)] : [],
      open:
        ({ id }) =>
        () =>
          host.select(id),
      instead: ({ problem }) =>
        problem &&
        element(
          'span',
          { title: problem.hint && say(problem.hint) },
          icon('warning'),
          ' ',
          say(problem.message),
        ),
      actions: ({ point }) => this.#actions(point, host),
    });
    this.element = this.#table.element;
  }

  show(state: FindSummary, sort: string | undefined, selected: string | undefined): void {
    this.#state = state;
    const rows = state.points.map((point): FoundRow => ({ ...reuseRow(point), point }));
    this.#table.show({
      // A table that grows keeps its shape.
      columns: tellingColumns(COLUMNS, rows, state.live ? ['backbone', 'searched', 'accuracy'] : []),
      rows,
      sort,
      // What the search says is best, and not what is highest: that was chosen among many.
      best: state.recommended === undefined ? bestRows(rows) : new Set([state.recommended]),
      busy: state.keeping,
      marked: selected,
    });
  }

  #actions(point: FoundPoint, host: FoundTableHost): HTMLElement[] {
    const { id, problem, kept, training } = point;
    const name = pointName(point);
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
        iconButton('save', t('Keep {0} as an alignment', name), () => host.keep(id), 'find-row-keep'),
      );
    return made;
  }
}

/** Whether a point can be made a document now: the engine is not busy with the search. */
export function canKeep({ phase, keeping }: Pick<FindSummary, 'phase' | 'keeping'>): boolean {
  return phase !== 'running' && phase !== 'queued' && keeping === undefined;
}
