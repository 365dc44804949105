import type { BrowserContext, Locator } from 'playwright-core';

/** What a gallery showed, in milliseconds of its page's clock. */
export interface Watched {
  /** The page was there, a tile with its picture, and all tiles that are seen with theirs. */
  visible?: number;
  first?: number;
  all?: number;
  /** How long each tile that was seen without its picture stayed so. */
  gaps: number[];
  /** Pictures that came, also of tiles that are not seen. */
  pictures: number;
  /** The longest time between two frames. */
  frame: number;
  /** Tiles that are seen, and of them those without a picture. */
  seen: number;
  empty: number;
}

interface WatchingWindow extends Window {
  watched: Watched;
  begin: () => void;
  /** VS Code writes a page into a frame that was there before: what waited for its next frame is lost. */
  start: () => void;
}

/** Watches the gallery of every page that is opened in a window from now on, frame by frame. */
export async function watchGalleries(context: BrowserContext): Promise<void> {
  // What bundles this file names functions by one that a page does not have.
  await context.addInitScript('globalThis.__name ??= (named) => named;');
  await context.addInitScript(watch);
}

/** @param gallery the element that is scrolled */
export async function watched(gallery: Locator): Promise<Watched> {
  return gallery.evaluate(() => {
    const view = window as unknown as WatchingWindow;
    view.start();
    return view.watched;
  });
}

/** Forgets what was seen so far. */
export async function beginAgain(gallery: Locator): Promise<void> {
  await gallery.evaluate(() => (window as unknown as WatchingWindow).begin());
}

/** Waits until every tile that is seen has its picture. */
export async function untilFull(gallery: Locator): Promise<Watched> {
  for (;;) {
    const now = await watched(gallery);
    if (now.seen > 0 && now.empty === 0 && now.all !== undefined) return now;
    await gallery.page().waitForTimeout(50);
  }
}

/** Scrolls at a steady speed. @param speed screens a second @param screens how far; all there is at most */
export async function scrollSteadily(gallery: Locator, speed: number, screens: number): Promise<void> {
  await gallery.evaluate(
    (element, { speed, screens }) =>
      new Promise<void>((resolve) => {
        const from = element.scrollTop;
        const to = Math.max(
          0,
          Math.min(element.scrollHeight - element.clientHeight, from + screens * element.clientHeight),
        );
        const started = performance.now();
        const step = () => {
          const way = ((performance.now() - started) / 1000) * Math.abs(speed) * element.clientHeight;
          const over = way >= Math.abs(to - from);
          element.scrollTop = over ? to : from + Math.sign(to - from) * way;
          if (over) resolve();
          else requestAnimationFrame(step);
        };
        step();
      }),
    { speed, screens },
  );
}

/** Runs in the page. */
function watch(): void {
  const view = window as unknown as WatchingWindow;
  const fresh = (): Watched => ({ gaps: [], pictures: 0, frame: 0, seen: 0, empty: 0 });
  view.watched = fresh();
  /** Since when tiles are seen without their pictures, by their places. */
  const since = new Map<string, number>();
  let last = 0;
  view.begin = () => {
    view.watched = fresh();
    since.clear();
    last = 0;
  };
  const make = URL.createObjectURL.bind(URL);
  URL.createObjectURL = (what) => {
    view.watched.pictures++;
    view.start();
    return make(what);
  };
  let looked = -1000;
  let chain = 0;
  const look = (mine: number): void => {
    if (mine !== chain) return;
    requestAnimationFrame(() => look(mine));
    looked = performance.now();
    const page = document.querySelector('[data-testid="results-page"]');
    const now = performance.now();
    if (!page || page.clientHeight === 0) return;
    const state = view.watched;
    state.visible ??= performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
    if (last > 0) state.frame = Math.max(state.frame, now - last);
    last = now;
    const gallery = page.querySelector('[data-testid="results-gallery"]');
    if (!gallery || gallery.clientHeight === 0) return;
    const { top, bottom } = gallery.getBoundingClientRect();
    const empty = new Set<string>();
    state.seen = 0;
    for (const tile of gallery.querySelectorAll<HTMLElement>('[data-testid="results-tile"]')) {
      const box = (tile.querySelector('.picture') ?? tile).getBoundingClientRect();
      if (box.bottom <= top || box.top >= bottom) continue;
      state.seen++;
      const picture = tile.querySelector('img');
      if (!picture?.complete || picture.naturalWidth === 0) empty.add(tile.dataset['position'] ?? '');
    }
    state.empty = empty.size;
    for (const place of empty) if (!since.has(place)) since.set(place, now);
    for (const [place, from] of since) {
      if (empty.has(place)) continue;
      state.gaps.push(now - from);
      since.delete(place);
    }
    if (state.seen === 0) return;
    if (empty.size < state.seen) state.first ??= now;
    if (empty.size === 0) state.all ??= now;
  };
  view.start = () => {
    if (performance.now() - looked < 500) return;
    looked = performance.now();
    const mine = ++chain;
    requestAnimationFrame(() => look(mine));
  };
}
