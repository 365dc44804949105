import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alignment } from '../results/fakeRun.ts';
import '../withFakeVscode.ts';

const { mappingEdit } = await import('../../../../src/host/alignments/alignmentWishes.ts');

const view = {
  sources: ['tench', 'goldfish', 'great white', 'tabby', 'lynx'].map((name) => ({ name, wnid: `n${name}` })),
  values: Float32Array.from([0, 0, 0, 0.9, 0.123456, 0, 0, 0, 0, 0]),
  treeOrder: new Uint32Array(5),
};
const cat = { target: 0, label: 'cat' } as const;

describe('a wish of the alignment page', () => {
  it('maps a source by its name and similarity', () => {
    const edit = mappingEdit(alignment, { kind: 'map', ...cat, source: 4 }, view);
    const source = { label: 'lynx', wnid: 'nlynx', index: 4, weight: 1, similarity: 0.1235 };
    assert.deepEqual(edit, { kind: 'map', target: 0, source });
  });

  it('changes a weight without knowing the backbone, and unmaps at zero', () => {
    const edit = mappingEdit(alignment, { kind: 'map', ...cat, source: 3, weight: 0.5 }, undefined);
    assert.ok(edit?.kind === 'map');
    assert.deepEqual([edit.source.weight, edit.source.label], [0.5, 'tabby']);
    assert.deepEqual(mappingEdit(alignment, { kind: 'map', ...cat, source: 3, weight: 0 }, undefined), {
      kind: 'unmap',
      target: 0,
      source: 3,
    });
  });

  it('cannot map what only the backbone could name, when that is not there', () => {
    assert.throws(() => mappingEdit(alignment, { kind: 'map', ...cat, source: 4 }, undefined), {
      reason: 'not-found',
    });
  });

  it('does nothing when the target is another by now, or stays what it is', () => {
    assert.equal(
      mappingEdit(alignment, { kind: 'map', target: 1, label: 'cat', source: 4 }, view),
      undefined,
    );
    assert.equal(mappingEdit(alignment, { kind: 'rename', ...cat, name: ' cat ' }, view), undefined);
    assert.equal(mappingEdit(alignment, { kind: 'move', ...cat, to: 0 }, view), undefined);
  });
});
