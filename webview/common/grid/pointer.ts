import type { Scroll } from './layout.ts';

/** What a pointer does over a grid. */
export interface PointerEvents {
  /** The main button went down on the grid, or is up again and `clicked` was told. */
  pressed(down: boolean): void;
  /** A press and a release at about the same place, with the main button. */
  clicked(event: PointerEvent): void;
  /** The pointer is elsewhere, and nothing is dragged. */
  moved(event: PointerEvent): void;
  /** Control and the wheel, or two fingers that part: `factor` above 1 is larger. */
  zoomed(factor: number, event: WheelEvent): void;
}

/** A pointer that moves less between press and release did not mean to drag. */
const DRAG_FROM = 4;

/** Clicks, drags that pan, and the wheel that zooms. Touch scrolls by itself. */
export function followPointer(scroller: HTMLElement, events: PointerEvents): void {
  let press: { readonly x: number; readonly y: number; readonly scroll: Scroll } | undefined;
  let panning = false;
  const end = () => {
    if (press) events.pressed(false);
    press = undefined;
    panning = false;
    scroller.classList.remove('panning');
  };
  scroller.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    // A press on a scroll bar is not one on the grid.
    const { left, top } = scroller.getBoundingClientRect();
    const inside = event.clientX - left < scroller.clientWidth && event.clientY - top < scroller.clientHeight;
    if (!inside) return;
    event.preventDefault();
    const scroll = { x: scroller.scrollLeft, y: scroller.scrollTop };
    press = { x: event.clientX, y: event.clientY, scroll };
    events.pressed(true);
  });
  // Released beside the grid.
  scroller.addEventListener('pointerleave', () => panning || end());
  scroller.addEventListener('pointermove', (event) => {
    if (press && event.pointerType !== 'touch' && event.buttons !== 0) {
      const [x, y] = [event.clientX - press.x, event.clientY - press.y];
      if (!panning && Math.hypot(x, y) < DRAG_FROM) return;
      if (!panning) scroller.setPointerCapture(event.pointerId);
      panning = true;
      scroller.classList.add('panning');
      scroller.scrollTo({ left: press.scroll.x - x, top: press.scroll.y - y, behavior: 'instant' });
    } else events.moved(event);
  });
  scroller.addEventListener('pointerup', (event) => {
    if (press !== undefined && !panning && event.button === 0) events.clicked(event);
    end();
  });
  scroller.addEventListener('pointercancel', end);
  scroller.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      // A wheel turns by a hundred, fingers by a few.
      const turned = Math.min(30, Math.max(-30, event.deltaY));
      events.zoomed(Math.exp(-turned * 0.005), event);
    },
    { passive: false },
  );
}
