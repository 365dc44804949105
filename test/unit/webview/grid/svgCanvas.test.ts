import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drawGrid, type GridFrame, labelCutter } from '../../../../webview/common/grid/draw.ts';
import { layoutGrid } from '../../../../webview/common/grid/layout.ts';
import { minimapSide, seenPart } from '../../../../webview/common/grid/minimap.ts';
import type { GridPalette } from '../../../../webview/common/grid/palette.ts';
import { SvgCanvas } from '../../../../webview/common/grid/svgCanvas.ts';

const palette: GridPalette = {
  heat: Array.from({ length: 256 }, (_, i) => `rgb(${i} 0 0)`),
  heatPixels: new Uint32Array(256),
  heatText: Array.from({ length: 256 }, () => '#ffffff'),
  foreground: '#cccccc',
  faint: '#999999',
  background: 'rgb(30 30 30)',
  mark: '#ffffff',
  markPixel: 0xffffffff,
  markRing: '#000000',
  focus: '#007fd4',
  line: undefined,
  hover: '#2a2d2e',
  font: '12px "Segoe UI"',
  boldFont: '600 12px "Segoe UI"',
  lineHeight: 18,
};

function layout(rows: number, columns: number, zoom = 1) {
  return layoutGrid({
    width: 600,
    height: 400,
    rows,
    columns,
    rowLabel: 80,
    columnLabel: 60,
    lineHeight: 18,
    leastCell: 14,
    zoom,
  });
}

function svgOf(rows: readonly string[], columns: readonly string[]): string {
  const frame: GridFrame = {
    scene: {
      rows,
      columns,
      shade: (row, column) => (row === column ? 1 : Number.NaN),
      mark: (row, column) => (row === column ? 0.3 : 0),
      text: () => '',
      describe: () => '',
    },
    layout: layout(rows.length, columns.length),
    palette,
    scroll: { x: 0, y: 0 },
    active: undefined,
    hovered: undefined,
    focused: false,
  };
  const svg = new SvgCanvas(600, 400, (_, text) => 6 * text.length);
  drawGrid(svg, frame, labelCutter());
  return svg.toString();
}

describe('a grid as SVG', () => {
  it('has a rectangle for every cell with a value, and all labels', () => {
    const svg = svgOf(['cat', 'dog'], ['cat', 'dog', 'bird']);
    assert.equal(svg.match(/<rect [^>]*fill="rgb\(255,0,0\)"/g)?.length, 2);
    for (const name of ['cat', 'dog', 'bird']) assert.ok(svg.includes(`>${name}</text>`), name);
  });

  it('takes labels as text', () => {
    const svg = svgOf(['<script>&"\u0007\u202e\ud800'], ['a']);
    assert.ok(svg.includes('>&lt;script&gt;&amp;&quot;'), svg);
    assert.ok(!svg.includes('<script') && !/[^\P{Cc}\n]|[\p{Cf}\p{Cs}]/u.test(svg));
  });

  it('is well nested', () => {
    const open: string[] = [];
    for (const [, close, name, empty] of svgOf(['cat'], ['dog']).matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
      if (close) assert.equal(open.pop(), name);
      else if (!empty) open.push(name!);
    }
    assert.deepEqual(open, []);
  });
});

describe('the minimap', () => {
  it('stands where the grid is longest, and not beside a small grid', () => {
    assert.equal(minimapSide(layout(1000, 10)), 'right');
    assert.equal(minimapSide(layout(8, 1000)), 'bottom');
    assert.equal(minimapSide(layout(10, 10)), undefined);
    assert.equal(minimapSide(layout(0, 0)), undefined);
  });

  it('frames what is seen', () => {
    const grid = layout(1000, 10);
    const end = grid.contentHeight - grid.height;
    const part = seenPart(grid, { x: 0, y: end });
    assert.ok(Math.abs(part.y + part.h - 1) < 1e-9);
    assert.equal(part.w, 1);
  });

  it('a cell is never narrower than a pixel, however far out', () => {
    const { cellWidth, cellHeight } = layout(1000, 1000, 0.001);
    assert.deepEqual([cellWidth, cellHeight], [1, 1]);
  });
});
