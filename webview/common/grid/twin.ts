import { setReadAttribute, setText } from '../element.ts';
import { t } from '../language.ts';
import { restoreFocus } from '../place.ts';
import type { GridLayout, Place } from './layout.ts';
import type { GridScene } from './scene.ts';

/**
 * The grid for those who do not see the canvas: a `role="grid"` of the active cell and its neighbours, with the true
 * row and column numbers. It lies invisibly over the active cell, so that magnifiers follow.
 */
export class GridTwin {
  readonly element = document.createElement('div');
  #current: HTMLElement | undefined;

  constructor(name: string, readOnly: boolean) {
    this.element.className = 'semap-grid-twin';
    this.element.setAttribute('role', 'grid');
    setReadAttribute(this.element, 'aria-label', name);
    this.element.setAttribute('aria-readonly', String(readOnly));
  }

  get focused(): boolean {
    return this.element.contains(document.activeElement);
  }

  focus(): void {
    this.#current?.focus({ preventScroll: true });
  }

  show(scene: GridScene, layout: GridLayout, place: Place): void {
    const hadFocus = this.focused;
    const { rows, columns } = layout;
    const empty = rows === 0 || columns === 0;
    this.element.hidden = empty;
    this.element.setAttribute('aria-rowcount', String(rows + 1));
    this.element.setAttribute('aria-colcount', String(columns + 1));
    this.element.style.left = `${place.column < 0 ? 0 : layout.headerWidth + place.column * layout.cellWidth}px`;
    this.element.style.top = `${place.row < 0 ? 0 : layout.headerHeight + place.row * layout.cellHeight}px`;
    this.element.style.width = `${layout.cellWidth}px`;
    this.element.style.height = `${layout.cellHeight}px`;
    this.#current = undefined;
    if (empty) {
      this.element.replaceChildren();
      return;
    }
    const near = (index: number, count: number) =>
      [index - 1, index, index + 1].filter((i) => i >= 0 && i < count);
    const shownColumns = near(place.column, columns);
    const shownRows = near(place.row, rows);
    this.element.replaceChildren(
      ...[-1, ...shownRows].map((row) => {
        const line = document.createElement('div');
        line.setAttribute('role', 'row');
        line.setAttribute('aria-rowindex', String(row + 2));
        line.append(
          ...[-1, ...shownColumns].map((column) => {
            const cell = this.#cell(scene, row, column);
            if (row === place.row && column === place.column) this.#makeCurrent(cell);
            return cell;
          }),
        );
        return line;
      }),
    );
    if (hadFocus && this.#current) restoreFocus(this.#current);
  }

  #makeCurrent(cell: HTMLElement): void {
    cell.tabIndex = 0;
    this.#current = cell;
  }

  #cell(scene: GridScene, row: number, column: number): HTMLElement {
    const cell = document.createElement('div');
    const role = row < 0 ? 'columnheader' : column < 0 ? 'rowheader' : 'gridcell';
    cell.setAttribute('role', role);
    cell.setAttribute('aria-colindex', String(column + 2));
    cell.tabIndex = -1;
    setText(cell, row < 0 && column < 0 ? t('Labels') : scene.describe(row, column).slice(0, 400));
    return cell;
  }
}
