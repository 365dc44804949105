import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  expectedOrder,
  layoutTiles,
  scrollToTile,
  tileKey,
  tileOrigin,
  visibleTiles,
  wantedOrder,
} from '../../../../webview/results/tileLayout.ts';

describe('the gallery of tiles', () => {
  it('fills any width without going beyond it', () => {
    for (const width of [120, 240, 400, 777, 1200, 3840]) {
      const layout = layoutTiles(1000, width, 50);
      const last = tileOrigin(layout, layout.columns - 1);
      assert.ok(last.x + layout.tileWidth <= width, `${width} px`);
      assert.ok(width < 240 || layout.columns >= 2, `${width} px`);
    }
  });

  it('has few tiles at hand of a hundred thousand images', () => {
    const layout = layoutTiles(100_000, 1200, 50);
    const { first, last } = visibleTiles(layout, layout.contentHeight / 2, 800, 300);
    assert.ok(last - first < 100);
    assert.ok(first > 40_000 && last < 60_000);
    assert.ok(layout.contentHeight < 16_000_000, 'browsers cut elements that are higher');
  });

  it('stays within what a browser can scroll in the narrowest panel', () => {
    assert.ok(layoutTiles(100_000, 200, 60).contentHeight < 16_000_000);
  });

  it('ends with the last image', () => {
    const layout = layoutTiles(7, 600, 50);
    assert.deepEqual(visibleTiles(layout, 0, 5000, 0), { first: 0, last: 7 });
    assert.deepEqual(visibleTiles(layoutTiles(0, 600, 50), 0, 500, 0), { first: 0, last: 0 });
  });

  it('wants last, from the bottom up, what is looked at, and before it what scrolling down brings', () => {
    const layout = layoutTiles(100, 4 * 138 + 6, 50);
    assert.equal(layout.columns, 4);
    const pitch = layout.tileHeight + layout.gap;
    // Two rows are seen, and one more above and below is made.
    const order = wantedOrder(layout, layout.gap + 5 * pitch, 2 * pitch - 10, pitch - 20);
    const rows = [16, 17, 18, 19, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20];
    assert.deepEqual(order, rows);
    assert.deepEqual(wantedOrder(layoutTiles(0, 600, 50), 0, 500, 100), []);
  });

  it('expects next what scrolling on brings, then what is behind, the end and the start', () => {
    const layout = layoutTiles(400, 600, 50);
    assert.equal(layout.columns, 4);
    const pitch = layout.tileHeight + layout.gap;
    const rows = (down: boolean, row: number) => {
      const order = expectedOrder(layout, layout.gap + row * pitch, pitch - 10, down);
      assert.equal(new Set(order).size, order.length);
      return [...new Set(order.map((position) => Math.floor(position / 4)))];
    };
    assert.deepEqual(rows(true, 50), [51, 52, 53, 49, 99, 0]);
    assert.deepEqual(rows(false, 50), [49, 48, 47, 51, 99, 0]);
    assert.deepEqual(rows(true, 0), [1, 2, 3, 99]);
    assert.ok(expectedOrder(layoutTiles(100_000, 4000, 50, 64), 9e5, 4000, true).length <= 300);
    assert.deepEqual(expectedOrder(layoutTiles(0, 600, 50), 0, 500, true), []);
  });

  it('moves with the keys and stays in the column', () => {
    const layout = layoutTiles(20, 600, 50);
    const { columns } = layout;
    assert.equal(tileKey(layout, 5, 'ArrowRight', 500), 6);
    assert.equal(tileKey(layout, 1, 'ArrowDown', 500), 1 + columns);
    assert.equal(tileKey(layout, 1, 'ArrowUp', 500), 1);
    assert.equal(tileKey(layout, 19, 'ArrowDown', 500), 19);
    assert.equal(tileKey(layout, 5, 'End', 500), 19);
    assert.equal(tileKey(layout, 5, 'a', 500), undefined);
    assert.equal(tileKey(layout, 5, 'constructor', 500), undefined);
  });

  it('scrolls a tile into view and no further', () => {
    const layout = layoutTiles(1000, 600, 50);
    assert.equal(scrollToTile(layout, 0, 0, 500), 0);
    const top = scrollToTile(layout, 500, 0, 500);
    const { y } = tileOrigin(layout, 500);
    assert.ok(y >= top && y + layout.tileHeight <= top + 500);
  });
});
