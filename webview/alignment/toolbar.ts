import type { VscodeCheckbox } from '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import type { VscodeTextfield } from '@vscode-elements/elements/dist/vscode-textfield/index.js';
import { type AlignmentDocument, methodLabel } from '../../src/core/alignments/alignment.ts';
import type { PageLocation, PageQuestion } from '../../src/protocol/alignmentView.ts';
import { element, icon, select, setText } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import type { Arrangement, Order } from './alignmentModel.ts';
import { aggregationInWords } from './words.ts';

const ORDERS: readonly (readonly [Order, string])[] = [
  ['tree', t('By tree')],
  ['similarity', t('By similarity')],
  ['name', t('By name')],
];

export interface ToolbarEvents {
  change(change: Partial<Arrangement>): void;
  ask(question: PageQuestion): void;
}

/** What is shown of a document and, in the editor, by what it was made. Its name stands above the page. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #events: ToolbarEvents;
  readonly #name = element('h1', { class: 'visually-hidden' });
  readonly #search: VscodeTextfield;
  readonly #menuHost = element('div', {
    class: 'menus',
    role: 'toolbar',
    'aria-label': t('How labels are aligned'),
  });

  constructor({ order, all, search }: Arrangement, events: ToolbarEvents) {
    this.#events = events;
    this.#search = element('vscode-textfield', {
      placeholder: t('Search labels'),
      'aria-label': t('Search labels'),
      value: search,
      'data-testid': 'alignment-search',
    }) as VscodeTextfield;
    const magnifier = icon('search');
    magnifier.slot = 'content-before';
    this.#search.append(magnifier);
    this.#search.addEventListener('input', () => events.change({ search: this.#search.value }));
    const everything = element('vscode-checkbox', {
      label: t('All sources'),
      title: t('Show all source labels, not only those that are mapped or similar'),
      'aria-label': t('Show all source labels'),
      checked: all,
      'data-testid': 'alignment-all',
    }) as VscodeCheckbox;
    everything.addEventListener('change', () => events.change({ all: everything.checked }));
    const orders = select(t('Order of labels'), ORDERS, order, 'alignment-order', (chosen) =>
      events.change({ order: chosen }),
    );
    const tools = { class: 'tools', role: 'toolbar', 'aria-label': t('Shown labels') };
    this.element = element(
      'header',
      {},
      this.#name,
      element('div', tools, this.#search, orders, everything),
      this.#menuHost,
    );
  }

  /** Shows the name and, in the editor, the menus of a document. */
  show(name: string, document: AlignmentDocument, location: PageLocation): void {
    setText(this.#name, name);
    this.#menuHost.hidden = location === 'panel';
    if (location === 'editor') this.#menuHost.replaceChildren(...this.#menus(document));
  }

  isSearch(target: EventTarget | null): boolean {
    return target === this.#search;
  }

  focusSearch(): void {
    this.#search.focus();
  }

  /** @returns whether there was something to clear */
  clearSearch(): boolean {
    if (this.#search.value === '') return false;
    this.#search.value = '';
    return true;
  }

  /** By what the alignment was made: each a menu that changes it. */
  #menus({ method, aggregation }: AlignmentDocument): HTMLElement[] {
    const menu = (question: PageQuestion, id: string, what: string, title: string, now: string) =>
      element(
        'button',
        {
          type: 'button',
          class: 'menu-button',
          title,
          'data-testid': `alignment-${id}`,
          onclick: () => this.#events.ask(question),
        },
        element('span', { class: 'quiet' }, `${what} `),
        element('span', {}, now),
        icon('chevron-down'),
      );
    const by = say(methodLabel(method));
    const similarity = method.encoder?.name ?? method.similarity;
    const combined = aggregationInWords(aggregation);
    return [
      menu('chooseMethod', 'method', t('method'), t('Change the method: {0}', by), by),
      menu(
        'chooseSimilarity',
        'similarity',
        t('similarity'),
        t('Change the similarity: {0}', similarity),
        similarity,
      ),
      menu(
        'chooseAggregation',
        'aggregation',
        t('aggregation'),
        t('Change the aggregation: {0}', combined),
        combined,
      ),
    ];
  }
}
