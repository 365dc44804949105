import assert from 'node:assert/strict';
import { renameSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { ResultFiles, versionOf } from '../../../../src/engine/shards/resultFiles.ts';
import { scratch } from '../engineHarness.ts';

test('rows are read from the result that was opened, and never from one that took its place', (t) => {
  const temporary = scratch();
  t.after(() => temporary.dispose());
  const files = new ResultFiles();
  t.after(() => files.close());
  const read = (path: string, version: string) => {
    const into = Buffer.alloc(3);
    return files.read({ path, version }, into, 1) ? String(into) : undefined;
  };
  const result = temporary.write('result', 'abcdef');
  const before = versionOf(statSync(result));
  assert.equal(read(result, before), 'bcd');
  renameSync(temporary.write('new', 'uvwxyz!'), result);
  const after = versionOf(statSync(result));
  // What is open is still the one of before; asked for the new one, it is opened.
  assert.equal(read(result, before), 'bcd');
  assert.equal(read(result, after), 'vwx');
  assert.equal(read(result, before), undefined);
  assert.equal(read(result, 'another'), undefined);
  assert.equal(read(result, after), 'vwx');
});

test('more results than may be open at a time are all read', (t) => {
  const temporary = scratch();
  t.after(() => temporary.dispose());
  const files = new ResultFiles();
  t.after(() => files.close());
  const paths = Array.from({ length: 100 }, (_, i) => temporary.write(`${i}`, `${i + 100}`));
  for (let round = 0; round < 2; round++) {
    for (const [i, path] of paths.entries()) {
      const into = Buffer.alloc(3);
      assert.ok(files.read({ path, version: versionOf(statSync(path)) }, into, 0));
      assert.equal(String(into), `${i + 100}`);
    }
  }
});
