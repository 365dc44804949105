import { element } from './element.ts';

export interface MenuItem {
  readonly title: string;
  /** The key that does the same. */
  readonly key?: string;
  readonly testId?: string;
  run(): void;
}

/** Between two groups of items. */
export type MenuEntry = MenuItem | 'separator';

/** Letters that were typed longer ago do not belong to a word any more. */
const TYPING_MS = 700;

/**
 * Opens a menu at a place of the page, as those of VS Code: arrows and letters move, Enter chooses, Escape closes.
 * @param closed gives the focus back
 */
export function openMenu(
  name: string,
  entries: readonly MenuEntry[],
  at: { readonly x: number; readonly y: number },
  closed: () => void,
): void {
  const shut = new AbortController();
  const close = () => {
    if (shut.signal.aborted) return;
    shut.abort();
    menu.remove();
    closed();
  };
  const items = entries.filter((entry) => entry !== 'separator');
  const buttons = items.map(({ title, key, testId, run }) =>
    element(
      'button',
      {
        type: 'button',
        role: 'menuitem',
        tabindex: -1,
        'data-testid': testId,
        onclick: () => {
          close();
          run();
        },
      },
      element('span', {}, title),
      key === undefined ? undefined : element('span', { class: 'key', 'aria-hidden': 'true' }, key),
    ),
  );
  let next = 0;
  const menu = element(
    'div',
    { class: 'menu', role: 'menu', 'aria-label': name, 'data-testid': 'menu' },
    ...entries.map((entry) =>
      entry === 'separator' ? element('div', { role: 'separator' }) : buttons[next++],
    ),
  );
  const move = (to: number) => buttons[(to + buttons.length) % buttons.length].focus();
  let typed = '';
  let typedAt = 0;
  menu.addEventListener('keydown', (event) => {
    const current = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const { key } = event;
    event.stopPropagation();
    if (key === 'ArrowDown') move(current + 1);
    else if (key === 'ArrowUp') move(current < 0 ? -1 : current - 1);
    else if (key === 'Home') move(0);
    else if (key === 'End') move(-1);
    else if (key === 'Escape' || key === 'Tab') close();
    else if (key.length === 1 && key !== ' ' && !event.ctrlKey && !event.metaKey) {
      typed = (event.timeStamp - typedAt > TYPING_MS ? '' : typed) + key.toLocaleLowerCase();
      typedAt = event.timeStamp;
      const found = items.findIndex(({ title }) => title.toLocaleLowerCase().startsWith(typed));
      if (found >= 0) move(found);
    } else return;
    event.preventDefault();
  });
  menu.addEventListener('contextmenu', (event) => event.preventDefault());
  document.body.append(menu);
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(0, Math.min(at.x, window.innerWidth - width))}px`;
  menu.style.top = `${Math.max(0, Math.min(at.y, window.innerHeight - height))}px`;
  move(0);
  const outside = (event: Event) => {
    if (!menu.contains(event.target as Node)) close();
  };
  window.addEventListener('pointerdown', outside, { capture: true, signal: shut.signal });
  window.addEventListener('wheel', outside, { capture: true, passive: true, signal: shut.signal });
  window.addEventListener('blur', close, { signal: shut.signal });
  window.addEventListener('resize', close, { signal: shut.signal });
}
