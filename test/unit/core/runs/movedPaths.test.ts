import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MovedPaths } from '../../../../src/core/runs/movedPaths.ts';

test('Paths of a record are those of another root, whatever computer wrote it', () => {
  const linux = new MovedPaths('/home/me/pets', '/repo/pets/');
  assert.equal(linux.absolute('/home/me/pets'), '/repo/pets');
  assert.equal(linux.absolute('/home/me/pets/photos/a\\b.jpg'), '/repo/pets/photos/a\\b.jpg');
  assert.equal(linux.absolute('/home/me/pets2/a.jpg'), '/home/me/pets2/a.jpg');
  assert.equal(linux.fileAt('/repo/pets/photos', 'cat/1.jpg'), '/repo/pets/photos/cat/1.jpg');
  assert.equal(linux.fileAt(undefined, '/home/me/pets/1.jpg'), '/repo/pets/1.jpg');

  const windows = new MovedPaths('C:\\Users\\me\\Pets', '/repo');
  assert.equal(windows.absolute('c:\\users\\me\\pets\\Photos'), '/repo/Photos');
  assert.equal(windows.fileAt('/repo/Photos', 'cat\\1.jpg'), '/repo/Photos/cat/1.jpg');
  assert.equal(windows.absolute('D:\\other\\1.jpg'), '/D:/other/1.jpg');
});

test('No line leads out of its folder', () => {
  const linux = new MovedPaths('/home/me/pets', '/repo');
  for (const path of ['../secret', 'a/../../secret', '/etc/passwd'])
    assert.throws(() => linux.fileAt('/repo/photos', path), { reason: 'invalid-document' });
  const windows = new MovedPaths('C:\\pets', '/repo');
  assert.throws(() => windows.fileAt('/repo/photos', '..\\..\\secret'), { reason: 'invalid-document' });
});
