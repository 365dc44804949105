import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { carryOut, undoPlan } from '../../src/files/plans/carryOut.ts';
import { planSidecars } from '../../src/files/plans/sidecarFiles.ts';
import { scratchOfTests } from '../unit/engine/engineHarness.ts';
import { lacking } from './programs.ts';

const lacks = lacking({ programs: ['exiftool'], packages: ['libimage-exiftool-perl'] });

describe('sidecars and exiftool', { skip: lacks }, () => {
  const files = scratchOfTests();
  const exiftool = (...args: string[]) => execFileSync('exiftool', args, { encoding: 'utf8' });
  const read = (name: string) =>
    JSON.parse(exiftool('-json', '-struct', '-G1', '-charset', 'utf8', files.path('photos', name)))[0];
  const write = async (label: string, kinds: readonly string[] = ['animal', 'dog']) => {
    const tagging = { label, kinds, confidence: 0.9, backbone: 'starter' };
    const images = [{ relative: 'photo.jpg', tagging }];
    const options = { name: 'short', flat: false, digiKam: true } as const;
    const { journals } = await planSidecars([{ folder: files.path('photos'), images }], options);
    const [journal] = journals;
    await carryOut(journal);
    return journal;
  };

  test('what SeMap writes is read, also in other letters', async () => {
    files.write('photos/photo.jpg', 'image');
    const label = 'Möpse & <パグ> 🐶';
    await write(label);
    const tags = read('photo.xmp');
    assert.deepEqual(tags['XMP-dc:Subject'], [label]);
    assert.deepEqual(tags['XMP-lr:HierarchicalSubject'], [`animal|dog|${label}`]);
    assert.deepEqual(tags['XMP-digiKam:TagsList'], [`animal/dog/${label}`]);
    assert.equal(tags['XMP-photoshop:SidecarForExtension'], 'jpg');
    assert.equal('ExifTool:Warning' in tags, false);
  });

  test('what exiftool wrote stays beside it, in both directions, and images are as they were', async () => {
    const image = files.write('photos/photo.jpg', 'image');
    const digest = () => createHash('sha256').update(readFileSync(image)).digest('hex');
    const before = digest();
    const sidecar = files.path('photos/photo.xmp');
    const own = [
      '-XMP-dc:Subject=holiday',
      '-XMP-dc:Subject=dog',
      '-XMP-xmp:Rating=4',
      '-XMP-dc:Title-de=Hund',
    ];
    exiftool('-q', ...own, '-XMP-exif:GPSLatitude=48.1', sidecar);
    const [rated, bytes] = [read('photo.xmp'), readFileSync(sidecar)];
    const journal = await write('dog', ['animal']);
    const tagged = read('photo.xmp');
    assert.deepEqual(tagged['XMP-dc:Subject'], ['holiday', 'dog']);
    assert.deepEqual(tagged['XMP-lr:HierarchicalSubject'], ['animal|dog']);
    for (const [tag, value] of Object.entries(rated))
      if (tag.startsWith('XMP-')) assert.deepEqual(tagged[tag], value, tag);

    await undoPlan(journal);
    assert.deepEqual(readFileSync(sidecar), bytes);
    await write('dog', ['animal']);
    exiftool('-q', '-overwrite_original', '-XMP-xmp:Rating=2', '-XMP-dc:Subject+=summer', sidecar);
    await write('cat', ['animal']);
    const last = read('photo.xmp');
    assert.deepEqual(last['XMP-dc:Subject'], ['holiday', 'dog', 'summer', 'cat']);
    assert.deepEqual([last['XMP-xmp:Rating'], last['XMP-lr:HierarchicalSubject']], [2, ['animal|cat']]);
    assert.equal(digest(), before);
  });
});
