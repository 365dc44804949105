import { groupBand, groupHeaderAt, isGroupHeader } from './groups.ts';
import { columnLabelEnd, columnLeft, type GridLayout, type Place, rowTop, type Scroll } from './layout.ts';

/** What lies at a point of the viewport; undefined beside the cells and in the corner. */
export function placeAt(layout: GridLayout, scroll: Scroll, x: number, y: number): Place | undefined {
  const header = groupHeaderAt(layout, scroll, x, y);
  if (header) return header;
  const inColumnLabels = y < layout.headerHeight;
  // A slanted label leans to the right: the point belongs to the column in which its line meets the cells.
  const above = columnLabelEnd(layout) - y;
  const lean = inColumnLabels && layout.slant > 0 && above > 0 ? above / Math.tan(layout.slant) : 0;
  const column =
    x - lean < layout.headerWidth
      ? -1
      : Math.floor((x - lean - layout.headerWidth + scroll.x) / layout.cellWidth);
  const row = inColumnLabels ? -1 : Math.floor((y - layout.headerHeight + scroll.y) / layout.cellHeight);
  if (row >= layout.rows || column >= layout.columns || (row === -1 && column === -1)) return undefined;
  return { row, column };
}

/** The scroll nearest to `scroll` at which `place` is seen whole, the slanted label above it included. */
export function scrollToShow(layout: GridLayout, scroll: Scroll, place: Place): Scroll {
  const room = layout.width - layout.headerWidth;
  return {
    x: nearest(scroll.x, place.column, layout.cellWidth, Math.max(layout.cellWidth, room - layout.overhang)),
    y: nearest(
      scroll.y,
      place.row,
      layout.cellHeight,
      layout.height - layout.headerHeight,
      isGroupHeader(layout, 'rows', place.row) ? 0 : groupBand(layout),
    ),
  };
}

/** @param covered how much of the room is covered at its beginning */
function nearest(scrolled: number, index: number, size: number, room: number, covered = 0): number {
  if (index < 0) return scrolled;
  const start = index * size;
  if (start < scrolled + covered) return Math.max(0, start - covered);
  if (start + size > scrolled + room) return Math.max(0, start + size - room);
  return scrolled;
}

/** What stays where it is when cells become larger or smaller: the active cell where it is seen, or the middle. */
export function zoomAnchor(layout: GridLayout, scroll: Scroll, active: Place | undefined): Scroll {
  const middle = { x: (layout.headerWidth + layout.width) / 2, y: (layout.headerHeight + layout.height) / 2 };
  if (!active) return middle;
  const { row, column } = active;
  const x = columnLeft(layout, scroll, column) + layout.cellWidth / 2;
  const y = rowTop(layout, scroll, row) + layout.cellHeight / 2;
  return {
    x: column >= 0 && x > layout.headerWidth && x < layout.width ? x : middle.x,
    y: row >= 0 && y > layout.headerHeight && y < layout.height ? y : middle.y,
  };
}

/** The scroll of another layout of the same cells at which `anchor` stays where it is. */
export function scrollAfter(
  [before, after]: readonly [GridLayout, GridLayout],
  { x, y }: Scroll,
  anchor: Scroll,
): Scroll {
  const kept = (scrolled: number, at: number, [old, now]: readonly [number, number], ratio: number) =>
    (scrolled + at - old) * ratio - (at - now);
  return {
    x: kept(x, anchor.x, [before.headerWidth, after.headerWidth], after.cellWidth / before.cellWidth),
    y: kept(y, anchor.y, [before.headerHeight, after.headerHeight], after.cellHeight / before.cellHeight),
  };
}

/** The scroll by shares of what is seen. */
export function scrollBy(layout: GridLayout, { x, y }: Scroll, by: Scroll): Scroll {
  const { width, height, headerWidth, headerHeight } = layout;
  return { x: x + by.x * (width - headerWidth), y: y + by.y * (height - headerHeight) };
}

/** The scroll at which what lies at these shares of the grid is in the middle. */
export function scrollToCentre(layout: GridLayout, share: Scroll): Scroll {
  const { width, height, headerWidth, headerHeight, rows, columns, cellWidth, cellHeight } = layout;
  return {
    x: share.x * columns * cellWidth - (width - headerWidth) / 2,
    y: share.y * rows * cellHeight - (height - headerHeight) / 2,
  };
}
