import type { AlignmentDocument } from '../../src/core/alignments/alignment.ts';
import type { LabelMeaning } from '../../src/protocol/alignments.ts';
import { acting, element, icon, label, linkButton, setReadAttribute, setText } from '../common/element.ts';
import { t } from '../common/language.ts';
import { restoreFocus } from '../common/place.ts';
import { Disclosure } from './disclosure.ts';
import { type AlignmentWarning, type WarnedLabel, warningsOf } from './warnings.ts';

export interface WarningEvents {
  /** The list was opened or closed. */
  toggled(open: boolean): void;
  showTarget(target: number): void;
  /** By the joined index. */
  showSource(source: number): void;
  includeAgain(source: number): void;
  /** Asks a language model for hints for the labels that are weak or misunderstood. */
  suggestHints(): void;
}

/** Labels listed at all: more are no list to read. */
const MOST = 300;

/** What is amiss with an alignment: one line, and below it each label that it is about, the worst first. */
export class WarningList {
  readonly element: HTMLElement;
  readonly #events: WarningEvents;
  readonly #sign = element('span', { class: 'sign' });
  readonly #line = element('span', { class: 'one-line' });
  readonly #list = element('div', { id: 'warning-list', class: 'warning-list' });
  readonly #disclosure: Disclosure;
  #warnings: readonly AlignmentWarning[] = [];

  constructor(events: WarningEvents) {
    this.#events = events;
    const toggled = (open: boolean) => events.toggled(open);
    this.#disclosure = new Disclosure(
      this.#list,
      'alignment-warnings-toggle',
      toggled,
      this.#sign,
      this.#line,
    );
    this.element = element(
      'section',
      { class: 'warnings', 'aria-label': t('Warnings'), 'data-testid': 'alignment-warnings' },
      this.#disclosure.button,
      this.#list,
    );
  }

  set open(open: boolean) {
    if (this.#disclosure.open === open) return;
    this.#disclosure.open = open;
    this.#write();
  }

  show(document: AlignmentDocument, meanings: readonly LabelMeaning[]): void {
    this.#warnings = warningsOf(document, meanings);
    this.element.hidden = this.#warnings.length === 0;
    this.#sign.replaceChildren(icon(this.#warnings.some(({ severe }) => severe) ? 'warning' : 'info'));
    const line = this.#warnings.map(({ text }) => text).join(' · ');
    setText(this.#line, line);
    setReadAttribute(this.#disclosure.button, 'title', line);
    this.#write();
  }

  /** Thousands of labels may be weak: they are listed when somebody reads them. */
  #write(): void {
    const focused = this.#list.contains(document.activeElement);
    const labels = this.#disclosure.open ? this.#warnings.flatMap((warning) => warning.labels) : [];
    const advice = this.#warnings.flatMap((warning) => warning.advice ?? []);
    this.#list.replaceChildren(
      ...advice.map((text) => element('p', {}, text)),
      element('ul', {}, ...labels.slice(0, MOST).map((each) => element('li', {}, ...this.#row(each)))),
      labels.length > MOST ? element('p', { class: 'quiet' }, t('and {0} more', labels.length - MOST)) : '',
    );
    if (this.#disclosure.open && this.#warnings.some(({ hints }) => hints))
      this.#list.prepend(this.#suggest());
    // The label that had the focus may be mended.
    if (focused) restoreFocus(this.#disclosure.button);
  }

  #suggest(): HTMLElement {
    return element(
      'p',
      {},
      acting(
        linkButton(
          t('Suggest Hints...'),
          () => this.#events.suggestHints(),
          'alignment-suggest-hints',
          t('Ask a language model for hints for these labels'),
        ),
      ),
    );
  }

  /** A label leads to where it can be mended: the details say how. */
  #row({ name, note, help, target, source, excluded }: WarnedLabel): Node[] {
    const { showTarget, showSource, includeAgain } = this.#events;
    const about = source ?? excluded;
    const title =
      source === undefined ? t('Show {0}', name) : t('Show the source label that {0} share', name);
    const show = () => {
      if (target !== undefined) showTarget(target);
      else if (about !== undefined) showSource(about);
    };
    const row: Node[] = [
      linkButton(label(name, 'one-line'), show, undefined, title),
      element('span', { class: 'note quiet one-line', title: help ?? note }, note),
    ];
    if (excluded === undefined) return row;
    const again = t('Include {0} again', name);
    return [...row, acting(linkButton(t('Include Again'), () => includeAgain(excluded), undefined, again))];
  }
}
