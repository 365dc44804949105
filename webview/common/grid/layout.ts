import type { GridGroups } from './scene.ts';

/** Geometry of a grid with sticky labels on top and at the left. All lengths in CSS pixels. */
export interface GridLayout {
  /** The viewport, scroll bars not counted. */
  readonly width: number;
  readonly height: number;
  readonly rows: number;
  readonly columns: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Width of the row labels at the left. */
  readonly headerWidth: number;
  /** Height of the column labels on top. */
  readonly headerHeight: number;
  /** Widths of the figures of rows, at the right end of the row labels. */
  readonly rowFigures: readonly number[];
  /** Height of a line of figures of columns; the lines are at the lower end of the column labels. */
  readonly figureHeight: number;
  readonly columnFigures: number;
  /** Height of the line above the column labels that says what they are; 0 = none. */
  readonly titleHeight: number;
  /** The angle at which column labels rise, because they are wider than their cells; 0 where they lie. */
  readonly slant: number;
  /** How far a slanted label of the last column reaches beyond it. */
  readonly overhang: number;
  readonly groups: GridGroups | undefined;
  readonly contentWidth: number;
  readonly contentHeight: number;
}

export interface LayoutInput {
  readonly width: number;
  readonly height: number;
  readonly rows: number;
  readonly columns: number;
  /** Width of the longest row label and of the longest column label as drawn. */
  readonly rowLabel: number;
  readonly columnLabel: number;
  readonly lineHeight: number;
  /** Narrowest cell at zoom 1. */
  readonly leastCell: number;
  /** Widths of the figures of rows, how many lines of figures columns have; absent: there are none. */
  readonly summary?: { readonly rowFigures: readonly number[]; readonly columnFigures: number } | undefined;
  readonly groups?: GridGroups | undefined;
  /** Factor on the cells; 1 is the size at which every row label can be read. */
  readonly zoom: number;
}

/** Scrolled distance. */
export interface Scroll {
  readonly x: number;
  readonly y: number;
}

/** A place in the grid; row -1 is the column's label, column -1 the row's label. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

export function samePlace(a: Place | undefined, b: Place | undefined): boolean {
  return a?.row === b?.row && a?.column === b?.column;
}

export interface CellRange {
  readonly firstRow: number;
  readonly lastRow: number;
  readonly firstColumn: number;
  readonly lastColumn: number;
}

/** Slanted labels rise at this angle, and where cells are narrow at a steeper one: their lines are then further apart. */
const SLANT = Math.PI / 3;
const STEEP = (Math.PI * 5) / 12;
/** Lines of slanted labels that are closer than this share of a line's height are hard to tell apart. */
const CLOSE = 0.75;

/** Around labels. */
const PADDING = 6;
/** Left of row labels: where the text of the pages begins. */
export const LABEL_LEFT = 10;
const WIDEST_CELL = 72;
/** Of a matrix with figures: it is the only picture of its page. */
const WIDEST_COUNTED_CELL = 112;
/** Lines of text that make a low page. */
const LOW = 18;
const LONGEST_SLANTED_LABEL = 120;

export function layoutGrid(input: LayoutInput): GridLayout {
  const { width, height, rows, columns, lineHeight, zoom } = input;
  const rowFigures = fitting(input.summary?.rowFigures ?? [], width * 0.3);
  // On a low page one line of them, and short labels: most of it is for the cells, too.
  const isLow = height < LOW * lineHeight;
  const columnFigures = Math.min(input.summary?.columnFigures ?? 0, isLow ? 1 : Number.POSITIVE_INFINITY);
  const widest = input.summary ? WIDEST_COUNTED_CELL : WIDEST_CELL;
  const figures = rowFigures.reduce((sum, one) => sum + one, 0);
  // Labels never take more than two fifths of the width: a narrow panel is for the cells.
  const mostLabel = Math.max(72, Math.min(width * 0.42, width * 0.5 - figures));
  const headerWidth = Math.round(Math.min(input.rowLabel + LABEL_LEFT + PADDING, mostLabel) + figures);
  const room = (width - headerWidth) / Math.max(1, columns);
  const wide = Math.floor(zoom * Math.min(widest, Math.max(input.leastCell, room)));
  const straightFits = input.columnLabel + 2 * PADDING <= wide;
  const label = Math.min(
    input.columnLabel,
    LONGEST_SLANTED_LABEL,
    height * (input.summary && isLow ? 0.25 : 0.4),
  );
  const slanted = (slant: number) => {
    const overhang = Math.ceil(label * Math.cos(slant));
    const beside = (width - headerWidth - overhang) / Math.max(1, columns);
    const cellWidth = Math.floor(zoom * Math.min(widest, Math.max(input.leastCell, beside)));
    return { slant, overhang, cellWidth: Math.max(1, cellWidth) };
  };
  const usual = straightFits ? { slant: 0, overhang: 0, cellWidth: wide } : slanted(SLANT);
  const isClose = !straightFits && usual.cellWidth * Math.sin(SLANT) < lineHeight * CLOSE;
  const { slant, overhang, cellWidth } = isClose ? slanted(STEEP) : usual;
  const titleHeight = input.summary || input.groups?.of === 'columns' ? lineHeight + 2 : 0;
  const labelsHeight = straightFits
    ? Math.round(lineHeight + PADDING)
    : Math.ceil(label * Math.sin(slant) + lineHeight * 0.75 + PADDING);
  const headerHeight = titleHeight + labelsHeight + columnFigures * lineHeight;
  // Few rows get a little air; they never become posters.
  const highest = lineHeight * (input.summary ? 2.5 : 1.5);
  const stretched = Math.min((height - headerHeight) / Math.max(1, rows), highest);
  const cellHeight = Math.max(1, Math.round(zoom * Math.max(lineHeight, stretched)));
  return {
    width,
    height,
    rows,
    columns,
    cellWidth,
    cellHeight,
    headerWidth,
    headerHeight,
    rowFigures,
    figureHeight: lineHeight,
    columnFigures,
    titleHeight,
    slant,
    overhang,
    groups: input.groups,
    contentWidth: headerWidth + columns * cellWidth + overhang,
    contentHeight: headerHeight + rows * cellHeight,
  };
}

/**
 * Which labels are drawn where there is no room for all of them: every n-th, and those that the pointer or the keyboard
 * is on, for which their neighbours make room.
 * @param pitch distance from one label to the next
 * @param least distance at which two labels do not touch
 */
export function shownLabels(
  first: number,
  last: number,
  { pitch, least, lit }: { readonly pitch: number; readonly least: number; readonly lit: readonly number[] },
): number[] {
  const step = Math.max(1, Math.ceil(least / pitch));
  const shown: number[] = [];
  for (let index = first; index <= last; index++) {
    const hidden = index % step !== 0 || lit.some((other) => Math.abs(other - index) < step);
    if (lit.includes(index) || !hidden) shown.push(index);
  }
  return shown;
}

/** Distance between the lines of neighbouring column labels. */
export function columnLabelPitch({ cellWidth, slant }: GridLayout): number {
  return slant > 0 ? cellWidth * Math.sin(slant) : cellWidth;
}

/** Width that a slanted or straight column label may take before it is cut. */
export function columnLabelWidth(layout: GridLayout): number {
  if (layout.slant === 0) return layout.cellWidth - PADDING;
  return Math.max(16, layout.overhang / Math.cos(layout.slant));
}

export function rowLabelWidth(layout: GridLayout): number {
  return rowLabelEnd(layout) - LABEL_LEFT - PADDING;
}

/** Where row labels end and the figures of rows begin. */
export function rowLabelEnd({ headerWidth, rowFigures }: GridLayout): number {
  return headerWidth - rowFigures.reduce((sum, one) => sum + one, 0);
}

/** Where column labels end and the figures of columns begin. */
export function columnLabelEnd({ headerHeight, columnFigures, figureHeight }: GridLayout): number {
  return headerHeight - columnFigures * figureHeight;
}

/** Those at the end of `widths` for which there is room; one there always is. */
function fitting(widths: readonly number[], room: number): readonly number[] {
  const sum = widths.reduce((all, one) => all + one, 0);
  return widths.length > 1 && sum > room ? fitting(widths.slice(1), room) : widths;
}

/** The cells of which at least a part is seen; empty ranges have last < first. */
export function visibleCells(layout: GridLayout, scroll: Scroll): CellRange {
  const { cellWidth, cellHeight, rows, columns } = layout;
  const bodyWidth = layout.width - layout.headerWidth;
  const bodyHeight = layout.height - layout.headerHeight;
  return {
    firstRow: Math.max(0, Math.floor(scroll.y / cellHeight)),
    lastRow: Math.min(rows - 1, Math.ceil((scroll.y + bodyHeight) / cellHeight) - 1),
    firstColumn: Math.max(0, Math.floor(scroll.x / cellWidth)),
    lastColumn: Math.min(columns - 1, Math.ceil((scroll.x + bodyWidth) / cellWidth) - 1),
  };
}

/** Left edge of a column in the viewport. */
export function columnLeft(layout: GridLayout, scroll: Scroll, column: number): number {
  return layout.headerWidth + column * layout.cellWidth - scroll.x;
}

/** Top edge of a row in the viewport. */
export function rowTop(layout: GridLayout, scroll: Scroll, row: number): number {
  return layout.headerHeight + row * layout.cellHeight - scroll.y;
}
