/** What a grid shows, in the order in which it shows it. The grid knows nothing of labels or images. */
export interface GridScene {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Shade of a cell in 0..1; NaN where there is no value. */
  shade(row: number, column: number): number;
  /** 0 = no mark; otherwise a weight in (0, 1]: below one half the mark is drawn half full. */
  mark(row: number, column: number): number;
  /** Whether the mark of a cell is drawn hollow, because little speaks for it; absent: never. */
  doubtful?(row: number, column: number): boolean;
  /** Text inside a cell, where cells are wide enough; '' for none. */
  text(row: number, column: number): string;
  /** A cell, or a label (row or column -1), in words. */
  describe(row: number, column: number): string;
  /** Rows or columns that belong together; absent: they are one group without a name. */
  readonly groups?: GridGroups;
  /** Figures of whole rows and columns; absent: none. */
  readonly summary?: GridSummary;
}

/**
 * Rows or columns in groups. The first of each group is its header: it has the group's name for a label, no values, and stays in
 * view as long as a part of the group does.
 */
export interface GridGroups {
  readonly of: 'rows' | 'columns';
  /** Where each group begins, in ascending order; the first begins at 0. */
  readonly starts: readonly number[];
}

/** Figures that stay in view between the labels and the cells, and what the labels are. */
interface GridSummary {
  /** What stands above the row labels, and above the column labels. */
  readonly axes: { readonly rows: string; readonly columns: string };
  /** Of each row; where there is little room, the last of them only. */
  readonly ofRows: readonly GridFigure[];
  readonly ofColumns: readonly GridFigure[];
  /** Where the figures of rows and those of columns meet, by their places in these lists; '' for none. */
  corner(ofRows: number, ofColumns: number): string;
}

interface GridFigure {
  readonly title: string;
  /** Of a row or a column; '' for none. */
  text(index: number): string;
}

export const EMPTY_SCENE: GridScene = {
  rows: [],
  columns: [],
  shade: () => Number.NaN,
  mark: () => 0,
  text: () => '',
  describe: () => '',
};
