import { columnLeft, type GridLayout, type Place, rowTop, type Scroll } from './layout.ts';

/** Lines of text are this high at least: a header is read at every zoom. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Whether a row or a column is the header of a group. */
export function isGroupHeader({ groups }: GridLayout, side: 'rows' | 'columns', index: number): boolean {
  return groups?.of === side && groups.starts.includes(index);
}

/** Height of the header that covers the first rows that are seen; 0 where rows are in no groups. */
export function groupBand({ groups, cellHeight, figureHeight }: GridLayout): number {
  return groups?.of === 'rows' ? Math.max(cellHeight, figureHeight) : 0;
}

/** The headers that are seen, and where: that of the first group that is seen stays at the edge. */
export function groupHeaders(
  layout: GridLayout,
  scroll: Scroll,
): { readonly index: number; readonly box: Box }[] {
  const { groups, width, headerWidth, headerHeight, titleHeight } = layout;
  if (!groups) return [];
  return groups.starts.flatMap((index, i) => {
    const next = groups.starts[i + 1];
    if (groups.of === 'columns') {
      const x = Math.max(headerWidth, columnLeft(layout, scroll, index));
      const end = Math.min(width, columnLeft(layout, scroll, next ?? layout.columns));
      return end <= x ? [] : [{ index, box: { x, y: 0, width: end - x, height: titleHeight } }];
    }
    const height = groupBand(layout);
    const end = rowTop(layout, scroll, next ?? layout.rows);
    const top = Math.max(headerHeight, rowTop(layout, scroll, index));
    if (end <= headerHeight || top >= layout.height) return [];
    return [{ index, box: { x: 0, y: Math.min(top, Math.max(end - height, top - height)), width, height } }];
  });
}

/** Where the header of a group is drawn; undefined for a place that is none, or is not seen. */
export function groupHeaderBox(layout: GridLayout, scroll: Scroll, { row, column }: Place): Box | undefined {
  const index = layout.groups?.of === 'rows' ? row : row === -1 ? column : -1;
  return groupHeaders(layout, scroll).find((header) => header.index === index)?.box;
}

/** The header that lies at a point of the viewport. */
export function groupHeaderAt(layout: GridLayout, scroll: Scroll, x: number, y: number): Place | undefined {
  const isAt = ({ box }: { readonly box: Box }) =>
    x >= box.x &&
    x < box.x + box.width &&
    y >= Math.max(box.y, layout.groups?.of === 'rows' ? layout.headerHeight : 0) &&
    y < box.y + box.height;
  const header = groupHeaders(layout, scroll).findLast(isAt);
  if (!header) return undefined;
  return layout.groups?.of === 'rows' ? { row: header.index, column: -1 } : { row: -1, column: header.index };
}
