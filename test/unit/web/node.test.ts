import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { test } from 'node:test';
import { createHash as createOwnHash } from '../../../src/web/node/crypto.ts';
import own from '../../../src/web/node/path.ts';

test('Paths in a browser are what Node makes of them', () => {
  const paths = [
    '',
    '/',
    '.',
    'a',
    'a/',
    '/a/b',
    '/a/b/',
    'a/../b',
    '/../a',
    '../a',
    '/a/./b.tar.gz',
    '.b',
    'a.',
  ];
  for (const a of paths) {
    assert.equal(own.basename(a), posix.basename(a), a);
    assert.equal(own.dirname(a), posix.dirname(a) === '//' ? '/' : posix.dirname(a), a);
    assert.equal(own.extname(a), posix.extname(a), a);
    assert.equal(own.isAbsolute(a), posix.isAbsolute(a), a);
    for (const b of paths) {
      assert.equal(
        own.join(a, b).replace(/(.)\/$/, '$1'),
        posix.join(a, b).replace(/(.)\/$/, '$1'),
        `${a} ${b}`,
      );
      assert.equal(own.resolve('/x', a, b), posix.resolve('/x', a, b), `${a} ${b}`);
      const from = `/x/${a}`;
      assert.equal(
        own.relative(from, b.startsWith('/') ? b : `/${b}`),
        posix.relative(from, `/${b}`),
        `${a} ${b}`,
      );
    }
  }
  assert.equal(own.basename('a.semap.json', '.json'), 'a.semap');
});

test('Hashes in a browser are those of Node', () => {
  for (const text of ['', 'abc', 'é'.repeat(1000), 'x'.repeat(55), 'x'.repeat(56), 'x'.repeat(64), '\ud800'])
    assert.equal(
      createOwnHash('sha256').update(text).digest('hex'),
      createHash('sha256').update(text).digest('hex'),
    );
});
