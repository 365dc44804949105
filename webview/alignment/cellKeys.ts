/** What a key does to the cell or label that it is pressed on. */
export type CellKey =
  /** 1 to 9: tenths of the full weight. */
  | { readonly kind: 'weight'; readonly weight: number }
  /** Delete and Backspace. */
  | { readonly kind: 'unmap' }
  /** Alt and an arrow: the target earlier or later in the document. */
  | { readonly kind: 'move'; readonly by: -1 | 1 }
  /** F2. */
  | { readonly kind: 'rename' }
  /** Escape: back to where nothing is selected. */
  | { readonly kind: 'leave' };

/** The parts of a KeyboardEvent that decide. */
interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** Undefined where the grid itself knows better: moving, mapping, explaining, zooming. */
export function cellKey({ key, ctrlKey, metaKey, altKey }: Press): CellKey | undefined {
  if (ctrlKey || metaKey) return undefined;
  if (altKey) {
    if (key === 'ArrowUp' || key === 'ArrowLeft') return { kind: 'move', by: -1 };
    if (key === 'ArrowDown' || key === 'ArrowRight') return { kind: 'move', by: 1 };
    return undefined;
  }
  if (/^[1-9]$/.test(key)) return { kind: 'weight', weight: Number(key) / 10 };
  switch (key) {
    case 'Delete':
    case 'Backspace':
      return { kind: 'unmap' };
    case 'F2':
      return { kind: 'rename' };
    case 'Escape':
      return { kind: 'leave' };
    default:
      return undefined;
  }
}

/** What a key takes back or makes again: as in VS Code, Control and Z, and Control and Y or Shift and Z. */
export function undoKey(press: Press & Pick<KeyboardEvent, 'shiftKey'>): 'undo' | 'redo' | undefined {
  const { ctrlKey, metaKey, altKey, shiftKey } = press;
  if (altKey || ctrlKey === metaKey) return undefined;
  const key = press.key.toLowerCase();
  if (key === 'z') return shiftKey ? 'redo' : 'undo';
  return key === 'y' && ctrlKey && !shiftKey ? 'redo' : undefined;
}
