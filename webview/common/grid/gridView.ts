import { drawGrid, labelCutter } from './draw.ts';
import { gridKey } from './keys.ts';
import {
  type GridLayout,
  layoutGrid,
  type Place,
  placeAt,
  type Scroll,
  scrollToShow,
  visibleCells,
} from './layout.ts';
import { type GridPalette, readPalette } from './palette.ts';
import { EMPTY_SCENE, type GridScene } from './scene.ts';
import { GridTwin } from './twin.ts';

export interface GridEvents {
  /** The pointer is over another place, or over none. */
  hovered(place: Place | undefined): void;
  /** The keyboard or a click went to another place. */
  moved(place: Place): void;
  /** Enter, Space or a double click. */
  activated(place: Place): void;
  /** A single click, after `moved`. */
  clicked?(place: Place): void;
}

export interface GridOptions {
  /** What a screen reader calls the grid. */
  readonly name: string;
  readonly testId: string;
  /** Narrowest cell in pixels: 14, or what a number in it needs. */
  readonly leastCell?: number;
}

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
  readonly #observers: { disconnect(): void }[] = [];
  #cut = labelCutter();
  #scene: GridScene = EMPTY_SCENE;
  #palette: GridPalette;
  #layout: GridLayout;
  #active: Place | undefined;
  #hovered: Place | undefined;
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
    this.#twin = new GridTwin(options.name);
    this.#spacer.append(this.#twin.element);
    this.#scroller.append(this.#spacer);
    host.append(this.#canvas, this.#scroller);
    this.#palette = readPalette();
    this.#layout = this.#measure();
    this.#listen();
  }

  /** Shows another scene. The active place stays where it is, as far as there is such a place. */
  set scene(scene: GridScene) {
    this.#scene = scene;
    this.#hovered = undefined;
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

  reveal(place: Place): void {
    const { x, y } = scrollToShow(this.#layout, this.#scroll(), place);
    this.#scroller.scrollTo({ left: x, top: y, behavior: 'instant' });
  }

  dispose(): void {
    for (const observer of this.#observers) observer.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#canvas.remove();
    this.#scroller.remove();
  }

  #listen(): void {
    const resize = new ResizeObserver(() => this.#relayout());
    resize.observe(this.#host);
    // VS Code changes the theme by changing the class and the style of the page.
    const theme = new MutationObserver(() => {
      this.#palette = readPalette();
      this.#cut = labelCutter();
      this.#relayout();
    });
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
    theme.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
    this.#observers.push(resize, theme);

    this.#scroller.addEventListener('scroll', () => this.#redraw(), { passive: true });
    this.#scroller.addEventListener('pointermove', (event) => this.#hover(this.#placeOf(event)));
    this.#scroller.addEventListener('pointerleave', () => this.#hover(undefined));
    this.#scroller.addEventListener('pointerdown', (event) => {
      const place = this.#placeOf(event);
      if (!place || event.button !== 0) return;
      event.preventDefault();
      this.#moveTo(place);
      this.#events.clicked?.(place);
    });
    this.#scroller.addEventListener('dblclick', (event) => {
      const place = this.#placeOf(event);
      if (place) this.#events.activated(place);
    });
    this.#scroller.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        this.#zoomTo(this.#zoom * (event.deltaY < 0 ? 1.15 : 1 / 1.15));
      },
      { passive: false },
    );
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
    const place = this.#active ?? this.#first();
    const { firstRow, lastRow } = visibleCells(this.#layout, this.#scroll());
    const { rows, columns } = this.#layout;
    const action = gridKey(event, place, { rows, columns, page: Math.max(1, lastRow - firstRow - 1) });
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    if (action.kind === 'move') this.#moveTo(action.place);
    else if (action.kind === 'zoom')
      this.#zoomTo(action.factor === undefined ? 1 : this.#zoom * action.factor);
    else this.#events.activated(place);
  }

  #moveTo(place: Place): void {
    this.#active = place;
    this.reveal(place);
    this.#twin.show(this.#scene, this.#layout, place);
    this.#twin.focus();
    this.#redraw();
    this.#events.moved(place);
  }

  /** What is in the upper left corner stays there, as far as the active cell can still be seen. */
  #zoomTo(zoom: number): void {
    const before = this.#layout;
    const { x, y } = this.#scroll();
    this.#zoom = Math.min(3, Math.max(0.25, zoom));
    this.#relayout();
    this.#scroller.scrollTo({
      left: (x * this.#layout.cellWidth) / before.cellWidth,
      top: (y * this.#layout.cellHeight) / before.cellHeight,
      behavior: 'instant',
    });
    if (this.#active) this.reveal(this.#active);
  }

  #hover(place: Place | undefined): void {
    if (place?.row === this.#hovered?.row && place?.column === this.#hovered?.column) return;
    this.#hovered = place;
    this.#redraw();
    this.#events.hovered(place);
  }

  #placeOf(event: MouseEvent): Place | undefined {
    const { left, top } = this.#host.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
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
    const context = this.#canvas.getContext('2d')!;
    context.font = this.#palette.boldFont;
    // Labels are cut at these widths anyway; beyond a few hundred a sample tells the longest well enough.
    const longest = (labels: readonly string[], most: number) => {
      const step = Math.max(1, Math.floor(labels.length / 400));
      let width = 0;
      for (let i = 0; i < labels.length && width < most; i += step) {
        width = Math.max(width, context.measureText(labels[i].slice(0, 80)).width);
      }
      return Math.min(most, Math.ceil(width));
    };
    return layoutGrid({
      width: this.#scroller.clientWidth,
      height: this.#scroller.clientHeight,
      rows: this.#scene.rows.length,
      columns: this.#scene.columns.length,
      rowLabel: longest(this.#scene.rows, 220),
      columnLabel: longest(this.#scene.columns, 140),
      lineHeight: this.#palette.lineHeight,
      leastCell: this.#leastCell,
      zoom: this.#zoom,
    });
  }

  #relayout(): void {
    this.#layout = this.#measure();
    this.#spacer.style.width = `${this.#layout.contentWidth}px`;
    this.#spacer.style.height = `${this.#layout.contentHeight}px`;
    this.#twin.show(this.#scene, this.#layout, this.#active ?? this.#first());
    this.#redraw();
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
    drawGrid(
      context,
      {
        scene: this.#scene,
        layout: this.#layout,
        palette: this.#palette,
        scroll: this.#scroll(),
        active: this.#active,
        hovered: this.#hovered,
        focused: this.#twin.focused,
      },
      this.#cut,
    );
  }
}
