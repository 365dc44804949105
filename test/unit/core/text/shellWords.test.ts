import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { shellLine, shellWord } from '../../../../src/core/text/shellWords.ts';

const HOSTILE = [
  'plain/path-1.onnx',
  'two words',
  "it's",
  '$(touch /tmp/owned) `id` "; rm -rf ~ &',
  '\\back\\slash!',
  '-looks-like-an-option',
  '犬 🐕',
  'line\nbreak\tand tab',
  'turned \u202egnp.exe',
  "zero\u200bwidth 'and quote' \\n 7",
  '~/home*?[x]{a,b}',
  '',
];

describe('a line for a shell', () => {
  it('is read by a shell as the very words', { skip: process.platform === 'win32' }, () => {
    const script = `for word in ${shellLine(HOSTILE)}; do printf '%s\\0' "$word"; done`;
    const words = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).split('\0');
    assert.deepEqual(words.slice(0, -1), HOSTILE);
  });

  it('shows every character that it has', () => {
    for (const word of HOSTILE) {
      for (const shell of ['posix', 'powershell'] as const)
        assert.doesNotMatch(shellWord(word, shell), /[\n\t\u202e\u200b]/);
    }
  });

  it('leaves plain words as they are', () => {
    assert.equal(
      shellLine(['semap', 'classify', 'a/b-c_1.jpg', '--none', '0.1']),
      'semap classify a/b-c_1.jpg --none 0.1',
    );
    assert.equal(shellWord('C:\\photos\\x', 'powershell'), 'C:\\photos\\x');
  });

  it('quotes for PowerShell, which doubles quotation marks', () => {
    assert.equal(shellWord("it's $(x) ’", 'powershell'), "'it''s $(x) ’’'");
    assert.equal(shellWord('a\u202e', 'powershell'), '(-join ([char]0x0061,[char]0x202e))');
    assert.equal(shellWord('a,b', 'powershell'), "'a,b'");
  });
});
