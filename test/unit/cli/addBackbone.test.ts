import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { decodeModel } from '../../../src/core/onnx/protobuf/decode.ts';
import { encodeModel } from '../../../src/core/onnx/protobuf/encode.ts';
import { page, TestHub } from '../core/downloads/testHub.ts';
import { floats, meanColour, model, node } from '../engine/classifierModel.ts';
import { colourSidecar, colours, ppm } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { keepEngines, runWith } from './runCommand.ts';

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const { preprocessing } = colourSidecar;
const hubFiles = () => ({
  'README.md': new TextEncoder().encode('---\nlicense: mit\n---\n'),
  'config.json': text({ id2label: { 0: 'cat', 1: 'dog', 2: 'bird' } }),
  'preprocessor_config.json': text({
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: false,
    size: { height: 8, width: 8 },
  }),
  'onnx/model.onnx': meanColour(),
});

describe('semap backbones add', { skip: noModels }, () => {
  const files = scratch();
  keepEngines(files.path('cache'));
  let hub: TestHub;
  before(async () => {
    hub = await new TestHub('someone/colours', hubFiles()).start();
  });
  after(async () => hub.stop());

  const run = runWith(() => [
    '--backbone-folder',
    files.path('backbones'),
    '--cache-folder',
    files.path('cache'),
  ]);

  test('copies a file once it is said what it expects, tells its guesses, and tries it on an image', async () => {
    const file = files.write('net.onnx', meanColour());
    const labels = files.write('pets.txt', 'cat\ndog\nbird\n');
    const dog = files.write('dog.ppm', ppm(colours.dog));

    const without = await run`backbones add ${file}`;
    assert.equal(without.code, 1);
    assert.match(without.err, /scaling .*8 px/);
    assert.match(without.err, /resize +resize to 8 x 8, bilinear .*not measured/);
    assert.match(without.err, /--source-labels/);
    assert.equal(existsSync(files.path('backbones')), false);

    const unconfirmed = await run`backbones add ${file} --source-labels ${labels} --size 8x8`;
    assert.match(unconfirmed.err, /--accept-guesses if they are right/);
    assert.doesNotMatch(unconfirmed.err, /resize/);
    assert.equal(existsSync(files.path('backbones')), false);
    const seen = await run`backbones add ${file} --source-labels ${labels} --image ${dog} --json`;
    const { trial, error } = JSON.parse(seen.out);
    assert.deepEqual([trial.best[0].label, error.reason], ['dog', 'needs-description']);
    const dry =
      await run`backbones add ${file} --source-labels ${labels} --accept-guesses --image ${dog} --dry-run --json`;
    const would = JSON.parse(dry.out);
    assert.deepEqual([would.dryRun, would.file, would.trial.best[0].label], [true, file, 'dog']);
    assert.equal(existsSync(files.path('backbones')), false);
    const hubs = await run`backbones add ${file} --source-labels ${labels} --dtype q8`;
    assert.match(hubs.err, /--dtype cannot be used with a FILE/);

    const added = await run`backbones add ${file} --source-labels ${labels} --accept-guesses --image ${dog}`;
    assert.equal(added.code, 0, added.err);
    assert.match(added.out, /Predictions[^\n]*\n +\d+\.\d% +dog/);
    assert.match(added.out, /other settings.*dog {2}\(0 to 255, RGB\)/s);
    const copied = files.path('backbones/net/net.onnx');
    assert.deepEqual(readFileSync(copied), Buffer.from(meanColour()));
    assert.match((await run`backbones list`).out, /net +3 \(/);

    assert.deepEqual(JSON.parse((await run`backbones remove net --json`).out), { removed: 'net' });
    assert.equal(existsSync(copied), false);
    assert.equal(existsSync(file), true);
  });

  test('measures whether gray is inverted, which who says the rest does not say', async () => {
    const file = files.write(
      'gray/net.onnx',
      model({
        inputs: [{ name: 'image', dims: ['N', 1, 8, 8] }],
        nodes: [
          node('GlobalAveragePool', ['image'], ['pooled']),
          node('Flatten', ['pooled'], ['flat']),
          node('Gemm', ['flat', 'weight', 'bias'], ['scores']),
        ],
        outputs: [{ name: 'scores', dims: ['N', 2] }],
        initializers: [floats('weight', [1, 2], [6, -6]), floats('bias', [2], [-3, 3])],
      }),
    );
    for (let i = 0; i < 6; i++) {
      files.write(`shades/dark/${i}.ppm`, ppm([20 + i, 20 + i, 20 + i]));
      files.write(`shades/light/${i}.ppm`, ppm([200 + i, 200 + i, 200 + i]));
    }
    const labels = files.write('shades.txt', 'dark\nlight\n');
    const says = `--source-labels ${labels} --rescale-factor ${1 / 255} --image-mean 0 --image-std 1`.split(
      ' ',
    );
    const added =
      await run`backbones add ${file} ${says} --accept-guesses --image ${files.path('shades')} --json`;
    assert.equal(added.code, 0, added.err);
    assert.equal(JSON.parse(added.out).description.input.preprocessing.inverted, true);
    assert.equal((await run`backbones remove net`).code, 0);
  });

  test('shows what it sees before anything is accepted, and measures guesses on several images', async () => {
    const file = files.write('measured/net.onnx', meanColour({ size: 12 }));
    for (const [name, colour] of Object.entries(colours))
      for (const i of [0, 1]) files.write(`classes/${name}/${i}.ppm`, ppm(colour));
    const numbers = await run`backbones add ${file} --image ${files.path('classes/dog/0.ppm')}`;
    assert.equal(numbers.code, 1);
    assert.match(numbers.out, /Predictions for 0\.ppm[^\n]*\n +\d+\.\d% +1\n/);
    assert.match(numbers.err, /--source-labels/);

    // In this order of labels, what is called a bird is blue in BGR.
    const labels = files.write('reversed.txt', 'bird\ndog\ncat\n');
    const says = ['--source-labels', labels, '--image', files.path('classes')];
    const unconfirmed = await run`backbones add ${file} ${says}`;
    assert.match(unconfirmed.out, /Measured on 6 images, 6 of known classes: [^;]*BGR: [^;]*100\.0% right/);
    assert.match(unconfirmed.err, /--accept-guesses if they are right/);
    assert.equal(existsSync(files.path('backbones/measured')), false);
    const added = await run`backbones add ${file} ${says} --accept-guesses --json`;
    assert.equal(added.code, 0, added.err);
    assert.match(added.err, /used in the place of the guess: .*--channels bgr/);
    assert.equal(JSON.parse(added.out).description.input.preprocessing.channels, 'bgr');
    assert.equal((await run`backbones remove net`).code, 0);

    const shifted = ['--source-labels', files.write('shifted.txt', 'dog\nbird\ncat\n'), '--channels', 'rgb'];
    for (const [name, colour] of Object.entries(colours))
      for (const i of [2, 3, 4, 5]) files.write(`classes/${name}/${i}.ppm`, ppm(colour));
    const net = files.write('shifted/net.onnx', meanColour({ size: 14 }));
    const suspected = await run`backbones add ${net} ${shifted} --image ${files.path('classes')}`;
    assert.match(suspected.out, /Warning: The first .*100\.0% of the images are right instead of 0\.0%/);

    const exchanged = [
      '--source-labels',
      files.write('exchanged.txt', 'dog\ncat\nbird\n'),
      '--channels',
      'rgb',
    ];
    const images = ['--image', files.path('classes')];
    const chance = await run`backbones add ${net} ${exchanged} ${images} --accept-guesses`;
    assert.equal(chance.code, 1);
    assert.match(chance.err, /on 18 images of known classes, no settings are right more often than chance/);
    assert.match(chance.out, /Not sure: no settings are right/);

    const missing = await run`backbones add ${file} --image ${files.path('nothing')}`;
    assert.match(missing.err, /--image names .*nothing, which does not exist/);
  });

  test('downloads from a hub what describes itself, with its licence', async () => {
    const dry = await run`backbones add someone/colours --mirror ${hub.endpoint} --dry-run`;
    assert.match(dry.out, /\* fp32/);
    assert.equal(existsSync(files.path('backbones/someone--colours--fp32')), false);
    const added = await run`backbones add someone/colours --mirror ${hub.endpoint}`;
    assert.equal(added.code, 0, added.err);
    assert.match(added.out, /name +someone--colours--fp32/);
    assert.match(added.out, /labels +3 .*cat, dog, bird/);
    assert.match(added.out, /license +mit/);
  });

  test('keeps nothing of a hub that answers with a web page', async () => {
    const other = await new TestHub('someone/portal', hubFiles()).start();
    other.overrides.set('cdn:model.onnx', (_, response) => page(response));
    try {
      const { code, err } = await run`backbones add someone/portal --mirror ${other.endpoint}`;
      assert.equal(code, 1);
      assert.match(err, /web page/);
      assert.equal(existsSync(files.path('backbones/someone--portal--fp32')), false);
    } finally {
      await other.stop();
    }
  });

  test('asks which of three different models in a folder is meant', async () => {
    for (const name of ['a', 'b', 'c']) files.write(`three/${name}.onnx`, meanColour());
    const { code, err } = await run`backbones add ${files.path('three')}`;
    assert.equal(code, 1);
    assert.match(err, /3 different models in three: a\.onnx, b\.onnx and c\.onnx/);
  });

  test('deletes nothing that somebody else put there', async () => {
    files.write('backbones/own.onnx', meanColour());
    files.write('backbones/own.backbone.json', JSON.stringify({ labels: ['a', 'b', 'c'], preprocessing }));
    const { code, err } = await run`backbones remove own`;
    assert.equal(code, 1);
    assert.match(err, /not installed by SeMap/);
    assert.equal(existsSync(files.path('backbones/own.onnx')), true);
  });

  test('gives two files of one name different names, and knows a file that it has', async () => {
    const says = ['--source-labels', files.write('three.txt', 'cat\ndog\nbird\n'), '--accept-guesses'];
    const [first, second, other] = [
      files.write('A/model.onnx', meanColour({ softmax: true })),
      files.write('B/model.onnx', meanColour({ size: 16 })),
      files.write('C/b.onnx', meanColour({ size: 32 })),
    ];
    for (const file of [first, second, other])
      assert.equal((await run`backbones add ${file} ${says}`).code, 0);
    assert.ok(existsSync(files.path('backbones/A/model.onnx')));
    assert.ok(existsSync(files.path('backbones/B/model.onnx')));
    // On many disks "b" is "B".
    assert.ok(existsSync(files.path('backbones/b-2/b.onnx')));
    const { out } = await run`backbones list`;
    for (const name of [/^A /m, /^B /m, /^b-2 /m]) assert.match(out, name);
    const again = await run`backbones add ${files.write('D/model.onnx', meanColour({ size: 16 }))} ${says}`;
    assert.match(again.err, /is already in .*B/);
  });

  test('keeps what is said beside a file: its labels, wherever they are, its licence, the settings of its folder', async () => {
    const bytes = meanColour({ effort: 3 });
    files.write('lists/colours.txt', 'cat\ndog\nbird\n');
    const described = JSON.stringify({ labels: '../lists/colours.txt', preprocessing });
    const file = files.write('far/far.onnx', bytes);
    files.write('far/far.backbone.json', described);
    files.write(
      'far/LICENSE',
      'Permission is hereby granted, free of charge, to any person obtaining a copy',
    );
    assert.equal((await run`backbones add ${file}`).code, 0);
    assert.match((await run`backbones list`).out, /^far +3 /m);
    assert.match((await run`backbones list`).out, /^far .* MIT +/m);
    assert.ok(existsSync(files.path('backbones/far/LICENSE')));

    const near = files.write('hf/net7.onnx', meanColour({ effort: 4 }));
    for (const name of ['config.json', 'preprocessor_config.json'] as const)
      files.write(`hf/${name}`, hubFiles()[name]);
    const added = await run`backbones add ${near}`;
    assert.equal(added.code, 0, added.err);
    assert.match((await run`backbones describe net7`).out, /cat, dog, bird/);
  });

  test('takes what the files of other programs say, tells where from, and why labels do not fit', async () => {
    const lobe = files.write('lobe/model.onnx', meanColour({ effort: 5 }));
    files.write(
      'lobe/signature.json',
      JSON.stringify({ filename: 'model.onnx', classes: { Label: ['0', '1', '10'] } }),
    );
    const described = await run`backbones describe ${lobe}`;
    assert.match(
      described.out,
      /preprocessing cut a square, resize to \d+ x \d+, bicubic, \(pixel x 0\.00392157/,
    );
    assert.match(described.out, /signature\.json \(Lobe\): labels, scaling, channels and size/);
    const { stated } = JSON.parse((await run`backbones describe ${lobe} --json`).out);
    assert.deepEqual(stated[0].parts, ['labels', 'scaling', 'channels', 'size']);

    const off = files.write('off/net.onnx', meanColour({ effort: 6 }));
    files.write('off/config.json', JSON.stringify({ id2label: { 0: 'cat', 1: 'dog' } }));
    files.write('off/classes.txt', 'background\ncat\ndog\nbird\n');
    const refused = await run`backbones add ${off}`;
    assert.equal(refused.code, 1);
    assert.match(
      refused.err,
      /Note: config\.json: The model has 3 outputs, the list has 2 labels: one output is probably/,
    );
    assert.match(refused.err, /Note: classes\.txt: .* does not have "background"\. Delete "background"/);
    assert.match(refused.err, /no description of: labels, /);
    assert.doesNotMatch(refused.err, /Read from/);
  });

  test('warns of labels that are listed twice, but not of two cranes', async () => {
    const file = files.write('cranes/net.onnx', meanColour({ size: 10 }));
    const twice = files.write('twice.txt', 'crane\ncrane\ndog\n');
    const cranes = files.write('cranes.txt', 'n02012849\nn03126707\nn02084071\n');
    const described = (labels: string) => run`backbones add ${file} --source-labels ${labels}`;
    assert.match((await described(twice)).err, /"crane" is listed more than once/);
    assert.doesNotMatch((await described(cranes)).err, /more than once/);
  });

  test('reads in an export of Custom Vision what only the model itself says', async () => {
    const model = decodeModel(meanColour());
    const metadataProps = [
      { key: 'Image.BitmapPixelFormat', value: 'Bgr8' },
      { key: 'Image.NominalPixelRange', value: 'NominalRange_0_255' },
    ];
    const file = files.write('vision/model.onnx', encodeModel({ ...model, metadataProps }));
    files.write(
      'vision/cvexport.manifest',
      JSON.stringify({ DomainType: 'Classification', Platform: 'ONNX' }),
    );
    files.write('vision/labels.txt', 'cat\ndog\nbird\n');
    assert.match((await run`backbones describe ${file}`).out, /bicubic, \(pixel x 1 .*, BGR/);
    for (const name of ['b', 'C', 'a']) files.write(`trained/${name}/1.txt`, '');
    const trained = await run`backbones describe ${file} --source-labels ${files.path('trained')} --json`;
    assert.deepEqual(
      JSON.parse(trained.out).labelSpace.labels.map(({ name }: { name: string }) => name),
      ['C', 'a', 'b'],
    );
    const changed = await run`backbones describe ${file} --channels rgb`;
    assert.match(changed.out, /, RGB/);
    assert.match(changed.err, /Not saved: --remember/);
  });

  test('asks for the path where different models of the folders have the name', async () => {
    for (const [folder, size] of [
      ['left', 8],
      ['right', 16],
    ] as const) {
      files.write(`${folder}/config.json`, hubFiles()['config.json']);
      files.write(
        `${folder}/preprocessor_config.json`,
        text({
          do_rescale: true,
          rescale_factor: 1,
          do_normalize: false,
          size: { height: size, width: size },
        }),
      );
      files.write(`${folder}/same.onnx`, meanColour({ size }));
    }
    const both = ['--backbone-folder', files.path('left'), '--backbone-folder', files.path('right')];
    const { out } = await run`backbones list ${both}`;
    for (const name of [/^same \(left\) /m, /^same \(right\) /m]) assert.match(out, name);
    const { code, err } = await run`backbones describe same ${both}`;
    assert.equal(code, 1);
    assert.match(
      err,
      /2 different backbones are called "same": same \(left\) .*left.*same\.onnx.* and same \(right\)/,
    );
    assert.match((await run`backbones describe ${'same (right)'} ${both}`).out, /\[N, 3, 16, 16\]/);

    // An alignment of when the name was unique finds its own by the hash.
    const alignment = files.path('right.semap.json');
    const right = ['--backbone-folder', files.path('right')];
    assert.equal((await run`align --labels cat,dog --backbone same -o ${alignment} ${right}`).code, 0);
    files.write('photos/dog.ppm', ppm(colours.dog));
    const answered = await run`classify ${files.path('photos')} -a ${alignment} --json ${both}`;
    assert.equal(answered.code, 0, answered.err);
    const { backbone } = JSON.parse(answered.out);
    assert.equal(backbone.sha256, JSON.parse(readFileSync(alignment, 'utf8')).backbone.sha256);
  });
});
