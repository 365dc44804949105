import type { Place } from './layout.ts';

/** What a key does in a grid. */
export type GridKey =
  | { readonly kind: 'move'; readonly place: Place }
  /** Enter: as a double click. */
  | { readonly kind: 'activate' }
  /** Space: say why. */
  | { readonly kind: 'explain' }
  /** Plus, minus and zero: larger, smaller and usual cells. */
  | { readonly kind: 'zoom'; readonly factor: number | undefined }
  /** Shift and an arrow: what is seen moves, the active cell does not. In shares of what is seen. */
  | { readonly kind: 'pan'; readonly x: number; readonly y: number };

/** The parts of a KeyboardEvent that decide. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

export interface GridExtent {
  readonly rows: number;
  readonly columns: number;
  /** Rows that are seen at once: what PageUp and PageDown move by. */
  readonly page: number;
}

const ZOOM_STEP = 1.25;
const PAN_STEP = 0.25;

const PANS: Readonly<Record<string, GridKey>> = {
  ArrowUp: { kind: 'pan', x: 0, y: -PAN_STEP },
  ArrowDown: { kind: 'pan', x: 0, y: PAN_STEP },
  ArrowLeft: { kind: 'pan', x: -PAN_STEP, y: 0 },
  ArrowRight: { kind: 'pan', x: PAN_STEP, y: 0 },
};

/** What `press` does at `place`; undefined when the grid has no use for it. Labels count as row or column -1. */
export function gridKey(press: KeyPress, { row, column }: Place, extent: GridExtent): GridKey | undefined {
  const far = press.ctrlKey || press.metaKey;
  // With Control the editor zooms.
  if (press.altKey || (far && /^[-+=0]$/.test(press.key))) return undefined;
  if (press.shiftKey && !far && press.key in PANS) return PANS[press.key];
  const to = (newRow: number, newColumn: number): GridKey | undefined => {
    const lowRow = column === -1 && newColumn === -1 ? 0 : -1;
    const lowColumn = row === -1 && newRow === -1 ? 0 : -1;
    const place = {
      row: Math.min(extent.rows - 1, Math.max(lowRow, newRow)),
      column: Math.min(extent.columns - 1, Math.max(lowColumn, newColumn)),
    };
    return place.row === -1 && place.column === -1 ? undefined : { kind: 'move', place };
  };
  switch (press.key) {
    case 'ArrowUp':
      return to(far ? Math.min(row, 0) : row - 1, column);
    case 'ArrowDown':
      return to(far ? extent.rows - 1 : row + 1, column);
    case 'ArrowLeft':
      return to(row, far ? Math.min(column, 0) : column - 1);
    case 'ArrowRight':
      return to(row, far ? extent.columns - 1 : column + 1);
    case 'Home':
      return to(far ? 0 : row, 0);
    case 'End':
      return to(far ? extent.rows - 1 : row, extent.columns - 1);
    case 'PageUp':
      return to(Math.max(0, row - extent.page), column);
    case 'PageDown':
      return to(row + extent.page, column);
    case 'Enter':
      return far ? undefined : { kind: 'activate' };
    case ' ':
      return far ? undefined : { kind: 'explain' };
    case '+':
    case '=':
      return { kind: 'zoom', factor: ZOOM_STEP };
    case '-':
      return { kind: 'zoom', factor: 1 / ZOOM_STEP };
    case '0':
      return { kind: 'zoom', factor: undefined };
    default:
      return undefined;
  }
}
