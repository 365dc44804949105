import type { LabelCutter } from './cutLabels.ts';
import { type DrawingContext, type GridFrame, litOf } from './frame.ts';
import {
  columnLabelEnd,
  columnLeft,
  LABEL_LEFT,
  rowLabelEnd,
  rowLabelWidth,
  rowTop,
  shownLabels,
  visibleCells,
} from './layout.ts';

/** Figures of columns are at least this far apart, in pixels. */
const LEAST_FIGURE = 36;

/** Figures of rows and columns between labels and cells, and what the labels are. */
export function drawSummary(context: DrawingContext, frame: GridFrame, cut: LabelCutter): void {
  const { scene, layout, palette, scroll } = frame;
  const { summary } = scene;
  if (!summary) return;
  const { headerWidth, headerHeight, rowFigures, figureHeight, titleHeight } = layout;
  const [left, top] = [rowLabelEnd(layout), columnLabelEnd(layout)];
  const { firstRow, lastRow, firstColumn, lastColumn } = visibleCells(layout, scroll);
  // The first of them have no place where there is little room.
  const firstFigure = summary.ofRows.length - rowFigures.length;
  const firstLine = summary.ofColumns.length - layout.columnFigures;
  const ofColumns = summary.ofColumns.slice(firstLine);
  const middles = rowFigures.map(
    (width, i) => left + rowFigures.slice(0, i).reduce((sum, one) => sum + one, 0) + width / 2,
  );
  const lineOf = (figure: number) => top + (figure + 0.5) * figureHeight;
  const write = (text: string, x: number, y: number, align: CanvasTextAlign, room: number) => {
    context.textAlign = align;
    context.fillText(cut(context, text, room), x, y);
  };
  /** A figure that is cut is another figure: it is squeezed. */
  const writeFigure = (text: string, x: number, y: number, room: number) => {
    context.textAlign = 'center';
    context.fillText(text, x, y, room);
  };
  context.save();
  context.textBaseline = 'middle';
  context.font = palette.boldFont;
  context.fillStyle = palette.foreground;
  const titleLine = top - figureHeight / 2 - 2;
  write(summary.axes.columns, headerWidth, titleHeight / 2, 'left', layout.width - headerWidth);
  write(summary.axes.rows, LABEL_LEFT, titleLine, 'left', rowLabelWidth(layout));
  context.font = palette.font;
  context.fillStyle = palette.faint;
  for (const [i, x] of middles.entries()) {
    write(summary.ofRows[firstFigure + i].title, x, titleLine, 'center', rowFigures[i] - 4);
  }
  for (const [i, { title }] of ofColumns.entries()) {
    write(title, LABEL_LEFT, lineOf(i), 'left', rowLabelWidth(layout));
  }
  context.fillStyle = palette.foreground;
  for (const [i, x] of middles.entries()) {
    for (const j of ofColumns.keys()) {
      writeFigure(summary.corner(firstFigure + i, firstLine + j), x, lineOf(j), rowFigures[i] - 2);
    }
  }
  context.beginPath();
  context.rect(0, headerHeight, headerWidth, layout.height);
  context.clip();
  const lit = { row: litOf(frame, 'row'), column: litOf(frame, 'column') };
  const rows = { pitch: layout.cellHeight, least: palette.lineHeight * 0.8, lit: lit.row };
  for (const row of shownLabels(firstRow, lastRow, rows)) {
    const y = rowTop(layout, scroll, row) + layout.cellHeight / 2;
    for (const [i, x] of middles.entries()) {
      writeFigure(summary.ofRows[firstFigure + i].text(row), x, y, rowFigures[i] - 2);
    }
  }
  context.restore();
  context.save();
  context.beginPath();
  context.rect(headerWidth, 0, layout.width, headerHeight);
  context.clip();
  context.textBaseline = 'middle';
  context.font = palette.font;
  context.fillStyle = palette.foreground;
  const columns = { pitch: layout.cellWidth, least: LEAST_FIGURE, lit: lit.column };
  for (const column of shownLabels(firstColumn, lastColumn, columns)) {
    const x = columnLeft(layout, scroll, column) + layout.cellWidth / 2;
    for (const [i, figure] of ofColumns.entries()) {
      writeFigure(figure.text(column), x, lineOf(i), Math.max(LEAST_FIGURE, layout.cellWidth) - 2);
    }
  }
  context.restore();
  context.beginPath();
  context.moveTo(left + 0.5, top - figureHeight);
  context.lineTo(left + 0.5, Math.min(layout.height, rowTop(layout, scroll, layout.rows)));
  context.moveTo(0, top + 0.5);
  context.lineTo(Math.min(layout.width, columnLeft(layout, scroll, layout.columns)), top + 0.5);
  context.globalAlpha = 0.3;
  context.lineWidth = 1;
  context.strokeStyle = palette.foreground;
  context.stroke();
  context.globalAlpha = 1;
}
