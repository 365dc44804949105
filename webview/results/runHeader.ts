import { duration, speed, timeLeft } from '../../src/core/text/numbers.ts';
import type { RunSummary } from '../../src/protocol/resultsView.ts';
import { element, label, setText, textButton } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import { accuracySentence, chainOf, howFar, truthSentence } from './words.ts';

/** The lines on top: what is classified with what, how far it is, and how good it is so far. */
export class RunHeader {
  readonly element: HTMLElement;
  readonly #title = element('h1', {});
  readonly #with = element('span', { class: 'quiet' });
  readonly #far = element('span', { class: 'number', 'data-testid': 'results-progress' });
  readonly #speed = element('span', { class: 'number quiet' });
  readonly #left = element('span', { class: 'number quiet' });
  readonly #fill = element('span', { class: 'bar-fill' });
  readonly #bar = element(
    'span',
    { class: 'bar run-bar', role: 'progressbar', 'aria-label': t('Images classified'), 'aria-valuemin': 0 },
    this.#fill,
  );
  readonly #accuracy = element('span', { class: 'accuracy number', 'data-testid': 'results-accuracy' });
  readonly #truth = element('span', { class: 'quiet' });
  readonly #cancel: HTMLElement;
  readonly #resume: HTMLElement;
  #cancelled = false;

  constructor(actions: { cancel(): void; resume(): void }) {
    this.#cancel = textButton(
      t('Cancel'),
      () => {
        // Between two batches nothing can be stopped: say that it was heard.
        this.#cancelled = true;
        setText(this.#cancel, t('Canceling...'));
        this.#cancel.setAttribute('disabled', '');
        actions.cancel();
      },
      { secondary: true, testId: 'results-cancel' },
    );
    this.#resume = textButton(t('Resume'), actions.resume, { testId: 'results-resume' });
    this.element = element(
      'header',
      {},
      element('div', { class: 'line' }, this.#title, this.#with),
      element(
        'div',
        { class: 'line progress' },
        this.#far,
        this.#bar,
        this.#speed,
        this.#left,
        this.#cancel,
        this.#resume,
      ),
      element('div', { class: 'line' }, this.#accuracy, this.#truth),
    );
  }

  show(run: RunSummary, isNew: boolean): void {
    const running = run.phase === 'running';
    if (isNew || !running) {
      this.#cancelled = false;
      setText(this.#cancel, t('Cancel'));
      this.#cancel.removeAttribute('disabled');
    }
    this.#title.replaceChildren(label(run.title));
    setText(this.#with, chainOf(run));
    setText(this.#far, howFar(run));
    this.#bar.hidden = run.phase === 'done';
    const share = run.total === 0 ? 0 : Math.min(1, run.done / run.total);
    this.#fill.style.width = `${(100 * share).toFixed(1)}%`;
    this.#bar.setAttribute('aria-valuemax', String(run.total));
    this.#bar.setAttribute('aria-valuenow', String(run.done));
    setText(this.#speed, speedOf(run));
    setText(
      this.#left,
      running && !this.#cancelled && run.secondsLeft !== undefined ? say(timeLeft(run.secondsLeft)) : '',
    );
    this.#cancel.hidden = !running;
    this.#resume.hidden = run.phase !== 'cancelled';
    setText(this.#accuracy, accuracySentence(run));
    setText(this.#truth, truthSentence(run));
  }
}

/** How fast it runs, or how long it took. */
function speedOf({ phase, imagesPerSecond, seconds }: RunSummary): string {
  if (phase === 'running') return imagesPerSecond > 0 ? say(speed(imagesPerSecond)) : '';
  return seconds === undefined ? '' : t('Took {0}', duration(seconds));
}
