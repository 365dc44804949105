import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DisposableValue, Listeners } from '../../../src/core/listeners.ts';

describe('listeners', () => {
  it('hear what is told until they are disposed, also in the midst of it', () => {
    const changed = new Listeners<number>();
    const heard: string[] = [];
    const first = changed.on((n) => {
      heard.push(`first ${n}`);
      second.dispose();
    });
    const second = changed.on((n) => heard.push(`second ${n}`));
    changed.tell(1);
    changed.tell(2);
    first.dispose();
    changed.tell(3);
    assert.deepEqual(heard, ['first 1', 'second 1', 'first 2']);
    assert.equal(changed.size, 0);
  });

  it('in a place for one end with the next, and with the place', () => {
    const ended: string[] = [];
    const place = new DisposableValue();
    for (const name of ['a', 'b']) place.value = { dispose: () => ended.push(name) };
    assert.deepEqual(ended, ['a']);
    place.dispose();
    assert.deepEqual(ended, ['a', 'b']);
    assert.equal(place.value, undefined);
  });
});
