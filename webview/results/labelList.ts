import { imageCount, percent } from '../../src/core/text/numbers.ts';
import { bar, element, label, setReadAttribute } from '../common/element.ts';
import { count, plural, t } from '../common/language.ts';
import type { LabelCounts } from './resultTable.ts';
import { undecided } from './words.ts';

interface Row {
  /** Index of the label, -1 for images for which nothing is decided. */
  readonly target: number;
  readonly button: HTMLElement;
  readonly bar: HTMLElement;
  readonly count: HTMLElement;
  readonly right: HTMLElement;
}

/** How many images got each label, and how many of those that truly are of it got it right; a row filters the gallery. */
export class LabelList {
  readonly element = element('section', { class: 'label-list', 'data-testid': 'results-labels' });
  readonly #list = element('div', {
    role: 'toolbar',
    'aria-orientation': 'vertical',
    'aria-label': t('Filter by predicted label'),
  });
  readonly #right = element('span', { class: 'quiet' }, t('Recall'));
  readonly #choose: (target: number | undefined) => void;
  #rows: readonly Row[] = [];
  #labels: readonly string[] = [];
  #chosen: number | undefined;

  /** @param choose undefined: images of all labels */
  constructor(choose: (target: number | undefined) => void) {
    this.#choose = choose;
    this.element.append(
      element('div', { class: 'label-list-title' }, element('h2', {}, t('Predicted labels')), this.#right),
      this.#list,
    );
    this.#list.addEventListener('keydown', (event) => this.#key(event));
  }

  /**
   * @param settled whether no image joins any more: then the labels are put in order, otherwise each stays where it is
   */
  show(labels: readonly string[], counts: LabelCounts, chosen: number | undefined, settled: boolean): void {
    this.#chosen = chosen;
    const targets = labels.map((_, target) => target).filter((target) => this.#isListed(target, counts));
    if (counts.undecided > 0 || chosen === -1) targets.push(-1);
    if (settled) targets.sort((a, b) => countOf(counts, b) - countOf(counts, a) || a - b);
    const now = this.#rows.map(({ target }) => target);
    const same =
      labels === this.#labels && targets.length === now.length && targets.every((one, i) => one === now[i]);
    if (!same) this.#make(labels, targets);
    const most = Math.max(1, ...targets.map((target) => countOf(counts, target)));
    const judged = counts.truths.some((truths) => truths > 0);
    this.#right.hidden = !judged;
    for (const row of this.#rows) this.#fill(row, counts, most, judged);
  }

  #isListed(target: number, { predicted, truths }: LabelCounts): boolean {
    return predicted[target] > 0 || truths[target] > 0 || target === this.#chosen;
  }

  #make(labels: readonly string[], targets: readonly number[]): void {
    const focused = this.#rows.find(({ button }) => button === document.activeElement)?.target;
    this.#labels = labels;
    this.#rows = targets.map((target) => {
      const share = element('span', { class: 'share' });
      const number = element('span', { class: 'number' });
      const right = element('span', { class: 'number quiet' });
      const button = element(
        'button',
        {
          type: 'button',
          tabindex: -1,
          'data-testid': 'results-label',
          onclick: () => this.#choose(this.#chosen === target ? undefined : target),
        },
        label(this.#nameOf(target), 'one-line'),
        share,
        number,
        right,
      );
      return { target, button, bar: share, count: number, right };
    });
    this.#list.replaceChildren(...this.#rows.map(({ button }) => button));
    const stop = this.#rows.find(({ target }) => target === (focused ?? this.#chosen)) ?? this.#rows[0];
    if (stop) stop.button.tabIndex = 0;
    if (focused !== undefined) stop?.button.focus({ preventScroll: true });
  }

  #fill(
    { target, button, bar: share, count: number, right }: Row,
    counts: LabelCounts,
    most: number,
    judged: boolean,
  ): void {
    const predicted = countOf(counts, target);
    const truths = target < 0 ? 0 : counts.truths[target];
    const recall = truths === 0 ? undefined : percent(counts.right[target] / truths);
    share.replaceChildren(bar(predicted / most));
    number.replaceChildren(spoken(', '), count(predicted));
    right.hidden = !judged;
    right.replaceChildren(...(recall === undefined ? [] : [spoken(`, ${t('right')} `), recall]));
    button.setAttribute('aria-pressed', String(target === this.#chosen));
    const sentences = [
      t('{0}: predicted for {1}', this.#nameOf(target), imageCount(predicted)),
      recall === undefined
        ? undefined
        : plural(
            truths,
            '{1} of {0} image that truly has it is right',
            '{1} of {0} images that truly have it are right',
            recall,
          ),
    ].filter((sentence) => sentence !== undefined);
    setReadAttribute(button, 'title', sentences.join('\n'));
  }

  #nameOf(target: number): string {
    return target < 0 ? undecided() : (this.#labels[target] ?? '');
  }

  #key(event: KeyboardEvent): void {
    const at = this.#rows.findIndex(({ button }) => button === document.activeElement);
    if (at < 0) return;
    const to: Record<string, number> = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      Home: 0,
      End: this.#rows.length - 1,
    };
    if (!Object.hasOwn(to, event.key)) return;
    event.preventDefault();
    const row = this.#rows[Math.min(this.#rows.length - 1, Math.max(0, to[event.key]))];
    this.#rows[at].button.tabIndex = -1;
    row.button.tabIndex = 0;
    row.button.focus();
  }
}

function countOf({ predicted, undecided: none }: LabelCounts, target: number): number {
  return target < 0 ? none : predicted[target];
}

/** Words for what a row says by its columns, for screen readers. */
function spoken(words: string): HTMLElement {
  return element('span', { class: 'visually-hidden' }, words);
}
