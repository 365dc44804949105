import type { AlignmentDocument } from '../../src/core/documents/alignment.ts';
import { element, icon, label, linkButton } from '../common/element.ts';
import { type AlignmentWarning, type WarnedLabel, warningsOf } from './warnings.ts';

export interface WarningEvents {
  showTarget(target: number): void;
  /** By the backbone's index. */
  showSource(source: number): void;
  includeAgain(source: number): void;
}

/** What is amiss with an alignment, each label a way to where it can be mended. */
export class WarningList {
  readonly element = element('div', { class: 'warnings', 'data-testid': 'alignment-warnings' });
  readonly #events: WarningEvents;

  constructor(events: WarningEvents) {
    this.#events = events;
  }

  show(document: AlignmentDocument): void {
    const warnings = warningsOf(document);
    this.element.hidden = warnings.length === 0;
    this.element.replaceChildren(...warnings.map((warning) => this.#line(warning)));
  }

  #line({ severe, text, labels, more }: AlignmentWarning): HTMLElement {
    return element(
      'div',
      {},
      element('span', {}, icon(severe ? 'warning' : 'info'), ` ${text}`),
      ...labels.map((each) => this.#label(each)),
      more > 0 ? element('span', { class: 'quiet' }, `and ${more} more`) : undefined,
    );
  }

  #label({ name, note, target, source, excluded }: WarnedLabel): HTMLElement {
    const shown = element('span', {}, label(name), note === undefined ? undefined : ` (${note})`);
    const { showTarget, showSource, includeAgain } = this.#events;
    if (target !== undefined) return linkButton(shown, () => showTarget(target), undefined, `Show ${name}`);
    if (excluded !== undefined) {
      return linkButton(shown, () => includeAgain(excluded), undefined, `Include ${name} again`);
    }
    return source === undefined
      ? shown
      : linkButton(shown, () => showSource(source), undefined, `Show what ${name} share`);
  }
}
