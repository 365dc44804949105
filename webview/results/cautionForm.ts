import type { CautionSettings } from '../../src/core/caution/cautiousAnswers.ts';
import { imageCount, percent } from '../../src/core/text/numbers.ts';
import type { CautionState } from '../../src/protocol/cautionView.ts';
import { acting, element, label, setText, table } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import { basisWords, cautionWords, measuredWords } from './cautionWords.ts';
import type { ResultTable } from './resultTable.ts';

/** Wrong labels, in percent, that a person is offered first. */
const OFFERED_ERRORS = 10;
/** Percent between which an error rate can be chosen here. */
const [FEWEST_ERRORS, MOST_ERRORS] = [1, 50];

/** What is asked of answers besides one threshold for all: thresholds of single labels, none of these, common kinds. */
export class CautionForm {
  readonly element = element('div', { class: 'caution' });
  readonly #changed: (settings: CautionSettings) => void;
  readonly #none: HTMLInputElement;
  readonly #errors: HTMLInputElement;
  readonly #rollUp: HTMLInputElement;
  readonly #basis = element('p', { class: 'quiet', 'data-testid': 'results-none-basis' });
  readonly #words = element('p', { 'aria-live': 'polite', 'data-testid': 'results-caution-words' });
  readonly #measured = element('p', { class: 'quiet', 'data-testid': 'results-caution-measured' });
  readonly #rows = element('tbody');
  #settings: CautionSettings = {};
  #labels: readonly string[] = [];
  /** By target. */
  #fields: { readonly least: HTMLInputElement; readonly kept: HTMLElement; readonly right: HTMLElement }[] =
    [];

  /** @param changed is told what the person wants now */
  constructor(changed: (settings: CautionSettings) => void) {
    this.#changed = changed;
    const check = (testId: string) =>
      element('input', { type: 'checkbox', 'data-testid': testId, onchange: () => this.#choose() });
    this.#none = acting(check('results-say-none'));
    this.#rollUp = acting(check('results-roll-up'));
    this.#errors = element('input', {
      type: 'number',
      min: FEWEST_ERRORS,
      max: MOST_ERRORS,
      step: 1,
      value: OFFERED_ERRORS,
      'aria-label': t('Wrong labels in percent'),
      class: 'field number',
      'data-testid': 'results-none-errors',
      onchange: () => this.#choose(),
    });
    this.element.append(
      element(
        'div',
        { class: 'choice' },
        element('label', {}, this.#none, t('Say "none of these" where a label is likely to be wrong')),
        element('span', {}, ...aroundField(t('at most {0}% wrong labels', FIELD), this.#errors)),
      ),
      this.#basis,
      element(
        'div',
        { class: 'choice' },
        element(
          'label',
          {},
          this.#rollUp,
          t('Say a common kind where labels cannot be told apart, such as "mammal" for dog or horse'),
        ),
      ),
      this.#words,
      this.#measured,
      element(
        'details',
        { 'data-testid': 'results-label-thresholds' },
        element('summary', {}, t('Thresholds of Single Labels')),
        table({}, [t('Label'), t('Threshold'), t('Coverage'), t('Accuracy')], this.#rows),
      ),
    );
  }

  /** @param all threshold of labels that have none of their own */
  show(
    state: CautionState | undefined,
    settings: CautionSettings,
    results: ResultTable,
    labels: readonly string[],
    judge: boolean,
  ): void {
    this.#settings = settings;
    const { none, rollUp = false } = settings;
    this.#none.checked = none !== undefined;
    this.#rollUp.checked = rollUp;
    if (none && document.activeElement !== this.#errors)
      this.#errors.value = String(round(100 * none.errorRate));
    this.#errors.disabled = none === undefined;
    setText(this.#basis, none ? basisWords(state) : '');
    setText(this.#words, cautionWords(state));
    setText(this.#measured, measuredWords(state));
    this.#showLabels(labels, results, judge);
  }

  #showLabels(labels: readonly string[], results: ResultTable, judge: boolean): void {
    if (labels !== this.#labels) this.#make(labels);
    const counts = countByLabel(results, labels.length, judge);
    const own = this.#settings.thresholds?.labels ?? {};
    for (const [target, { least, kept, right }] of this.#fields.entries()) {
      if (document.activeElement !== least) {
        least.value = Object.hasOwn(own, labels[target]) ? String(own[labels[target]]) : '';
      }
      least.placeholder = results.thresholds.all.toFixed(2);
      const { images, given, judged, correct } = counts[target];
      setText(kept, images === 0 ? '–' : t('{0} of {1}', given, say(imageCount(images))));
      setText(right, judged === 0 ? '–' : percent(correct / judged));
    }
  }

  #make(labels: readonly string[]): void {
    this.#labels = labels;
    this.#fields = labels.map((name) => ({
      least: element('input', {
        type: 'number',
        min: 0,
        max: 1,
        step: 0.05,
        'aria-label': t('Threshold of {0}', name),
        class: 'field number',
        'data-testid': 'results-label-threshold',
        onchange: () => this.#choose(),
      }),
      kept: element('td', { class: 'number' }),
      right: element('td', { class: 'number' }),
    }));
    this.#rows.replaceChildren(
      ...this.#fields.map(({ least, kept, right }, target) =>
        element('tr', {}, element('td', {}, label(labels[target])), element('td', {}, least), kept, right),
      ),
    );
  }

  #choose(): void {
    const labels: Record<string, number> = {};
    for (const [target, { least }] of this.#fields.entries()) {
      const value = Number(least.value);
      if (least.value !== '' && value >= 0 && value <= 1) labels[this.#labels[target]] = value;
    }
    const percentage = Math.min(
      MOST_ERRORS,
      Math.max(FEWEST_ERRORS, Number(this.#errors.value) || OFFERED_ERRORS),
    );
    this.#changed({
      thresholds: { ...this.#settings.thresholds, labels },
      none: this.#none.checked ? { errorRate: percentage / 100 } : undefined,
      rollUp: this.#rollUp.checked || undefined,
    });
  }
}

/** Stands for a field in a sentence. */
const FIELD = '\u0000';

/** A sentence with a field in it, wherever a language puts it. */
function aroundField(sentence: string, field: HTMLElement): readonly (string | HTMLElement)[] {
  const [before, after = ''] = sentence.split(FIELD);
  return [before, field, after];
}

function round(value: number): number {
  return Number(value.toFixed(2));
}

interface LabelCount {
  /** Images with the label as their answer, and of those how many get it. */
  images: number;
  given: number;
  /** Of those, how many have a true label, and are right. */
  judged: number;
  correct: number;
}

/** What comes of the answers of each label. @param judge whether accuracy says anything */
export function countByLabel(results: ResultTable, labels: number, judge: boolean): readonly LabelCount[] {
  const counts = Array.from({ length: labels }, () => ({ images: 0, given: 0, judged: 0, correct: 0 }));
  for (let image = 0; image < results.length; image++) {
    const count = counts[results.predicted(image)];
    if (!count) continue;
    count.images++;
    if (!results.saysLabel(image)) continue;
    count.given++;
    if (!judge || results.truth(image) < 0) continue;
    count.judged++;
    if (!results.wrong(image)) count.correct++;
  }
  return counts;
}
