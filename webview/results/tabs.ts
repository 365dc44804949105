import { element, setText } from '../common/element.ts';
import { t } from '../common/language.ts';

export interface Tab<Id extends string> {
  readonly id: Id;
  readonly title: string;
  readonly panel: HTMLElement;
}

/** A tab list after the ARIA pattern: arrows move, the chosen tab's panel is the one that is shown. */
export class Tabs<Id extends string> {
  readonly list = element('div', { class: 'tabs', role: 'tablist', 'aria-label': t('Views of the results') });
  readonly #tabs: readonly (Tab<Id> & { readonly button: HTMLElement })[];
  readonly #chosen: (id: Id) => void;
  #current: Id;

  constructor(tabs: readonly Tab<Id>[], current: Id, chosen: (id: Id) => void) {
    this.#chosen = chosen;
    this.#current = current;
    this.#tabs = tabs.map((tab) => {
      const button = element(
        'button',
        {
          role: 'tab',
          type: 'button',
          id: `tab-${tab.id}`,
          'aria-controls': `panel-${tab.id}`,
          'data-testid': `results-tab-${tab.id}`,
          onclick: () => this.choose(tab.id),
        },
        tab.title,
      );
      tab.panel.id = `panel-${tab.id}`;
      tab.panel.setAttribute('role', 'tabpanel');
      tab.panel.setAttribute('aria-labelledby', button.id);
      return { ...tab, button };
    });
    this.list.append(...this.#tabs.map((tab) => tab.button));
    this.list.addEventListener('keydown', (event) => this.#key(event));
    this.#show();
  }

  get current(): Id {
    return this.#current;
  }

  choose(id: Id): void {
    this.#current = id;
    this.#show();
    this.#chosen(id);
  }

  /** Hides or shows a tab; hiding the current one turns to the first. */
  offer(id: Id, offered: boolean): void {
    const tab = this.#tabs.find((candidate) => candidate.id === id);
    if (!tab || tab.button.hidden === !offered) return;
    tab.button.hidden = !offered;
    if (!offered && this.#current === id) this.choose(this.#tabs[0].id);
  }

  rename(id: Id, title: string): void {
    const tab = this.#tabs.find((candidate) => candidate.id === id);
    if (tab && tab.button.textContent !== title) setText(tab.button, title);
  }

  #key(event: KeyboardEvent): void {
    const offered = this.#tabs.filter((tab) => !tab.button.hidden);
    const at = offered.findIndex((tab) => tab.id === this.#current);
    const to: Record<string, number> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      Home: 0,
      End: offered.length - 1,
    };
    if (!Object.hasOwn(to, event.key)) return;
    event.preventDefault();
    const tab = offered[(to[event.key] + offered.length) % offered.length];
    this.choose(tab.id);
    tab.button.focus();
  }

  #show(): void {
    for (const { id, button, panel } of this.#tabs) {
      const current = id === this.#current;
      button.setAttribute('aria-selected', String(current));
      button.tabIndex = current ? 0 : -1;
      panel.hidden = !current;
    }
  }
}
