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
}

export const EMPTY_SCENE: GridScene = {
  rows: [],
  columns: [],
  shade: () => Number.NaN,
  mark: () => 0,
  text: () => '',
  describe: () => '',
};
