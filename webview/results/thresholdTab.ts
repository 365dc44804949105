import type { CautionSettings } from '../../src/core/caution/cautiousAnswers.ts';
import { imageCount, percent } from '../../src/core/text/numbers.ts';
import type { CautionState } from '../../src/protocol/cautionView.ts';
import { Chart } from '../common/chart/chart.ts';
import { element, setText, table } from '../common/element.ts';
import { t } from '../common/language.ts';
import { CautionForm } from './cautionForm.ts';
import type { ResultTable } from './resultTable.ts';

/** How sure an answer must be. One slider: the more sure an answer must be, the fewer are given, and the more of those are right. */
export class ThresholdTab {
  readonly element = element('div', { class: 'threshold' });
  readonly #words = element('p', { 'aria-live': 'polite', 'data-testid': 'results-threshold-words' });
  readonly #chart: Chart;
  readonly #rows = element('tbody');
  readonly #form: CautionForm;
  #curve: readonly Threshold[] = [];
  #count = 0;
  #settings: CautionSettings = {};

  /** @param changed is told what the person wants now */
  constructor(changed: (settings: CautionSettings) => void) {
    this.#form = new CautionForm(changed);
    this.#chart = new Chart({
      testId: 'results-threshold-chart',
      x: {
        title: t('Confidence threshold'),
        step: 1 / STEPS,
        page: 0.1,
        format: (value) => value.toFixed(value * 10 === Math.round(value * 10) ? 1 : 2),
        words: (value) => t('threshold {0}', value.toFixed(2)),
      },
      y: {
        title: t('Share of images'),
        format: (share) => percent(share),
        range: [0, 1],
        empty: [0, 1],
        whole: true,
      },
      slider: { name: t('Confidence threshold'), testId: 'results-threshold-slider' },
      moved: (at, by) => {
        this.#chart.cursor = by === 'pointer' ? at : undefined;
        if (by === 'pointer' || at === undefined) return;
        changed({ ...this.#settings, thresholds: { ...this.#settings.thresholds, all: at } });
      },
    });
    this.element.append(
      element('p', { class: 'quiet' }, t('Predictions below this confidence count as "not sure".')),
      this.#words,
      this.#chart.element,
      element(
        'details',
        {},
        element('summary', {}, t('Show as Table')),
        table({}, [t('Threshold'), t('Coverage'), t('Accuracy')], this.#rows),
      ),
      this.#form.element,
    );
  }

  get threshold(): number {
    return this.#settings.thresholds?.all ?? 0;
  }

  set settings(settings: CautionSettings) {
    this.#settings = settings;
    this.#showValue();
  }

  /** @param judge whether accuracy says anything */
  show(table: ResultTable, labels: readonly string[], state: CautionState | undefined, judge: boolean): void {
    this.#form.show(state, this.#settings, table, labels, judge);
    this.#count = table.length;
    this.#curve = thresholdCurve(table, table.length, judge);
    const samples = (share: (at: Threshold) => number | undefined) =>
      this.#curve.flatMap((at) => {
        const value = share(at);
        return value === undefined ? [] : [{ at: at.threshold, value }];
      });
    const of = { of: '', run: 0 };
    const coverage = samples((at) => at.coverage);
    const accuracy = samples((at) => at.accuracy);
    this.#chart.content = {
      series: [
        ...(accuracy.length === 0
          ? []
          : [
              {
                ...of,
                name: t('Accuracy'),
                legend: t('Accuracy of the predictions kept'),
                kind: 'validation' as const,
                samples: accuracy,
              },
            ]),
        {
          ...of,
          name: t('Coverage'),
          legend: t('Coverage: share of images kept'),
          kind: 'coverage',
          samples: coverage,
        },
      ],
      references: [],
      end: 1,
    };
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
    this.#chart.value = this.threshold;
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
