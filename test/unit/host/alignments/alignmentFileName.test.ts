import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alignmentFileName } from '../../../../src/host/alignments/alignmentFileName.ts';

describe('The file name of an alignment', () => {
  it('keeps letters of any script, digits and the usual marks', () => {
    assert.equal(alignmentFileName('cifar-10_v2.1'), 'cifar-10_v2.1');
    assert.equal(alignmentFileName('my photos 2024'), 'my-photos-2024');
    assert.equal(alignmentFileName('動物'), '動物');
  });

  it('can never leave the folder it is put into', () => {
    for (const name of ['../../etc/passwd', '..', '/etc', 'a/../b', 'C:\\Windows', '.hidden']) {
      assert.match(alignmentFileName(name), /^[^/\\:.][^/\\:]*$/);
      assert.doesNotMatch(alignmentFileName(name), /\.\./);
    }
  });

  it('falls back to a plain word', () => {
    for (const name of ['', '???', '🐶', 'CON', '...']) assert.equal(alignmentFileName(name), 'alignment');
  });

  it('is not longer than file systems take', () => {
    assert.equal(alignmentFileName('x'.repeat(500)).length, 60);
  });
});
