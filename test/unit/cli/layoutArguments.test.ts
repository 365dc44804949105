import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { linearColour } from '../engine/classifierModel.ts';
import { colours, ppm, writeBackbone } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { keepEngines, runCommand, runWith } from './runCommand.ts';

describe('How semap reads folders', { skip: noModels }, () => {
  const files = scratch();
  keepEngines(files.path('cache'));
  const run = runWith(() => [
    ...['-b', 'linear', '--backbone-folder', files.path('models')],
    ...['--cache-folder', files.path('cache'), '--threads', '1', '--device', 'cpu'],
  ]);

  before(() => {
    writeBackbone(files, 'models/linear', linearColour());
    let seed = 0;
    for (const [name, colour] of Object.entries(colours)) {
      for (const split of ['train', 'valid'])
        for (const i of [1, 2]) files.write(`pets/${split}/${name}/${i}.ppm`, ppm(colour, seed++));
      for (const i of [1, 2]) files.write(`flat/${name}.${i}.ppm`, ppm(colour, seed++));
    }
    return () => files.dispose();
  });

  test('tells the layout that it recognized, and accuracy per split', async () => {
    const { out, err } = await run`classify ${files.path('pets')}`;
    assert.match(err, /^Layout of pets: train and valid above 3 class folders\. --layout changes it\.$/m);
    assert.match(out, /^ {2}train: 100\.0% on 6 images.*\n {2}val: 100\.0% on 6 images/m);
    const json = JSON.parse((await run`classify ${files.path('pets')} --json --split validation`).out);
    assert.deepEqual([json.images, json.predictions[0].split, json.perSplit], [6, 'val', undefined]);
    const csv = files.path('out.csv');
    await run`classify ${files.path('pets')} --csv ${csv}`;
    assert.match(
      readFileSync(csv, 'utf8'),
      /^path,label,confidence,truth,plain,given,split,duplicate_group,.*\r?\n.*,train,/m,
    );
  });

  test('reads folders as it is told', async () => {
    const labels = async (layout: string, folder: string) => {
      const { out } = await run`align ${files.path(folder)} --layout ${layout} --json`;
      return JSON.parse(out).targets.map(({ label }: { label: string }) => label);
    };
    assert.deepEqual(await labels('nested:2', 'pets'), ['bird', 'cat', 'dog']);
    assert.deepEqual(await labels('classes', 'pets'), ['train', 'valid']);
    assert.deepEqual(await labels('names', 'flat'), ['bird', 'cat', 'dog']);
    const { out } = await run`classify ${files.path('pets')} --layout flat --labels cat,dog --json`;
    assert.equal(JSON.parse(out).measuredOn.measured, 0);
  });

  test('names a table of several labels, and says what to do', async () => {
    files.write('several/1.ppm', ppm(Object.values(colours)[0], 90));
    files.write('several/2.ppm', ppm(Object.values(colours)[0], 91));
    files.write('several/labels.csv', 'file,cat,dog\n1.ppm,1,0\n2.ppm,1,1\n');
    const { err } = await run`classify ${files.path('several')} --labels cat,dog`;
    assert.match(
      err,
      /Note: labels\.csv is not used: .*\(cat and dog\).*\n {2}Write one label into a column/,
    );
  });

  test('says which split was learned from and measured on', async () => {
    const { out } = await run`align ${files.path('pets')} --method flm`;
    assert.match(
      out,
      /Learned from 6 of 6 images of the split train: accuracy 100\.0% on 6 other images of the split val\./,
    );
    const learned =
      await run`learn ${files.path('pets')} --kind prototypes -o ${files.path('mine.semap.json')}`;
    assert.match(
      learned.out,
      /from 6 labeled images of the split train, of 12: accuracy 100\.0% on 6 images of the split val\./,
    );
    const ranked = await run`rank ${files.path('pets')} --backbones linear`;
    assert.match(ranked.out, /^Images are drawn from train and val only\.$/m);
    const trained =
      await run`train ${files.path('pets')} --prompt none --mapping semap --run ${files.path('run')}`;
    assert.match(trained.out, /^Learned from the split train, validated on val\.$/m);
  });

  for (const [line, message] of [
    ['--split holdout', /--split must be one of train, val, test, not "holdout"/],
    ['--split test', /There is no split "test" in pets\.\n.*train, val/],
    ['--layout folders', /Unknown layout "folders"/],
    ['--layout nested:0', /Unknown layout "nested:0"/],
  ] as const) {
    test(`${line} is refused`, async () => {
      const { code, err } = await runCommand(['classify', files.path('pets'), ...line.split(' ')]);
      assert.notEqual(code, 0);
      assert.match(err, message);
    });
  }
});
