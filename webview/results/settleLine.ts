import type { RunSummary } from '../../src/protocol/resultsView.ts';
import type { SettlingState } from '../../src/protocol/settlingView.ts';
import { acting, element, icon, setReadAttribute, setText, textButton } from '../common/element.ts';
import { plural, t } from '../common/language.ts';
import { restoreFocus } from '../common/place.ts';
import {
  changedWords,
  contradictionWords,
  dependsWords,
  expectedPlain,
  expectedWords,
  settlingProgress,
  settlingWords,
  TELLING_LABELS,
} from './settleWords.ts';

export interface SettleLineEvents {
  settle(on: boolean): void;
  balance(on: boolean): void;
  cancel(): void;
  /** Asks a person about images, or stops to. */
  propose(on: boolean): void;
  /** Asks about images drawn at random, which only measure. */
  proposeRandom(): void;
  /** Keeps what the folder and its labels taught. */
  keep(): void;
  /** Shows the images whose answer changed, or whose label is doubtful. */
  filter(kind: 'changed' | 'doubtful'): void;
}

/** The line above the gallery about its images taken together: settles them, says what came of it, and asks about some. */
export class SettleLine {
  readonly element: HTMLElement;
  readonly #settle: HTMLButtonElement;
  readonly #balanced: HTMLInputElement;
  readonly #changed: HTMLElement;
  readonly #doubtful: HTMLElement;
  readonly #words = element('span', {
    class: 'quiet',
    id: 'settle-words',
    'data-testid': 'results-settle-words',
  });
  readonly #depends = element('span', { class: 'visually-hidden', id: 'settle-depends' }, dependsWords());
  readonly #progress = element('span', { class: 'number', 'data-testid': 'results-settle-progress' });
  readonly #cancel: HTMLElement;
  readonly #propose: HTMLButtonElement;
  readonly #expected = element('span', { class: 'figures', 'data-testid': 'results-expected' });
  readonly #random: HTMLElement;
  readonly #keep: HTMLElement;
  readonly #broken = element('div', {
    class: 'outdated',
    role: 'status',
    'data-testid': 'results-promise-broken',
  });
  readonly #brokenWords = element('span', {});
  readonly #asking = element('span', { class: 'asking', 'data-testid': 'results-asking' });
  readonly #facts = element('div', { class: 'settle-facts' });
  readonly #spoken = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });

  /** @param counts how many images are labeled: stands beside what was made of that */
  constructor(events: SettleLineEvents, counts: HTMLElement) {
    const isOn = (button: HTMLElement, name: string) => button.getAttribute(name) === 'true';
    this.#settle = element(
      'button',
      {
        type: 'button',
        class: 'toggle',
        role: 'switch',
        'aria-describedby': 'settle-words settle-depends',
        'data-testid': 'results-settle',
        onclick: () => events.settle(!isOn(this.#settle, 'aria-checked')),
      },
      element('span', { class: 'switch', 'aria-hidden': 'true' }),
      t('Settle Folder'),
    );
    this.#balanced = element('input', {
      type: 'checkbox',
      'data-testid': 'results-balanced',
      onchange: () => {
        // It is asked for a promise first: the state says what came of it.
        const wish = this.#balanced.checked;
        this.#balanced.checked = !wish;
        if (!isOn(this.#balanced, 'aria-disabled')) events.balance(wish);
      },
    });
    const link = (testId: string, kind: 'changed' | 'doubtful') =>
      element('button', {
        type: 'button',
        class: 'link-button',
        'data-testid': testId,
        onclick: () => events.filter(kind),
      });
    this.#changed = link('results-changed', 'changed');
    this.#doubtful = link('results-doubtful', 'doubtful');
    this.#cancel = textButton(t('Cancel'), events.cancel, {
      secondary: true,
      testId: 'results-settle-cancel',
    });
    this.#propose = acting(
      element(
        'button',
        {
          type: 'button',
          class: 'toggle',
          title: t('Puts the images on top whose labels teach most, a few at a time'),
          'data-testid': 'results-propose',
          onclick: () => events.propose(!isOn(this.#propose, 'aria-pressed')),
        },
        icon('comment-discussion'),
        ' ',
        t('Propose Images to Label'),
      ),
    );
    this.#random = acting(
      element(
        'button',
        {
          type: 'button',
          class: 'link-button',
          'data-testid': 'results-random',
          onclick: events.proposeRandom,
        },
        t('Label Random Images'),
      ),
    );
    this.#keep = acting(
      element(
        'button',
        {
          type: 'button',
          class: 'link-button',
          title: t('Saves what the images and their labels taught, to classify other images with it'),
          'data-testid': 'results-keep',
          onclick: events.keep,
        },
        t('Keep as Classifier...'),
      ),
    );
    const stop = acting(
      textButton(t('Stop Balancing'), () => events.balance(false), {
        secondary: true,
        testId: 'results-stop-balancing',
      }),
    );
    acting(this.#balanced);
    this.#broken.append(icon('warning'), this.#brokenWords, stop);
    this.#facts.append(this.#words, this.#asking, this.#expected, this.#random, counts);
    this.element = element(
      'div',
      { class: 'settle', role: 'group', 'aria-label': t('Folder as a whole') },
      element(
        'div',
        { class: 'settle-line' },
        this.#settle,
        element(
          'label',
          { class: 'balanced', title: t('Assumes about equally many images of each label') },
          this.#balanced,
          t('Balanced'),
        ),
        this.#changed,
        this.#doubtful,
        this.#progress,
        this.#cancel,
        this.#depends,
        element('span', { class: 'space' }),
        this.#keep,
        this.#propose,
      ),
      this.#facts,
      this.#broken,
      this.#spoken,
    );
    this.element.hidden = true;
  }

  /** @param judged answers with a truth, and how many of them are right */
  show(
    state: SettlingState,
    labels: readonly string[],
    judged: Pick<RunSummary, 'judged' | 'correct'>,
  ): void {
    const { shown, balanced, refused, progress, figures, asking, proposed, problem } = state;
    this.element.hidden = false;
    this.#settle.setAttribute('aria-checked', String(shown));
    this.#settle.disabled = refused !== undefined;
    // What was settled before is shown without running anything.
    if (!figures && !shown) acting(this.#settle);
    this.#balanced.checked = balanced;
    this.#balanced.disabled = refused !== undefined;
    // One that is disabled while it works would lose the keyboard.
    this.#balanced.setAttribute('aria-disabled', String(progress !== undefined));
    acting(this.#balanced);
    this.#changed.hidden = !shown || !figures;
    if (figures) setText(this.#changed, changedWords(figures));
    const doubtful = figures?.doubtful.length ?? 0;
    this.#doubtful.hidden = doubtful === 0;
    setText(this.#doubtful, plural(doubtful, '{0} doubtful label', '{0} doubtful labels'));
    setText(this.#progress, settlingProgress(state));
    // Where it takes a moment only, a button would flicker.
    const hadKeyboard = [this.#cancel, this.#broken].some((one) => one.contains(document.activeElement));
    this.#cancel.hidden = progress?.step !== 'features';
    const words = settlingWords(state);
    if (this.#words.textContent !== words) setText(this.#words, words);
    this.#depends.hidden = !shown;
    setReadAttribute(this.#words, 'title', shown ? `${words} ${dependsWords()}` : words);
    this.#words.classList.toggle('problem', problem !== undefined);
    const isLabeled = figures !== undefined && figures.learned + figures.held > 0;
    const expected =
      figures && expectedWords(figures, shown ? figures.expected : expectedPlain(figures, judged));
    this.#expected.hidden = expected === undefined || (!isLabeled && !asking);
    setText(this.#expected, expected ?? '');
    const isMeasured = figures?.expected !== undefined && figures.expected.of >= TELLING_LABELS;
    this.#random.hidden = refused !== undefined || isMeasured || (!isLabeled && !asking);
    this.#keep.hidden = refused !== undefined || !(shown || isLabeled);
    this.#propose.setAttribute('aria-pressed', String(asking));
    this.#propose.disabled = refused !== undefined;
    this.#asking.hidden = !asking;
    const asked = asking ? askingWords(state) : '';
    if (this.#asking.textContent !== asked) {
      setText(this.#asking, asked);
      setReadAttribute(this.#asking, 'title', asked);
    }
    const broken = balanced && shown && figures ? contradictionWords(figures, labels) : '';
    this.#broken.hidden = broken === '';
    if (broken !== '' && this.#brokenWords.dataset['shown'] !== broken) {
      this.#brokenWords.dataset['shown'] = broken;
      setText(
        this.#brokenWords,
        t('The images do not seem to be balanced. {0} The answers may be wrong.', broken),
      );
    }
    // What had the keyboard is gone.
    if (hadKeyboard && document.activeElement?.closest('[hidden]') !== null) restoreFocus(this.#settle);
    this.#say(shown && figures && !progress ? `${changedWords(figures)}. ${words}` : progress ? '' : words);
    this.element.classList.toggle('asks', asking);
    this.element.dataset['proposed'] = String(proposed.length);
  }

  /** A screen reader is told once that something changed. */
  #say(words: string): void {
    if (words !== '' && this.#spoken.textContent !== words) setText(this.#spoken, words);
  }
}

/** What is asked of the person, and what the last labels did. */
function askingWords({ proposed, lastChanged, progress }: SettlingState): string {
  const random = proposed.filter((image) => image.random).length;
  return [
    proposed.length === 0
      ? progress
        ? t('Looking for images to label...')
        : t('No more images to label.')
      : random === 0
        ? t('Label the marked images on top: they teach most.')
        : random === proposed.length
          ? t('Label the marked images on top: drawn at random, they only measure accuracy.')
          : plural(
              random,
              'Label the marked images on top: {1} teach most, {0} at random measures accuracy.',
              'Label the marked images on top: {1} teach most, {0} at random measure accuracy.',
              proposed.length - random,
            ),
    lastChanged === undefined
      ? ''
      : plural(lastChanged, 'The last labels changed {0} answer.', 'The last labels changed {0} answers.'),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}
