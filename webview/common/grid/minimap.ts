import type { GridLayout, Scroll } from './layout.ts';
import type { GridPalette } from './palette.ts';
import type { GridScene } from './scene.ts';

/** A grid that is this often longer than what is seen of it has a minimap. */
const LONGER = 3;
/** A panel narrower or lower than this has no room for one. */
const LEAST_ROOM = 200;
/** Cells are looked at for so long a frame, in milliseconds. */
const BUDGET = 5;

/** On which side of a grid its minimap stands; undefined where all is seen soon enough without one. */
export type MinimapSide = 'right' | 'bottom' | undefined;

/** @param layout of the grid without a minimap */
export function minimapSide(layout: GridLayout): MinimapSide {
  const tall = layout.contentHeight / Math.max(1, layout.height);
  const wide = layout.contentWidth / Math.max(1, layout.width);
  if (Math.max(tall, wide) < LONGER || layout.rows * layout.columns === 0) return undefined;
  if (layout.width < LEAST_ROOM || layout.height < LEAST_ROOM) return undefined;
  return tall >= wide ? 'right' : 'bottom';
}

/** The part of the grid that is seen, as shares of the whole in [0, 1]. */
export function seenPart(layout: GridLayout, scroll: Scroll): { x: number; y: number; w: number; h: number } {
  const width = Math.max(1, layout.columns * layout.cellWidth);
  const height = Math.max(1, layout.rows * layout.cellHeight);
  return {
    x: Math.min(1, scroll.x / width),
    y: Math.min(1, scroll.y / height),
    w: Math.min(1, (layout.width - layout.headerWidth) / width),
    h: Math.min(1, (layout.height - layout.headerHeight) / height),
  };
}

/**
 * What `line` makes of the rows from `from` to `height`, as many as there is time for, but one at least: a busy machine may
 * take all the time before the first, and no picture has no rows.
 * @param now milliseconds
 */
export function linesInTime<T>(
  from: number,
  height: number,
  line: (row: number) => T,
  now = () => performance.now(),
): T[] {
  const until = now() + BUDGET;
  const lines: T[] = [];
  do lines.push(line(from + lines.length));
  while (from + lines.length < height && now() < until);
  return lines;
}

/**
 * The whole grid, small, with the part that is seen framed; a press or a drag goes there. It is for the pointer:
 * everything that it does, keys do in the grid.
 */
export class Minimap {
  readonly element = document.createElement('canvas');
  readonly #context = this.element.getContext('2d')!;
  readonly #picture = document.createElement('canvas');
  readonly #built: () => void;
  #scene: GridScene | undefined;
  #palette: GridPalette | undefined;
  #row = 0;
  #frame = 0;

  /**
   * @param go to what is at these shares of the grid
   * @param built more of the picture is there: it is to be drawn again
   */
  constructor(go: (x: number, y: number) => void, built: () => void) {
    this.#built = built;
    this.element.className = 'semap-grid-minimap';
    this.element.setAttribute('aria-hidden', 'true');
    const follow = (event: PointerEvent) => {
      const { left, top, width, height } = this.element.getBoundingClientRect();
      go((event.clientX - left) / width, (event.clientY - top) / height);
    };
    this.element.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      this.element.setPointerCapture(event.pointerId);
      follow(event);
    });
    this.element.addEventListener('pointermove', (event) => {
      if (this.element.hasPointerCapture(event.pointerId)) follow(event);
    });
  }

  /** Draws the map of a scene, `width` x `height` pixels large, with the seen part framed. */
  draw(scene: GridScene, palette: GridPalette, layout: GridLayout, scroll: Scroll): void {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [this.element.clientWidth, this.element.clientHeight];
    const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.element.width !== pixelWidth) this.element.width = pixelWidth;
    if (this.element.height !== pixelHeight) this.element.height = pixelHeight;
    const [columns, rows] = [
      Math.max(1, Math.min(scene.columns.length, pixelWidth)),
      Math.max(1, Math.min(scene.rows.length, pixelHeight)),
    ];
    const sized = this.#picture.width === columns && this.#picture.height === rows;
    if (scene !== this.#scene || palette !== this.#palette || !sized) {
      this.#begin(scene, palette, columns, rows);
    }
    const context = this.#context;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#picture, 0, 0, width, height);
    const { x, y, w, h } = seenPart(layout, scroll);
    const frame = [
      Math.min(width - 6, x * width) + 1,
      Math.min(height - 6, y * height) + 1,
      Math.max(4, w * width - 2),
      Math.max(4, h * height - 2),
    ] as const;
    context.lineWidth = 3;
    context.strokeStyle = palette.background;
    context.strokeRect(...frame);
    context.lineWidth = 1.5;
    context.strokeStyle = palette.foreground;
    context.strokeRect(...frame);
  }

  #begin(scene: GridScene, palette: GridPalette, columns: number, rows: number): void {
    this.#scene = scene;
    this.#palette = palette;
    this.#picture.width = columns;
    this.#picture.height = rows;
    this.#row = 0;
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#build());
  }

  /** Some rows of the picture: a pixel has the strongest shade of its cells, or the colour of a mark. */
  #build(): void {
    const [scene, palette] = [this.#scene!, this.#palette!];
    const { width, height } = this.#picture;
    const from = this.#row;
    const context = this.#picture.getContext('2d')!;
    const lines = linesInTime(from, height, (row) => this.#line(scene, palette, row, width, height));
    this.#row += lines.length;
    const pixels = new ImageData(width, lines.length);
    const colours = new Uint32Array(pixels.data.buffer);
    for (const [i, line] of lines.entries()) colours.set(line, i * width);
    context.putImageData(pixels, 0, from);
    this.#built();
    if (this.#row < height) this.#frame = requestAnimationFrame(() => this.#build());
  }

  #line(
    scene: GridScene,
    palette: GridPalette,
    at: number,
    width: number,
    height: number,
  ): Uint32Array<ArrayBuffer> {
    const line = new Uint32Array(width);
    const [rows, columns] = [scene.rows.length, scene.columns.length];
    const [top, bottom] = [Math.floor((at * rows) / height), Math.floor(((at + 1) * rows) / height)];
    for (let pixel = 0; pixel < width; pixel++) {
      const left = Math.floor((pixel * columns) / width);
      const right = Math.floor(((pixel + 1) * columns) / width);
      let shade = Number.NaN;
      let marked = false;
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          const value = scene.shade(row, column);
          if (!(value <= shade)) shade = value;
          marked ||= scene.mark(row, column) > 0;
        }
      }
      if (marked) line[pixel] = palette.markPixel;
      else if (!Number.isNaN(shade)) {
        line[pixel] = palette.heatPixels[Math.round(255 * Math.min(1, Math.max(0, shade)))];
      }
    }
    return line;
  }
}
