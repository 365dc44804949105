import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { percent } from '../../../../src/core/text/numbers.ts';
import { buildModel } from '../../../../webview/alignment/alignmentModel.ts';
import { toggled, weighed } from '../../../../webview/alignment/cellEdits.ts';
import { evidenceInWords } from '../../../../webview/alignment/cellEvidence.ts';
import { cellKey, undoKey } from '../../../../webview/alignment/cellKeys.ts';
import { joinedDocument } from '../../../../webview/alignment/joinedDocument.ts';
import { difference } from '../../../../webview/alignment/scoreLine.ts';
import { alignmentOf, source, target } from '../../alignments.ts';

const targets = [target('cat', source(0, 0.5, 1, 'tabby')), target('dog')];
const pets = alignmentOf(3, targets, { excluded: [{ label: 'teapot', index: 2 }] });
const model = buildModel(joinedDocument(pets), {
  sources: [{ name: 'tabby' }, { name: 'pug', wnid: 'n02110958' }, { name: 'teapot' }],
  values: Float32Array.from([1, 0, 0, 0, 0.123456, 0]),
  treeOrder: Uint32Array.from([0, 1, 2]),
  kinds: [[0], [1]],
});
const press = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey', boolean>> = {}) =>
  cellKey({ key, ctrlKey: false, metaKey: false, altKey: false, ...held });

describe('a change of a cell', () => {
  it('maps what is not mapped, by its name and similarity, and unmaps what is', () => {
    const source = { label: 'pug', wnid: 'n02110958', index: 1, weight: 1, similarity: 0.1235, kind: true };
    assert.deepEqual(toggled(model, { target: 1, source: 1 }), {
      edit: { kind: 'map', target: 1, source },
      spoken: 'Mapped pug to dog.',
    });
    assert.deepEqual(toggled(model, { target: 0, source: 0 }), {
      edit: { kind: 'unmap', target: 0, source: 0 },
      spoken: 'Unmapped tabby from cat.',
    });
  });

  it('sets a weight, of what is mapped also where the backbone is not known', () => {
    const source = { label: 'tabby', index: 0, weight: 0.3, similarity: 1 };
    for (const each of [model, buildModel(joinedDocument(pets), undefined)]) {
      assert.deepEqual(weighed(each, { target: 0, source: 0 }, 0.3)?.edit, {
        kind: 'map',
        target: 0,
        source,
      });
    }
  });

  it('only says so where the source is excluded', () => {
    const change = toggled(model, { target: 0, source: 2 });
    assert.deepEqual(
      [change?.edit, change?.spoken],
      [undefined, 'teapot is excluded. Include it again to map it.'],
    );
  });

  it('is none on a label, and where nothing is to be unmapped', () => {
    assert.equal(toggled(model, { target: 0, source: undefined }), undefined);
    assert.equal(toggled(model, undefined), undefined);
    assert.equal(weighed(model, { target: 1, source: 0 }, 0), undefined);
  });
});

describe('a key on a cell', () => {
  it('weighs, unmaps, moves and renames', () => {
    assert.deepEqual(press('3'), { kind: 'weight', weight: 0.3 });
    assert.deepEqual(press('Delete'), { kind: 'unmap' });
    assert.deepEqual(press('ArrowLeft', { altKey: true }), { kind: 'move', by: -1 });
    assert.deepEqual(press('ArrowDown', { altKey: true }), { kind: 'move', by: 1 });
    assert.deepEqual(press('F2'), { kind: 'rename' });
    assert.deepEqual(press('Escape'), { kind: 'leave' });
  });

  it('is left to the grid or the editor where it means something there', () => {
    for (const key of [' ', 'Enter', 'ArrowDown', 'Home', '+', '0', '/']) assert.equal(press(key), undefined);
    assert.equal(press('1', { ctrlKey: true }), undefined);
  });
});

describe('a key that undoes', () => {
  const undo = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>>) =>
    undoKey({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

  it('is the one of Windows and Linux, and of the Mac', () => {
    assert.equal(undo('z', { ctrlKey: true }), 'undo');
    assert.equal(undo('z', { metaKey: true }), 'undo');
    assert.equal(undo('Z', { ctrlKey: true, shiftKey: true }), 'redo');
    assert.equal(undo('z', { metaKey: true, shiftKey: true }), 'redo');
    assert.equal(undo('y', { ctrlKey: true }), 'redo');
  });

  it('is no other', () => {
    assert.equal(undo('z', {}), undefined);
    assert.equal(undo('y', { metaKey: true }), undefined);
    assert.equal(undo('z', { ctrlKey: true, altKey: true }), undefined);
    assert.equal(undo('Enter', { ctrlKey: true }), undefined);
  });
});

describe('figures in words', () => {
  it('name a difference with its sign, or that there is none', () => {
    assert.equal(percent(0.8412), '84.1%');
    assert.equal(difference(0.85, 0.84), '+1.0');
    assert.equal(difference(0.84, 0.85), '−1.0');
    assert.equal(difference(0.84001, 0.84), '±0');
  });

  it('say on how many images a source fired and how often that was right', () => {
    const all = { images: 1200, fired: 12, judged: 10, right: 9, strongest: [], title: 'icons' };
    assert.equal(
      evidenceInWords(all),
      'The strongest source label on 12 of 1,200 images of icons. The target label is correct for 9 of 10 with a true label.',
    );
    assert.match(evidenceInWords({ ...all, judged: 0, right: 0 }), /on 12 of 1,200 images of icons\.$/);
    assert.match(evidenceInWords({ ...all, fired: 0 }), /^Not .* on any of 1,200 images of icons\.$/);
  });
});
