import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { imageAfter, TileSelection } from '../../../../webview/results/tileSelection.ts';

const order = [9, 4, 7, 1, 3];

describe('the selection of the gallery', () => {
  it('is one image by a click, several by Ctrl, a range in the order that is shown by Shift', () => {
    const selection = new TileSelection();
    selection.select(4, 'only', order);
    selection.select(3, 'toggle', order);
    assert.deepEqual(selection.of(order), [4, 3]);
    selection.select(7, 'to', order);
    assert.deepEqual(selection.of(order), [7, 1, 3]);
    selection.select(9, 'to', order);
    assert.deepEqual(selection.of(order), order, 'a range turns about where it began');
    selection.select(7, 'only', order);
    assert.deepEqual(selection.of(order), [7]);
  });

  it('takes an image out again, and adds a range to what there is', () => {
    const selection = new TileSelection();
    selection.select(9, 'only', order);
    selection.select(7, 'toggle', order);
    selection.select(3, 'also-to', order);
    assert.deepEqual(selection.of(order), [9, 7, 1, 3]);
    selection.select(1, 'toggle', order);
    assert.deepEqual(selection.of(order), [9, 7, 3]);
  });

  it('begins a range anew where the first image of it is not shown', () => {
    const selection = new TileSelection();
    selection.select(4, 'only', order);
    selection.select(3, 'to', [7, 1, 3]);
    assert.deepEqual(selection.of(order), [3]);
  });

  it('keeps what a filter hides', () => {
    const selection = new TileSelection();
    selection.set(order);
    assert.deepEqual(selection.of([4, 1]), [4, 1]);
    assert.deepEqual(selection.of(order), order);
  });
});

describe('going on', () => {
  it('leads to the image after the last one, and nowhere from the last of all', () => {
    assert.equal(imageAfter(order, [4]), 7);
    assert.equal(imageAfter(order, [9, 4, 1]), 3);
    assert.equal(imageAfter(order, [3]), undefined);
    assert.equal(imageAfter(order, [8]), undefined);
    assert.equal(imageAfter(order, []), undefined);
  });
});
