/** Geometry of a gallery of equal tiles. All lengths in CSS pixels. */
export interface TileLayout {
  readonly count: number;
  readonly columns: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly gap: number;
  readonly contentHeight: number;
}

/** Edges of the picture in a tile that a person can choose. */
export const TILE_SIZES = { least: 64, most: 320 } as const;

const NARROW_TILE = 84;
const USUAL_TILE = 132;
const GAP = 6;
/** Browsers cut elements that are higher than about 33 million pixels. */
const HIGHEST = 32_000_000;

/** The width that tiles have at least where nobody chose one. */
export function usualTile(width: number): number {
  return width < 3 * USUAL_TILE ? NARROW_TILE : USUAL_TILE;
}

/**
 * As many tiles side by side as fit.
 * @param textHeight what a tile has below its square picture
 * @param tile width of a tile, at least; more tiles side by side where the list would be too high for a browser
 */
export function layoutTiles(
  count: number,
  width: number,
  textHeight: number,
  tile = usualTile(width),
): TileLayout {
  let columns = Math.max(1, Math.floor((width - GAP) / (tile + GAP)));
  for (; ; columns++) {
    const tileWidth = Math.max(1, Math.floor((width - GAP) / columns) - GAP);
    const tileHeight = tileWidth + textHeight;
    const contentHeight = GAP + Math.ceil(count / columns) * (tileHeight + GAP);
    if (contentHeight > HIGHEST && columns < count) continue;
    return { count, columns, tileWidth, tileHeight, gap: GAP, contentHeight };
  }
}

/** Positions (first included, last excluded) of the tiles that are seen or up to `margin` pixels away. */
export function visibleTiles(
  layout: TileLayout,
  scrollTop: number,
  height: number,
  margin: number,
): { readonly first: number; readonly last: number } {
  const pitch = layout.tileHeight + layout.gap;
  const firstRow = Math.max(0, Math.floor((scrollTop - margin - layout.gap) / pitch));
  const lastRow = Math.ceil((scrollTop + height + margin) / pitch);
  return {
    first: Math.min(layout.count, firstRow * layout.columns),
    last: Math.min(layout.count, Math.max(0, lastRow) * layout.columns),
  };
}

/**
 * The positions of {@link visibleTiles}, those that are looked at last and from the bottom up: what is wanted last is
 * loaded first, and people read from the top. Before them what scrolling down brings, and what is above.
 */
export function wantedOrder(
  layout: TileLayout,
  scrollTop: number,
  height: number,
  margin: number,
): readonly number[] {
  const all = visibleTiles(layout, scrollTop, height, margin);
  const seen = visibleTiles(layout, scrollTop, height, 0);
  return [
    ...upTo(all.first, seen.first),
    ...upTo(seen.last, all.last).reverse(),
    ...upTo(seen.first, seen.last).reverse(),
  ];
}

/** Screens beyond the one that is seen for which pictures are loaded ahead, in the direction of the scroll and against it. */
const SCREENS_ON = 3;
const SCREENS_BACK = 1;
/** Of small tiles there are many on a screen. */
const MOST_AHEAD = 300;

/** The positions that are likely to be seen next, the likeliest first: on and back by scrolling, End, Home. */
export function expectedOrder(
  layout: TileLayout,
  scrollTop: number,
  height: number,
  down: boolean,
): readonly number[] {
  const seen = visibleTiles(layout, scrollTop, height, 0);
  const before = visibleTiles(layout, scrollTop, height, (down ? SCREENS_BACK : SCREENS_ON) * height).first;
  const after = visibleTiles(layout, scrollTop, height, (down ? SCREENS_ON : SCREENS_BACK) * height).last;
  const above = upTo(before, seen.first).reverse();
  const below = upTo(seen.last, after);
  const first = upTo(0, visibleTiles(layout, 0, height, 0).last);
  const last = upTo(visibleTiles(layout, layout.contentHeight - height, height, 0).first, layout.count);
  const all = new Set([...(down ? [...below, ...above] : [...above, ...below]), ...last, ...first]);
  return [...all].filter((position) => position < seen.first || position >= seen.last).slice(0, MOST_AHEAD);
}

function upTo(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

export function tileOrigin(layout: TileLayout, position: number): { readonly x: number; readonly y: number } {
  const row = Math.floor(position / layout.columns);
  const column = position % layout.columns;
  return {
    x: layout.gap + column * (layout.tileWidth + layout.gap),
    y: layout.gap + row * (layout.tileHeight + layout.gap),
  };
}

/** Where the scroll must be for a tile to be seen whole. */
export function scrollToTile(
  layout: TileLayout,
  position: number,
  scrollTop: number,
  height: number,
): number {
  const { y } = tileOrigin(layout, position);
  if (y < scrollTop) return Math.max(0, y - layout.gap);
  const below = y + layout.tileHeight + layout.gap - height;
  return Math.max(below, scrollTop);
}

/** The tile that a key leads to; undefined for keys that do not move. */
export function tileKey(
  layout: TileLayout,
  position: number,
  key: string,
  height: number,
): number | undefined {
  const page = layout.columns * Math.max(1, Math.floor(height / (layout.tileHeight + layout.gap)));
  const steps: Record<string, number> = {
    ArrowLeft: position - 1,
    ArrowRight: position + 1,
    // Up and down stay in their column.
    ArrowUp: position - layout.columns < 0 ? position : position - layout.columns,
    ArrowDown: position + layout.columns >= layout.count ? position : position + layout.columns,
    Home: 0,
    End: layout.count - 1,
    PageUp: position - page,
    PageDown: position + page,
  };
  const to = Object.hasOwn(steps, key) ? steps[key] : undefined;
  return to === undefined ? undefined : Math.min(layout.count - 1, Math.max(0, to));
}
