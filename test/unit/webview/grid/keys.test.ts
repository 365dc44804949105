import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gridKey } from '../../../../webview/common/grid/keys.ts';
import type { Place } from '../../../../webview/common/grid/layout.ts';

const extent = { rows: 100, columns: 10, page: 20 };

function press(
  key: string,
  from: Place,
  modifiers: { ctrlKey?: boolean; altKey?: boolean; shiftKey?: boolean } = {},
) {
  const event = { key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...modifiers };
  const action = gridKey(event, from, extent);
  return action?.kind === 'move' ? [action.place.row, action.place.column] : action?.kind;
}

describe('the keyboard in a grid', () => {
  it('pans with Shift and an arrow, and leaves the active cell', () => {
    assert.equal(press('ArrowDown', { row: 5, column: 5 }, { shiftKey: true }), 'pan');
    assert.deepEqual(press('End', { row: 5, column: 5 }, { shiftKey: true }), [5, 9]);
  });

  it('moves by a cell and stops at the borders', () => {
    assert.deepEqual(press('ArrowRight', { row: 5, column: 5 }), [5, 6]);
    assert.deepEqual(press('ArrowDown', { row: 99, column: 5 }), [99, 5]);
    assert.deepEqual(press('ArrowRight', { row: 5, column: 9 }), [5, 9]);
  });

  it('goes from the first cells to the labels, but never into the corner', () => {
    assert.deepEqual(press('ArrowUp', { row: 0, column: 3 }), [-1, 3]);
    assert.deepEqual(press('ArrowLeft', { row: 7, column: 0 }), [7, -1]);
    assert.deepEqual(press('ArrowLeft', { row: -1, column: 0 }), [-1, 0]);
    assert.deepEqual(press('ArrowUp', { row: 0, column: -1 }), [0, -1]);
  });

  it('jumps with Home, End, the page keys and Control', () => {
    assert.deepEqual(press('Home', { row: 5, column: 5 }), [5, 0]);
    assert.deepEqual(press('End', { row: 5, column: 5 }), [5, 9]);
    assert.deepEqual(press('Home', { row: 5, column: 5 }, { ctrlKey: true }), [0, 0]);
    assert.deepEqual(press('End', { row: 5, column: 5 }, { ctrlKey: true }), [99, 9]);
    assert.deepEqual(press('PageDown', { row: 5, column: 5 }), [25, 5]);
    assert.deepEqual(press('PageUp', { row: 5, column: 5 }), [0, 5]);
  });

  it('zooms with plus, minus and zero, but not where the editor does', () => {
    const at = { row: 3, column: 3 };
    const plain = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
    const factor = (key: string) => {
      const action = gridKey({ key, ...plain }, at, extent);
      return action?.kind === 'zoom' ? action.factor : 'no zoom';
    };
    assert.ok(Number(factor('+')) > 1);
    assert.equal(Number(factor('+')) * Number(factor('-')), 1);
    assert.equal(factor('0'), undefined);
    assert.equal(gridKey({ key: '+', ...plain, ctrlKey: true }, at, extent), undefined);
  });

  it('acts with Enter, asks why with Space, and leaves every other key alone', () => {
    assert.equal(press('Enter', { row: 0, column: 0 }), 'activate');
    assert.equal(press(' ', { row: 0, column: 0 }), 'explain');
    assert.equal(press('Enter', { row: 0, column: 0 }, { ctrlKey: true }), undefined);
    assert.equal(press('Tab', { row: 0, column: 0 }), undefined);
    assert.equal(press('ArrowDown', { row: 0, column: 0 }, { altKey: true }), undefined);
  });
});
