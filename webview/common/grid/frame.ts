import type { GridLayout, Place, Scroll } from './layout.ts';
import type { GridPalette } from './palette.ts';
import type { GridScene } from './scene.ts';

/** What drawing a grid needs of a canvas. */
export type DrawingContext = Pick<
  CanvasRenderingContext2D,
  | 'arc'
  | 'beginPath'
  | 'clearRect'
  | 'clip'
  | 'closePath'
  | 'fill'
  | 'fillRect'
  | 'fillText'
  | 'font'
  | 'globalAlpha'
  | 'lineTo'
  | 'lineWidth'
  | 'measureText'
  | 'moveTo'
  | 'rect'
  | 'restore'
  | 'rotate'
  | 'save'
  | 'stroke'
  | 'textAlign'
  | 'textBaseline'
  | 'translate'
> & { fillStyle: unknown; strokeStyle: unknown };

/** Everything that one frame needs. */
export interface GridFrame {
  readonly scene: GridScene;
  readonly layout: GridLayout;
  readonly palette: GridPalette;
  readonly scroll: Scroll;
  readonly active: Place | undefined;
  readonly hovered: Place | undefined;
  /** Whether the keyboard is in the grid: the active place then carries the focus border. */
  readonly focused: boolean;
}

/** The rows or columns whose labels stand out: the keyboard or the pointer is on them. */
export function litOf({ active, hovered }: GridFrame, side: keyof Place): readonly number[] {
  return [active?.[side] ?? -1, hovered?.[side] ?? -1].filter((index) => index >= 0);
}
