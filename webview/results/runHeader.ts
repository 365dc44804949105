import { speed, timeLeft } from '../../src/core/text/numbers.ts';
import type { RunSummary } from '../../src/protocol/resultsView.ts';
import { acting, element, icon, label, setReadAttribute, setText, textButton } from '../common/element.ts';
import { plural, say, t } from '../common/language.ts';
import { sentences } from '../common/notice.ts';
import { dependsWords } from './settleWords.ts';
import {
  accuracySentence,
  chainOf,
  howFar,
  intervalSentence,
  noteLines,
  origin,
  splitSentences,
  splitsLine,
  truthSentence,
} from './words.ts';

/** The line on top: what is classified with what, how good it is and how far; what else is to be known opens below. */
export class RunHeader {
  readonly element: HTMLElement;
  readonly #title = element('h1', {});
  readonly #with = element('span', { class: 'quiet one-line' });
  readonly #accuracy = element('span', { class: 'accuracy number', 'data-testid': 'results-accuracy' });
  readonly #perSplit = element('span', { class: 'quiet number', 'data-testid': 'results-splits' });
  readonly #far = element('span', { class: 'number', 'data-testid': 'results-progress' });
  readonly #left = element('span', { class: 'number quiet' });
  readonly #fill = element('span', { class: 'bar-fill' });
  readonly #bar = element(
    'span',
    { class: 'bar run-bar', role: 'progressbar', 'aria-label': t('Images classified'), 'aria-valuemin': 0 },
    this.#fill,
  );
  readonly #cancel: HTMLElement;
  readonly #resume: HTMLElement;
  readonly #more: HTMLElement;
  readonly #moreText = element('span', {});
  readonly #details = element('div', { class: 'run-details quiet', id: 'run-details' });
  readonly #truth = element('p', {});
  readonly #splits = element('p', { 'data-testid': 'results-split-figures' });
  readonly #settled = element('p', {});
  readonly #notes = element('div', { 'data-testid': 'results-notes' });
  readonly #origin = element('p', { 'data-testid': 'results-origin' });
  #cancelled = false;
  #watching = false;

  constructor(actions: { cancel(): void; resume(): void }) {
    this.#cancel = textButton(
      t('Cancel'),
      () => {
        // Between two batches nothing can be stopped: say that it was heard.
        this.#cancelled = true;
        setText(this.#cancel, this.#watching ? t('Stopping...') : t('Canceling...'));
        this.#cancel.setAttribute('disabled', '');
        actions.cancel();
      },
      { secondary: true, testId: 'results-cancel' },
    );
    this.#resume = acting(textButton(t('Resume'), actions.resume, { testId: 'results-resume' }));
    this.#more = element(
      'button',
      {
        type: 'button',
        class: 'link-button more',
        'aria-expanded': 'false',
        'aria-controls': this.#details.id,
        'data-testid': 'results-more',
        onclick: () => this.#open(this.#details.hidden === true),
      },
      icon('chevron-right'),
      this.#moreText,
    );
    this.#details.hidden = true;
    this.#details.append(this.#truth, this.#splits, this.#settled, this.#notes, this.#origin);
    this.element = element(
      'header',
      {},
      element(
        'div',
        { class: 'line' },
        this.#title,
        this.#with,
        this.#accuracy,
        this.#perSplit,
        this.#far,
        this.#bar,
        this.#left,
        this.#cancel,
        this.#resume,
        this.#more,
      ),
      this.#details,
    );
  }

  show(run: RunSummary, isNew: boolean): void {
    const running = run.phase === 'running';
    this.#watching = run.watching === true;
    if (isNew || !running) {
      this.#cancelled = false;
      setText(this.#cancel, this.#watching ? t('Stop Watching') : t('Cancel'));
      this.#cancel.removeAttribute('disabled');
    }
    this.#title.replaceChildren(label(run.title));
    setText(this.#with, chainOf(run));
    setText(this.#far, howFar(run));
    const accuracy = accuracySentence(run);
    setText(this.#accuracy, accuracy);
    setText(this.#perSplit, splitsLine(run));
    // The accuracy says it, too.
    this.#far.hidden = run.phase === 'done' && run.judged > 0 && accuracy !== '';
    this.#bar.hidden = run.phase === 'done' || run.waiting === true;
    const share = run.total === 0 ? 0 : Math.min(1, run.done / run.total);
    this.#fill.style.width = `${(100 * share).toFixed(1)}%`;
    this.#bar.setAttribute('aria-valuemax', String(run.total));
    this.#bar.setAttribute('aria-valuenow', String(run.done));
    const fast = running && run.imagesPerSecond > 0;
    setReadAttribute(this.#bar, 'title', fast ? say(speed(run.imagesPerSecond)) : '');
    const left = running && !this.#cancelled ? run.secondsLeft : undefined;
    const paused = running && !this.#cancelled ? run.paused : undefined;
    setText(this.#left, paused ?? (left === undefined ? '' : say(timeLeft(left))));
    this.#cancel.hidden = !running;
    this.#resume.hidden = run.phase !== 'cancelled';
    this.#showDetails(run);
  }

  #open(open: boolean): void {
    this.#details.hidden = !open;
    this.#more.setAttribute('aria-expanded', String(open));
    this.#more.firstElementChild?.classList.toggle('codicon-chevron-down', open);
    this.#more.firstElementChild?.classList.toggle('codicon-chevron-right', !open);
  }

  #showDetails(run: RunSummary): void {
    const { sha256, backbone } = run;
    const truth = [truthSentence(run), intervalSentence(run)].filter((sentence) => sentence !== '');
    setText(this.#truth, truth.join(' · '));
    setText(this.#splits, splitSentences(run).join(' · '));
    setText(this.#settled, run.settling?.shown ? dependsWords() : '');
    const lines = noteLines(run);
    const text = lines.join('\n');
    if (this.#notes.dataset['shown'] !== text) {
      this.#notes.dataset['shown'] = text;
      this.#notes.replaceChildren(...sentences(lines));
      setText(
        this.#moreText,
        lines.length === 0
          ? t('Details')
          : plural(lines.length, 'Details and {0} note', 'Details and {0} notes'),
      );
    }
    setText(this.#origin, origin(run));
    setReadAttribute(
      this.#origin,
      'title',
      sha256 === undefined ? '' : t('{0}: SHA-256 {1}', backbone, sha256),
    );
  }
}
