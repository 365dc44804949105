import type { VscodeCheckbox } from '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import type { VscodeTextfield } from '@vscode-elements/elements/dist/vscode-textfield/index.js';
import { methodLabel } from '../../src/core/alignments/alignment.ts';
import type { PageLocation, PageQuestion } from '../../src/protocol/alignmentView.ts';
import { acting, element, icon, setText } from '../common/element.ts';
import { say, t } from '../common/language.ts';
import type { AlignmentModel, Arrangement, Order } from './alignmentModel.ts';
import type { JoinedDocument } from './joinedDocument.ts';
import { Legend } from './legend.ts';
import { aggregationInWords, keysInWords } from './words.ts';

const ORDERS: readonly (readonly [Order, string])[] = [
  ['tree', t('By tree')],
  ['similarity', t('By similarity')],
  ['name', t('By name')],
];

export interface ToolbarEvents {
  change(change: Partial<Arrangement>): void;
  ask(question: PageQuestion): void;
}

/**
 * What is shown of a document and, in the editor, by what it was made. Its name stands above the page. In one line
 * however narrow: the order shrinks to an icon, the search to one that grows while it is used.
 */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #events: ToolbarEvents;
  readonly #name = element('h1', { class: 'visually-hidden' });
  readonly #search: VscodeTextfield;
  readonly #legend = new Legend();
  readonly #origin = element('p', { class: 'quiet' });
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
      title: t('Search labels'),
      value: search,
      'data-testid': 'alignment-search',
    }) as VscodeTextfield;
    const magnifier = icon('search');
    magnifier.slot = 'content-before';
    this.#search.append(magnifier);
    this.#search.addEventListener('input', () => {
      this.#markSearch();
      events.change({ search: this.#search.value });
    });
    this.#search.addEventListener('click', () => this.#search.focus());
    this.#markSearch();
    const tools = { class: 'tools', role: 'toolbar', 'aria-label': t('Shown labels') };
    this.element = element(
      'header',
      {},
      this.#name,
      element('div', tools, this.#search, orderOf(order, events)),
      this.#menuHost,
      ...this.#more(all),
    );
  }

  /** A search stays in view as long as it hides labels. */
  #markSearch(): void {
    this.#search.toggleAttribute('data-filled', this.#search.value !== '');
  }

  /** What is rarely wanted: all sources, what shades and keys mean, and where the figures come from. */
  #more(all: boolean): readonly HTMLElement[] {
    const everything = element('vscode-checkbox', {
      label: t('Show all source labels'),
      title: t('Show all source labels, not only those that are mapped or similar'),
      checked: all,
      'data-testid': 'alignment-all',
    }) as VscodeCheckbox;
    everything.addEventListener('change', () => this.#events.change({ all: everything.checked }));
    const panel = element(
      'div',
      { id: 'more', class: 'more', popover: 'auto', role: 'dialog', 'aria-label': t('View Options') },
      everything,
      this.#legend.element,
      element('p', { class: 'quiet' }, keysInWords()),
      this.#origin,
    );
    const button = element(
      'button',
      {
        type: 'button',
        class: 'icon-button',
        title: t('View Options'),
        'aria-label': t('View Options'),
        'aria-haspopup': 'dialog',
        'aria-expanded': 'false',
        popovertarget: panel.id,
        'data-testid': 'alignment-more',
      },
      icon('ellipsis'),
    );
    panel.addEventListener('toggle', ({ newState }) => {
      button.setAttribute('aria-expanded', String(newState === 'open'));
      if (newState === 'open') everything.focus();
    });
    // It closes, and the focus goes back to its button.
    panel.addEventListener('keydown', (event) => event.stopPropagation());
    return [button, panel];
  }

  /** What the view options tell of a document. */
  describe(model: AlignmentModel, origin: string): void {
    this.#legend.show(model);
    setText(this.#origin, origin);
  }

  /** Shows the name and, in the editor, the menus of a document. */
  show(name: string, shown: JoinedDocument, location: PageLocation): void {
    setText(this.#name, name);
    this.#menuHost.hidden = location === 'panel';
    if (location === 'editor') this.#menuHost.replaceChildren(...this.#menus(shown));
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
    this.#markSearch();
    return true;
  }

  /** By what the alignment was made: each a menu that changes it. */
  #menus({ document: { method, aggregation }, groups }: JoinedDocument): HTMLElement[] {
    const menu = (question: PageQuestion, id: string, what: string, title: string, now: string) =>
      acting(
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
        ),
      );
    const by = say(methodLabel(method));
    const similarity = method.encoder?.name ?? method.similarity;
    const combined = aggregationInWords(aggregation);
    const names = groups.map((group) => group.name).join(' + ');
    return [
      menu('changeBackbones', 'backbones', t('backbone'), t('Change the backbones: {0}', names), names),
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

/** The browser's own list: it takes no room of the page, and an icon can be laid over it. */
function orderOf(order: Order, events: ToolbarEvents): HTMLElement {
  const select = element(
    'select',
    { 'aria-label': t('Order of labels'), title: t('Order of labels'), 'data-testid': 'alignment-order' },
    ...ORDERS.map(([value, text]) => element('option', { value, selected: value === order }, text)),
  );
  select.addEventListener('change', () => events.change({ order: select.value as Order }));
  return element('span', { class: 'order' }, icon('sort-precedence'), select);
}
