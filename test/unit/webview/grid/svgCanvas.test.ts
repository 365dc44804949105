import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { confusionScene } from '../../../../webview/common/grid/confusionScene.ts';
import { labelCutter } from '../../../../webview/common/grid/cutLabels.ts';
import { drawGrid } from '../../../../webview/common/grid/draw.ts';
import type { GridFrame } from '../../../../webview/common/grid/frame.ts';
import { type GridLayout, type LayoutInput, layoutGrid } from '../../../../webview/common/grid/layout.ts';
import { minimapSide, seenPart } from '../../../../webview/common/grid/minimap.ts';
import type { GridPalette } from '../../../../webview/common/grid/palette.ts';
import type { GridScene } from '../../../../webview/common/grid/scene.ts';
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

function layout(rows: number, columns: number, { zoom = 1, summary }: Partial<LayoutInput> = {}) {
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
    summary,
  });
}

function svgOf(rows: readonly string[], columns: readonly string[]): string {
  const scene: GridScene = {
    rows,
    columns,
    shade: (row, column) => (row === column ? 1 : Number.NaN),
    mark: (row, column) => (row === column ? 0.3 : 0),
    text: () => '',
    describe: () => '',
  };
  return drawn(scene, layout(rows.length, columns.length));
}

function drawn(scene: GridScene, laidOut: GridLayout): string {
  const frame: GridFrame = {
    scene,
    layout: laidOut,
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

  it('has figures between labels and cells, on the lines of their titles, and never cut', () => {
    const labels = ['cat', 'dog'];
    const scene = confusionScene(labels, labels, Uint32Array.of(7000, 1, 2, 3000));
    const svg = drawn(scene, layout(2, 2, { summary: { rowFigures: [50, 50], columnFigures: 2 } }));
    const texts = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g)].map(
      ([, x, y, text]) => ({
        x: Number(x),
        y: Number(y),
        text,
      }),
    );
    const where = (text: string) => texts.filter((one) => one.text === text);
    assert.deepEqual([where('True label').length, where('Predicted label').length], [1, 1]);
    const [recall] = where('Recall');
    const [cat] = where('7,001');
    const [dog] = where('3,001');
    assert.equal(cat!.x, where('10,003')[0]!.x, 'the total stands above those of rows');
    assert.ok(cat!.x < recall!.x && cat!.y < texts.find(({ text }) => text === '3,002')!.y);
    assert.equal(where('10,003')[0]!.y, dog!.y, 'and on the line of those of columns');
    assert.equal(where('Precision')[0]!.y, where('100%').find(({ y }) => y < cat!.y)!.y);
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
    const { cellWidth, cellHeight } = layout(1000, 1000, { zoom: 0.001 });
    assert.deepEqual([cellWidth, cellHeight], [1, 1]);
  });
});
