import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { say } from '../../../../src/core/text/text.ts';
import { listClassFolders } from '../../../../src/engine/folders/classFolders.ts';
import { walkImages, walkTogether } from '../../../../src/engine/folders/imageWalk.ts';
import { PassedOverList } from '../../../../src/engine/folders/passedOverList.ts';
import { colours, ppm } from '../colours.ts';
import { scratchOfTests } from '../engineHarness.ts';
import { gradientJpeg } from '../images/imageFiles.ts';

const files = scratchOfTests();

const jpeg = gradientJpeg(8, 8);

/** What a walk finds, with paths below the folder. */
async function walked(folder = files.path('ds')) {
  const list = new PassedOverList();
  const images: [file: string, classFolder: string][] = [];
  const unreadable: [file: string, reason: string, folder: boolean][] = [];
  const short = (file: string) => path.relative(folder, file);
  for await (const found of walkImages({ folders: [folder] }, { passedOver: list })) {
    if (found.kind === 'image') images.push([short(found.path), found.classFolder]);
    else unreadable.push([short(found.path), say(found.reason), found.folder === true]);
  }
  const passedOver = (list.all?.files ?? []).map(({ path: file, kind }) => [short(file), kind]);
  return { images, unreadable, passedOver: Object.fromEntries(passedOver), counts: list.all?.counts };
}

describe('Thumbnails, caches and deleted files of other programs', () => {
  const theirs = [
    '@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg',
    '__MACOSX/dog/a.jpg',
    '$RECYCLE.BIN/a.jpg',
    'lost+found/a.jpg',
    '.Trash-1000/files/a.jpg',
    '.thumbnails/a.jpg',
    '.ipynb_checkpoints/a-checkpoint.jpg',
    'System Volume Information/a.jpg',
    '.AppleDouble/a.jpg',
    '#recycle/a.jpg',
    '.@__thumb/a.jpg',
    '@Recycle/a.jpg',
    '.comments/a.jpg',
    'Catalog Previews.lrdata/a.jpg',
  ];

  test('are neither images nor classes, and are counted', async () => {
    files.write('ds/dog/a.jpg', jpeg);
    for (const file of theirs) {
      files.write(`ds/${file}`, jpeg);
      files.write(`ds/dog/${file}`, jpeg);
    }
    files.write('ds/dog/._a.jpg', 'AppleDouble');
    files.write('ds/dog/SYNOPHOTO_THUMB_XL.jpg', jpeg);
    files.write('ds/dog/Thumbs.db', 'x');
    files.write('ds/.git/a.jpg', jpeg);
    const { images, counts, passedOver } = await walked();
    assert.deepEqual(images, [['dog/a.jpg', 'dog']]);
    assert.deepEqual(counts, { others: 2 * theirs.length + 2 });
    assert.equal(passedOver['@eaDir'], 'others');
    assert.deepEqual(await listClassFolders(files.path('ds')), [{ name: 'dog', empty: false }]);
  });

  test('are read when somebody chooses such a folder itself', async () => {
    files.write('lost+found/a.jpg', jpeg);
    assert.deepEqual((await walked(files.path('lost+found'))).images, [['a.jpg', 'lost+found']]);
  });
});

describe('What lies beside images and is not read', () => {
  test('is counted by kind and named', async () => {
    for (const [name, content] of Object.entries({
      'a.jpg': jpeg,
      'b.dng': 'raw',
      'c.CR2': 'raw',
      'd.svg': '<svg/>',
      'e.mov': 'video',
      'f.tga': 'targa',
      photo: jpeg,
      'g.jpg_large': jpeg,
      'h.jpg.bak': jpeg,
      README: 'PPM is read',
      'labels.txt': 'dog',
      'P5 notes': 'P5 is a grey map',
      '.hidden.jpg': jpeg,
      empty: '',
    }))
      files.write(`ds/dog/${name}`, content);
    const { images, passedOver, counts } = await walked();
    assert.deepEqual(images, [['dog/a.jpg', 'dog']]);
    assert.deepEqual(passedOver, {
      'dog/.hidden.jpg': 'hidden',
      'dog/b.dng': 'raw',
      'dog/c.CR2': 'raw',
      'dog/d.svg': 'drawing',
      'dog/e.mov': 'video',
      'dog/f.tga': 'picture',
      'dog/g.jpg_large': 'unnamed',
      'dog/h.jpg.bak': 'unnamed',
      'dog/photo': 'unnamed',
    });
    assert.deepEqual(counts, { hidden: 1, raw: 2, drawing: 1, video: 1, picture: 1, unnamed: 3 });
  });

  test('is named up to a bound, and counted beyond', async () => {
    for (let i = 0; i < 1200; i++) files.write(`ds/${i}.nef`, '');
    const { passedOver, counts } = await walked();
    assert.equal(Object.keys(passedOver).length, 1000);
    assert.deepEqual(counts, { raw: 1200 });
  });

  test('is what an error names when there is nothing else', async () => {
    files.write('ds/dog/a.nef', 'raw');
    files.write('ds/cat/photo', jpeg);
    await assert.rejects(listClassFolders(files.path('ds')), {
      reason: 'no-images',
      message: /only 1 raw photo and 1 image without an image file extension\.$/,
      hint: /^Convert them to JPEG or PNG\. Add an extension such as \.jpg/,
    });
    files.write('flat/a.nef', 'raw');
    await assert.rejects(listClassFolders(files.path('flat')), {
      reason: 'no-images',
      message: /only 1 raw/,
    });
  });

  test('is no error in a folder that is yet to be filled', async () => {
    mkdirSync(files.path('ds/dog'), { recursive: true });
    files.write('ds/notes.txt', 'to do');
    assert.deepEqual(await listClassFolders(files.path('ds'), { counted: true }), [
      { name: 'dog', empty: true, images: 0 },
    ]);
  });
});

describe('Odd names', { skip: process.platform !== 'linux' }, () => {
  const raw = (...parts: (string | number)[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part))));

  test('a name that is not UTF-8 is told, of an image and of a folder', async () => {
    files.write('ds/good.jpg', jpeg);
    files.write('ds/\ufffd.jpg', jpeg);
    const at = `${files.path('ds')}/`;
    writeFileSync(raw(at, 'caf', 0xe9, '.jpg'), jpeg);
    writeFileSync(raw(at, 0xed, 0xa0, 0x80, '.png'), jpeg);
    writeFileSync(raw(at, 0xff, '.txt'), 'no image');
    mkdirSync(raw(at, 'H', 0xfc, 'hner'));
    writeFileSync(raw(at, 'H', 0xfc, 'hner/a.jpg'), jpeg);
    const { images, unreadable } = await walked();
    assert.deepEqual(images.map(([file]) => file).sort(), ['good.jpg', '\ufffd.jpg']);
    assert.deepEqual(await listClassFolders(files.path('ds')), [], 'it is no class');
    assert.deepEqual(unreadable.sort(), [
      ['H\\xfchner', 'The name of this folder is not valid UTF-8. Rename it.', true],
      ['\\xed\\xa0\\x80.png', 'The name of this file is not valid UTF-8. Rename it.', false],
      ['caf\\xe9.jpg', 'The name of this file is not valid UTF-8. Rename it.', false],
    ]);
  });

  test('a folder with nothing but such names says so', async () => {
    mkdirSync(files.path('ds'));
    mkdirSync(raw(`${files.path('ds')}/H`, 0xfc, 'hner'));
    await assert.rejects(listClassFolders(files.path('ds')), {
      reason: 'no-images',
      message: /H\\xfchner: The name of this folder is not valid UTF-8/,
    });
  });

  test('newlines, blanks at the end, long names and both forms of an accent are names like others', async () => {
    const names = [
      'two\nlines.jpg',
      'blank.jpg',
      `${'long'.repeat(62)}.jpg`,
      'caf\u00e9.jpg',
      'cafe\u0301.jpg',
      '-rf.jpg',
    ];
    for (const name of names) files.write(`ds/dog \n/${name}`, ppm(colours.dog));
    const { images } = await walked();
    assert.deepEqual(images.map(([file]) => path.basename(file)).sort(), [...names].sort());
    assert.equal(images[0][1], 'dog \n');
  });

  test('pipes and links to nothing that are called like images are told, and thumbnails are none behind a link', async () => {
    files.write('ds/a.jpg', jpeg);
    execFileSync('mkfifo', [files.path('ds/pipe.jpg')]);
    symlinkSync('nowhere', files.path('ds/gone.jpg'));
    symlinkSync('nowhere', files.path('ds/gone'));
    symlinkSync(files.path('ds'), files.path('ds/loop'));
    files.write('thumbnails/a.jpg', jpeg);
    symlinkSync(files.path('thumbnails'), files.path('ds/@eaDir'));
    const { images, unreadable } = await walked();
    assert.deepEqual(images, [['a.jpg', 'ds']]);
    assert.deepEqual(unreadable, [
      ['gone.jpg', 'The symbolic link leads to nothing.', false],
      ['pipe.jpg', 'This is a pipe or a device, not a file.', false],
    ]);
  });
});

test('images that are found together come in the order of a walk, and wait for no folder', async () => {
  const folder = files.path('together');
  mkdirSync(path.join(folder, '7 in between'), { recursive: true });
  const names = Array.from({ length: 1203 }, (_, i) => (i === 6 ? '7 in between/a.jpg' : `${i + 1}.jpg`));
  for (const name of names) writeFileSync(path.join(folder, name), '');
  const found: string[][] = [];
  for await (const some of walkTogether({ folders: [folder] }))
    found.push(some.map((entry) => path.relative(folder, entry.path)));
  assert.deepEqual(found.flat(), names);
  assert.deepEqual(found.slice(0, 2), [names.slice(0, 6), ['7 in between/a.jpg']]);
  assert.ok(found.every(({ length }) => length > 0 && length <= 200));
  const stop = new AbortController();
  const before: string[] = [];
  for await (const entry of walkImages({ folders: [folder] }, { signal: stop.signal }))
    if (before.push(entry.path) === 3) stop.abort();
  assert.equal(before.length, 3);
});
