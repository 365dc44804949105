/** Calls `changed` whenever the theme or the colours of the system are others. */
export function followLook(changed: () => void): void {
  matchMedia('(forced-colors: active)').addEventListener('change', changed);
  // VS Code changes the theme by changing the class and the style of the page.
  const theme = new MutationObserver(changed);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  theme.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
}

/** Calls `changed` whenever a CSS pixel has another number of pixels: the window was zoomed, or is on another screen. */
export function followPixelRatio(changed: () => void): void {
  const listen = () =>
    matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`).addEventListener(
      'change',
      () => {
        changed();
        listen();
      },
      { once: true },
    );
  listen();
}
