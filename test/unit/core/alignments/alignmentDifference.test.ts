import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { differenceOf } from '../../../../src/core/alignments/alignmentDifference.ts';
import { withMember } from '../../../../src/core/alignments/memberEdits.ts';
import { backbonesOf, sourceGroups } from '../../../../src/core/alignments/members.ts';
import { alignmentOf, source as sourceOf, target } from '../../alignments.ts';

type Weights = Readonly<Record<string, Readonly<Record<string, number>>>>;

const SOURCES = ['tabby', 'pug', 'wren', 'lynx'];

function documentOf(weights: Weights, labelSpace = 'l'): AlignmentDocument {
  const mapped = (sources: Weights[string]) =>
    Object.entries(sources).map(([label, weight]) => sourceOf(SOURCES.indexOf(label), weight, 1, label));
  return alignmentOf(
    SOURCES.length,
    Object.entries(weights).map(([label, sources]) => target(label, ...mapped(sources))),
    { backbone: { name: 'tiny', sha256: '', labelSpace, sourceCount: SOURCES.length } },
  );
}

describe('the difference of two alignments', () => {
  const first = documentOf({ cat: { tabby: 1, lynx: 0.5 }, dog: { pug: 1 } });

  test('an alignment does not differ from itself', () => {
    assert.deepEqual(differenceOf(first, first), { cells: [], alike: 3, onlyTargets: [[], []], beside: [] });
  });

  test('names cells whose weight changed, the largest change first, and where they are', () => {
    const second = documentOf({ dog: { pug: 1 }, cat: { lynx: 0.75 } });
    const { cells, alike } = differenceOf(first, second);
    const weights = cells.map(({ target, source, weights }) => [target, source, ...weights]);
    assert.deepEqual(weights, [
      ['cat', 'tabby', 1, 0],
      ['cat', 'lynx', 0.5, 0.75],
    ]);
    assert.equal(alike, 1);
    assert.deepEqual(cells[0].places, [
      { target: 0, source: 0 },
      { target: 1, source: 0 },
    ]);
  });

  test('a backbone that is there several times, each with its prompt, is compared with the same one of the other', () => {
    const both = withMember(first, { ...documentOf({ cat: { lynx: 1 }, dog: { pug: 1 } }), prompt: 'two' });
    assert.deepEqual(differenceOf(both, both), { cells: [], alike: 5, onlyTargets: [[], []], beside: [] });
    assert.equal(backbonesOf(both).name, '2 x tiny');
    assert.deepEqual(
      sourceGroups(both).map(({ name }) => name),
      ['tiny', 'tiny #2'],
    );
  });

  test('names what makes answers differ where no cell does', () => {
    const headed = (sha256: string): typeof first => ({
      ...first,
      head: { kind: 'prototypes', file: 'a.head', sha256, learned: { images: 1 } as never },
    });
    const beside = (a: typeof first, b: typeof first) => {
      const found = differenceOf(a, b);
      assert.deepEqual(found.cells, []);
      return found.beside;
    };
    assert.deepEqual(beside(headed('1'), headed('1')), []);
    assert.deepEqual(beside(headed('1'), headed('2')), ['head']);
    assert.deepEqual(beside(headed('1'), first), ['first-head']);
    assert.deepEqual(beside(first, headed('1')), ['second-head']);
    assert.deepEqual(
      beside({ ...first, prompt: 'one' }, { ...first, aggregation: { kind: 'max' } as never }),
      ['prompt', 'aggregation'],
    );
    const both = withMember(first, { ...documentOf({ cat: { lynx: 1 }, dog: { pug: 1 } }), prompt: 'two' });
    assert.deepEqual(beside({ ...both, weight: 2 }, both), ['weight']);
  });

  test('a target of one document alone has no place in the other', () => {
    const { onlyTargets, cells } = differenceOf(
      first,
      documentOf({ cat: { tabby: 1, lynx: 0.5 }, bird: { wren: 1 } }),
    );
    assert.deepEqual(onlyTargets, [['dog'], ['bird']]);
    const sides = cells.map(({ target, places }) => [target, places.map((place) => place !== undefined)]);
    assert.deepEqual(sides, [
      ['dog', [true, false]],
      ['bird', [false, true]],
    ]);
  });

  test('sources of another label space are compared by name', () => {
    const { cells, alike } = differenceOf(first, documentOf({ cat: { tabby: 1 }, dog: { pug: 1 } }, 'other'));
    assert.equal(alike, 2);
    const gone = cells.map(({ source, places }) => [source, places[1]]);
    assert.deepEqual(gone, [['lynx', undefined]]);
  });

  test('with several backbones, each is compared with the same one of the other', () => {
    const ofBirds = (weights: Weights) => {
      const made = documentOf(weights, 'birds');
      return { ...made, backbone: { ...made.backbone, name: 'birds', sha256: 'b' } };
    };
    const both = withMember(first, ofBirds({ cat: { wren: 1 }, dog: { pug: 0.25 } }));
    const swapped = withMember(ofBirds({ cat: { wren: 1 }, dog: { pug: 0.5 } }), first);
    const { cells, alike } = differenceOf(both, swapped);
    assert.equal(alike, 4);
    assert.deepEqual(cells, [
      {
        target: 'dog',
        source: 'pug',
        weights: [0.25, 0.5],
        places: [
          { target: 1, source: 5 },
          { target: 1, source: 1 },
        ],
      },
    ]);
    assert.deepEqual(
      differenceOf(first, both).cells.map(({ source, weights }) => [source, ...weights]),
      [
        ['wren', 0, 1],
        ['pug', 0, 0.25],
      ],
    );
  });
});
