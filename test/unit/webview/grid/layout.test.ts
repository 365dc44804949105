import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { groupHeaders } from '../../../../webview/common/grid/groups.ts';
import {
  columnLabelEnd,
  columnLabelPitch,
  columnLeft,
  type LayoutInput,
  layoutGrid,
  rowLabelEnd,
  rowTop,
  shownLabels,
  visibleCells,
} from '../../../../webview/common/grid/layout.ts';
import { placeAt, scrollToShow } from '../../../../webview/common/grid/places.ts';

const input: LayoutInput = {
  width: 240,
  height: 400,
  rows: 200,
  columns: 10,
  rowLabel: 150,
  columnLabel: 60,
  lineHeight: 18,
  leastCell: 14,
  zoom: 1,
};

describe('labels without room for all of them', () => {
  const shown = (pitch: number, lit: number[] = []) => shownLabels(0, 9, { pitch, least: 12, lit });

  it('are all there where they do not touch', () => {
    assert.equal(shown(12).length, 10);
    assert.equal(shown(columnLabelPitch(layoutGrid(input))).length, 10);
  });

  it('are thinned out, each of them there for the pointer and the keyboard, never upon another', () => {
    assert.deepEqual(shown(5), [0, 3, 6, 9]);
    for (let index = 0; index < 10; index++) {
      const labels = shown(5, [index]);
      assert.ok(labels.includes(index));
      assert.ok(
        labels.every((label, i) => i === 0 || label - labels[i - 1] >= 3),
        labels.join(),
      );
    }
  });
});

describe('the layout of a grid', () => {
  it('leaves more than half of a narrow panel to the cells', () => {
    const { headerWidth } = layoutGrid(input);
    assert.ok(headerWidth <= 240 * 0.45, `labels take ${headerWidth} of 240 px`);
  });

  it('slants column labels that do not fit, and has room for the last of them', () => {
    const layout = layoutGrid(input);
    assert.ok(layout.slant > 0);
    const overhang = 60 * Math.cos(layout.slant);
    assert.ok(layout.contentWidth >= layout.headerWidth + 10 * layout.cellWidth + overhang);
  });

  it('makes the lines of labels above narrow cells steeper: they are further apart', () => {
    const narrow = layoutGrid(input);
    const wide = layoutGrid({ ...input, width: 500 });
    assert.equal(narrow.cellWidth, 14);
    assert.ok(narrow.slant > wide.slant && wide.slant > 0);
    assert.ok(columnLabelPitch(narrow) >= 0.74 * input.lineHeight);
  });

  it('writes column labels straight where cells are wide enough', () => {
    const layout = layoutGrid({ ...input, width: 1200, columnLabel: 40 });
    assert.equal(layout.slant, 0);
    assert.equal(layout.overhang, 0);
  });

  it('slants them again where a person makes the cells smaller', () => {
    assert.ok(layoutGrid({ ...input, width: 1200, columnLabel: 40, zoom: 0.4 }).slant > 0);
  });

  it('sees a bounded number of cells however many there are', () => {
    const layout = layoutGrid({ ...input, rows: 1_000_000, columns: 1_000_000 });
    const { firstRow, lastRow, firstColumn, lastColumn } = visibleCells(layout, { x: 5_000, y: 9_000_000 });
    assert.ok(lastRow - firstRow < 30);
    assert.ok(lastColumn - firstColumn < 20);
    assert.ok(firstRow > 0 && firstColumn > 0);
  });

  it('finds the cell under a point wherever it is scrolled', () => {
    const layout = layoutGrid(input);
    const scroll = { x: 7, y: 333 };
    for (const place of [
      { row: 20, column: 2 },
      { row: 25, column: 5 },
    ]) {
      const x = columnLeft(layout, scroll, place.column) + layout.cellWidth / 2;
      const y = rowTop(layout, scroll, place.row) + layout.cellHeight / 2;
      assert.deepEqual(placeAt(layout, scroll, x, y), place);
    }
  });

  it('takes points on the labels as the row or the column, and the corner as nothing', () => {
    const layout = layoutGrid(input);
    const none = { x: 0, y: 0 };
    assert.deepEqual(placeAt(layout, none, 5, layout.headerHeight + 1), { row: 0, column: -1 });
    const bottom = layout.headerHeight - 1;
    assert.deepEqual(placeAt(layout, none, layout.headerWidth + 2, bottom), { row: -1, column: 0 });
    assert.equal(placeAt(layout, none, 5, 5), undefined);
  });

  it('follows a slanted label with the pointer', () => {
    const layout = layoutGrid(input);
    const height = 30;
    const lean = height / Math.tan(layout.slant);
    const x = layout.headerWidth + 3.5 * layout.cellWidth + lean;
    assert.deepEqual(placeAt(layout, { x: 0, y: 0 }, x, layout.headerHeight - height), {
      row: -1,
      column: 3,
    });
  });

  it('scrolls to a cell so that its slanted label can be read', () => {
    const layout = layoutGrid({ ...input, columns: 200 });
    const { x } = scrollToShow(layout, { x: 0, y: 0 }, { row: 0, column: 199 });
    assert.equal(x, layout.contentWidth - layout.width);
  });

  it('scrolls no more than a cell needs to be seen', () => {
    const layout = layoutGrid(input);
    const still = { x: 0, y: 100 };
    const { firstRow } = visibleCells(layout, still);
    assert.deepEqual(scrollToShow(layout, still, { row: firstRow + 2, column: 0 }), still);
    const below = scrollToShow(layout, still, { row: 150, column: 0 });
    assert.equal(rowTop(layout, below, 150) + layout.cellHeight, layout.height);
    assert.equal(scrollToShow(layout, below, { row: 3, column: 0 }).y, 3 * layout.cellHeight);
  });
});

describe('figures of rows and columns', () => {
  const summary = { rowFigures: [50, 60], columnFigures: 2 };

  it('stand between the labels and the cells, below a line that says what the labels are', () => {
    const without = layoutGrid({ ...input, columnLabel: 20, width: 900 });
    const layout = layoutGrid({ ...input, columnLabel: 20, width: 900, summary });
    assert.equal(layout.headerWidth, without.headerWidth + 110);
    assert.equal(layout.headerHeight, without.headerHeight + layout.titleHeight + 2 * 18);
    assert.equal(rowLabelEnd(layout), without.headerWidth);
    assert.equal(columnLabelEnd(layout), layout.headerHeight - 36);
  });

  it('leave half of a narrow page to the cells: then only the last of a row is there', () => {
    const layout = layoutGrid({ ...input, width: 300, summary });
    assert.deepEqual(layout.rowFigures, [60]);
    assert.ok(layout.headerWidth <= 150, `labels and figures take ${layout.headerWidth} of 300 px`);
  });

  it('belong to their row and column, without the lean of the labels above', () => {
    const layout = layoutGrid({ ...input, width: 900, summary });
    const [x, y] = [layout.headerWidth + 2.5 * layout.cellWidth, layout.headerHeight - 5];
    assert.deepEqual(placeAt(layout, { x: 0, y: 0 }, x, y), { row: -1, column: 2 });
    assert.deepEqual(placeAt(layout, { x: 0, y: 0 }, layout.headerWidth - 5, layout.headerHeight + 5), {
      row: 0,
      column: -1,
    });
  });
});

describe('a grid in groups', () => {
  const rows = layoutGrid({ ...input, groups: { of: 'rows', starts: [0, 50] } });
  const at = (scrolled: number) => ({ x: 0, y: scrolled * rows.cellHeight });
  const headers = (scrolled: number) =>
    groupHeaders(rows, at(scrolled)).map(({ index, box }) => [index, box.y]);

  it('keeps the header of the first group that is seen in view, until the next pushes it away', () => {
    assert.deepEqual(headers(0), [[0, rows.headerHeight]]);
    assert.deepEqual(headers(20), [[0, rows.headerHeight]]);
    assert.deepEqual(headers(49.5), [
      [0, rows.headerHeight - rows.cellHeight / 2],
      [50, rows.headerHeight + rows.cellHeight / 2],
    ]);
    assert.deepEqual(headers(60), [[50, rows.headerHeight]]);
  });

  it('finds the header under the pointer, and the cells beside it', () => {
    const y = rows.headerHeight + 3;
    assert.deepEqual(placeAt(rows, at(60), 200, y), { row: 50, column: -1 });
    assert.deepEqual(placeAt(rows, at(60), 200, y + rows.cellHeight)?.row, 61);
  });

  it('does not leave a cell below the header', () => {
    assert.equal(scrollToShow(rows, at(60), { row: 60, column: 0 }).y, 59 * rows.cellHeight);
    assert.equal(scrollToShow(rows, at(60), { row: 50, column: 0 }).y, 50 * rows.cellHeight);
  });

  it('has names of groups of columns above their labels, from where they are seen', () => {
    const wide = {
      ...input,
      width: 800,
      rows: 10,
      columns: 200,
      groups: { of: 'columns', starts: [0, 50] },
    } as const;
    const columns = layoutGrid(wide);
    assert.equal(columns.titleHeight, 20);
    const scroll = { x: 60 * columns.cellWidth, y: 0 };
    assert.deepEqual(
      groupHeaders(columns, scroll).map(({ index, box }) => [index, box.x, box.y]),
      [[50, columns.headerWidth, 0]],
    );
    assert.deepEqual(placeAt(columns, scroll, 700, 5), { row: -1, column: 50 });
  });
});
