import type { VscodeCheckbox } from '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import type { VscodeSingleSelect } from '@vscode-elements/elements/dist/vscode-single-select/index.js';
import type { VscodeTextfield } from '@vscode-elements/elements/dist/vscode-textfield/index.js';
import type { AlignmentDocument } from '../../src/core/alignments/alignment.ts';
import type { AlignmentWish, PagePlace } from '../../src/protocol/alignmentView.ts';
import { element, icon, setText } from '../common/element.ts';
import type { Arrangement, Order } from './alignmentModel.ts';
import { aggregationInWords, methodInWords } from './words.ts';

const ORDERS: readonly (readonly [Order, string])[] = [
  ['tree', 'By tree'],
  ['similarity', 'By similarity'],
  ['name', 'By name'],
];

export interface ToolbarEvents {
  change(change: Partial<Arrangement>): void;
  edit(wish: AlignmentWish): void;
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
    'aria-label': 'How the labels are aligned',
  });

  constructor({ order, all, search }: Arrangement, events: ToolbarEvents) {
    this.#events = events;
    this.#search = element('vscode-textfield', {
      placeholder: 'Search labels',
      'aria-label': 'Search labels',
      value: search,
      'data-testid': 'alignment-search',
    }) as VscodeTextfield;
    const magnifier = icon('search');
    magnifier.slot = 'content-before';
    this.#search.append(magnifier);
    this.#search.addEventListener('input', () => events.change({ search: this.#search.value }));
    const everything = element('vscode-checkbox', {
      label: 'All sources',
      title: 'All source labels, not only those that are mapped or similar',
      'aria-label': 'All source labels',
      checked: all,
      'data-testid': 'alignment-all',
    }) as VscodeCheckbox;
    everything.addEventListener('change', () => events.change({ all: everything.checked }));
    const tools = { class: 'tools', role: 'toolbar', 'aria-label': 'Labels shown' };
    this.element = element(
      'header',
      {},
      this.#name,
      element('div', tools, this.#search, this.#orders(order), everything),
      this.#menuHost,
    );
  }

  /** Shows the name and, in the editor, the menus of a document. */
  show(name: string, document: AlignmentDocument, place: PagePlace): void {
    setText(this.#name, name);
    this.#menuHost.hidden = place === 'panel';
    if (place === 'editor') this.#menuHost.replaceChildren(...this.#menus(document));
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
    const menu = (
      kind: 'chooseMethod' | 'chooseSimilarity' | 'chooseAggregation',
      what: string,
      now: string,
    ) =>
      element(
        'button',
        {
          type: 'button',
          class: 'menu-button',
          title: `Change the ${what}: ${now}`,
          'data-testid': `alignment-${what}`,
          onclick: () => this.#events.edit({ kind }),
        },
        element('span', { class: 'quiet' }, `${what} `),
        element('span', {}, now),
        icon('chevron-down'),
      );
    return [
      menu('chooseMethod', 'method', methodInWords(method)),
      menu('chooseSimilarity', 'similarity', method.encoder?.name ?? method.similarity),
      menu('chooseAggregation', 'aggregation', aggregationInWords(aggregation)),
    ];
  }

  #orders(order: Order): VscodeSingleSelect {
    const select = element(
      'vscode-single-select',
      {
        'aria-label': 'Order of the labels',
        label: 'Order of the labels',
        title: 'Order of the labels',
        'data-testid': 'alignment-order',
      },
      ...ORDERS.map(([value, text]) => element('vscode-option', { value, selected: value === order }, text)),
    ) as VscodeSingleSelect;
    select.addEventListener('change', () => this.#events.change({ order: select.value as Order }));
    return select;
  }
}
