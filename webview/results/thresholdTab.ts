import { percent } from '../../src/core/text/numbers.ts';
import { element, setText } from '../common/element.ts';
import type { ResultTable } from './resultTable.ts';
import { atThreshold, type Threshold, thresholdCurve } from './thresholdCurve.ts';
import { images } from './words.ts';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 300;
const HEIGHT = 120;

/** One slider: the more sure an answer must be, the fewer are given, and the more of those are right. */
export class ThresholdTab {
  readonly element = element('div', { class: 'threshold' });
  readonly #slider = element('input', {
    type: 'range',
    min: 0,
    max: 1,
    step: 0.01,
    'aria-label': 'Least confidence of an answer',
    'data-testid': 'results-threshold-slider',
  });
  readonly #value = element('output', { class: 'number' });
  readonly #words = element('p', { 'aria-live': 'polite', 'data-testid': 'results-threshold-words' });
  readonly #chart = document.createElementNS(SVG, 'svg');
  readonly #rows = element('tbody');
  #curve: readonly Threshold[] = [];
  #count = 0;

  constructor(changed: (threshold: number) => void) {
    this.#slider.addEventListener('input', () => {
      this.#showValue();
      changed(this.threshold);
    });
    this.#chart.setAttribute('viewBox', `-36 -6 ${WIDTH + 46} ${HEIGHT + 28}`);
    this.#chart.setAttribute('class', 'chart');
    this.#chart.setAttribute('aria-hidden', 'true');
    const heading = (text: string) => element('th', { scope: 'col' }, text);
    this.element.append(
      element('p', { class: 'quiet' }, 'Answers below this confidence become “not sure”.'),
      element('div', { class: 'slider' }, this.#slider, this.#value),
      this.#words,
      this.#chart,
      element(
        'div',
        { class: 'chart-key' },
        element('span', { class: 'key-accuracy' }, 'accuracy of the answers'),
        element('span', { class: 'key-coverage' }, 'coverage: share answered'),
      ),
      element(
        'details',
        {},
        element('summary', {}, 'As a table'),
        element(
          'table',
          {},
          element(
            'thead',
            {},
            element('tr', {}, heading('least confidence'), heading('coverage'), heading('accuracy')),
          ),
          this.#rows,
        ),
      ),
    );
  }

  get threshold(): number {
    return Number(this.#slider.value);
  }

  set threshold(threshold: number) {
    this.#slider.value = String(threshold);
    this.#showValue();
  }

  /** @param judge whether accuracy says anything */
  show(table: ResultTable, judge: boolean): void {
    this.#count = table.length;
    this.#curve = thresholdCurve(table, table.length, judge);
    this.#draw();
    this.#rows.replaceChildren(
      ...this.#curve
        .filter((_, step) => step % 10 === 0)
        .map(({ threshold, coverage, accuracy }) =>
          element(
            'tr',
            {},
            ...[
              threshold.toFixed(1),
              percent(coverage),
              accuracy === undefined ? '–' : percent(accuracy),
            ].map((text) => element('td', { class: 'number' }, text)),
          ),
        ),
    );
    this.#showValue();
  }

  #showValue(): void {
    setText(this.#value, this.threshold.toFixed(2));
    if (this.#curve.length === 0) return;
    const { kept, coverage, accuracy, judged } = atThreshold(this.#curve, this.threshold);
    const known = judged === kept ? 'them' : `the ${judged.toLocaleString()} with a known label`;
    const right = accuracy === undefined ? '' : `, ${percent(accuracy)} of ${known} right`;
    setText(
      this.#words,
      `${images(kept)} answered (${percent(coverage)})${kept === 0 ? '' : right}; ${images(this.#count - kept)} not sure.`,
    );
    this.#cursor();
  }

  #draw(): void {
    const line = (className: string, value: (at: Threshold) => number | undefined) => {
      const path = document.createElementNS(SVG, 'path');
      const points = this.#curve.flatMap((at) => {
        const share = value(at);
        return share === undefined
          ? []
          : [`${(at.threshold * WIDTH).toFixed(1)} ${((1 - share) * HEIGHT).toFixed(1)}`];
      });
      path.setAttribute('class', className);
      path.setAttribute('d', points.length === 0 ? '' : `M${points.join('L')}`);
      return path;
    };
    const text = (x: number, y: number, words: string, anchor: string) => {
      const made = document.createElementNS(SVG, 'text');
      made.setAttribute('x', String(x));
      made.setAttribute('y', String(y));
      made.setAttribute('text-anchor', anchor);
      setText(made, words);
      return made;
    };
    const frame = document.createElementNS(SVG, 'path');
    frame.setAttribute('class', 'frame');
    frame.setAttribute('d', `M0 0V${HEIGHT}H${WIDTH}`);
    this.#chart.replaceChildren(
      frame,
      text(-4, 8, '100%', 'end'),
      text(-4, HEIGHT, '0', 'end'),
      text(0, HEIGHT + 14, '0', 'middle'),
      text(WIDTH, HEIGHT + 14, '1', 'middle'),
      text(WIDTH / 2, HEIGHT + 14, 'least confidence', 'middle'),
      line('coverage', (at) => at.coverage),
      line('accuracy', (at) => at.accuracy),
    );
    this.#cursor();
  }

  #cursor(): void {
    this.#chart.querySelector('.cursor')?.remove();
    const x = this.threshold * WIDTH;
    const cursor = document.createElementNS(SVG, 'path');
    cursor.setAttribute('class', 'cursor');
    cursor.setAttribute('d', `M${x} 0V${HEIGHT}`);
    this.#chart.append(cursor);
  }
}
