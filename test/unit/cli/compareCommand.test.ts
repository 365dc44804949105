import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { linearColour } from '../engine/classifierModel.ts';
import { writeBackbone, writeColourImages } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { keepEngines, runCommand, runWith } from './runCommand.ts';

describe('semap compare', { skip: noModels }, () => {
  const files = scratch();
  keepEngines(files.path('cache'));
  const run = runWith(() => [
    ...['--backbone-folder', files.path('models'), '--cache-folder', files.path('cache')],
    ...['--threads', '1', '--device', 'cpu'],
  ]);
  const [right, wrong] = [files.path('right.semap.json'), files.path('wrong.semap.json')];

  before(async () => {
    writeBackbone(files, 'models/linear', linearColour());
    writeBackbone(files, 'models/turned', linearColour(true));
    const photos = writeColourImages(files, 'photos', 4);
    await run`align ${photos} -b linear -o ${right}`;
    await run`align ${photos} -b turned -o ${wrong}`;
    return () => files.dispose();
  });

  it('takes two alignments', async () => {
    const { code, err } = await runCommand(['compare', 'a.semap.json']);
    assert.equal(code, 2);
    assert.match(err, /takes two alignments/);
  });

  it('says which is better, by how much, and whether chance explains it', async () => {
    const { code, out, err } = await run`compare ${wrong} ${right}`;
    assert.equal(code, 0, err);
    assert.match(out, /^wrong\.semap\.json: 0\.0% \(0\.0 to 43\.4%\) on 12 images$/m);
    assert.match(out, /^right\.semap\.json: 100\.0% \(56\.6 to 100\.0%\) on 12 images$/m);
    assert.match(
      out,
      /^Only wrong\.semap\.json right: 0\. Only right\.semap\.json right: 12\. Of 12 images\.$/m,
    );
    // Pictures of one color are near-duplicates: 2 / 2^5.
    assert.match(out, /^Chance may explain the difference \(p = 0\.063, McNemar/m);
    assert.match(out, /near-duplicates as one image, which leaves 5 of 12 images\.$/m);
    assert.match(out, /^ {5}4 +0\.0% +100\.0% +(?:cat|dog|bird)$/m);
    assert.match(out, /^12 of 12 images with another answer:$/m);
    assert.match(out, /^ {2}cat\/0\.ppm: (?:dog|bird) -> cat \(cat\)$/m);
    assert.match(out, /and 2 more \(--json lists them\)/);
  });

  it('tells a program all of it, and that nothing differs', async () => {
    const { out } = await run`compare ${wrong} ${right} ${files.path('photos')} --json`;
    const { p, judged, units, onlyRight, changedImages, folders } = JSON.parse(out);
    assert.deepEqual([judged, units, onlyRight, folders], [12, 5, [0, 12], [files.path('photos')]]);
    assert.ok(Math.abs(p - 2 / 2 ** 5) < 1e-12);
    assert.equal(changedImages.length, 12);
    assert.ok(
      changedImages.every(({ labels, truth }: { labels: string[]; truth: string }) => labels[1] === truth),
    );
    const same = await run`compare ${right} ${right}`;
    assert.match(same.out, /^Chance may explain the difference \(p = 1\.000/m);
    assert.match(same.out, /^0 of 12 images with another answer\.$/m);
  });
});
