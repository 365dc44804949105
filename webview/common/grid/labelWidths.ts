import type { LayoutInput } from './layout.ts';
import type { GridPalette } from './palette.ts';
import type { GridScene } from './scene.ts';

/** Widths of the longest labels, and what figures take. */
export type GridWidths = { readonly row: number; readonly column: number } & Pick<LayoutInput, 'summary'>;

/** Around the figure of a row, in pixels. */
const FIGURE_PADDING = 14;

/** How wide the labels of a scene are. Names of groups are cut to the room that there is. */
export function labelWidths(
  context: CanvasRenderingContext2D,
  palette: GridPalette,
  { rows, columns, summary, groups }: GridScene,
): GridWidths {
  context.font = palette.boldFont;
  // Labels are cut at these widths anyway; beyond a few hundred a sample tells the longest well enough.
  const longest = (labels: readonly string[], most: number, of?: 'rows' | 'columns') => {
    const step = Math.max(1, Math.floor(labels.length / 400));
    let width = 0;
    for (let i = 0; i < labels.length && width < most; i += step) {
      if (groups !== undefined && groups.of === of && groups.starts.includes(i)) continue;
      width = Math.max(width, context.measureText(labels[i].slice(0, 80)).width);
    }
    return Math.min(most, Math.ceil(width));
  };
  // What stands above row labels is one of them.
  const names = summary ? [summary.axes.rows, ...summary.ofColumns.map(({ title }) => title)] : [];
  return {
    row: Math.max(longest(rows, 220, 'rows'), longest(names, 140)),
    column: longest(columns, 140, 'columns'),
    summary: summary && {
      rowFigures: summary.ofRows.map(
        ({ title, text }) => longest([title, ...rows.map((_, row) => text(row))], 80) + FIGURE_PADDING,
      ),
      columnFigures: summary.ofColumns.length,
    },
  };
}
