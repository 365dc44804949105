import { element } from '../common/element.ts';
import { t } from '../common/language.ts';
import type { Thumbnails } from '../common/thumbnails.ts';
import { type GalleryContent, makeTile, type Tile } from './tile.ts';
import {
  layoutTiles,
  scrollToTile,
  type TileLayout,
  tileKey,
  tileOrigin,
  usualTile,
  visibleTiles,
} from './tileLayout.ts';
import { TilePictures } from './tilePictures.ts';
import { howOf, imageAfter, nearest, placesOf, type SelectHow, TileSelection } from './tileSelection.ts';

export interface GalleryEvents {
  /** A tile got the focus. */
  focused(image: number): void;
  /** Other images are selected. */
  selected(): void;
  /** Z or a double click. */
  opened(image: number): void;
  /** A right click, or the key for it. */
  menu(image: number, at: { readonly x: number; readonly y: number }): void;
  /** Ctrl+C. */
  copy(): void;
  /** The gallery is scrolled to another place. */
  scrolled(place: ScrollPlace): void;
}

/** How far the gallery is scrolled, for any width of it. */
export interface ScrollPlace {
  /** Place of the first image that is seen, in the order in which they are shown. */
  readonly first: number;
  /** Pixels of its tile that are scrolled away. */
  readonly above: number;
}

/** A tile that stays where it is while all others move. */
interface Held {
  readonly image: number;
  /** Pixels from the top of what is seen. */
  readonly offset: number;
}

/** Pixels above and below the visible part for which tiles are made too. */
const MARGIN = 300;

/** A scrolled listbox of tiles; only those near the visible part exist. */
export class Gallery {
  readonly element = element('div', { class: 'gallery', 'data-testid': 'results-gallery' });
  readonly #list = element('div', {
    class: 'tiles',
    role: 'listbox',
    'aria-multiselectable': 'true',
    'aria-label': t('Classified images'),
  });
  readonly #pictures: TilePictures;
  readonly #events: GalleryEvents;
  readonly #tiles = new Map<number, Tile>();
  readonly #selection = new TileSelection();
  #content: GalleryContent | undefined;
  #layout: TileLayout = layoutTiles(0, 0, 0);
  /** Chosen width of a tile. */
  #tileSize: number | undefined;
  /** The image that keyboard focus is or was on. */
  #current: number | undefined;
  /** Its place in the order, kept in step with the content; that of one near it where a filter hides it. */
  #position = 0;
  /** Pixels scrolled: an element that is hidden has none. */
  #top = 0;
  /** What stays in place from one filter to the next, until the person goes elsewhere. */
  #held: Held | undefined;
  /** Where to scroll to as soon as there is a size: the gallery may be hidden. */
  #pending: ((layout: TileLayout) => number) | undefined;
  #frame = 0;

  constructor(thumbnails: Thumbnails, events: GalleryEvents) {
    this.#pictures = new TilePictures(thumbnails, () => this.#update());
    this.#events = events;
    this.element.append(this.#list);
    this.element.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#relayout()).observe(this.element);
    this.#list.addEventListener('keydown', (event) => this.#key(event));
    this.#list.addEventListener('focusin', (event) => {
      const tile = this.#tileOf(event.target);
      if (!tile) return;
      if (tile.image !== this.#current) this.#makeCurrent(tile.image, tile.position);
      this.#events.focused(tile.image);
    });
    this.#list.addEventListener('click', (event) => {
      const tile = this.#tileOf(event.target);
      if (tile) this.#select(tile.image, howOf(event));
    });
    this.#list.addEventListener('dblclick', (event) => {
      const tile = this.#tileOf(event.target);
      if (tile) this.#events.opened(tile.image);
    });
    this.#list.addEventListener('contextmenu', (event) => {
      // VS Code shows a menu of its own unless the page does.
      event.preventDefault();
      const tile = this.#tileOf(event.target);
      if (tile) this.#openMenu(tile, { x: event.clientX, y: event.clientY });
    });
  }

  /** Whether pictures are loaded before they are seen. */
  set readsAhead(does: boolean) {
    if (does === this.#pictures.readsAhead) return;
    this.#pictures.readsAhead = does;
    this.#update();
  }

  /** Chosen width of a tile; undefined: as it fits. */
  set tileSize(size: number | undefined) {
    if (size === this.#tileSize) return;
    this.#tileSize = size;
    this.#relayout();
  }

  /** The width that tiles are asked to have now. */
  get usedTileSize(): number {
    return this.#tileSize ?? usualTile(this.element.clientWidth);
  }

  /** The image that keyboard focus is or was on, if it is shown. */
  get current(): number | undefined {
    return this.#content?.images[this.#position] === this.#current ? this.#current : undefined;
  }

  /** Images that are shown and selected, in their order. */
  get selected(): readonly number[] {
    return this.#selection.of(this.#content?.images ?? []);
  }

  /** Shows what only grew at its end. */
  grow(content: GalleryContent): void {
    this.#content = content;
    this.#relayout();
  }

  /**
   * Shows other images, or the same in another order.
   * @param stay keeps what is looked at where it is, as far as it is among them
   */
  show(content: GalleryContent, stay: boolean): void {
    const held = stay ? (this.#held ?? this.#holdNow()) : undefined;
    const before = this.#content?.images ?? [];
    const had = this.#list.contains(document.activeElement);
    this.#clear();
    this.#content = content;
    const places = stay || this.#current !== undefined ? placesOf(content.images) : undefined;
    const near = held && places && nearest(before, held.image, places);
    this.#pending = (layout) => (near === undefined || !held ? 0 : tileOrigin(layout, near).y - held.offset);
    this.#position = (this.#current === undefined ? undefined : places?.get(this.#current)) ?? near ?? 0;
    this.#relayout();
    this.#held = held;
    if (had) this.focus();
    this.#events.selected();
  }

  /** Forgets which tiles were current and selected: the images are others. */
  reset(): void {
    this.#current = undefined;
    this.#held = undefined;
    this.#position = 0;
    this.#top = 0;
    this.#pending = undefined;
    this.#selection.set([]);
    this.#clear();
  }

  /**
   * Text of tiles changed, their places did not.
   * @param which images; absent: all
   */
  refresh(content: GalleryContent, which?: ReadonlySet<number>): void {
    this.#content = content;
    for (const [position, tile] of [...this.#tiles]) {
      if (which && !which.has(tile.image)) continue;
      const had = tile.element === document.activeElement;
      this.#remove(position, tile);
      this.#add(content, position);
      if (had) this.#tiles.get(position)?.element.focus({ preventScroll: true });
    }
    this.#relayout();
  }

  /** What a person said of images is another; undefined: of any. */
  showGiven(images: readonly number[] | undefined): void {
    const those = images && images.length > this.#tiles.size ? undefined : images;
    for (const tile of this.#tiles.values()) if (those?.includes(tile.image) ?? true) tile.showGiven();
  }

  /** What a key is about: the selected images where the current one is among them, else that one alone. */
  get subjects(): readonly number[] {
    const { current } = this;
    const selected = this.selected;
    return current === undefined || selected.includes(current) ? selected : [current];
  }

  /** Goes on to the image after the last of these, as far as there is one. @returns whether there was */
  goOn(from: readonly number[], focus: boolean): boolean {
    const images = this.#content?.images ?? [];
    const next = imageAfter(images, from);
    this.goTo(next ?? from[from.length - 1], focus);
    return next !== undefined;
  }

  /** Gives the keyboard to the current tile. */
  focus(): void {
    this.#goTo(this.#position);
  }

  /** Goes to an image as the arrow keys do. */
  goTo(image: number, focus = true): void {
    const position = this.#content?.images.indexOf(image) ?? -1;
    if (position < 0) return;
    this.#goTo(position, focus);
    this.#select(image, 'only');
  }

  /** Takes up a place that was told before. */
  scrollTo({ first, above }: ScrollPlace): void {
    this.#pending = (layout) =>
      first === 0 ? above : tileOrigin(layout, Math.min(first, Math.max(0, layout.count - 1))).y + above;
    this.#relayout();
  }

  /** Marks images as selected, and one as the current one; the keyboard stays where it is. */
  restore(current: number | undefined, selected: readonly number[]): void {
    const position = current === undefined ? -1 : (this.#content?.images.indexOf(current) ?? -1);
    this.#selection.set(selected);
    if (current !== undefined && position >= 0) this.#makeCurrent(current, position);
    this.#markSelected();
  }

  selectAll(): void {
    this.#selection.set(this.#content?.images ?? []);
    this.#markSelected();
  }

  #key(event: KeyboardEvent): void {
    if (!this.#content || event.altKey || !this.#does(event, this.#content)) return;
    event.preventDefault();
    // VS Code would take these keys for itself: to select all text, say.
    event.stopPropagation();
  }

  /** @returns whether the key does something here */
  #does(event: KeyboardEvent, { images }: GalleryContent): boolean {
    const { key, shiftKey } = event;
    const image = images[this.#position];
    if (image === undefined) return false;
    if (event.ctrlKey || event.metaKey) {
      if (key.toLowerCase() === 'a') this.selectAll();
      else if (key.toLowerCase() === 'c') this.#events.copy();
      else if (key === ' ') this.#select(image, 'toggle');
      else return this.#moves(event, images);
      return true;
    }
    if (key.toLowerCase() === 'z') this.#events.opened(image);
    else if (key === ' ') this.#select(image, 'toggle');
    else if (key === 'Escape' && this.selected.length > 1) this.#select(image, 'only');
    else if (key === 'ContextMenu' || (key === 'F10' && shiftKey)) {
      const tile = this.#tiles.get(this.#position);
      if (tile) this.#openMenu(tile);
    } else return this.#moves(event, images);
    return true;
  }

  /** With Shift what lies between is selected; with Ctrl alone the focus moves on to what Space then selects. */
  #moves({ key, shiftKey, ctrlKey, metaKey }: KeyboardEvent, images: readonly number[]): boolean {
    const to = tileKey(this.#layout, this.#position, key, this.element.clientHeight);
    if (to === undefined) return false;
    this.#goTo(to);
    if (shiftKey) this.#select(images[to], 'to');
    else if (!ctrlKey && !metaKey) this.#select(images[to], 'only');
    return true;
  }

  #openMenu(tile: Tile, at?: { readonly x: number; readonly y: number }): void {
    if (!this.#selection.has(tile.image)) this.#select(tile.image, 'only');
    this.#goTo(tile.position);
    const { left, top, width } = tile.element.getBoundingClientRect();
    // A key has no place of its own.
    const middle = { x: left + width / 2, y: top + width / 2 };
    this.#events.menu(tile.image, at && (at.x > 0 || at.y > 0) ? at : middle);
  }

  #select(image: number, how: SelectHow): void {
    this.#selection.select(image, how, this.#content?.images ?? []);
    this.#markSelected();
  }

  #markSelected(): void {
    for (const { element: tile, image } of this.#tiles.values()) {
      tile.setAttribute('aria-selected', String(this.#selection.has(image)));
    }
    this.#events.selected();
  }

  #goTo(position: number, focus = true): void {
    const image = this.#content?.images[position];
    if (image === undefined) return;
    this.#held = undefined;
    this.#setTop(scrollToTile(this.#layout, position, this.#top, this.element.clientHeight));
    this.#makeCurrent(image, position);
    this.#update();
    if (focus) this.#tiles.get(position)?.element.focus({ preventScroll: true });
    else this.#events.focused(image);
  }

  #makeCurrent(image: number, position: number): void {
    this.#tiles.get(this.#position)?.element.classList.remove('current');
    for (const { element: tile } of this.#tiles.values()) tile.tabIndex = -1;
    this.#current = image;
    this.#position = position;
    const tile = this.#tiles.get(position)?.element;
    if (!tile) return;
    tile.tabIndex = 0;
    tile.classList.add('current');
  }

  #tileOf(target: EventTarget | null): Tile | undefined {
    const found = target instanceof Element ? target.closest<HTMLElement>('.tile') : null;
    return found ? this.#tiles.get(Number(found.dataset['position'])) : undefined;
  }

  #measure(): TileLayout {
    const { images, judged } = this.#content ?? { images: [], judged: false };
    const line = Number.parseFloat(getComputedStyle(document.body).fontSize) * 1.4;
    const textHeight = Math.ceil((judged ? 3 : 2) * line + 6);
    return layoutTiles(images.length, this.element.clientWidth, textHeight, this.#tileSize);
  }

  #relayout(): void {
    // Hidden: sizes that are taken now would be kept, and the place lost.
    if (this.element.clientWidth === 0) return;
    const layout = this.#measure();
    const moved =
      layout.columns !== this.#layout.columns ||
      layout.tileWidth !== this.#layout.tileWidth ||
      layout.tileHeight !== this.#layout.tileHeight;
    if (this.#pending) {
      this.#top = this.#pending(layout);
      this.#pending = undefined;
    } else if (moved && this.#top > 0) {
      const held = this.#held ?? this.#holdNow();
      const at = held ? (this.#content?.images.indexOf(held.image) ?? -1) : -1;
      if (held && at >= 0) this.#top = tileOrigin(layout, at).y - held.offset;
      this.#held = held;
    }
    this.#layout = layout;
    this.#list.style.height = `${layout.contentHeight}px`;
    this.#list.style.setProperty('--tile-width', `${layout.tileWidth}px`);
    this.#list.style.setProperty('--tile-height', `${layout.tileHeight}px`);
    if (moved) for (const tile of this.#tiles.values()) this.#place(tile);
    this.#setTop(this.#top);
    this.#update();
  }

  /** What is looked at: the current tile where it is seen, or the first one that is. */
  #holdNow(): Held | undefined {
    const images = this.#content?.images ?? [];
    const { first, last } = visibleTiles(this.#layout, this.#top, this.element.clientHeight, 0);
    const seen = this.current !== undefined && this.#position >= first && this.#position < last;
    const position = seen ? this.#position : first;
    const image = images[position];
    if (image === undefined) return undefined;
    return { image, offset: tileOrigin(this.#layout, position).y - this.#top };
  }

  #setTop(top: number): void {
    const most = Math.max(0, this.#layout.contentHeight - this.element.clientHeight);
    this.#top = Math.min(most, Math.max(0, Math.round(top)));
    this.element.scrollTo({ top: this.#top, behavior: 'instant' });
  }

  #scrolled(): void {
    if (this.element.clientHeight === 0) return;
    const top = this.element.scrollTop;
    // Where it was set to, or where the person scrolled.
    if (Math.abs(top - this.#top) > 1) {
      this.#held = undefined;
      this.#top = top;
    }
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#update();
      const { first } = visibleTiles(this.#layout, this.#top, 0, 0);
      const above = first === 0 ? this.#top : this.#top - tileOrigin(this.#layout, first).y;
      this.#events.scrolled({ first, above: Math.round(above) });
    });
  }

  /** Makes the tiles that should be there and removes the others. */
  #update(): void {
    const content = this.#content;
    const height = this.element.clientHeight;
    if (!content || height === 0) return;
    const { first, last } = visibleTiles(this.#layout, this.#top, height, MARGIN);
    for (const [position, tile] of this.#tiles) {
      // The tile with the focus stays: removing it would throw the focus out of the page.
      const keep = (position >= first && position < last) || tile.element === document.activeElement;
      if (keep) continue;
      this.#remove(position, tile);
    }
    for (let position = first; position < last; position++) {
      if (!this.#tiles.has(position)) this.#add(content, position);
    }
    this.#pictures.show(this.#layout, this.#top, height, MARGIN, content.images, this.#tiles);
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
    tile.element.classList.toggle('current', current && tile.image === this.#current);
    tile.element.setAttribute('aria-selected', String(this.#selection.has(tile.image)));
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
    this.#pictures.forget(tile);
  }

  #clear(): void {
    for (const [position, tile] of this.#tiles) this.#remove(position, tile);
  }
}
