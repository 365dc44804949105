/**
 * Gives an element of the page the focus back that it lost to a change of the page. Where the person is elsewhere in
 * VS Code by now it waits until they return: a page that takes the focus closes the quick pick they are in.
 */
export function restoreFocus(element: HTMLElement): void {
  const focus = () => element.isConnected && element.focus({ preventScroll: true });
  if (document.hasFocus()) focus();
  else window.addEventListener('focus', focus, { once: true });
}
