import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isLabelKey, labelKeys, withKey } from '../../../../src/core/labels/labelKeys.ts';

const ANIMALS = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

describe('the keys of labels', () => {
  it('are the first free letter of each', () => {
    assert.equal(labelKeys(ANIMALS).join(''), 'atbcdofhsr');
  });

  it('stay what they are when labels are added at the end', () => {
    const more = labelKeys([...ANIMALS, 'otter', 'bat', 'zebra']);
    assert.deepEqual(more.slice(0, ANIMALS.length), labelKeys(ANIMALS));
  });

  it('leave out the letters that do something else', () => {
    assert.deepEqual(labelKeys(['mumu', 'zux', 'max']), ['1', '2', 'a']);
    for (const reserved of ['m', 'u', 'x', 'z', '0', '/', 'A', 'ab', '']) assert.ok(!isLabelKey(reserved));
  });

  it('are plain letters where there are accents, and digits in other scripts', () => {
    assert.deepEqual(labelKeys(['Élan', '犬', '猫', 'кот']), ['e', '1', '2', '3']);
  });

  it('are any free letter where name and digits offer none, and none where all are taken', () => {
    const dogs = Array.from({ length: 40 }, (_, i) => '犬'.repeat(i + 1));
    const keys = labelKeys(dogs);
    assert.equal(keys.slice(0, 12).join(''), '123456789abc');
    assert.equal(new Set(keys.slice(0, 31)).size, 31);
    assert.ok(keys.slice(0, 31).every((key) => key !== undefined && isLabelKey(key)));
    assert.deepEqual(new Set(keys.slice(31)), new Set([undefined]));
  });

  it('are those that a person chose, whatever labels before would have liked', () => {
    const chosen = new Map([
      ['truck', 'a'],
      ['dog', '1'],
      ['bird', 'a'],
      ['cat', 'x'],
    ]);
    const keys = new Map(ANIMALS.map((label, i) => [label, labelKeys(ANIMALS, chosen)[i]]));
    assert.deepEqual([keys.get('bird'), keys.get('dog'), keys.get('cat')], ['a', '1', 'c']);
    assert.equal(keys.get('airplane'), 'i');
    assert.equal(new Set(keys.values()).size, ANIMALS.length);
  });

  it('change places when a person gives a label the key of another', () => {
    const keys = new Map(labelKeys(ANIMALS).map((key, i) => [ANIMALS[i], key!]));
    const chosen = withKey(keys, 'truck', 't');
    assert.equal(labelKeys(ANIMALS, chosen).join(''), 'arbcdofhst');
    // A key that was free leaves all others as they were.
    const free = withKey(keys, 'truck', '9');
    assert.equal(labelKeys(ANIMALS, free).join(''), 'atbcdofhs9');
  });
});
