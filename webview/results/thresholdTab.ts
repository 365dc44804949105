import { imageCount, percent } from '../../src/core/text/numbers.ts';
import { element, setText, svg, table } from '../common/element.ts';
import { t } from '../common/language.ts';
import type { ResultTable } from './resultTable.ts';

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
    'aria-label': t('Confidence threshold'),
    'data-testid': 'results-threshold-slider',
  });
  readonly #value = element('output', { class: 'number' });
  readonly #words = element('p', { 'aria-live': 'polite', 'data-testid': 'results-threshold-words' });
  readonly #chart = svg('svg', {
    viewBox: `-36 -6 ${WIDTH + 46} ${HEIGHT + 28}`,
    class: 'chart',
    'aria-hidden': 'true',
  });
  readonly #rows = element('tbody');
  #curve: readonly Threshold[] = [];
  #count = 0;

  constructor(changed: (threshold: number) => void) {
    this.#slider.addEventListener('input', () => {
      this.#showValue();
      changed(this.threshold);
    });
    this.element.append(
      element('p', { class: 'quiet' }, t('Predictions below this confidence count as "not sure".')),
      element('div', { class: 'slider' }, this.#slider, this.#value),
      this.#words,
      this.#chart,
      element(
        'div',
        { class: 'chart-key' },
        element('span', { class: 'key-accuracy' }, t('Accuracy of the predictions kept')),
        element('span', { class: 'key-coverage' }, t('Coverage: share of images kept')),
      ),
      element(
        'details',
        {},
        element('summary', {}, t('Show as Table')),
        table({}, [t('Threshold'), t('Coverage'), t('Accuracy')], this.#rows),
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
    const [images, share] = [imageCount(kept), percent(coverage)];
    const unsure = imageCount(this.#count - kept);
    setText(
      this.#words,
      accuracy === undefined || kept === 0
        ? t('{0} kept ({1}); {2} not sure.', images, share, unsure)
        : judged === kept
          ? t('{0} kept ({1}), {2} of them right; {3} not sure.', images, share, percent(accuracy), unsure)
          : t(
              '{0} kept ({1}), {2} of the {3} with a true label right; {4} not sure.',
              images,
              share,
              percent(accuracy),
              judged,
              unsure,
            ),
    );
    this.#cursor();
  }

  #draw(): void {
    const line = (className: string, value: (at: Threshold) => number | undefined) => {
      const points = this.#curve.flatMap((at) => {
        const share = value(at);
        return share === undefined
          ? []
          : [`${(at.threshold * WIDTH).toFixed(1)} ${((1 - share) * HEIGHT).toFixed(1)}`];
      });
      return svg('path', { class: className, d: points.length === 0 ? '' : `M${points.join('L')}` });
    };
    const text = (x: number, y: number, words: string, anchor: string) =>
      svg('text', { x, y, 'text-anchor': anchor }, words);
    this.#chart.replaceChildren(
      svg('path', { class: 'frame', d: `M0 0V${HEIGHT}H${WIDTH}` }),
      text(-4, 8, '100%', 'end'),
      text(-4, HEIGHT, '0', 'end'),
      text(0, HEIGHT + 14, '0', 'middle'),
      text(WIDTH, HEIGHT + 14, '1', 'middle'),
      text(WIDTH / 2, HEIGHT + 14, t('Threshold'), 'middle'),
      line('coverage', (at) => at.coverage),
      line('accuracy', (at) => at.accuracy),
    );
    this.#cursor();
  }

  #cursor(): void {
    this.#chart.querySelector('.cursor')?.remove();
    const x = this.threshold * WIDTH;
    this.#chart.append(svg('path', { class: 'cursor', d: `M${x} 0V${HEIGHT}` }));
  }
}

/** What remains when answers below a confidence become "not sure". */
export interface Threshold {
  readonly threshold: number;
  /** Images whose answer is kept. */
  readonly kept: number;
  /** Share of all images whose answer is kept; 0 without images. */
  readonly coverage: number;
  /** Kept images whose truth is known. */
  readonly judged: number;
  /** Share of `judged` that is right; undefined without any. */
  readonly accuracy: number | undefined;
}

/** Steps of the curve: thresholds 0, .01, ... 1. */
const STEPS = 100;

/**
 * Coverage and accuracy at the thresholds 0, .01, ... 1 over the first `count` images.
 * @param judge whether accuracy says anything
 */
export function thresholdCurve(table: ResultTable, count: number, judge = true): Threshold[] {
  // How many images have their last kept step at each step; summed from the top they give what is kept.
  const kept = new Uint32Array(STEPS + 2);
  const judged = new Uint32Array(STEPS + 2);
  const right = new Uint32Array(STEPS + 2);
  for (let image = 0; image < count; image++) {
    const step = lastStepKept(table.confidence(image));
    kept[step]++;
    if (!judge || table.truth(image) < 0) continue;
    judged[step]++;
    if (!table.wrong(image)) right[step]++;
  }
  const curve: Threshold[] = new Array(STEPS + 1);
  let [keptSum, judgedSum, rightSum] = [0, 0, 0];
  for (let step = STEPS; step >= 0; step--) {
    keptSum += kept[step];
    judgedSum += judged[step];
    rightSum += right[step];
    curve[step] = {
      threshold: step / STEPS,
      kept: keptSum,
      coverage: count === 0 ? 0 : keptSum / count,
      judged: judgedSum,
      accuracy: judgedSum === 0 ? undefined : rightSum / judgedSum,
    };
  }
  return curve;
}

/** The largest step whose threshold a confidence reaches. */
function lastStepKept(confidence: number): number {
  let step = Math.min(STEPS, Math.max(0, Math.floor(confidence * STEPS)));
  // .29 * 100 is 28.999...: the floor may be one too low.
  if (step < STEPS && (step + 1) / STEPS <= confidence) step++;
  return step;
}

/** The entry of `curve` at a threshold of hundredths. */
export function atThreshold(curve: readonly Threshold[], threshold: number): Threshold {
  return curve[Math.min(STEPS, Math.max(0, Math.round(threshold * STEPS)))];
}
