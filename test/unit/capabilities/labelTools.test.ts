import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { askedTool } from '../../../src/capabilities/agentDoor.ts';
import { say } from '../../../src/core/text/text.ts';
import { truthsOf } from '../../../src/files/truthsFile.ts';
import { linearColour } from '../engine/classifierModel.ts';
import { colours, ppm, writeBackbone, writeColourImages } from '../engine/colours.ts';
import { engineOfSuite, noModels } from '../engine/engineHarness.ts';
import { agentIn } from './agent.ts';

const LABELS = ['cat', 'dog', 'bird'];

describe('Tools about labels', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite({ backboneFolders: ['models'] });
  const { use, reported } = agentIn(files.path('work'), files.path('cache'), () => engine.rpc);
  const backbone = 'linear';

  before(() => {
    writeBackbone(files, 'models/linear', linearColour());
    // Another file than that of linear: what is known of one goes by its content.
    writeBackbone(files, 'work/found', linearColour(true));
    writeColourImages(files, 'work/sorted', 4);
    let seed = 0;
    for (const [label, colour] of Object.entries(colours))
      for (let i = 0; i < 6; i++) files.write(`work/loose/${label[0]}${i}.ppm`, ppm(colour, seed++));
    files.write('outside/x.ppm', ppm(colours.cat));
  });

  const table = () => readFileSync(files.path('work/loose/labels.semap.csv'), 'utf8');

  it('describe a backbone, and find source labels in it', async () => {
    const all = await use('describe_backbone', { backbone });
    assert.deepEqual([all.name, all.labels, all.labelCount], [backbone, LABELS, 3]);
    assert.deepEqual([all.pixels, all.promptable, all.parameters], ['8 x 8', true, 9]);
    const some = await use('describe_backbone', { backbone, labelsLike: 'IR' });
    assert.deepEqual([some.labels, some.matching, some.labelCount], [['bird'], 1, 3]);
    await assert.rejects(use('describe_backbone', { backbone: 'linaer' }), /no backbone "linaer"/);
  });

  it('describe a file that nobody loaded by what it says, and load it only when told to', async () => {
    const asked = { backbone: 'found.onnx', labelsLike: 'o' };
    const details = () => readdirSync(files.path('cache/details')).length;
    const before = details();
    const read = await use('describe_backbone', asked);
    assert.deepEqual([read.loaded, read.promptable, read.labels, read.labelCount], [false, null, ['dog'], 3]);
    assert.deepEqual([read.pixels, read.parameters, read.name], ['8 x 8', 9, 'found']);
    assert.equal(details(), before);
    const loaded = await use('describe_backbone', { ...asked, load: true });
    assert.deepEqual([loaded.loaded, loaded.promptable, loaded.labels], [true, true, ['dog']]);
    assert.equal(details(), before + 1);
    // What was found out then is known from then on.
    assert.deepEqual(await use('describe_backbone', asked), loaded);
    files.write('work/no.onnx', 'no model');
    await assert.rejects(use('describe_backbone', { backbone: 'no.onnx' }), { reason: 'not-onnx' });
  });

  it('suggest labels for a folder without, from what a backbone takes its images for', async () => {
    const told = await use('suggest_labels', { folder: 'loose', backbone });
    assert.deepEqual([told.lookedAt, told.images, told.skipped], [18, 18, 0]);
    const found = told.labels.map((one: { label: string; images: number }) => [one.label, one.images]);
    assert.deepEqual(found.sort(), [
      ['bird', 6],
      ['cat', 6],
      ['dog', 6],
    ]);
    assert.equal(told.labels[0].share, 0.3333);
    await assert.rejects(use('suggest_labels', { folder: '../outside' }), /outside the folders/);
  });

  it('propose images, take labels for them as those of an agent, and propose others', async () => {
    const asked = { folder: 'loose', labels: LABELS, backbone, count: 3 };
    const first = await use('propose_images', asked);
    assert.equal(first.images.length, 3);
    assert.deepEqual([first.folder, first.labels, first.allLabelled], ['loose', LABELS, false]);
    assert.ok(reported.some((line) => /of 18 images/.test(line)));

    const of: Readonly<Record<string, string>> = { c: 'cat', d: 'dog', b: 'bird' };
    const labels = first.images.map((image: string) => ({ image, label: of[image[0]] }));
    const given = await use('give_labels', { folder: 'loose', labels });
    assert.deepEqual([given.written, given.leftCount, given.table], [3, 0, 'loose/labels.semap.csv']);
    assert.match(given.notes.join(' '), /Classify the folder again/);
    assert.match(table(), /^file_name,label,given,asked,content,given_by\n/);
    assert.equal(table().match(/,labeled,,[0-9a-f]{32},agent$/gm)?.length, 3);

    const next = await use('propose_images', asked);
    assert.equal(next.images.length, 3);
    for (const image of next.images) assert.ok(!first.images.includes(image), `${image} has a label`);
    const drawn = await use('propose_images', { ...asked, count: 40, random: true });
    assert.deepEqual([drawn.images.length, drawn.allLabelled], [15, true]);
  });

  it('leave what people said, whoever asks, and take back only what agents said', async () => {
    await truthsOf(files.path('work/loose')).edit([
      { name: 'c0.ppm', row: { label: 'lion', how: 'labeled' } },
      { name: 'c1.ppm', row: undefined },
    ]);
    const told = await use('give_labels', {
      folder: 'loose',
      labels: [
        { image: 'c0.ppm', label: 'cat' },
        { image: './c1.ppm', label: ' cat ' },
        { image: 'c9.ppm', label: 'cat' },
        { image: '../../outside/x.ppm', label: 'cat' },
        { image: 'd1.ppm', label: null },
      ],
      noneOfThese: ['b1.ppm'],
    });
    const before = await use('read_labels', { folder: 'loose' });
    const took = await use('give_labels', {
      folder: 'loose',
      labels: [
        { image: 'c1.ppm', label: null },
        { image: 'c0.ppm', label: null },
      ],
    });
    const after = await use('read_labels', { folder: 'loose', by: 'person' });
    assert.deepEqual([told.ofPeople, told.missing], [['c0.ppm'], ['c9.ppm', '../../outside/x.ppm']]);
    assert.equal(told.written + told.leftCount, 6);
    const said = (image: string) => before.given.find((one: { image: string }) => one.image === image);
    assert.deepEqual(said('c1.ppm'), { image: 'c1.ppm', label: 'cat', by: 'agent', how: 'labeled' });
    assert.deepEqual(said('b1.ppm'), { image: 'b1.ppm', label: null, by: 'agent', how: 'none' });
    assert.deepEqual([took.written, took.ofPeople], [1, ['c0.ppm']]);
    assert.deepEqual(after.given, [{ image: 'c0.ppm', label: 'lion', by: 'person', how: 'labeled' }]);
    assert.deepEqual([after.total, after.byPeople, after.noneOfThese], [1, 1, 1]);
    assert.ok(!table().includes('c1.ppm'));
  });

  it('read labels of a split alone, whoever gave them and whatever says of which split an image is', async () => {
    const rows = ['1,cat,train', '2,dog,test', '3,cat,test'];
    for (const [at, row] of rows.entries())
      files.write(`work/parted/${row[0]}.ppm`, ppm(colours.cat, 40 + at));
    files.write('work/parted/labels.csv', `id,label,split\n${rows.join('\n')}\n`);
    for (const split of ['train', 'test']) {
      for (const at of [1, 2]) files.write(`work/halves/${split}/${at}.ppm`, ppm(colours.dog, 50 + at));
      const names = split === 'train' ? ['1', '2'] : ['1'];
      files.write(
        `work/halves/${split}/about.csv`,
        `file,label\n${names.map((at) => `${at}.ppm,dog\n`).join('')}`,
      );
    }
    await truthsOf(files.path('work/parted')).edit([
      { name: '1.ppm', row: { label: 'lion', how: 'labeled' } },
      { name: '2.ppm', row: { label: 'wolf', how: 'labeled' } },
    ]);
    await truthsOf(files.path('work/halves')).edit([
      { name: 'train/2.ppm', row: { label: 'fox', how: 'labeled' } },
      { name: 'test/2.ppm', row: undefined },
      { name: 'test/2.ppm', row: { label: 'fox', how: 'labeled' } },
    ]);
    const read = async (folder: string, split?: string) => {
      const { given, total, counts, folderLabels } = await use('read_labels', { folder, split });
      return [given.map((one: { image: string }) => one.image), total, counts, folderLabels];
    };
    assert.deepEqual(await read('parted', 'test'), [['2.ppm'], 1, { wolf: 1 }, { cat: 1, wolf: 1 }]);
    assert.deepEqual(await read('parted', 'train'), [['1.ppm'], 1, { lion: 1 }, { lion: 1 }]);
    assert.deepEqual((await read('parted'))[1], 2);
    assert.deepEqual(await read('halves', 'test'), [['test/2.ppm'], 1, { fox: 1 }, { dog: 1, fox: 1 }]);
    assert.deepEqual(await read('halves', 'train'), [['train/2.ppm'], 1, { fox: 1 }, { dog: 1, fox: 1 }]);
    const described = await use('describe_folder', { folder: 'parted', split: 'test' });
    assert.deepEqual(described.labels, [
      { label: 'cat', images: 1 },
      { label: 'wolf', images: 1 },
    ]);
  });

  it('leave images that class folders sort, and refuse labels that an alignment has not', async () => {
    const sorted = { folder: 'sorted', labels: [{ image: 'cat/0.ppm', label: 'dog' }] };
    const told = await use('give_labels', sorted);
    assert.deepEqual([told.written, told.ofFolders], [0, ['cat/0.ppm']]);
    assert.deepEqual((await use('read_labels', { folder: 'sorted' })).folderLabels, {
      bird: 4,
      cat: 4,
      dog: 4,
    });
    await use('align_labels', { labels: LABELS, backbones: [backbone], out: 'pets.semap.json' });
    const wrong = {
      folder: 'loose',
      alignment: 'pets.semap.json',
      labels: [{ image: 'c2.ppm', label: 'cats' }],
    };
    await assert.rejects(use('give_labels', wrong), /no target label "cats"/);
    await assert.rejects(
      use('give_labels', { folder: 'loose', labels: [{ image: 'c2.ppm', label: ' ' }] }),
      /at least one letter/,
    );
  });

  it('page through what was given', async () => {
    const labels = Array.from({ length: 6 }, (_, i) => ({ image: `d${i}.ppm`, label: 'dog' }));
    await use('give_labels', { folder: 'loose', labels });
    const first = await use('read_labels', { folder: 'loose', label: 'dog', count: 4 });
    const rest = await use('read_labels', { folder: 'loose', label: 'dog', count: 4, from: first.next });
    assert.deepEqual(
      [first.total, first.given.length, first.next, rest.given.length, rest.next],
      [6, 4, 4, 2, undefined],
    );
    assert.equal(first.counts.dog, 6);
  });

  it('take no two labels for one image, by whichever path it is named', async () => {
    const was = table();
    const labels = [
      { image: 'd0.ppm', label: 'dog' },
      { image: 'loose/d0.ppm', label: 'cat' },
    ];
    await assert.rejects(use('give_labels', { folder: 'loose', labels }), /d0\.ppm is named with two/);
    const none = { folder: 'loose', labels: labels.slice(0, 1), noneOfThese: ['./d0.ppm'] };
    await assert.rejects(use('give_labels', none), /two different labels/);
    assert.equal(table(), was);
    const twice = labels.map(({ image }) => ({ image, label: 'dog' }));
    assert.equal((await use('give_labels', { folder: 'loose', labels: twice })).written, 1);
  });

  it('count the most frequent of very many labels', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => `${i}.ppm,kind ${Math.max(0, i - 9)}\n`);
    files.write('work/many/labels.semap.csv', `file_name,label\n${rows.join('')}`);
    files.write('work/many/0.ppm', ppm(colours.cat));
    const { counts, givenLabelCount, total } = await use('read_labels', { folder: 'many', count: 1 });
    assert.deepEqual([Object.keys(counts).length, givenLabelCount, total], [100, 291, 300]);
    assert.deepEqual(Object.entries(counts)[0], ['kind 0', 10]);
  });

  it('ask before what people said is replaced, as that', () => {
    const asked = { file: 'a/list.csv', folder: 'loose' };
    const question = (given: object) => say(askedTool('import_labels', given).consent!);
    assert.equal(question(asked), 'Import the labels of list.csv into loose?');
    assert.equal(
      question({ ...asked, replace: true }),
      'Import the labels of list.csv into loose, in the place of others that people gave there?',
    );
  });

  it('import what people labeled elsewhere, over what agents said, and tell how to undo it', async () => {
    files.write('work/list.csv', 'image,kind\nd0.ppm,wolf\nb0.ppm,bird\nc0.ppm,cat\ngone.ppm,cat\n');
    const asked = { file: 'list.csv', folder: 'loose' };
    const dry = await use('import_labels', { ...asked, dryRun: true });
    assert.deepEqual([dry.added, dry.kept, dry.missing.count, dry.undo], [2, 1, 1, undefined]);
    assert.deepEqual(dry.conflicts, [{ image: 'c0.ppm', here: 'lion', file: 'cat' }]);
    const told = await use('import_labels', asked);
    assert.deepEqual(
      [told.added, told.format, told.columns],
      [2, 'table', { image: 'image', label: 'kind' }],
    );
    assert.match(told.undo, /^loose\/\.semap-export-.*\.jsonl$/);
    const { given } = await use('read_labels', { folder: 'loose', by: 'person' });
    assert.deepEqual(
      given.map((one: { image: string; label: string }) => `${one.image} ${one.label}`).sort(),
      ['b0.ppm bird', 'c0.ppm lion', 'd0.ppm wolf'],
    );
  });
});
