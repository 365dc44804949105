/** A position is written down when the scrolling pauses. */
const PAUSE_MS = 200;

/**
 * Keeps how far a page that scrolls as a whole is scrolled.
 * @param save is told where the page is
 * @returns goes to where the page was, once what was there is there again
 */
export function keepScroll(save: (top: number) => void): (top: number) => void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  window.addEventListener(
    'scroll',
    () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => save(Math.round(window.scrollY)), PAUSE_MS);
    },
    { passive: true },
  );
  return (top) => window.scrollTo({ top, behavior: 'instant' });
}

/**
 * Gives an element of the page the focus back that it lost to a change of the page. Where the person is elsewhere in
 * VS Code by now it waits until they return: a page that takes the focus closes the quick pick they are in.
 */
export function restoreFocus(element: HTMLElement): void {
  const focus = () => element.isConnected && element.focus({ preventScroll: true });
  if (document.hasFocus()) focus();
  else window.addEventListener('focus', focus, { once: true });
}
