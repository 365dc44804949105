import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import {
  imagenet1kBackground,
  isSameSpace,
  labelSpaceOf,
  parseLabels,
} from '../../../../src/core/labels/labelSpaces.ts';
import { builtWordNet, imagenet, noTable, wnids } from './table.ts';

const names = (text: string) => parseLabels(text).map((label) => label.name);

describe('a labels file', () => {
  it('holds one name a line, whatever the line ends', () => {
    assert.deepEqual(names('\uFEFFcat\r\ndog\n\n'), ['cat', 'dog']);
  });

  it('may give wnids with names and synonyms', () => {
    assert.deepEqual(parseLabels('n01440764 : tench, Tinca tinca\nn01443537 goldfish'), [
      { name: 'tench', wnid: 'n01440764', synonyms: ['Tinca tinca'] },
      { name: 'goldfish', wnid: 'n01443537' },
    ]);
  });

  it('may be numbered from 0 or 1', () => {
    assert.deepEqual(names('0 cat\n1 dog'), ['cat', 'dog']);
    assert.deepEqual(names("{0: 'cat',\n 1: 'dog'}"), ['cat', 'dog']);
    assert.deepEqual(names('1: cat\n2: dog'), ['cat', 'dog']);
  });

  it('may hold names that begin with a number', () => {
    assert.deepEqual(names('2 wheeler\n4 wheeler'), ['2 wheeler', '4 wheeler']);
  });

  it('may be CSV with a header', () => {
    assert.deepEqual(names('id,label\n1,"dog, big"\n0,cat'), ['cat', 'dog']);
    assert.deepEqual(parseLabels('wnid;name\nn01440764;tench')[0], { name: 'tench', wnid: 'n01440764' });
  });

  it('may be JSON: a list, a table, pairs, a config', () => {
    assert.deepEqual(names('["cat", "dog"]'), ['cat', 'dog']);
    assert.deepEqual(names('{"1": "dog", "0": "cat"}'), ['cat', 'dog']);
    assert.deepEqual(names('{"cat": 0, "dog": 1}'), ['cat', 'dog']);
    assert.deepEqual(names('{"id2label": {"0": "cat"}, "size": 5}'), ['cat']);
    assert.deepEqual(parseLabels('{"0": ["n01440764", "tench"]}'), [{ name: 'tench', wnid: 'n01440764' }]);
  });

  it('is refused when it is empty, broken, or its numbers have gaps', () => {
    for (const text of ['', '\n \n', '[]', '{"0": "cat", "2": "dog"}', '[1, 2]', '{"0": ']) {
      assert.throws(
        () => parseLabels(text),
        (error: unknown) => error instanceof SemapError && error.reason === 'invalid-labels',
      );
    }
  });
});

describe('label spaces', { skip: noTable }, () => {
  it('ImageNet has 1000 labels in the standard order with their WordNet names', () => {
    const { labels, background } = imagenet();
    assert.equal(labels.length, 1000);
    assert.deepEqual(labels[0], { name: 'tench', wnid: 'n01440764', synonyms: ['Tinca tinca'] });
    assert.equal(labels[999].name, 'toilet tissue');
    assert.ok(labels.every((label) => !/^n\d{8}$/.test(label.name)));
    assert.deepEqual(background, []);
  });

  it('ImageNet with background has it at 0', () => {
    const { labels, background } = imagenet1kBackground(wnids, builtWordNet());
    assert.equal(labels.length, 1001);
    assert.deepEqual(background, [0]);
    assert.equal(labels[1].name, 'tench');
  });

  it('find a background class by its name', () => {
    const space = labelSpaceOf('birds', parseLabels('Anas acuta\nbackground'), builtWordNet());
    assert.deepEqual(space.background, [1]);
  });
});

describe('Labels under names of their own', () => {
  const known = {
    name: 'known',
    labels: [
      { name: 'tench', wnid: 'n01440764', synonyms: ['Tinca tinca'] },
      { name: 'goldfish', wnid: 'n01443537', synonyms: ['Carassius auratus'] },
      { name: 'great white shark', wnid: 'n01484850' },
    ],
    background: [],
  };
  const named = (...names: string[]) => names.map((name) => ({ name }));

  it('are a built-in space when most stand where it has them, however they are written', () => {
    assert.equal(isSameSpace(named('Tinca_tinca', 'GOLDFISH', 'white pointer'), known), true);
  });

  it('are another one in another order, number, or with other wnids', () => {
    assert.equal(isSameSpace(named('goldfish', 'great white shark', 'tench'), known), false);
    assert.equal(isSameSpace(named('tench', 'goldfish'), known), false);
    const other = known.labels.map((label, i) => ({ ...label, wnid: `n0000000${i}` }));
    assert.equal(isSameSpace(other, known), false);
  });
});
