import type { LabelCutter } from './cutLabels.ts';
import { drawGroups } from './drawGroups.ts';
import { drawSummary } from './drawSummary.ts';
import { type DrawingContext, type GridFrame, litOf } from './frame.ts';
import { groupHeaderBox, isGroupHeader } from './groups.ts';
import {
  columnLabelEnd,
  columnLabelPitch,
  columnLabelWidth,
  columnLeft,
  type GridLayout,
  LABEL_LEFT,
  type Place,
  rowLabelWidth,
  rowTop,
  type Scroll,
  shownLabels,
  visibleCells,
} from './layout.ts';
import type { GridPalette } from './palette.ts';

/** How high letters are, as a share of a line: labels that are this far apart do not touch. */
const LABEL_HEIGHT = 2 / 3;

/** Smallest cell that still has a line of background around it. */
const GAP_FROM = 6;

/**
 * Paints the visible part of a grid. The context is scaled to CSS pixels.
 * @param smallCells paints cells of a few pixels all at once; absent: one by one
 */
export function drawGrid(
  context: DrawingContext,
  frame: GridFrame,
  cut: LabelCutter,
  smallCells?: (frame: GridFrame) => void,
): void {
  const { layout } = frame;
  context.clearRect(0, 0, layout.width, layout.height);
  if (layout.rows === 0 || layout.columns === 0) return;
  drawCells(context, frame, smallCells);
  drawRowLabels(context, frame, cut);
  drawColumnLabels(context, frame, cut);
  drawSummary(context, frame, cut);
  drawGroups(context, frame, cut);
  drawFocus(context, frame);
}

function drawCells(
  context: DrawingContext,
  frame: GridFrame,
  smallCells: ((frame: GridFrame) => void) | undefined,
): void {
  const { scene, layout, palette, scroll } = frame;
  const { cellWidth, cellHeight } = layout;
  const { firstRow, lastRow, firstColumn, lastColumn } = visibleCells(layout, scroll);
  context.save();
  context.beginPath();
  context.rect(layout.headerWidth, layout.headerHeight, layout.width, layout.height);
  context.clip();
  const small = cellWidth < GAP_FROM || cellHeight < GAP_FROM;
  if (small) smallCells?.(frame);
  const painted = small && smallCells !== undefined;
  const gap = small ? 0 : 1;
  const withText = cellWidth >= 26 && cellHeight >= 12;
  context.font = palette.font;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (let row = firstRow; row <= lastRow; row++) {
    const y = rowTop(layout, scroll, row);
    for (let column = firstColumn; column <= lastColumn; column++) {
      const x = columnLeft(layout, scroll, column);
      const level = painted ? undefined : levelOf(scene.shade(row, column));
      if (level !== undefined) {
        context.fillStyle = palette.heat[level];
        context.fillRect(x, y, cellWidth - gap, cellHeight - gap);
        const text = withText ? scene.text(row, column) : '';
        if (text !== '') {
          context.fillStyle = palette.heatText[level];
          context.fillText(text, x + cellWidth / 2, y + cellHeight / 2, cellWidth - 2);
        }
      }
      const weight = scene.mark(row, column);
      if (weight === 0) continue;
      const size = Math.min(cellWidth, cellHeight);
      const centre = { x: x + (cellWidth - gap) / 2, y: y + (cellHeight - gap) / 2 };
      if (scene.doubtful?.(row, column)) drawDoubtfulMark(context, palette, centre, size);
      else drawMark(context, palette, centre, size, weight);
    }
  }
  if (palette.line !== undefined && !small) drawLines(context, frame, palette.line);
  context.restore();
}

/** Index into the heat colours; undefined where there is no value. */
function levelOf(shade: number): number | undefined {
  return Number.isNaN(shade) ? undefined : Math.round(255 * Math.min(1, Math.max(0, shade)));
}

/** Tens of thousands of cells are in view when they are a few pixels wide: painted as one picture, a pixel a cell. */
export function drawSmallCells(
  context: CanvasRenderingContext2D,
  { scene, layout, palette, scroll }: GridFrame,
): void {
  const { firstRow, lastRow, firstColumn, lastColumn } = visibleCells(layout, scroll);
  const [columns, rows] = [lastColumn - firstColumn + 1, lastRow - firstRow + 1];
  if (columns <= 0 || rows <= 0) return;
  const picture = new OffscreenCanvas(columns, rows);
  const pixels = new ImageData(columns, rows);
  const colours = new Uint32Array(pixels.data.buffer);
  for (let row = firstRow, i = 0; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++, i++) {
      const level = levelOf(scene.shade(row, column));
      if (level !== undefined) colours[i] = palette.heatPixels[level];
    }
  }
  picture.getContext('2d')?.putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = false;
  const [x, y] = [columnLeft(layout, scroll, firstColumn), rowTop(layout, scroll, firstRow)];
  context.drawImage(picture, x, y, columns * layout.cellWidth, rows * layout.cellHeight);
}

/** In high contrast the cells without similarity are as black or white as the page: faint lines show where they are. */
function drawLines(context: DrawingContext, { layout, scroll }: GridFrame, colour: string): void {
  const { firstRow, lastRow, firstColumn, lastColumn } = visibleCells(layout, scroll);
  const right = columnLeft(layout, scroll, lastColumn + 1);
  const bottom = rowTop(layout, scroll, lastRow + 1);
  context.beginPath();
  for (let row = firstRow; row <= lastRow + 1; row++) {
    const y = rowTop(layout, scroll, row) - 0.5;
    context.moveTo(layout.headerWidth, y);
    context.lineTo(right, y);
  }
  for (let column = firstColumn; column <= lastColumn + 1; column++) {
    const x = columnLeft(layout, scroll, column) - 0.5;
    context.moveTo(x, layout.headerHeight);
    context.lineTo(x, bottom);
  }
  context.globalAlpha = 0.4;
  context.lineWidth = 1;
  context.strokeStyle = colour;
  context.stroke();
  context.globalAlpha = 1;
}

/** A disc, half of it for low weights, with a line around that keeps it apart from any shade. */
function drawMark(
  context: DrawingContext,
  palette: GridPalette,
  { x, y }: Scroll,
  size: number,
  weight: number,
): void {
  const radius = markRadius(size);
  context.beginPath();
  context.arc(x, y, radius + 1, 0, 2 * Math.PI);
  context.fillStyle = palette.markRing;
  context.fill();
  context.beginPath();
  if (weight >= 0.5) context.arc(x, y, radius, 0, 2 * Math.PI);
  else context.arc(x, y, radius, Math.PI / 2, (3 * Math.PI) / 2);
  context.fillStyle = palette.mark;
  context.fill();
  if (weight < 0.5) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = 1;
    context.strokeStyle = palette.mark;
    context.stroke();
  }
}

/** A hollow diamond: neither as round nor as full as a mark that something speaks for. */
function drawDoubtfulMark(
  context: DrawingContext,
  palette: GridPalette,
  { x, y }: Scroll,
  size: number,
): void {
  const radius = markRadius(size);
  const line = Math.min(1.5, radius * 0.6);
  context.beginPath();
  context.moveTo(x, y - radius);
  context.lineTo(x + radius, y);
  context.lineTo(x, y + radius);
  context.lineTo(x - radius, y);
  context.closePath();
  for (const [width, style] of [
    [line + Math.min(2, radius), palette.markRing],
    [line, palette.mark],
  ] as const) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.stroke();
  }
}

function markRadius(size: number): number {
  return Math.max(1, Math.min(5, size * 0.28));
}

function drawRowLabels(context: DrawingContext, frame: GridFrame, cut: LabelCutter): void {
  const { scene, layout, palette, scroll } = frame;
  const { firstRow, lastRow } = visibleCells(layout, scroll);
  const room = rowLabelWidth(layout);
  context.save();
  context.beginPath();
  context.rect(0, layout.headerHeight, layout.headerWidth, layout.height);
  context.clip();
  const lit = litOf(frame, 'row');
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  const least = palette.lineHeight * 0.8;
  for (const row of shownLabels(firstRow, lastRow, { pitch: layout.cellHeight, least, lit })) {
    const y = rowTop(layout, scroll, row);
    if (frame.hovered?.row === row) {
      context.fillStyle = palette.hover;
      context.fillRect(0, y, layout.headerWidth, layout.cellHeight);
    }
    context.font = frame.active?.row === row ? palette.boldFont : palette.font;
    context.fillStyle = lit.includes(row) ? palette.foreground : palette.faint;
    context.fillText(cut(context, scene.rows[row], room), LABEL_LEFT, y + layout.cellHeight / 2);
  }
  context.restore();
}

function drawColumnLabels(context: DrawingContext, frame: GridFrame, cut: LabelCutter): void {
  const { scene, layout, palette, scroll } = frame;
  const { firstColumn, lastColumn } = visibleCells(layout, scroll);
  const room = columnLabelWidth(layout);
  context.save();
  context.beginPath();
  columnLabelField(context, layout);
  context.clip();
  const lit = litOf(frame, 'column');
  const labels = { pitch: columnLabelPitch(layout), least: palette.lineHeight * LABEL_HEIGHT, lit };
  for (const column of shownLabels(firstColumn, lastColumn, labels)) {
    if (isGroupHeader(layout, 'columns', column)) continue;
    const x = columnLeft(layout, scroll, column) + layout.cellWidth / 2;
    context.font = frame.active?.column === column ? palette.boldFont : palette.font;
    context.fillStyle = lit.includes(column) ? palette.foreground : palette.faint;
    const text = cut(context, scene.columns[column], room);
    if (layout.slant > 0) {
      context.save();
      context.translate(x + 3, columnLabelEnd(layout) - 4);
      context.rotate(-layout.slant);
      context.textAlign = 'left';
      context.textBaseline = 'middle';
      context.fillText(text, 0, 0);
      context.restore();
    } else {
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      context.fillText(text, x, (layout.titleHeight + columnLabelEnd(layout)) / 2);
    }
  }
  context.restore();
}

function drawFocus(context: DrawingContext, frame: GridFrame): void {
  const { palette } = frame;
  if (frame.hovered && frame.hovered.row >= 0 && frame.hovered.column >= 0)
    outline(context, frame, frame.hovered, 1, palette.foreground);
  if (!frame.active) return;
  const [width, colour] = frame.focused ? [2, palette.focus] : [1, palette.foreground];
  outline(context, frame, frame.active, width, colour);
}

/** A line around a cell or a label, within it; around that the background, so that it is seen on any shade. */
function outline(
  context: DrawingContext,
  { layout, palette, scroll }: GridFrame,
  place: Place,
  width: number,
  colour: string,
): void {
  const { headerWidth, headerHeight } = layout;
  const box = groupHeaderBox(layout, scroll, place);
  if (box) {
    const [x, y] = [box.x + width / 2, box.y + width / 2];
    strokeTwice(context, palette, width, colour, [
      [x, y],
      [box.x + box.width - width / 2, y],
      [box.x + box.width - width / 2, box.y + box.height - width / 2],
      [x, box.y + box.height - width / 2],
    ]);
    return;
  }
  const onColumn = place.row === -1;
  const onRow = place.column === -1;
  const left = (onRow ? 0 : columnLeft(layout, scroll, place.column)) + width / 2;
  const top = (onColumn ? layout.titleHeight : rowTop(layout, scroll, place.row)) + width / 2;
  const right = left + (onRow ? headerWidth : layout.cellWidth) - width - 1;
  const bottom = (onColumn ? columnLabelEnd(layout) : top + layout.cellHeight) - width - 1;
  // The frame of a slanted label leans with it.
  const lean = onColumn && layout.slant > 0 ? (bottom - top) / Math.tan(layout.slant) : 0;
  context.save();
  context.beginPath();
  if (onColumn) columnLabelField(context, layout);
  else context.rect(onRow ? 0 : headerWidth, headerHeight, onRow ? headerWidth : layout.width, layout.height);
  context.clip();
  strokeTwice(context, palette, width, colour, [
    [left, bottom],
    [left + lean, top],
    [right + lean, top],
    [right, bottom],
  ]);
  context.restore();
}

function strokeTwice(
  context: DrawingContext,
  palette: GridPalette,
  width: number,
  colour: string,
  [first, ...others]: readonly (readonly [x: number, y: number])[],
): void {
  context.beginPath();
  context.moveTo(...first);
  for (const corner of others) context.lineTo(...corner);
  context.closePath();
  for (const [thick, style] of [
    [width + 2, palette.background],
    [width, colour],
  ] as const) {
    context.lineWidth = thick;
    context.strokeStyle = style;
    context.stroke();
  }
}

/** Where column labels are drawn. It leans with them where they are slanted, so that none shows above row labels. */
function columnLabelField(context: DrawingContext, layout: GridLayout): void {
  const { headerWidth, titleHeight: top, width, slant } = layout;
  const bottom = columnLabelEnd(layout);
  const height = bottom - top;
  if (slant === 0) {
    context.rect(headerWidth, top, width, height);
    return;
  }
  context.moveTo(headerWidth, bottom);
  context.lineTo(headerWidth + height / Math.tan(slant), top);
  context.lineTo(width + height, top);
  context.lineTo(width + height, bottom);
}
