import { labelCutter } from './cutLabels.ts';
import { drawGrid, drawSmallCells } from './draw.ts';
import type { GridFrame } from './frame.ts';
import { gridKey } from './keys.ts';
import { type GridWidths, labelWidths } from './labelWidths.ts';
import {
  columnLeft,
  type GridLayout,
  layoutGrid,
  type Place,
  rowTop,
  type Scroll,
  samePlace,
  visibleCells,
} from './layout.ts';
import { followLook, followPixelRatio } from './look.ts';
import { Minimap, minimapSide } from './minimap.ts';
import { type GridPalette, readPalette } from './palette.ts';
import { type PictureFormat, pictureOf } from './picture.ts';
import { placeAt, scrollAfter, scrollBy, scrollToCentre, scrollToShow, zoomAnchor } from './places.ts';
import { followPointer } from './pointer.ts';
import { EMPTY_SCENE, type GridScene } from './scene.ts';
import { GridTwin } from './twin.ts';

export interface GridEvents {
  /** The pointer is over another place, or over none. */
  hovered(place: Place | undefined): void;
  /** The keyboard or a click went to another place. */
  moved(place: Place): void;
  /** Enter or a double click. */
  activated(place: Place): void;
  /** Space: it is to be told. */
  asked(place: Place): void;
  /** The button of the pointer is up again: what was held back while it was down may be shown. */
  released?(): void;
  /** What is seen was scrolled or zoomed. */
  turned?(): void;
  /** A key was pressed at the active place. True when it was used: the grid then does nothing of its own. */
  key?(event: KeyboardEvent): boolean;
}

export interface GridOptions {
  /** What a screen reader calls the grid. */
  readonly name: string;
  readonly testId: string;
  /** Narrowest cell in pixels: 14, or what a number in it needs. */
  readonly leastCell?: number;
  /** What a screen reader says of it; absent: true. */
  readonly readOnly?: boolean;
}

/** What a person did to a grid to see another part of it. */
export interface GridTurn extends Scroll {
  readonly zoom: number;
}

/** A place and where its corner is in the viewport. */
export interface GridAnchor extends Scroll {
  readonly place: Place;
}

/** A cell is never narrower than a pixel, nor larger than this factor makes it. */
const LARGEST_ZOOM = 3;
const SMALLEST_ZOOM = 0.04;
/** What stands beside the grid has its size by then. */
const SETTLE_MS = 1500;

/**
 * A matrix on a canvas: only what is seen is drawn. A transparent scroller above it gives native scrolling; a
 * `role="grid"` twin inside that carries the keyboard focus and speaks the cells.
 */
export class GridView {
  readonly #host: HTMLElement;
  readonly #canvas = document.createElement('canvas');
  readonly #scroller = document.createElement('div');
  readonly #spacer = document.createElement('div');
  readonly #twin: GridTwin;
  readonly #events: GridEvents;
  readonly #leastCell: number;
  readonly #minimap: Minimap;
  #cut = labelCutter();
  #widths: GridWidths | undefined;
  #scene: GridScene = EMPTY_SCENE;
  #palette: GridPalette;
  #layout: GridLayout;
  #active: Place | undefined;
  #hovered: Place | undefined;
  /** Where the pointer is over the grid. */
  #pointer: Scroll | undefined;
  #pressed = false;
  /** The places of the last two clicks: a double click is two on the same. */
  #clicks: readonly (Place | undefined)[] = [];
  /** The size that cells are laid out for: while a person is at the grid, it may become lower and keeps them. */
  #room = { width: 0, height: 0 };
  /** What was brought into view a moment ago, or is to be once the grid has a size: what appears beside the grid may not hide it. */
  #sought: { readonly place: Place; readonly until: number } | undefined;
  #zoom = 1;
  #frame = 0;

  constructor(host: HTMLElement, options: GridOptions, events: GridEvents) {
    this.#host = host;
    this.#events = events;
    this.#leastCell = options.leastCell ?? 14;
    host.classList.add('semap-grid');
    this.#canvas.setAttribute('aria-hidden', 'true');
    this.#canvas.dataset['testid'] = options.testId;
    this.#scroller.className = 'semap-grid-scroller';
    // The twin takes the focus; a second tab stop on the scroller would only confuse.
    this.#scroller.tabIndex = -1;
    this.#spacer.className = 'semap-grid-spacer';
    this.#twin = new GridTwin(options.name, options.readOnly ?? true);
    this.#spacer.append(this.#twin.element);
    this.#scroller.append(this.#spacer);
    this.#minimap = new Minimap(
      (x, y) => this.#scrollTo(scrollToCentre(this.#layout, { x, y })),
      () => this.#redraw(),
    );
    host.append(this.#canvas, this.#scroller, this.#minimap.element);
    this.#palette = readPalette();
    this.#layout = this.#measure();
    this.#listen();
  }

  /** Shows another scene. The active place stays where it is, as far as there is such a place. */
  set scene(scene: GridScene) {
    this.#scene = scene;
    this.#widths = undefined;
    if (this.#active && !this.#has(this.#active)) this.#active = undefined;
    this.#relayout();
  }

  get active(): Place | undefined {
    return this.#active;
  }

  set active(place: Place | undefined) {
    this.#active = place && this.#has(place) ? place : undefined;
    this.#twin.show(this.#scene, this.#layout, this.#active ?? this.#first());
    this.#redraw();
  }

  focus(): void {
    this.#twin.focus();
  }

  /** Whether the button of the pointer is down on the grid: nothing may move under it. */
  get pressed(): boolean {
    return this.#pressed;
  }

  /** The size of the grid, as far as its layout follows it. */
  get room(): { readonly width: number; readonly height: number } {
    const { clientWidth: width, clientHeight: height } = this.#host;
    const isThere = this.#pointer !== undefined || this.#twin.focused;
    const kept = isThere && width === this.#room.width && this.#room.height > 0 && height > 0;
    if (!kept) this.#room = { width, height };
    return this.#room;
  }

  /** How far it is scrolled and zoomed. */
  get turn(): GridTurn {
    return { ...this.#scroll(), zoom: this.#zoom };
  }

  set turn({ x, y, zoom }: GridTurn) {
    this.#zoom = Math.min(LARGEST_ZOOM, Math.max(SMALLEST_ZOOM, zoom));
    this.#relayout();
    this.#scrollTo({ x, y });
  }

  reveal(place: Place): void {
    const { width, height, headerWidth, headerHeight } = this.#layout;
    const isThere = width > headerWidth && height > headerHeight;
    this.#sought = { place, until: isThere ? performance.now() + SETTLE_MS : Number.POSITIVE_INFINITY };
    if (!isThere) return;
    this.#scrollTo(scrollToShow(this.#layout, this.#scroll(), place));
  }

  /** A place that must not move: under the pointer, else the active one where it is seen, else the first that is seen. */
  get anchor(): GridAnchor {
    const layout = this.#layout;
    const range = visibleCells(layout, this.#scroll());
    const inView = ({ row, column }: Place) =>
      row >= range.firstRow &&
      row <= range.lastRow &&
      column >= range.firstColumn &&
      column <= range.lastColumn;
    const { firstRow: row, firstColumn: column } = range;
    const active = this.#active && inView(this.#active) ? this.#active : undefined;
    const place = this.#hovered ?? active ?? { row, column };
    return { place, ...this.#cornerOf(place) };
  }

  /** Scrolls so that a place comes where another one was. */
  put(place: Place, { x, y }: GridAnchor): void {
    const now = this.#cornerOf(place);
    this.#scroller.scrollBy({
      left: place.column < 0 ? 0 : now.x - x,
      top: place.row < 0 ? 0 : now.y - y,
      behavior: 'instant',
    });
    this.#hover();
  }

  #cornerOf({ row, column }: Place): Scroll {
    const scroll = this.#scroll();
    return { x: columnLeft(this.#layout, scroll, column), y: rowTop(this.#layout, scroll, row) };
  }

  /** What is seen of the grid as a file. */
  picture(format: PictureFormat): Promise<Uint8Array<ArrayBuffer>> {
    const frame = { ...this.#frameNow(), active: undefined, hovered: undefined, focused: false };
    return pictureOf(frame, format);
  }

  #listen(): void {
    new ResizeObserver(() => this.#relayout()).observe(this.#host);
    followLook(() => {
      this.#palette = readPalette();
      this.#cut = labelCutter();
      this.#widths = undefined;
      this.#relayout();
    });
    // A browser may drop what a canvas shows, and a screen of another density wants it drawn again.
    this.#canvas.addEventListener('contextrestored', () => this.#redraw());
    followPixelRatio(() => this.#redraw());

    this.#scroller.addEventListener(
      'scroll',
      () => {
        this.#hover();
        this.#redraw();
        this.#events.turned?.();
      },
      { passive: true },
    );
    for (const kind of ['wheel', 'pointerdown'] as const) {
      this.#scroller.addEventListener(
        kind,
        () => {
          this.#sought = undefined;
        },
        { passive: true },
      );
    }
    this.#scroller.addEventListener('pointerleave', () => {
      this.#pointer = undefined;
      this.#hover();
    });
    followPointer(this.#scroller, {
      moved: (event) => {
        this.#pointer = this.#pointOf(event);
        this.#hover();
      },
      pressed: (down) => {
        this.#pressed = down;
        if (down) return;
        this.#relayout();
        this.#events.released?.();
      },
      clicked: (event) => {
        const place = this.#placeAt(this.#pointOf(event));
        this.#clicks = [this.#clicks.at(-1), place];
        // A cell that is seen in part stays where it is: it is about to be clicked again.
        if (place) this.#moveTo(place);
      },
      zoomed: (factor, event) => this.#zoomTo(this.#zoom * factor, this.#pointOf(event)),
    });
    this.#scroller.addEventListener('dblclick', (event) => {
      const place = this.#placeAt(this.#pointOf(event));
      if (place && this.#clicks.every((clicked) => samePlace(clicked, place))) this.#events.activated(place);
    });
    this.#twin.element.addEventListener('keydown', (event) => this.#key(event));
    this.#twin.element.addEventListener('focusin', () => {
      if (!this.#active) {
        this.#active = this.#first();
        this.#events.moved(this.#active);
      }
      this.#redraw();
    });
    this.#twin.element.addEventListener('focusout', () => this.#redraw());
  }

  #key(event: KeyboardEvent): void {
    if (this.#layout.rows === 0 || this.#layout.columns === 0) return;
    if (this.#events.key?.(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const place = this.#active ?? this.#first();
    const { firstRow, lastRow } = visibleCells(this.#layout, this.#scroll());
    const { rows, columns } = this.#layout;
    const action = gridKey(event, place, { rows, columns, page: Math.max(1, lastRow - firstRow - 1) });
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    if (action.kind === 'move') {
      this.reveal(action.place);
      this.#moveTo(action.place);
    } else if (action.kind === 'pan') this.#scrollTo(scrollBy(this.#layout, this.#scroll(), action));
    else if (action.kind === 'activate') this.#events.activated(place);
    else if (action.kind === 'explain') this.#events.asked(place);
    else this.#zoomTo(action.factor === undefined ? 1 : this.#zoom * action.factor);
  }

  #moveTo(place: Place): void {
    this.#active = place;
    this.#twin.show(this.#scene, this.#layout, place);
    this.#twin.focus();
    this.#redraw();
    this.#events.moved(place);
  }

  /** What is at `anchor` stays there: the pointer, or else the active cell where it is seen, or the middle. */
  #zoomTo(zoom: number, anchor: Scroll = zoomAnchor(this.#layout, this.#scroll(), this.#active)): void {
    const [before, scroll] = [this.#layout, this.#scroll()];
    this.#zoom = Math.min(LARGEST_ZOOM, Math.max(SMALLEST_ZOOM, zoom));
    this.#relayout();
    this.#scrollTo(scrollAfter([before, this.#layout], scroll, anchor));
    this.#events.turned?.();
  }

  #scrollTo({ x, y }: Scroll): void {
    this.#scroller.scrollTo({ left: x, top: y, behavior: 'instant' });
  }

  /** What the pointer is over is another place, or none any more. */
  #hover(): void {
    const place = this.#pointer && this.#placeAt(this.#pointer);
    if (samePlace(place, this.#hovered)) return;
    this.#hovered = place;
    this.#redraw();
    this.#events.hovered(place);
  }

  #pointOf(event: MouseEvent): Scroll {
    const { left, top } = this.#host.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  #placeAt({ x, y }: Scroll): Place | undefined {
    if (x >= this.#layout.width || y >= this.#layout.height) return undefined;
    return placeAt(this.#layout, this.#scroll(), x, y);
  }

  #has({ row, column }: Place): boolean {
    return row < this.#scene.rows.length && column < this.#scene.columns.length;
  }

  #first(): Place {
    return { row: 0, column: 0 };
  }

  #scroll(): Scroll {
    return { x: this.#scroller.scrollLeft, y: this.#scroller.scrollTop };
  }

  #measure(): GridLayout {
    this.#widths ??= labelWidths(this.#canvas.getContext('2d')!, this.#palette, this.#scene);
    const { clientWidth: width, clientHeight: height } = this.#scroller;
    const layout = layoutGrid({
      width,
      height: this.room.height - (this.#host.clientHeight - height),
      rows: this.#scene.rows.length,
      columns: this.#scene.columns.length,
      rowLabel: this.#widths.row,
      columnLabel: this.#widths.column,
      summary: this.#widths.summary,
      groups: this.#scene.groups,
      lineHeight: this.#palette.lineHeight,
      leastCell: this.#leastCell,
      zoom: this.#zoom,
    });
    return { ...layout, height };
  }

  #relayout(): void {
    // Hidden: sizes that are taken now would be kept, and the place in the grid lost.
    if (this.#host.clientWidth === 0 || this.#pressed) return;
    // Whether there is a minimap is decided without it: else it would take its own reason away.
    const shown = this.#host.dataset['minimap'];
    const whole = { ...this.#measure(), ...this.room };
    const side = minimapSide(whole);
    if (side !== shown) {
      if (side) this.#host.dataset['minimap'] = side;
      else delete this.#host.dataset['minimap'];
    }
    this.#layout = this.#measure();
    this.#spacer.style.width = `${this.#layout.contentWidth}px`;
    this.#spacer.style.height = `${this.#layout.contentHeight}px`;
    this.#twin.show(this.#scene, this.#layout, this.#active ?? this.#first());
    this.#seek();
    this.#hover();
    this.#redraw();
  }

  /** Brings into view again what a change of the size may have hidden, as long as nobody looks elsewhere. */
  #seek(): void {
    const sought = this.#sought;
    if (!sought) return;
    if (performance.now() > sought.until || !this.#has(sought.place)) {
      this.#sought = undefined;
      return;
    }
    this.reveal(sought.place);
    this.#sought = sought.until === Number.POSITIVE_INFINITY ? this.#sought : sought;
  }

  #redraw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  #paint(): void {
    const { width, height } = this.#layout;
    const ratio = window.devicePixelRatio || 1;
    const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== pixelWidth || this.#canvas.height !== pixelHeight) {
      this.#canvas.width = pixelWidth;
      this.#canvas.height = pixelHeight;
      this.#canvas.style.width = `${width}px`;
      this.#canvas.style.height = `${height}px`;
    }
    const context = this.#canvas.getContext('2d')!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const frame = this.#frameNow();
    drawGrid(context, frame, this.#cut, (small) => drawSmallCells(context, small));
    if (this.#host.dataset['minimap'] === undefined) return;
    this.#minimap.draw(this.#scene, this.#palette, this.#layout, frame.scroll);
  }

  #frameNow(): GridFrame {
    return {
      scene: this.#scene,
      layout: this.#layout,
      palette: this.#palette,
      scroll: this.#scroll(),
      active: this.#active,
      hovered: this.#hovered,
      focused: this.#twin.focused,
    };
  }
}
