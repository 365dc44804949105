import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withMember } from '../../../../src/core/alignments/memberEdits.ts';
import type { SimilarityView } from '../../../../src/protocol/alignments.ts';
import {
  type Arrangement,
  arrange,
  buildModel,
  mostSimilar,
  rearranged,
  sameTargets,
} from '../../../../webview/alignment/alignmentModel.ts';
import { alignmentScene } from '../../../../webview/alignment/alignmentScene.ts';
import { toggled, weighed } from '../../../../webview/alignment/cellEdits.ts';
import { carriersInWords } from '../../../../webview/alignment/groupWords.ts';
import { joinedDocument } from '../../../../webview/alignment/joinedDocument.ts';
import { warningsOf } from '../../../../webview/alignment/warnings.ts';
import { alignmentOf, source, target } from '../../alignments.ts';

const SOURCES = ['tabby', 'pug', 'beagle', 'jay', 'robin', 'sports car', 'minivan', 'teapot'];

const document = alignmentOf(SOURCES.length, [
  target('dog', mapped(1, 1, 0.9), mapped(2, 0.25, 0.8)),
  target('bird', mapped(3, 1, 0.7)),
  { ...target('moon'), expected: 'none' },
]);

function mapped(index: number, weight: number, similarity: number) {
  return source(index, weight, similarity, SOURCES[index]);
}

const view: SimilarityView = {
  sources: SOURCES.map((name) => ({ name })),
  // biome-ignore format: one line per target
  values: Float32Array.of(
    .5, .9, .8, .3, .2, .1, .1, 0,
    .3, .2, .2, .7, .6, .1, .1, 0,
    .1, .1, .1, .1, .1, .1, .1, .2,
  ),
  treeOrder: Uint32Array.of(3, 4, 1, 2, 0, 5, 6, 7),
};

const plain: Arrangement = { order: 'tree', all: false, search: '' };
const model = buildModel(joinedDocument(document), view);
const names = (arranged: { sources: readonly number[] }) => arranged.sources.map((s) => model.sources[s]);
const targetNames = (arranged: { targets: readonly number[] }) =>
  arranged.targets.map((t) => model.targets[t].label);

describe('the alignment that a page shows', () => {
  it('takes similarities from the engine and weights from the document', () => {
    assert.equal(model.weights[2], 0.25);
    assert.equal(model.values[2].toFixed(2), '0.80');
    assert.equal(model.weights[0], 0);
  });

  it('shows the mapped cells of the document alone when there are no similarities', () => {
    const bare = buildModel(joinedDocument(document), undefined);
    assert.deepEqual(bare.sources, ['pug', 'beagle', 'jay']);
    assert.deepEqual([...bare.sourceIndex], [1, 2, 3]);
    assert.equal(bare.values[0].toFixed(1), '0.9');
    assert.ok(Number.isNaN(bare.values[2]));
    assert.equal(bare.complete, false);
    assert.equal(arrange(bare, plain).sources.length, 3);
  });

  it('stands a document whose sources lie outside the label space', () => {
    const wild = {
      ...document,
      targets: [target('dog', mapped(1, 1, 0.9)), target('x', source(999, 1, 1, 'lost'))],
    };
    const built = buildModel(joinedDocument(wild), { ...view, values: view.values.slice(0, 16) });
    assert.equal(built.weights.filter((weight) => weight > 0).length, 1);
  });

  it('knows the nearest sources of a target in their order', () => {
    const nearest = mostSimilar(model, 1, 3).map((s) => model.sources[s]);
    assert.deepEqual(nearest, ['jay', 'robin', 'tabby']);
  });
});

describe('arranging', () => {
  it('leaves out sources that are neither mapped nor near, unless all are wanted', () => {
    const many = 40;
    const wide = buildModel(joinedDocument({ ...document, targets: [target('dog', mapped(1, 1, 0.9))] }), {
      sources: Array.from({ length: many }, (_, s) => ({ name: `s${s}` })),
      values: Float32Array.from({ length: many }, (_, s) => s / many),
      treeOrder: Uint32Array.from({ length: many }, (_, s) => s),
    });
    assert.deepEqual(arrange(wide, plain).sources, [1, 35, 36, 37, 38, 39]);
    assert.equal(arrange(wide, { ...plain, all: true }).sources.length, many);
  });

  it('follows the tree on both sides', () => {
    const arranged = arrange(model, { ...plain, all: true });
    assert.deepEqual(names(arranged), [
      'jay',
      'robin',
      'pug',
      'beagle',
      'tabby',
      'sports car',
      'minivan',
      'teapot',
    ]);
    assert.deepEqual(targetNames(arranged), ['bird', 'dog', 'moon']);
  });

  it('puts sources at the target that they serve when ordered by similarity', () => {
    const arranged = arrange(model, { ...plain, order: 'similarity', all: true });
    assert.deepEqual(targetNames(arranged), ['dog', 'bird', 'moon']);
    assert.deepEqual(names(arranged).slice(0, 3), ['pug', 'beagle', 'tabby']);
    assert.equal(names(arranged).at(-1), 'teapot');
  });

  it('orders by name on both sides', () => {
    const arranged = arrange(model, { ...plain, order: 'name' });
    assert.deepEqual(targetNames(arranged), ['bird', 'dog', 'moon']);
    assert.deepEqual(names(arranged), [...names(arranged)].sort());
  });

  it('finds sources that are not shown otherwise, against all targets', () => {
    const arranged = arrange(model, { ...plain, search: 'MINI' });
    assert.deepEqual(names(arranged), ['minivan']);
    assert.equal(arranged.targets.length, 3);
  });

  it('finds targets with the sources that matter to them', () => {
    const arranged = arrange(model, { ...plain, search: 'bird' });
    assert.deepEqual(targetNames(arranged), ['bird']);
    assert.ok(names(arranged).includes('jay'));
  });

  it('shows nothing when nothing is found', () => {
    assert.deepEqual(arrange(model, { ...plain, search: 'zebra' }), { targets: [], sources: [] });
  });
});

describe('an alignment that changes while somebody looks at it', () => {
  it('knows its targets again, moved, renamed, added and removed', () => {
    const of = (...labels: string[]) => labels.map((label) => ({ label }));
    assert.deepEqual(sameTargets(of('a', 'b', 'c'), of('b', 'c', 'a')), [2, 0, 1]);
    assert.deepEqual(sameTargets(of('a', 'b', 'c'), of('a', 'kitten', 'c')), [0, 1, 2]);
    assert.deepEqual(sameTargets(of('a', 'b', 'c'), of('a', 'c')), [0, undefined, 1]);
    assert.deepEqual(sameTargets(of('a', 'a'), of('a', 'a', 'b')), [0, 1]);
  });

  it('keeps labels where they are, and adds one that is mapped now beside its neighbour', () => {
    for (const order of ['tree', 'name', 'similarity'] as const) {
      const all = arrange(model, { ...plain, order, all: true });
      const at = 2;
      const before = { targets: all.targets.toReversed(), sources: all.sources.toSpliced(at, 1) };
      const after = rearranged(before, model, { ...plain, order, all: true });
      assert.deepEqual(after.sources, all.sources);
      assert.deepEqual(after.targets, order === 'similarity' ? all.targets : before.targets);
    }
  });

  it('goes on showing a source that does not matter any more', () => {
    const all = arrange(model, { ...plain, all: true });
    assert.deepEqual(rearranged(all, model, plain), all);
  });
});

describe('the scene of an alignment', () => {
  const arranged = arrange(model, { ...plain, all: true });

  it('is the same pair of labels either way round', () => {
    for (const columns of [true, false]) {
      const scene = alignmentScene(model, arranged, columns);
      const place = scene.placeOf({ target: 0, source: 2 });
      assert.ok(place);
      assert.deepEqual(scene.pairAt(place), { target: 0, source: 2 });
      assert.equal(scene.mark(place.row, place.column), 0.25);
      assert.equal(
        scene.describe(place.row, place.column),
        'beagle for dog: similarity 0.80, mapped with weight 0.25',
      );
    }
  });

  it('marks a mapped cell as doubtful where hardly anything is alike', () => {
    const scene = alignmentScene(model, arranged, true);
    const isHollow = (target: number, source: string) => {
      const place = scene.placeOf({ target, source: model.sources.indexOf(source) });
      return place && scene.doubtful?.(place.row, place.column);
    };
    assert.equal(isHollow(0, 'beagle'), false);
    assert.equal(isHollow(0, 'teapot'), true);
  });

  it('describes labels too', () => {
    const scene = alignmentScene(model, arranged, true);
    const dog = scene.placeOf({ target: 0, source: undefined });
    assert.ok(dog);
    assert.equal(scene.describe(dog.row, dog.column), 'Target label dog: 2 source labels, expected good');
  });

  it('has no place for labels that the search hides', () => {
    const scene = alignmentScene(model, arrange(model, { ...plain, search: 'bird' }), true);
    assert.equal(scene.placeOf({ target: 0, source: undefined }), undefined);
  });
});

describe('the sources of several backbones', () => {
  const birds = alignmentOf(
    3,
    [target('bird', source(2, 1, 0.8, 'wren')), target('moon', source(0, 1, 0.6, 'owl'))],
    {
      backbone: { name: 'birds', sha256: 'b', labelSpace: 'b', sourceCount: 3 },
    },
  );
  const joined = joinedDocument(withMember(document, birds));
  const both = buildModel(joined, {
    sources: [...SOURCES, 'owl', 'gull', 'wren'].map((name) => ({ name })),
    values: Float32Array.from(
      [0, 1, 2].flatMap((t) => [
        ...view.values.subarray(t * 8, t * 8 + 8),
        t === 2 ? 0.6 : 0.1,
        0,
        t === 1 ? 0.8 : 0,
      ]),
    ),
    treeOrder: Uint32Array.of(...view.treeOrder, 10, 8, 9),
  });
  const scene = alignmentScene(both, arrange(both, { ...plain, all: true }), true);

  it('stand below the header of each, in the order of its own tree', () => {
    assert.deepEqual(scene.groups, { of: 'rows', starts: [0, 9] });
    assert.deepEqual(scene.rows.slice(9), ['birds · weight 1 · 3 of 3', 'wren', 'owl', 'gull']);
    assert.deepEqual(scene.pairAt({ row: 9, column: 0 }), {
      target: 1,
      source: undefined,
      group: 1,
    });
    assert.equal(scene.mark(9, 0), 0);
    assert.ok(Number.isNaN(scene.shade(9, 0)));
    assert.deepEqual(scene.placeOf({ target: undefined, source: undefined, group: 1 }), {
      row: 9,
      column: -1,
    });
    assert.match(
      scene.describe(9, 0),
      /^Backbone birds, weight 1\. 3 of its 3 source labels shown\. It has source labels for 2 of 3 target labels\./,
    );
  });

  it('are told apart by their backbone, and edited as its own', () => {
    const wren = { target: 1, source: 10 };
    const place = scene.placeOf(wren);
    assert.equal(scene.describe(place!.row, place!.column), 'wren (birds) for bird: similarity 0.80, mapped');
    assert.deepEqual(toggled(both, wren)?.edit, { kind: 'unmap', target: 1, source: 2, member: 1 });
    assert.deepEqual(toggled(both, { target: 1, source: 3 })?.edit, { kind: 'unmap', target: 1, source: 3 });
    assert.deepEqual(weighed(both, { target: 0, source: 9 }, 0.5)?.edit, {
      kind: 'map',
      target: 0,
      source: { label: 'gull', wnid: undefined, index: 1, weight: 0.5, similarity: 0 },
      member: 1,
    });
  });

  it('are shown as far as they matter, or all of one backbone', () => {
    const few = { ...plain, all: false };
    const count = (allOf: string[]) => arrange(both, { ...few, allOf }).sources.length;
    assert.equal(count(['birds']), arrange(both, few).sources.length);
    const wide = alignmentOf(40, [target('dog', source(1))]);
    const several = joinedDocument(
      withMember(wide, { ...wide, backbone: { ...wide.backbone, name: 'other', sha256: 'o' } }),
    );
    const values = Float32Array.from({ length: 80 }, (_, s) => (s % 40) / 40);
    const sources = Array.from({ length: 80 }, (_, s) => ({ name: `s${s}` }));
    const treeOrder = Uint32Array.from({ length: 80 }, (_, s) => s);
    const halves = buildModel(several, { sources, values, treeOrder });
    assert.equal(arrange(halves, few).sources.length, 12);
    assert.equal(arrange(halves, { ...few, allOf: ['other'] }).sources.length, 46);
  });

  it('of one alone for a target are no fault', () => {
    const at = both.targets.findIndex(({ label }) => label === 'moon');
    assert.equal(
      carriersInWords(both, at),
      'Only birds has source labels for it; the others say nothing about it.',
    );
    assert.equal(carriersInWords(both, 1), undefined);
    assert.ok(!warningsOf(joined.document).some(({ text }) => text.includes('never predicted')));
  });
});
