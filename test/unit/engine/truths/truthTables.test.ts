import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { truthName } from '../../../../src/core/truths/imageTruths.ts';
import { drawSample } from '../../../../src/engine/folders/imageSample.ts';
import { TruthTables } from '../../../../src/engine/truths/truthTables.ts';
import type { ClassifyParams } from '../../../../src/protocol/classification.ts';
import { linearColour } from '../classifierModel.ts';
import { colourSidecar, colours, identityAlignment, ppm } from '../colours.ts';
import { engineOfSuite, noModels, scratchOfTests } from '../engineHarness.ts';

const TABLE = 'labels.semap.csv';

describe('What tables say of images', () => {
  const files = scratchOfTests();
  const tables = new TruthTables();
  const named = async (name: string, given?: string) => {
    const truths = await tables.of({ folders: [files.path('photos')] }, given);
    const [classFolder] = name.split('/');
    return truthName({ path: files.path('photos', name), classFolder }, truths);
  };

  it('is what a person said, else what came with the images, else the class folder', async () => {
    files.write(
      `photos/${TABLE}`,
      'file_name,label,given\nwolf/1.jpg,dog,accepted\nwolf/2.jpg,,none\nwolf/4.jpg,,\n',
    );
    files.write('photos/metadata.csv', 'file_name,label\nwolf/1.jpg,cat\nwolf/3.jpg,fox\n');
    files.write('photos/train/metadata.csv', 'file_name,label\n1.jpg,bird\n');
    assert.equal(await named('wolf/1.jpg'), 'dog');
    assert.equal(await named('wolf/2.jpg'), undefined);
    assert.equal(await named('wolf/3.jpg'), 'fox');
    assert.equal(await named('wolf/4.jpg'), 'wolf');
    assert.equal(await named('train/1.jpg'), 'bird');
    assert.equal(await named('train/2.jpg'), 'train');
  });

  it('is what an agent said only where nobody else did, and then nothing is measured by it', async () => {
    files.write(
      `photos/${TABLE}`,
      'file_name,label,given_by\na.jpg,dog,agent\nb.jpg,dog,agent\nc.jpg,cat,\nd.jpg,cat,agent\n',
    );
    files.write('photos/metadata.csv', 'file_name,label\na.jpg,wolf\nc.jpg,wolf\n');
    const all = await tables.of({ folders: [files.path('photos')] });
    const said = (name: string) => {
      const truth = all.of(files.path('photos', name));
      return [truth?.label, truth?.judges];
    };
    assert.deepEqual(['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'].map(said), [
      ['wolf', true],
      ['dog', false],
      ['cat', true],
      ['cat', false],
    ]);
    for (const name of ['a.jpg', 'b.jpg', 'c.jpg']) files.write(`photos/${name}`, ppm(colours.cat));
    const folders = { folders: [files.path('photos')], layouts: [{ kind: 'flat' } as const] };
    const truths = await tables.of(folders);
    const sizes = [{ perClass: 9, total: 9 }] as const;
    const { images } = await drawSample(folders, {
      sizes: [sizes[0], sizes[0]],
      seed: 0,
      truthOf: (name) => ['cat', 'dog', 'wolf'].indexOf(name),
      truths,
      unlabelled: [9, 9],
    });
    const truthOf = new Map(images.map((image) => [path.basename(image.path), image.truth]));
    assert.deepEqual([truthOf.get('b.jpg'), truthOf.get('c.jpg')], [-1, 0]);
  });

  it('is read again when a table changed', async () => {
    assert.equal(await named('a.jpg'), 'a.jpg');
    files.write(`photos/${TABLE}`, 'file_name,label\na.jpg,dog\n');
    assert.equal(await named('a.jpg'), 'dog');
    const { version } = await tables.of({ folders: [files.path('photos')] });
    assert.equal((await tables.of({ folders: [files.path('photos')] })).version, version);
    files.write(`photos/${TABLE}`, 'file_name,label\na.jpg,cat\n');
    assert.equal(await named('a.jpg'), 'cat');
    assert.notEqual((await tables.of({ folders: [files.path('photos')] })).version, version);
  });

  it('is what a given table says instead, by names relative to it, to the folder, or whole', async () => {
    files.write(`photos/${TABLE}`, 'file_name,label\na.jpg,dog\n');
    const given = files.write(
      'mine.csv',
      `file_name,label,asked\nphotos/a.jpg,cat,\nb.jpg,bird,random\n${files.path('photos', 'c.jpg')},fox,\n`,
    );
    assert.equal(await named('a.jpg', given), 'cat');
    assert.equal(await named('b.jpg', given), 'bird');
    assert.equal(await named('c.jpg', given), 'fox');
    const beside = files.write('tables/mine.csv', 'file_name,label\n../photos/d.jpg,wolf\n../e.jpg,cat\n');
    assert.equal(await named('d.jpg', beside), 'wolf');
    const { gone } = (await tables.of({ folders: [files.path('photos')] }, beside)).lacking([
      { path: files.path('photos', 'd.jpg') },
    ]);
    assert.deepEqual(gone, ['../e.jpg']);
    const truths = await tables.of({ folders: [files.path('photos')] }, given);
    assert.equal(truths.of(files.path('photos', 'a.jpg'))?.judges, false);
    assert.equal(truths.of(files.path('photos', 'b.jpg'))?.judges, true);
    await assert.rejects(tables.of({ folders: [files.path('photos')] }, files.path('gone.csv')), {
      reason: 'not-found',
    });
    await assert.rejects(
      tables.of({ folders: [files.path('photos')] }, files.write('bad.csv', 'dog\ncat\n')),
      {
        reason: 'invalid-labels',
      },
    );
  });

  it('measures answers by all labels but those of images that were proposed for being hard', async () => {
    const rows = [
      'a.jpg,dog,,',
      'b.jpg,dog,accepted,',
      'c.jpg,dog,labeled,proposed',
      'd.jpg,dog,accepted,random',
    ];
    files.write(`photos/${TABLE}`, `file_name,label,given,asked\n${rows.join('\n')}\n`);
    const truths = await tables.of({ folders: [files.path('photos')] });
    const judges = ['a', 'b', 'c', 'd'].map((name) => truths.of(files.path('photos', `${name}.jpg`))?.judges);
    // Without the accepted ones, only mistakes would be measured.
    assert.deepEqual(judges, [true, true, false, true]);
  });

  it('is nothing where a table cannot be read, which is told', async () => {
    files.write(`photos/${TABLE}`, new Uint8Array([0, 1, 2, 3, 0, 0, 0, 255]));
    files.write(`linked/a.jpg`, '');
    symlinkSync(files.write('elsewhere.csv', 'file_name,label\na.jpg,dog\n'), files.path('linked', TABLE));
    // What came with images is often a link into a cache.
    symlinkSync(files.path('elsewhere.csv'), files.path('linked', 'metadata.csv'));
    files.write(`folder/${TABLE}/inside.txt`, '');
    files.write('folder/metadata.csv', 'file_name,text\na.jpg,a dog\n');
    const folders = ['photos', 'linked', 'folder'].map((name) => files.path(name));
    const truths = await tables.of({ folders });
    assert.deepEqual(
      truths.problems.map(({ reason }) => reason),
      ['invalid-labels', 'unreadable-file', 'unreadable-file'],
    );
    assert.equal(truths.of(files.path('photos', 'a.jpg')), undefined);
    assert.equal(truths.of(files.path('folder', 'a.jpg')), undefined);
    assert.deepEqual(truths.of(files.path('linked', 'a.jpg')), {
      label: 'dog',
      how: 'labeled',
      by: 'table',
      judges: true,
    });
  });

  it('decides of which class a sample draws an image', async () => {
    for (let i = 0; i < 6; i++) files.write(`photos/${i}.png`, '');
    files.write(`photos/${TABLE}`, 'file_name,label,given\n0.png,dog,\n1.png,cat,\n2.png,,none\n');
    const size = { perClass: 10, total: 10 };
    const { images, foundIn } = await drawSample(
      { folders: [files.path('photos')] },
      {
        sizes: [size, size],
        seed: 0,
        truthOf: (name) => ({ cat: 0, dog: 1 })[name],
        truths: await tables.of({ folders: [files.path('photos')] }),
      },
    );
    assert.deepEqual(
      images.map((image) => [path.basename(image.path), image.truth]),
      [
        ['1.png', 0],
        ['0.png', 1],
      ],
    );
    assert.deepEqual(Object.fromEntries(foundIn), { dog: 1, cat: 1, undefined: 1, photos: 3 });
  });
});

describe('A flat folder with a table of labels', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  const labels = Object.keys(colours);

  before(() => {
    for (const [name, colour] of Object.entries(colours))
      for (const i of [1, 2]) files.write(`flat/${name}-${i}.ppm`, ppm(colour));
  });

  it('is measured by it at the next call', async () => {
    const params = {
      backbone: files.write('linear.onnx', linearColour()),
      sidecar: colourSidecar,
      alignment: identityAlignment(labels, 'colour'),
      folders: [files.path('flat')],
    };
    const folder = files.path('flat');
    assert.deepEqual(await engine.rpc.call('listClasses', { folder }), []);
    const before = await engine.rpc.call('classify', params);
    assert.deepEqual([before.accuracy, before.measuredOn?.measured], [null, 0]);
    const [one, two] = labels;
    writeFileSync(
      files.path('flat', TABLE),
      `file_name,label,given\n${one}-1.ppm,${one},\n${two}-1.ppm,${one},\n${two}-2.ppm,,none\n`,
    );
    assert.deepEqual(
      (await engine.rpc.call('listClasses', { folder, counted: true })).map(({ label, images }) => [
        label,
        images,
      ]),
      [[one, 2]],
    );
    const { accuracy, measuredOn, predictions } = await engine.rpc.call('rescore', params);
    assert.deepEqual(
      [accuracy, measuredOn?.measured, measuredOn?.unmatchedImages],
      [0.5, 2, 2 * labels.length - 3],
    );
    const told = predictions.filter(({ truth }) => truth >= 0).map(({ truth }) => labels[truth]);
    assert.deepEqual(told, [one, one]);
    const { now } = await engine.rpc.call('liveScore', params);
    assert.deepEqual([now.accuracy, now.judged], [0.5, 2]);
    writeFileSync(files.path('flat', TABLE), `file_name,label\n${one}-1.ppm,${one}\n`);
    assert.equal((await engine.rpc.call('liveScore', params)).now.accuracy, 1);
  });
});

describe('Labels of images that were renamed', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  const labels = Object.keys(colours);
  const [cat, dog] = labels;
  let params: ClassifyParams;
  const images = Object.values(colours).flatMap((colour, i) => [ppm(colour), ppm(colour, 20 + i)]);
  const content = (image: Uint8Array) => createHash('sha256').update(image).digest('hex').slice(0, 32);
  const table = (...rows: readonly string[]) =>
    files.write(`moving/${TABLE}`, `file_name,label,given,asked,content\n${rows.join('\n')}\n`);
  const rename = (from: string, to: string) =>
    renameSync(files.path('moving', from), files.path('moving', to));

  before(() => {
    for (const [i, image] of images.entries()) files.write(`moving/${i}.ppm`, image);
    files.write('moving/copies/of0.ppm', images[0]);
    params = {
      backbone: files.write('linear.onnx', linearColour()),
      sidecar: colourSidecar,
      alignment: identityAlignment(labels, 'colour'),
      folders: [files.path('moving')],
    };
  });

  it('follow them by what is in them, before and after they went through a backbone', async () => {
    const row = (name: string, label: string, i: number) => `${name},${label},,,${content(images[i])}`;
    table(
      row('0.ppm', dog, 0),
      row('1.ppm', cat, 1),
      row('2.ppm', dog, 2),
      `3.ppm,cat,,,`,
      row('x.ppm', cat, 5),
    );
    rename('1.ppm', 'copies/one.ppm');
    rename('5.ppm', '5.bak');
    // No output is known: what is in the images is read.
    const [unseen] = await engine.rpc.call('followTruths', params);
    assert.deepEqual(unseen, {
      folder: files.path('moving'),
      moved: [{ from: '1.ppm', to: 'copies/one.ppm' }],
      contents: [],
      gone: 1,
    });
    await engine.rpc.call('classify', params);
    const { predictions } = await engine.rpc.call('rescore', params);
    const truths = new Map(
      predictions.map(({ path: file, truth }) => [path.relative(files.path('moving'), file), labels[truth]]),
    );
    assert.deepEqual(
      ['0.ppm', 'copies/of0.ppm', 'copies/one.ppm', '3.ppm'].map((name) => truths.get(name)),
      [dog, undefined, cat, cat],
    );
    const [seen] = await engine.rpc.call('followTruths', params);
    assert.deepEqual(seen.contents, [{ name: '3.ppm', content: content(images[3]) }]);
    // Two change names, and one takes the place of another.
    rename('2.ppm', 'tmp.ppm');
    rename('0.ppm', '2.ppm');
    rename('tmp.ppm', '0.ppm');
    await engine.rpc.call('classify', params);
    const [swapped] = await engine.rpc.call('followTruths', params);
    assert.deepEqual(
      swapped.moved.toSorted((a, b) => (a.from < b.from ? -1 : 1)),
      [
        { from: '0.ppm', to: '2.ppm' },
        { from: '1.ppm', to: 'copies/one.ppm' },
        { from: '2.ppm', to: '0.ppm' },
      ],
    );
  });
});
