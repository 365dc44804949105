import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import type { AlignmentDocument } from '../../../src/core/alignments/alignment.ts';
import { linearColour } from '../engine/classifierModel.ts';
import { colours, ppm, writeBackbone, writeColourImages } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { keepEngines, runCommand, runWith } from './runCommand.ts';

describe('semap learn', { skip: noModels }, () => {
  const files = scratch();
  keepEngines(files.path('cache'));
  const run = runWith(() => [
    ...['-b', 'linear', '--backbone-folder', files.path('models')],
    ...['--cache-folder', files.path('cache'), '--threads', '1', '--device', 'cpu'],
  ]);

  before(() => {
    writeBackbone(files, 'models/linear', linearColour());
    writeColourImages(files, 'photos', 12);
    // What people call these: the backbone knows none of them.
    const names = { red: colours.cat, green: colours.dog, blue: colours.bird };
    const rows: string[] = [];
    for (const [name, colour] of Object.entries(names)) {
      for (let i = 0; i < 8; i++) {
        files.write(`unsorted/${name[0]}${i}.ppm`, ppm(colour, i));
        if (i < 4) rows.push(`${name[0]}${i}.ppm,${name}`);
      }
    }
    files.write('labels.csv', `file_name,label\n${rows.join('\n')}\n`);
    return () => files.dispose();
  });

  for (const [line, message] of [
    ['learn', /No folder to learn from/],
    ['learn photos', /--out needs a file to write that ends with \.semap\.json/],
    ['learn photos -o x.json', /ends with \.semap\.json/],
    ['learn photos -o x.semap.json --kind linear', /Did you mean linear-probe|mixture/],
    ['learn photos -o x.semap.json --kind prototypes --balanced', /--balanced goes with --kind mixture/],
  ] as const) {
    test(`${line} is a mistake in usage`, async () => {
      const { code, err } = await runCommand(line.split(' '));
      assert.equal(code, 2);
      assert.match(err, message);
    });
  }

  test('tells how many images it takes', async () => {
    files.write('few/1.ppm', ppm(colours.cat));
    const { code, err } =
      await run`learn ${files.path('few')} --labels cat,dog -o ${files.path('few.semap.json')}`;
    assert.equal(code, 1);
    assert.match(err, /Learning takes at least 3 images, and there is 1\./);
  });

  test('says that it learned something else where labels are too few', async () => {
    const few = files.write('one-each.csv', 'file_name,label\nr0.ppm,red\ng0.ppm,green\n');
    const { out, err } =
      await run`learn ${files.path('unsorted')} --labels red,green --truths ${few} --kind linear-probe -o ${files.path('one.semap.json')}`;
    assert.match(out, /^Learned prototypes from 2 labeled images/m);
    assert.match(err, /Note: linear-probe needs two labeled images of each label; prototypes was learned/);
  });

  test('keeps what class folders teach, measured on other images of them', async () => {
    const out = files.path('photos.semap.json');
    const {
      code,
      out: said,
      err,
    } = await run`learn ${files.path('photos')} --kind linear-probe --per-label 4 -o ${out}`;
    assert.equal(code, 0, err);
    // Of the 24 others, 6 are nearly the same as one that it learned from.
    assert.match(
      said,
      /Learned linear-probe from 12 labeled images of 36: accuracy 100\.0% on 18 images that it/,
    );
    const classified = await run`classify ${files.path('photos')} -a ${out} --json`;
    const { accuracy, measuredOn } = JSON.parse(classified.out) as {
      accuracy: number;
      measuredOn: { measured: number; learned: number };
    };
    assert.deepEqual([accuracy, measuredOn.measured, measuredOn.learned], [1, 24, 12]);
  });

  test('keeps what a table of labels teaches about labels that the backbone does not know', async () => {
    const out = files.path('mine.semap.json');
    const head = files.path('mine.head.safetensors');
    const made =
      await run`learn ${files.path('unsorted')} --labels red,green,blue --truths ${files.path('labels.csv')} -o ${out} --json`;
    assert.equal(made.code, 0, made.err);
    const told = JSON.parse(made.out) as { kind: string; images: number; found: number; head: string };
    assert.deepEqual([told.kind, told.images, told.found, told.head], ['mixture', 12, 24, head]);
    const document = JSON.parse(readFileSync(out, 'utf8')) as AlignmentDocument;
    assert.deepEqual([document.version, document.head?.file], [2, 'mine.head.safetensors']);
    assert.equal(createHash('sha256').update(readFileSync(head)).digest('hex'), document.head?.sha256);

    const plain = files.path('plain.semap.json');
    await run`align --labels red,green,blue -o ${plain}`;
    const right = async (...options: readonly string[]) => {
      const { out: answers } = await run`classify ${files.path('unsorted')} ${options} --json`;
      const { predictions } = JSON.parse(answers) as { predictions: { path: string; label: string }[] };
      return predictions.filter(({ path, label }) => path.split('/').at(-1)![0] === label[0]).length;
    };
    assert.equal(await right('-a', out), 24, 'the document with its head');
    assert.equal(await right('-a', plain, '--head', head), 24, 'the head over another alignment');
    const applied = async (...options: readonly string[]) => {
      const { out: answers } = await run`classify ${files.path('unsorted')} -a ${out} ${options} --json`;
      return (JSON.parse(answers) as { settled: { applied: boolean } }).settled.applied;
    };
    const table = ['--truths', files.path('labels.csv')];
    assert.deepEqual(
      [await applied(), await applied('--settle'), await applied(...table)],
      [false, true, true],
      'what a mixture says was settled already, unless labels say more',
    );
    const wrong = await run`classify ${files.path('unsorted')} -a ${plain} --head ${out}`;
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /Cannot read mine\.semap\.json as a safetensors file|is not a SeMap head/);
  });
});
