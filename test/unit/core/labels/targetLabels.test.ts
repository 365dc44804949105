import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { readTargets } from '../../../../src/core/labels/targetLabels.ts';
import { column } from '../../column.ts';
import { builtWordNet, noTable } from './table.ts';

describe('target labels', { skip: noTable }, () => {
  const read = (...names: string[]) => readTargets(names, builtWordNet());

  it('leave blanks and repeats out and say so', () => {
    const { targets, problems } = read('cat', ' ', 'dog', 'cat');
    assert.deepEqual(targets, [{ name: 'cat' }, { name: 'dog' }]);
    assert.deepEqual(problems, [
      { kind: 'blank', count: 1 },
      { kind: 'duplicate', label: 'cat', count: 2 },
    ]);
  });

  it('keep labels that differ in spelling only, and say so', () => {
    const { targets, problems } = read('stop_sign', 'StopSign');
    assert.equal(targets.length, 2);
    assert.deepEqual(problems, [{ kind: 'alike', labels: ['stop_sign', 'StopSign'] }]);
    const forms = ['café', 'CAFE\u0301', 'ca\u200bfé', 'ｃａｆé'];
    assert.deepEqual(read(...forms).problems, [{ kind: 'alike', labels: forms }]);
  });

  it('are refused where one is no label any more', () => {
    assert.throws(() => read('cat', 'x'.repeat(100_000)), /Label 2 of the list has 100,000 characters/);
  });

  it('are read in time that grows with their number, up to a limit that is told', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `Label_${i} and-more`);
    assert.equal(read(...many(30_000)).targets.length, 30_000);
    assert.throws(
      () => readTargets(many(200_000), builtWordNet()),
      /200,000 target labels: the limit is 30,000/,
    );
  });

  it('keep hostile text as text', () => {
    const names = ['<img src=x onerror=alert(1)>', '=cmd()', '../../etc', '🦆', '日本語', '__proto__'];
    assert.deepEqual(column(read(...names).targets, 'name'), names);
  });

  it('give wnids their WordNet name and sense, told apart where names are equal', () => {
    const { targets } = read('n02012849', 'n03126707');
    assert.deepEqual(column(targets, 'name'), ['crane (n02012849)', 'crane (n03126707)']);
    assert.ok(targets.every((target) => target.sense?.startsWith('crane%1:')));
    assert.deepEqual(read('n01440764').targets[0].name, 'tench');
    const [dog] = read('n02085620-Chihuahua').targets;
    assert.equal(dog!.name, 'n02085620-Chihuahua');
    const [tench] = read('n01440764 tench, Tinca tinca').targets;
    assert.deepEqual([tench!.name, tench!.sense], ['tench, Tinca tinca', read('n01440764').targets[0].sense]);
    assert.match(dog!.sense!, /^chihuahua%1:05/);
  });

  it('are needed', () => {
    assert.throws(
      () => read('', ' '),
      (error: unknown) => error instanceof SemapError && error.reason === 'invalid-labels',
    );
  });
});
