import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileNameOf, folderNameOf, UniqueNames } from '../../../../../src/core/exports/trees/safeNames.ts';

const bytes = (text: string) => Buffer.byteLength(text);

describe('the name of a folder for a label', () => {
  it('is the label where every system can have it', () => {
    for (const label of ['cat', 'Golden retriever', '犬', 'naïve', '🐈‍⬛', 'a.b', 'no. 7, red (large)'])
      assert.equal(folderNameOf(label), label);
  });

  it('leads nowhere else, and has nothing that a system refuses', () => {
    const names: readonly (readonly [label: string, folder: string])[] = [
      ['../../etc/passwd', '_./.._etc_passwd'.replaceAll('/', '_')],
      ['..', '__'],
      ['.', '_'],
      ['', '_'],
      ['   ', '_'],
      ['a/b\\c', 'a_b_c'],
      ['C:\\x', 'C__x'],
      ['CON', '_CON'],
      ['nul.txt', '_nul.txt'],
      ['com¹', '_com¹'],
      ['Console', 'Console'],
      ['dots...', 'dots___'],
      ['.hidden', '_hidden'],
      ['what?', 'what_'],
      ['-rf', '_-rf'],
      ['=1+1', '_=1+1'],
      ['.Trash', '_Trash'],
      ['lost+found', '_lost+found'],
      ['line\nbreak\0', 'line break'],
      ['\u202egpj.exe', 'gpj.exe'],
      ['half \ud83d', 'half \ufffd'],
    ];
    for (const [label, folder] of names) assert.equal(folderNameOf(label), folder, JSON.stringify(label));
  });

  it('has no more bytes than systems take, and no half of a character', () => {
    assert.equal(bytes(folderNameOf('x'.repeat(300))), 120);
    const emoji = folderNameOf('👩‍👩‍👧‍👦'.repeat(40));
    assert.ok(bytes(emoji) <= 120 && emoji.endsWith('👦'));
    assert.ok(bytes(folderNameOf('犬'.repeat(300))) <= 120);
  });
});

describe('the name of a file', () => {
  it('is its own where it can be, and keeps its extension', () => {
    for (const name of ['a.jpg', 'IMG 0001 (2).JPEG', 'e\u0301.png', 'no-extension', '-1.jpg'])
      assert.equal(fileNameOf(name), name);
    assert.equal(fileNameOf('aux.jpg'), '_aux.jpg');
    assert.equal(fileNameOf('a:b?.jpg'), 'a_b_.jpg');
    for (const name of [' .jpg', '\u200b.jpg', '\u202e\u202d.PNG'])
      assert.match(fileNameOf(name), /^_\.(?:jpg|PNG)$/);
    const long = fileNameOf(`${'y'.repeat(250)}.jpg`);
    assert.ok(bytes(long) === 200 && long.endsWith('y.jpg'));
  });
});

describe('names in a folder', () => {
  it('get numbers where a system takes two for one', () => {
    const names = new UniqueNames(['taken.jpg']);
    const all = [
      'a.jpg',
      'A.JPG',
      'a.jpg',
      'é.jpg',
      'e\u0301.jpg',
      'Taken.jpg',
      'a-2.jpg',
      'straße.png',
      'STRASSE.png',
    ];
    assert.deepEqual(
      all.map((name) => names.unique(name, true)),
      [
        'a.jpg',
        'A-2.JPG',
        'a-3.jpg',
        'é.jpg',
        'e\u0301-2.jpg',
        'Taken-2.jpg',
        'a-2-2.jpg',
        'straße.png',
        'STRASSE-2.png',
      ],
    );
  });

  it('differ in more than the extension where that is wanted', () => {
    const names = new UniqueNames([], { byStem: true });
    assert.deepEqual(
      ['a.jpg', 'a.png'].map((name) => names.unique(name, true)),
      ['a.jpg', 'a-2.png'],
    );
  });

  it('count on where a thousand have one name', () => {
    const names = new UniqueNames();
    const all = Array.from({ length: 20_000 }, () => names.unique('photo.jpg', true));
    assert.equal(new Set(all).size, 20_000);
    assert.equal(all.at(-1), 'photo-20000.jpg');
  });
});
