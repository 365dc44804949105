import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import type { AlignmentDifference } from '../../src/core/alignments/alignmentDifference.ts';
import type { TargetRecall } from '../../src/core/evidence/comparison.ts';
import { pointsBetween } from '../../src/core/reuse/documentRow.ts';
import { imageCount, percent } from '../../src/core/text/numbers.ts';
import { listed } from '../../src/core/text/text.ts';
import {
  element,
  icon,
  label,
  linkButton,
  select,
  setReadAttribute,
  table,
  textButton,
} from '../common/element.ts';
import { plural, say, t } from '../common/language.ts';
import {
  type ChangeOrder,
  gainOf,
  listedChanges,
  type PlacedCell,
  type TargetChange,
  type TargetFilter,
  targetChanges,
} from './targetChanges.ts';
import { besideText, mappedWeight } from './words.ts';

/** Targets shown before more are asked for. */
const PAGE = 60;
/** Cells of one target that are listed before the rest is only counted. */
const CELLS_LISTED = 200;
/** Where so few targets are listed, all of them are open. */
const OPEN = 3;

type ShowCell = (side: 0 | 1, cell: number) => void;

/** What changed by target label: sources lost and gained, weights, and recall where truths are known. */
export class ChangedTargets {
  readonly element = element('section', {
    'aria-label': t('Changes by target label'),
    'data-testid': 'compare-targets',
  });
  readonly #showCell: ShowCell;
  readonly #title = element('h2');
  readonly #beside = element('div', { 'data-testid': 'compare-beside' });
  readonly #tools = element('div', { class: 'change-tools target-tools' });
  readonly #list = element('div', { class: 'targets' });
  readonly #more = element('div', { class: 'more' });
  #changes: readonly TargetChange[] = [];
  /** Undefined = as it suits what is known. */
  #order: ChangeOrder | undefined;
  #isJudged = false;
  #filter: TargetFilter = 'all';
  #text = '';
  #shown = PAGE;
  /** Targets that a person opened or closed, and stay so. */
  readonly #opened = new Map<string, boolean>();
  #drawn = '';

  constructor(showCell: ShowCell) {
    this.#showCell = showCell;
    this.element.append(this.#title, this.#beside, this.#tools, this.#list, this.#more);
  }

  /** @param recalls by true label; empty as long as none is known */
  show(difference: AlignmentDifference, recalls: readonly TargetRecall[]): void {
    // A list that is there already stays, with what is open in it.
    const drawn = JSON.stringify([difference, recalls]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#changes = targetChanges(difference, recalls);
    const { length } = this.#changes;
    this.#title.replaceChildren(
      length === 0
        ? t('No target label changes')
        : plural(length, '{0} target label changes', '{0} target labels change'),
      element(
        'span',
        { class: 'quiet' },
        ...(difference.cells.length === 0
          ? []
          : [' · ', plural(difference.cells.length, '{0} cell differs', '{0} cells differ')]),
        ' · ',
        plural(difference.alike, '{0} is the same', '{0} are the same'),
      ),
    );
    this.#beside.replaceChildren(...difference.beside.map((part) => element('p', {}, besideText(part))));
    this.#isJudged = recalls.length > 0;
    if (!this.#isJudged && this.#filter !== 'mapped') this.#filter = 'all';
    this.#drawTools();
    this.#draw();
  }

  get #ordered(): ChangeOrder {
    const suited = this.#isJudged ? 'worst' : 'most';
    return this.#order === undefined || (this.#order === 'worst' && !this.#isJudged) ? suited : this.#order;
  }

  #drawTools(): void {
    const isJudged = this.#isJudged;
    const again = () => {
      this.#shown = PAGE;
      this.#draw();
    };
    const orders: (readonly [ChangeOrder, string])[] = [
      ['worst', t('Largest loss of recall first')],
      ['most', t('Most changed weights first')],
      ['name', t('By name')],
    ];
    const filters: (readonly [TargetFilter, string])[] = [
      ['all', t('All changed targets')],
      ['worse', t('Lower recall')],
      ['better', t('Higher recall')],
      ['mapped', t('Other sources or weights')],
    ];
    const field = element('vscode-textfield', {
      placeholder: t('Filter by label'),
      label: t('Filter by label'),
      'data-testid': 'compare-target-search',
    });
    field.value = this.#text;
    field.addEventListener('input', () => {
      this.#text = field.value;
      again();
    });
    this.#tools.hidden = this.#changes.length < 2;
    this.#tools.replaceChildren(
      field,
      select(
        t('Filter targets'),
        isJudged ? filters : filters.filter(([id]) => id === 'all' || id === 'mapped'),
        this.#filter,
        'compare-target-filter',
        (filter) => {
          this.#filter = filter;
          again();
        },
      ),
      select(
        t('Order of the targets'),
        isJudged ? orders : orders.filter(([id]) => id !== 'worst'),
        this.#ordered,
        'compare-target-order',
        (order) => {
          this.#order = order;
          again();
        },
      ),
    );
  }

  #draw(): void {
    const changes = listedChanges(this.#changes, {
      order: this.#ordered,
      filter: this.#filter,
      text: this.#text,
    });
    const isShort = changes.length <= OPEN;
    this.#list.replaceChildren(
      ...changes.slice(0, this.#shown).map((change) => this.#target(change, isShort)),
      ...(changes.length === 0 && this.#changes.length > 0
        ? [element('p', { class: 'quiet' }, t('No target label passes the filter.'))]
        : []),
    );
    const rest = changes.length - this.#shown;
    const more = () => {
      const from = this.#shown;
      this.#shown += PAGE;
      this.#draw();
      this.#list.children[from]?.querySelector('summary')?.focus();
    };
    this.#more.replaceChildren(
      ...(rest > 0 ? [textButton(t('Show More ({0})', rest), more, { secondary: true })] : []),
    );
  }

  #target(change: TargetChange, isShort: boolean): HTMLElement {
    const { target, cells, recall } = change;
    const gain = gainOf(change);
    const summary = element(
      'summary',
      {},
      element('span', { class: 'target-name' }, label(target)),
      element('span', { class: 'quiet' }, changeWords(change)),
      recall &&
        element(
          'span',
          { class: 'recall' },
          gain === 0 ? undefined : icon(gain < 0 ? 'arrow-down' : 'arrow-up'),
          recallWords(recall),
        ),
    );
    if (cells.length === 0) return element('div', { class: 'target' }, ...summary.childNodes);
    const details = element('details', { class: 'target' }, summary);
    // Made when it is opened: hundreds of targets have thousands of cells.
    const fill = () => {
      if (details.open && details.childElementCount === 1) details.append(this.#cells(target, cells));
    };
    details.open = this.#opened.get(target) ?? isShort;
    fill();
    details.addEventListener('toggle', () => {
      if (details.open !== isShort || this.#opened.has(target)) this.#opened.set(target, details.open);
      fill();
    });
    return details;
  }

  #cells(target: string, cells: readonly PlacedCell[]): HTMLElement {
    const weight = ({ at, cell }: PlacedCell, side: 0 | 1) => {
      const text = mappedWeight(cell.weights[side]);
      const which = t('Show {0} and {1} in alignment {2}', cell.target, cell.source, String(side + 1));
      const link = linkButton(text, () => this.#showCell(side, at), 'compare-cell', which);
      setReadAttribute(link, 'aria-label', [text === '–' ? t('not mapped') : text, which].join(' · '));
      return element('td', { class: 'number' }, cell.places[side] ? link : text);
    };
    const rest = cells.length - CELLS_LISTED;
    return element(
      'div',
      {
        class: 'table-scroller',
        tabindex: 0,
        role: 'region',
        'aria-label': t('Cells of {0} that differ', target),
      },
      table(
        { 'data-testid': 'compare-cells' },
        [t('Source label'), t('Weight in 1'), t('Weight in 2'), t('Change')],
        cells
          .slice(0, CELLS_LISTED)
          .map((placed) =>
            element(
              'tr',
              {},
              element('th', { scope: 'row' }, label(placed.cell.source)),
              weight(placed, 0),
              weight(placed, 1),
              element('td', { class: 'quiet' }, kindWords(placed.cell.weights)),
            ),
          ),
      ),
      rest > 0 ? element('p', { class: 'quiet' }, t('and {0} more', rest)) : undefined,
    );
  }
}

function kindWords([first, second]: readonly [number, number]): string {
  if (first === 0) return t('gained');
  if (second === 0) return t('lost');
  return second > first ? t('heavier') : t('lighter');
}

/** `2 sources lost and 1 source gained`. */
function changeWords({ lost, gained, reweighted, onlyIn, cells }: TargetChange): string {
  if (onlyIn !== undefined) return onlyIn === 0 ? t('only in the first') : t('only in the second');
  if (cells.length === 0) return t('same sources and weights');
  const parts = [
    lost === 0 ? undefined : plural(lost, '{0} source lost', '{0} sources lost'),
    gained === 0 ? undefined : plural(gained, '{0} source gained', '{0} sources gained'),
    reweighted === 0 ? undefined : plural(reweighted, '{0} other weight', '{0} other weights'),
  ].filter((part) => part !== undefined);
  return say(listed(parts));
}

/** `recall 80.0% → 60.0% (−20.0 points, 40 images)`. */
function recallWords({ images, shares }: NonNullable<TargetChange['recall']>): string {
  const [first, second] = shares;
  return t(
    'recall {0} → {1} ({2} points, {3})',
    percent(first),
    percent(second),
    pointsBetween(first, second),
    imageCount(images),
  );
}
