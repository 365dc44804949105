import { bar, element, icon, label } from '../common/element.ts';
import { t } from '../common/language.ts';
import type { Thumbnails } from '../common/thumbnails.ts';
import type { ResultTable } from './resultTable.ts';
import {
  layoutTiles,
  scrollToTile,
  type TileLayout,
  tileKey,
  tileOrigin,
  visibleTiles,
} from './tileLayout.ts';
import { confidence, undecided } from './words.ts';

/** What the gallery shows. */
export interface GalleryContent {
  readonly table: ResultTable;
  /** Target labels by index. */
  readonly labels: readonly string[];
  /** Images in the order in which they are shown. */
  readonly images: readonly number[];
  /** Confidence below which an answer counts as "not sure". */
  readonly threshold: number;
  /** Whether any truth is known: tiles then have a line for it. */
  readonly judged: boolean;
}

export interface GalleryEvents {
  /** A tile got the focus. */
  focused(image: number): void;
  /** Enter or a double click. */
  opened(image: number): void;
  /** Another image is the first one that is seen. */
  scrolled(first: number): void;
}

/** Pixels above and below the visible part for which tiles are made too. */
const MARGIN = 300;

/** A scrolled listbox of tiles; only those near the visible part exist. */
export class Gallery {
  readonly element = element('div', { class: 'gallery', 'data-testid': 'results-gallery' });
  readonly #list = element('div', { class: 'tiles', role: 'listbox', 'aria-label': t('Classified images') });
  readonly #thumbnails: Thumbnails;
  readonly #events: GalleryEvents;
  readonly #tiles = new Map<number, Tile>();
  #content: GalleryContent | undefined;
  #layout: TileLayout = layoutTiles(0, 0, 0);
  /** The image that keyboard focus is or was on. */
  #current: number | undefined;
  /** Its place in the order, kept in step with the content. */
  #position = 0;
  #frame = 0;
  /** Position of the first image that is seen. */
  #first = 0;

  constructor(thumbnails: Thumbnails, events: GalleryEvents) {
    this.#thumbnails = thumbnails;
    this.#events = events;
    this.element.append(this.#list);
    this.element.addEventListener('scroll', () => this.#schedule(), { passive: true });
    new ResizeObserver(() => this.#relayout()).observe(this.element);
    this.#list.addEventListener('keydown', (event) => this.#key(event));
    this.#list.addEventListener('focusin', (event) => {
      const tile = this.#tileOf(event.target);
      if (tile && tile.image !== this.#current) this.#makeCurrent(tile.image, tile.position);
      if (tile) this.#events.focused(tile.image);
    });
    this.#list.addEventListener('dblclick', (event) => {
      const tile = this.#tileOf(event.target);
      if (tile) this.#events.opened(tile.image);
    });
  }

  /** Pixels of a thumbnail's edge. */
  get thumbnailSize(): number {
    return Math.ceil(this.#layout.tileWidth * Math.min(2, window.devicePixelRatio || 1));
  }

  /** Shows other content; `keepScroll` when it only grew. */
  show(content: GalleryContent, keepScroll: boolean): void {
    const grewOnly = keepScroll && this.#content?.table === content.table;
    this.#content = content;
    if (!grewOnly) {
      this.#clear();
      this.element.scrollTop = 0;
      this.#position = this.#current === undefined ? 0 : content.images.indexOf(this.#current);
      if (this.#position < 0) {
        this.#position = 0;
        this.#current = undefined;
      }
    }
    this.#relayout();
  }

  /** Forgets which tile was current: the images are others. */
  reset(): void {
    this.#current = undefined;
    this.#position = 0;
    this.#clear();
  }

  /** Text of the tiles changed, their places did not. */
  refresh(content: GalleryContent): void {
    this.#content = content;
    this.#clear();
    this.#relayout();
  }

  focus(): void {
    this.#goTo(this.#position);
  }

  /** Brings the image at a position to the top. */
  scrollTo(position: number): void {
    const { y } = tileOrigin(this.#layout, Math.min(position, Math.max(0, this.#layout.count - 1)));
    this.element.scrollTo({ top: Math.max(0, y - this.#layout.gap), behavior: 'instant' });
    this.#update();
  }

  /** Marks an image as the current one and leaves the keyboard where it is. */
  select(image: number, position: number): void {
    this.#makeCurrent(image, position);
  }

  #key(event: KeyboardEvent): void {
    if (!this.#content || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter') {
      const image = this.#content.images[this.#position];
      if (image !== undefined) this.#events.opened(image);
      event.preventDefault();
      return;
    }
    const to = tileKey(this.#layout, this.#position, event.key, this.element.clientHeight);
    if (to === undefined) return;
    event.preventDefault();
    this.#goTo(to);
  }

  #goTo(position: number): void {
    const image = this.#content?.images[position];
    if (image === undefined) return;
    const top = scrollToTile(this.#layout, position, this.element.scrollTop, this.element.clientHeight);
    this.element.scrollTo({ top, behavior: 'instant' });
    this.#makeCurrent(image, position);
    this.#update();
    this.#tiles.get(position)?.element.focus({ preventScroll: true });
  }

  #makeCurrent(image: number, position: number): void {
    const before = this.#tiles.get(this.#position);
    if (before) before.element.tabIndex = -1;
    before?.element.setAttribute('aria-selected', 'false');
    this.#current = image;
    this.#position = position;
    const tile = this.#tiles.get(position);
    if (tile) tile.element.tabIndex = 0;
    tile?.element.setAttribute('aria-selected', 'true');
  }

  #tileOf(target: EventTarget | null): Tile | undefined {
    const found = target instanceof Element ? target.closest<HTMLElement>('.tile') : null;
    return found ? this.#tiles.get(Number(found.dataset['position'])) : undefined;
  }

  #relayout(): void {
    const { images, judged } = this.#content ?? { images: [], judged: false };
    const line = Number.parseFloat(getComputedStyle(document.body).fontSize) * 1.4;
    const textHeight = Math.ceil((judged ? 3 : 2) * line + 6);
    const layout = layoutTiles(images.length, this.element.clientWidth, textHeight);
    const moved =
      layout.columns !== this.#layout.columns ||
      layout.tileWidth !== this.#layout.tileWidth ||
      layout.tileHeight !== this.#layout.tileHeight;
    this.#layout = layout;
    this.#list.style.height = `${layout.contentHeight}px`;
    this.#list.style.setProperty('--tile-width', `${layout.tileWidth}px`);
    this.#list.style.setProperty('--tile-height', `${layout.tileHeight}px`);
    if (moved) for (const tile of this.#tiles.values()) this.#place(tile);
    this.#update();
  }

  #schedule(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#update();
      const { first } = visibleTiles(this.#layout, this.element.scrollTop, 0, 0);
      if (first !== this.#first) this.#events.scrolled(first);
      this.#first = first;
    });
  }

  /** Makes the tiles that should be there and removes the others. */
  #update(): void {
    const content = this.#content;
    if (!content) return;
    const { first, last } = visibleTiles(
      this.#layout,
      this.element.scrollTop,
      this.element.clientHeight,
      MARGIN,
    );
    for (const [position, tile] of this.#tiles) {
      // The tile with the focus stays: removing it would throw the focus out of the page.
      const keep = (position >= first && position < last) || tile.element === document.activeElement;
      if (keep) continue;
      this.#remove(position, tile);
    }
    for (let position = first; position < last; position++) {
      if (!this.#tiles.has(position)) this.#add(content, position);
    }
    // From the bottom up: what is wanted last is loaded first, and people read from the top.
    for (let position = last - 1; position >= first; position--) {
      const tile = this.#tiles.get(position);
      if (tile && !tile.settled()) this.#thumbnails.want(tile.image, (url) => tile.showPicture(url));
    }
    // One tile can always be reached with Tab.
    if (!this.#tiles.has(this.#position) && first < last) {
      const tile = this.#tiles.get(first);
      if (tile) tile.element.tabIndex = 0;
    }
  }

  #add(content: GalleryContent, position: number): void {
    const tile = makeTile(content, position);
    const current = position === this.#position;
    tile.element.tabIndex = current ? 0 : -1;
    tile.element.setAttribute('aria-selected', String(current && this.#current !== undefined));
    this.#tiles.set(position, tile);
    this.#place(tile);
    // Screen readers read in document order.
    const next = [...this.#list.children].find(
      (other) => Number((other as HTMLElement).dataset['position']) > position,
    );
    this.#list.insertBefore(tile.element, next ?? null);
  }

  #place({ element: tile, position }: Tile): void {
    const { x, y } = tileOrigin(this.#layout, position);
    tile.style.transform = `translate(${x}px, ${y}px)`;
    tile.setAttribute('aria-setsize', String(this.#layout.count));
  }

  #remove(position: number, tile: Tile): void {
    tile.element.remove();
    this.#tiles.delete(position);
    this.#thumbnails.forget(tile.image);
  }

  #clear(): void {
    for (const [position, tile] of this.#tiles) this.#remove(position, tile);
  }
}

interface Tile {
  readonly image: number;
  readonly position: number;
  readonly element: HTMLElement;
  /** Whether the picture is there, or known not to be had. */
  settled(): boolean;
  showPicture(url: string | undefined): void;
}

function makeTile({ table, labels, images, threshold, judged }: GalleryContent, position: number): Tile {
  const image = images[position];
  const predicted = table.predicted(image) < 0 ? undecided() : (labels[table.predicted(image)] ?? '');
  const truth = table.truth(image) < 0 ? undefined : labels[table.truth(image)];
  const sure = table.confidence(image);
  const unsure = sure < threshold;
  const wrong = table.wrong(image);
  const picture = element('div', { class: 'picture' });
  const made = element(
    'div',
    {
      class: `tile${wrong ? ' wrong' : ''}${unsure ? ' unsure' : ''}`,
      role: 'option',
      'aria-posinset': position + 1,
      'data-position': position,
      'data-testid': 'results-tile',
    },
    picture,
    element('div', { class: 'predicted' }, label(unsure ? t('not sure: {0}', predicted) : predicted)),
    element(
      'div',
      { class: 'confidence' },
      bar(sure),
      spoken(`, ${t('confidence')} `),
      element('span', { class: 'number' }, confidence(sure)),
    ),
    judged
      ? element(
          'div',
          { class: 'truth' },
          ...(truth === undefined
            ? []
            : wrong
              ? [icon('close'), spoken(`, ${t('wrong')}, `), label(t('true: {0}', truth))]
              : [icon('check'), spoken(', '), element('span', {}, t('right'))]),
        )
      : undefined,
  );
  let settled = false;
  return {
    image,
    position,
    element: made,
    settled: () => settled,
    showPicture: (url) => {
      settled = true;
      // The label says what there is to say; the picture adds nothing to it for a screen reader.
      picture.replaceChildren(
        url === undefined
          ? element('span', { class: 'no-picture', title: t('No preview') }, icon('file-media'))
          : element('img', { src: url, alt: '', draggable: 'false' }),
      );
    },
  };
}

/** Words for what the tile says by its form, for screen readers. */
function spoken(words: string): HTMLElement {
  return element('span', { class: 'visually-hidden' }, words);
}
