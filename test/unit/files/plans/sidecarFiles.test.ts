import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { taggedXmp } from '../../../../src/core/exports/sidecars/xmp.ts';
import type { SidecarOptions, TaggedImage } from '../../../../src/core/exports/sidecars/xmpFormat.ts';
import { carryOut, undoPlan } from '../../../../src/files/plans/carryOut.ts';
import { planSidecars, surveySidecars } from '../../../../src/files/plans/sidecarFiles.ts';
import { scratchOfTests } from '../../engine/engineHarness.ts';
import { snapshot } from './planFolders.ts';

const OPTIONS: SidecarOptions = { name: 'short', flat: false, digiKam: false };
const tagging = (label = 'cat') => ({ label, kinds: ['animal'], confidence: 0.9, backbone: 'b' });

describe('sidecars beside images', () => {
  const files = scratchOfTests();

  const foldersOf = (images: readonly (string | TaggedImage)[]) => {
    const all = images.map((one) => (typeof one === 'string' ? { relative: one, tagging: tagging() } : one));
    return [{ folder: files.path('photos'), images: all }];
  };
  const survey = (images: readonly (string | TaggedImage)[], options: Partial<SidecarOptions> = {}) =>
    surveySidecars(foldersOf(images), { ...OPTIONS, ...options });
  const put = (...names: string[]) => {
    for (const name of names) files.write(`photos/${name}`, `image ${name}`);
  };
  /** Writes them. @returns the journals */
  const write = async (...args: Parameters<typeof survey>) => {
    const { journals } = await planSidecars(foldersOf(args[0]), { ...OPTIONS, ...args[1] });
    for (const journal of journals) await carryOut(journal);
    return journals;
  };
  const sidecars = (folder = '') =>
    readdirSync(files.path('photos', folder))
      .filter((name) => /\.xmp$/i.test(name))
      .sort();

  test('are made, changed and undone, and images stay as they are', async () => {
    put('a/1.jpg', 'a/2.png', 'b/1.jpg');
    const mine = taggedXmp(undefined, tagging('mine'))!;
    files.write('photos/b/1.xmp', mine);
    const before = await snapshot(files.path('photos'));
    const { created, merged, unchanged, left } = await survey(['a/1.jpg', 'a/2.png', 'b/1.jpg']);
    assert.deepEqual([created, merged, unchanged, left], [2, 1, 0, 0]);
    assert.deepEqual(await snapshot(files.path('photos')), before);

    const journals = await write(['a/1.jpg', 'a/2.png', 'b/1.jpg']);
    assert.deepEqual([sidecars('a'), sidecars('b')], [['1.xmp', '2.xmp'], ['1.xmp']]);
    const after = await snapshot(files.path('photos'));
    for (const [name, content] of Object.entries(before))
      if (!name.endsWith('.xmp')) assert.equal(after[name], content);
    assert.match(after['b/1.xmp'], /<rdf:li>cat<\/rdf:li>/);
    assert.doesNotMatch(after['b/1.xmp'], /mine/);

    const again = await survey(['a/1.jpg', 'a/2.png', 'b/1.jpg']);
    assert.deepEqual([again.folders.length, again.unchanged], [0, 3]);
    for (const journal of journals) await undoPlan(journal);
    assert.deepEqual(await snapshot(files.path('photos')), before);
  });

  test('that were changed since are not undone', async () => {
    put('1.jpg', '2.jpg');
    const [journal] = await write(['1.jpg', '2.jpg']);
    files.write('photos/1.xmp', 'rated meanwhile');
    const { left } = await undoPlan(journal);
    assert.equal(left, 1);
    assert.deepEqual(sidecars(), ['1.xmp']);
  });

  test('are called as they were by the program that made them', async () => {
    put('1.jpg', '2.jpg', '3.jpg');
    const xmp = taggedXmp(undefined, tagging('before'))!;
    for (const name of ['1.jpg.xmp', '2.XMP', '3.xmp', '3.jpg.xmp']) files.write(`photos/${name}`, xmp);
    const { created, merged } = await survey(['1.jpg', '2.jpg', '3.jpg']);
    assert.deepEqual([created, merged], [0, 4]);
    await write(['1.jpg', '2.jpg', '3.jpg']);
    for (const name of sidecars()) assert.match(readFileSync(files.path('photos', name), 'utf8'), />cat</);
  });

  test('have the whole name on request, and where the short one would be of two pictures', async () => {
    put('1.jpg', '2.jpg', '2.PNG', '3.jpg', '3.cr2', '4.jpg', '4.nef');
    const raw = taggedXmp(undefined, tagging('raw'), { extension: 'NEF' })!;
    files.write('photos/4.xmp', raw);
    await write(['1.jpg', '2.jpg', '2.PNG', '3.jpg', '4.jpg']);
    assert.deepEqual(sidecars(), ['1.xmp', '2.PNG.xmp', '2.jpg.xmp', '3.jpg.xmp', '4.jpg.xmp', '4.xmp']);
    assert.equal(readFileSync(files.path('photos/4.xmp'), 'utf8'), raw);
    put('full/1.jpg');
    await write(['full/1.jpg'], { name: 'full' });
    assert.deepEqual(sidecars('full'), ['1.jpg.xmp']);
  });

  test('are of one picture alone, where another is called the same in other letters', async () => {
    put('1.JPG');
    // Where both are one file, there is nothing to tell apart.
    if (existsSync(files.path('photos/1.jpg'))) return;
    put('1.jpg', '2.JPG');
    files.write('photos/2.jpg.xmp', taggedXmp(undefined, tagging('before'))!);
    const images = [
      { relative: '1.JPG', tagging: tagging('cat') },
      { relative: '1.jpg', tagging: tagging('dog') },
      { relative: '2.JPG', tagging: tagging('fox') },
    ];
    await write(images);
    await write(images.map((one, n) => ({ ...one, tagging: tagging(['dog', 'cat', 'fox'][n]) })));
    assert.deepEqual(sidecars(), ['1.JPG.xmp', '1.jpg.xmp', '2.jpg.xmp']);
    for (const [name, label] of Object.entries({
      '1.JPG.xmp': 'dog',
      '1.jpg.xmp': 'cat',
      '2.jpg.xmp': 'fox',
    }))
      assert.match(readFileSync(files.path('photos', name), 'utf8'), new RegExp(`<rdf:li>${label}</rdf:li>`));
  });

  test('lose their label where nothing is said any more, and are not made for that', async () => {
    put('1.jpg', '2.jpg');
    await write(['1.jpg']);
    const none = ['1.jpg', '2.jpg'].map((relative) => ({ relative, tagging: undefined }));
    await write(none);
    assert.deepEqual(sidecars(), ['1.xmp']);
    assert.doesNotMatch(readFileSync(files.path('photos/1.xmp'), 'utf8'), /cat|animal/);
  });

  test('that are hostile, huge or links stay as they are, and the others are written', async () => {
    const bad = {
      entity: '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
      torn: '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF',
      other: '<svg xmlns="http://www.w3.org/2000/svg"/>',
      binary: new Uint8Array([0, 1, 2, 3, 0, 0, 255]),
    };
    put('good.jpg', ...Object.keys(bad).map((name) => `${name}.jpg`), 'huge.jpg', 'link.jpg', 'folder.jpg');
    for (const [name, content] of Object.entries(bad)) files.write(`photos/${name}.xmp`, content);
    files.write('photos/huge.xmp', '');
    truncateSync(files.path('photos/huge.xmp'), 17 << 20);
    files.write('elsewhere.xmp', taggedXmp(undefined, tagging('secret'))!);
    symlinkSync(files.path('elsewhere.xmp'), files.path('photos/link.xmp'));
    mkdirSync(files.path('photos/folder.xmp'));
    const before = await snapshot(files.folder);
    const images = readdirSync(files.path('photos')).filter((name) => name.endsWith('.jpg'));
    const { created, merged, left, problems } = await survey(images);
    assert.deepEqual([created, merged, left], [1, 0, 7]);
    assert.deepEqual(problems.map(({ file }) => path.basename(file)).sort(), [
      ...['binary.xmp', 'entity.xmp', 'folder.xmp', 'huge.xmp', 'link.xmp', 'other.xmp', 'torn.xmp'],
    ]);
    const [journal] = await write(images);
    await undoPlan(journal);
    assert.deepEqual(await snapshot(files.folder), before);
  });

  test('are not written where their image or its folder is gone, or behind a link', async () => {
    put('1.jpg', 'gone.jpg', 'away/2.jpg');
    files.write('elsewhere/3.jpg', 'image');
    symlinkSync(files.path('elsewhere'), files.path('photos/linked'));
    rmSync(files.path('photos/gone.jpg'));
    rmSync(files.path('photos/away'), { recursive: true });
    const { created, left } = await survey(['1.jpg', 'gone.jpg', 'away/2.jpg', 'linked/3.jpg']);
    assert.deepEqual([created, left], [1, 3]);
    await write(['1.jpg', 'gone.jpg', 'away/2.jpg', 'linked/3.jpg']);
    assert.equal(existsSync(files.path('elsewhere/3.xmp')), false);
  });

  test('end when canceled', async () => {
    put('1.jpg');
    const signal = AbortSignal.abort();
    const images = [{ relative: '1.jpg', tagging: tagging() }];
    await assert.rejects(
      surveySidecars([{ folder: files.path('photos'), images }], OPTIONS, { signal }),
      /Canceled/,
    );
  });
});
