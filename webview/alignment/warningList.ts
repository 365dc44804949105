import type { AlignmentDocument } from '../../src/core/alignments/alignment.ts';
import { element, icon, label, linkButton } from '../common/element.ts';
import { t } from '../common/language.ts';
import { type AlignmentWarning, type WarnedLabel, warningsOf } from './warnings.ts';

export interface WarningEvents {
  showTarget(target: number): void;
  /** By the backbone's index. */
  showSource(source: number): void;
  includeAgain(source: number): void;
}

/** Labels named at once; the rest is one press away. */
const NAMED = 6;
/** Labels named at all: more are no list to read. */
const MOST = 300;

/** What is amiss with an alignment, each label a way to where it can be mended. */
export class WarningList {
  readonly element = element('div', { class: 'warnings', 'data-testid': 'alignment-warnings' });
  readonly #events: WarningEvents;
  #document: AlignmentDocument | undefined;
  /** Place of the warning all of whose labels are named. */
  #open: number | undefined;

  constructor(events: WarningEvents) {
    this.#events = events;
  }

  show(document: AlignmentDocument): void {
    this.#document = document;
    const warnings = warningsOf(document);
    this.element.hidden = warnings.length === 0;
    this.element.replaceChildren(...warnings.map((warning, at) => this.#line(warning, at)));
  }

  #line({ severe, text, labels }: AlignmentWarning, at: number): HTMLElement {
    const named = labels.slice(0, this.#open === at ? MOST : NAMED);
    const rest = labels.length - named.length;
    const more = t('and {0} more', rest);
    return element(
      'div',
      {},
      element('span', {}, icon(severe ? 'warning' : 'info'), ` ${text}`),
      ...named.map((each) => this.#label(each)),
      rest === 0
        ? undefined
        : this.#open === at
          ? element('span', { class: 'quiet' }, more)
          : linkButton(more, () => this.#showMore(at), 'alignment-warnings-more'),
    );
  }

  #showMore(at: number): void {
    this.#open = at;
    if (this.#document) this.show(this.#document);
    // The focus goes to the first one that was not named before.
    const line = this.element.children[at];
    line?.querySelectorAll<HTMLElement>('button')[NAMED]?.focus();
  }

  #label({ name, note, target, source, excluded }: WarnedLabel): HTMLElement {
    const shown = element('span', {}, label(name), note === undefined ? undefined : ` (${note})`);
    const { showTarget, showSource, includeAgain } = this.#events;
    if (target !== undefined)
      return linkButton(shown, () => showTarget(target), undefined, t('Show {0}', name));
    if (excluded !== undefined) {
      return linkButton(shown, () => includeAgain(excluded), undefined, t('Include {0} again', name));
    }
    return source === undefined
      ? shown
      : linkButton(
          shown,
          () => showSource(source),
          undefined,
          t('Show the source label that {0} share', name),
        );
  }
}
