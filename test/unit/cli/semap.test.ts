import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import type { AlignmentDocument } from '../../../src/core/alignments/alignment.ts';
import { column } from '../column.ts';
import { meanColour } from '../engine/classifierModel.ts';
import { colours, ppm, sidecarOfSize, writeBackbone, writeColourImages } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { semapFiles } from '../programs.ts';
import { keepEngines, runCommand, runProgram, runWith, words } from './runCommand.ts';

const run = runWith(() => []);

/** What is said of every image whatever its label; near-duplicates have their group, too. */
const LOOKS = ['odd', 'blank', 'tiny', 'width', 'height'];

/** A prediction without what a cache that lost it cannot tell. */
function answerIn(prediction: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(prediction).filter(([key]) => ![...LOOKS, 'duplicateGroup'].includes(key)),
  );
}

describe('semap', () => {
  test('without a command, and with --help, says what to begin with', async () => {
    for (const argv of [[], ['--help'], ['help']]) {
      const { code, out } = await runCommand(argv);
      assert.equal(code, 0);
      assert.match(out, /semap classify photos\//);
      assert.match(out, /Exit codes/);
    }
    assert.equal((await run`--version`).out, '1.2.3\n');
  });

  for (const command of ['align', 'classify', 'backbones list', 'backbones describe', 'backbones check']) {
    test(`${command} --help gives its options and examples`, async () => {
      const { code, out } = await run`${command.split(' ')} --help`;
      assert.equal(code, 0);
      assert.match(out, new RegExp(`^semap ${command}`));
      assert.match(out, /--json/);
      assert.ok(out.split('Examples')[1].split('\n').length > 3);
      assert.ok(out.split('\n').every((line) => line.length <= 180));
    });
  }

  for (const [line, message] of [
    ['clasify', /Did you mean "semap classify"/],
    ['backbones', /list \| describe \| check/],
    ['backbones chek', /Did you mean "semap backbones check"/],
    ['align', /Say which labels/],
    ['align photos --labels cat', /not both/],
    ['align --labels cat --methd semap', /Did you mean --method/],
    ['align --labels cat --method semap1', /Did you mean semap-1/],
    ['align --labels cat --method semap-k -k 0', /from 1 to/],
    ['align --labels cat -k 3', /-k goes with --method semap-k/],
    ['align --labels cat --hint kitten', /must name a label and its hint/],
    ['align --labels cat --labelled 3', /--labelled goes with --method .*flm/],
    ['align photos --method linear --aggregation max', /an aggregation of its own/],
    ['align --labels cat --export grid.png', /FILE\.csv or FILE\.md/],
    ['align --labels cat --one-to-one', /--one-to-one goes with --method semap-1/],
    ['align --labels cat --aggregation max --alpha 0', /--alpha goes with/],
    ['align --labels cat --image-mean 0.5,big', /one for each channel/],
    ['align --labels cat --size big', /--size must be/],
    ['classify', /No folder to classify/],
    ['classify photos -a x.semap.json --method semap', /--method cannot be used/],
    ['classify photos --settle --no-settle', /exclude each other/],
    ['classify photos --balanced --no-settle', /--balanced needs settling/],
    ['classify photos --watch --balanced', /--balanced cannot be used with --watch/],
    ['classify photos --watch --none 0.1', /--none cannot be used with --watch/],
    ['classify photos --prior-matching', /no --prior-matching any more.\n.*--settle --balanced/],
    ['label photos more --propose 3', /takes one folder/],
    ['label photos --propose 0', /--propose must be a whole number from 1/],
    ['backbones describe', /one file or name/],
    ['backbones describe starter --remember', /but there are none/],
  ] as const) {
    test(`${line} is a mistake in usage`, async () => {
      const { code, out, err } = await runCommand(line.split(' '));
      assert.equal(code, 2);
      assert.equal(out, '');
      assert.match(err, message);
    });
  }
});

describe('semap with a backbone and images', { skip: noModels }, () => {
  const files = scratch();
  const common = ['--cache-folder', files.path('cache')];
  keepEngines(files.path('cache'));
  const backbone = ['--backbone', files.path('colour.onnx'), ...common];

  before(() => {
    writeBackbone(files, 'colour');
    files.write('bare/bare.onnx', meanColour());
    writeColourImages(files, 'photos', 3);
    files.write('photos/cat/broken.png', 'no picture');
  });

  test('align prints a table, and as JSON the document alone', async () => {
    const text = await run`align --labels cat,dog ${backbone}`;
    assert.equal(text.code, 0, text.err);
    assert.match(text.out, /2 target labels on colour \(3 source labels\), method semap/);
    assert.match(text.out, /^cat .*good, \d+% +cat/m);
    const one = await run`align --labels cat ${backbone}`;
    assert.match(one.out, /^1 target label on colour/);
    const { code, out } = await run`align --labels cat,dog --json ${backbone}`;
    assert.equal(code, 0);
    const document: AlignmentDocument = JSON.parse(out);
    assert.equal(document.version, 1);
    assert.deepEqual(column(document.targets, 'label'), ['cat', 'dog']);
    assert.equal(document.targets[1].sources[0].label, 'dog');
    const csv = files.path('matrix.csv');
    await run`align --labels cat,dog --export ${csv} ${backbone}`;
    const lines = readFileSync(csv, 'utf8').slice(1).split('\r\n');
    assert.deepEqual([lines[0], lines.length], ['source label,wnid,cat,dog,cat: weight,dog: weight', 5]);
  });

  test('align takes hints, senses, exclusions and an aggregation into the document', async () => {
    const choices = words`--hint dog=puppy --sense bat=bat%1:05:00:: --exclude ${'cat, 2'} --alpha 0.5`;
    const { code, out, err } = await run`align --labels dog,bat ${choices} --json ${backbone}`;
    assert.equal(code, 0, err);
    const { targets, excluded, aggregation }: AlignmentDocument = JSON.parse(out);
    assert.equal(targets[0].hint, 'puppy');
    assert.deepEqual([targets[1].sense, targets[1].pinned], ['bat%1:05:00::', true]);
    assert.deepEqual(column(excluded!, 'label'), ['cat', 'bird']);
    assert.deepEqual(aggregation, { kind: 'log-mean-exp', alpha: 0.5 });
    const unknown = await run`align --labels dog --hint cat=kitten ${backbone}`;
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /There is no label "cat"/);
  });

  test('align leaves out blanks and duplicates and says so, keeps odd labels as text', async () => {
    const labels = files.write(
      'labels.txt',
      'cat\n\n  dog  \ncat\n<img src=x onerror=alert(1)>\n=cmd()\n../../etc\n😀\n日本語\n\u001b[2Jx\n',
    );
    const { code, out, err } = await run`align --labels ${labels} ${backbone}`;
    assert.equal(code, 0, err);
    assert.match(err, /1 blank label was removed/);
    assert.match(err, /"cat" was listed 2 times/);
    for (const label of ['<img src=x onerror=alert(1)>', '=cmd()', '../../etc', '😀', '日本語']) {
      assert.ok(out.includes(label), label);
    }
    assert.ok(!out.includes('\u001b'), 'control characters do not reach the terminal');
    assert.match(out, /\\u001b\[2Jx/);
  });

  test('align refuses a list without labels, and a labels file that is not there', async () => {
    assert.match((await run`align --labels ${' , ,'} ${backbone}`).err, /no target labels/);
    const { code, err } = await run`align --labels nowhere.txt ${backbone}`;
    assert.equal(code, 1);
    assert.match(err, /no labels file nowhere\.txt/);
  });

  test('align writes the document, the backbone beside it by a relative path; classify reads it', async () => {
    const out = files.path('pets.semap.json');
    assert.equal((await run`align ${files.path('photos')} -o ${out} ${backbone}`).code, 0);
    const written = JSON.parse(readFileSync(out, 'utf8'));
    assert.equal(written.backbone.path, 'colour.onnx');
    assert.deepEqual(written.folders, ['photos'], 'it remembers what it was made for');
    const { code, out: json } = await run`classify ${files.path('photos')} -a ${out} --json ${common}`;
    assert.equal(code, 0);
    const result = JSON.parse(json);
    assert.deepEqual(Object.keys(result).slice(0, 13), [
      'folders',
      'images',
      'skipped',
      'accuracy',
      'plainAccuracy',
      'measuredOn',
      'balancedAccuracy',
      'perClass',
      'expectedAccuracy',
      'settled',
      'knownLabels',
      'predictions',
      'backbone',
    ]);
    assert.equal(result.images, 9);
    assert.equal(result.accuracy, 1);
    assert.equal(result.skipped.length, 1);
    assert.ok(result.skipped[0].path.endsWith('broken.png'));
    assert.equal(result.predictions.length, 9);
    assert.deepEqual(Object.keys(result.predictions[0]), ['path', 'label', 'confidence', 'truth', ...LOOKS]);
    assert.equal(typeof result.seconds, 'number');
  });

  test('labels suggests what the images look like, as a list that classify takes', async () => {
    const out = files.path('labels.txt');
    const photos = files.path('photos');
    const { code, out: shown, err } = await run`labels ${photos} -o ${out} ${backbone}`;
    assert.equal(code, 0, err);
    assert.match(shown, /\* +3 +33\.3% +cat/);
    assert.match(shown, /9 images of 10 looked at\. Proposed \(\*\): --labels "\w+, \w+, \w+"/);
    assert.deepEqual(readFileSync(out, 'utf8').trim().split('\n').sort(), ['bird', 'cat', 'dog']);
    const classified = await run`classify ${photos} --labels ${out} --json ${backbone}`;
    assert.equal(JSON.parse(classified.out).accuracy, 1);
    const { labels, found } = JSON.parse((await run`labels ${photos} --images 4 --json ${backbone}`).out);
    assert.deepEqual([found, labels.every(({ share }: { share: number }) => share > 0)], [10, true]);
    assert.match((await run`labels`).err, /No folder to suggest labels for/);
  });

  test('align says when the document cannot be written', async () => {
    const { code, err } = await run`align --labels cat -o ${files.path('no/such/x.json')} ${backbone}`;
    assert.equal(code, 1);
    assert.match(err, /its folder does not exist/);
    mkdirSync(files.path('folder.semap.json'), { recursive: true });
    const taken = await run`align --labels cat -o ${files.path('folder.semap.json')} ${backbone}`;
    assert.equal(taken.code, 1);
    assert.match(taken.err, /it is a folder/);
  });

  test('classify prints accuracy per class, and what could not be read', async () => {
    const { code, out, err } = await run`classify ${files.path('photos')} ${backbone}`;
    assert.equal(code, 0, err);
    assert.match(out, /Accuracy 100\.0% \(70\.1 to 100\.0%\) on 9 images, balanced 100\.0%/);
    assert.match(out, /9 images in/);
    assert.match(out, /Cannot read 1 image:\n.*broken\.png/);
  });

  test('classify --watch prints what is there and what comes, a line each, and ends with the figures', async () => {
    const folder = writeColourImages(files, 'inbox', 1);
    const stop = new AbortController();
    const csv = files.path('watched.csv');
    const argv = words`classify ${folder} --watch --json --csv ${csv} ${backbone}`;
    const { code, out } = await runCommand(argv, {
      signal: stop.signal,
      onOut: (text) => {
        const { event, path = '' } = JSON.parse(text);
        if (event === 'waiting') files.write('inbox/dog/new.ppm', ppm(colours.dog, 8));
        if (path.endsWith('new.ppm')) rmSync(files.path('inbox', 'cat'), { recursive: true });
        if (event === 'gone') stop.abort();
      },
    });
    assert.equal(code, 0);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(column(lines, 'event'), [
      ...['answer', 'answer', 'answer', 'waiting', 'answer', 'gone', 'end'],
    ]);
    const [{ path, label, truth }] = lines.slice(4);
    assert.deepEqual([path, label, truth], [files.path('inbox', 'dog', 'new.ppm'), 'dog', 'dog']);
    const { images, accuracy, cancelled } = lines[6];
    assert.deepEqual([images, accuracy, cancelled], [3, 1, false]);
    assert.equal(readFileSync(csv, 'utf8').trim().split('\n').length, 1 + 3);
  });

  test('classify tells in a line what it passed over, and --json lists it', async () => {
    for (const label of Object.keys(colours)) {
      files.write(`mixed/${label}/a.ppm`, ppm(colours[label as keyof typeof colours]));
      files.write(`mixed/${label}/a.cr2`, 'raw');
    }
    files.write('mixed/cat/@eaDir/a.ppm/SYNOPHOTO_THUMB_M.jpg', 'a thumbnail');
    const { code, out, err } = await run`classify ${files.path('mixed')} ${backbone}`;
    assert.equal(code, 0, err);
    assert.match(
      out,
      /\nPassed over 4 items that SeMap does not read: 3 raw photos and 1 thumbnail or cache of another program \(--json lists them\)\n/,
    );
    const listed = await run`classify ${files.path('mixed')} --json ${backbone}`;
    const { images, passedOver } = JSON.parse(listed.out);
    assert.equal(images, 3);
    assert.deepEqual(passedOver.counts, { raw: 3, others: 1 });
    assert.deepEqual(passedOver.files[0], { path: files.path('mixed/bird/a.cr2'), kind: 'raw' });
  });

  test('classify says that all files are passed over, and not that labels are to be named', async () => {
    files.write('raws/dog/a.nef', 'raw');
    files.write('raws/cat/a.nef', 'raw');
    const { code, err } = await run`classify ${files.path('raws')} ${backbone}`;
    assert.equal(code, 1);
    assert.match(err, /No images that SeMap reads in .*raws, only 2 raw photos\./);
    assert.match(err, /Convert them to JPEG or PNG/);
    assert.doesNotMatch(err, /--labels/);
    const named = await run`classify ${files.path('raws')} --labels cat,dog ${backbone}`;
    assert.match(named.err, /only 2 raw photos/);
    // A folder of others beside one of images is no error.
    const both = await run`classify ${files.path('raws')} ${files.path('photos')} ${backbone}`;
    assert.equal(both.code, 0, both.err);
  });

  test('a learned mapping is judged by images that it was not learned from', async () => {
    const learned = words`--method blm --labelled 1 ${backbone}`;
    const aligned = await run`align ${files.path('photos')} ${learned}`;
    assert.equal(aligned.code, 0, aligned.err);
    assert.match(aligned.out, /Learned from 3 of 10 images: accuracy 100\.0% on 6 other images/);
    const { code, out, err } = await run`classify ${files.path('photos')} ${learned}`;
    assert.equal(code, 0, err);
    assert.match(out, /Not measured: 3 images that something was learned from/);
    assert.match(out, /Accuracy 100\.0%/);
    const unlabelled = await run`align --labels cat,dog --method blm ${backbone}`;
    assert.equal(unlabelled.code, 2);
    assert.match(unlabelled.err, /learns from labeled images/);
  });

  test('label names images to label, and classify settles with the labels that are known', async () => {
    for (let i = 0; i < 40; i++) {
      const shade = 40 + (i % 20) * 2;
      files.write(`shades/${i}.ppm`, ppm(i < 20 ? [200 - shade, shade, 9] : [shade, 200 - shade, 9], i));
    }
    const shades = files.path('shades');
    const labels = words`--labels cat,dog ${backbone}`;
    const asked = await run`label ${shades} --propose 4 --json ${labels}`;
    assert.equal(asked.code, 0, asked.err);
    const { images, ...rest } = JSON.parse(asked.out);
    assert.deepEqual(rest, {});
    assert.equal(new Set(images).size, 4);
    assert.match(images[0], /^\d+\.ppm$/);
    const rows = [
      '0.ppm,cat',
      '5.ppm,cat',
      '30.ppm,dog',
      '35.ppm,dog',
      '36.ppm,',
      '1.ppm,parrot',
      'gone.ppm,dog',
      '2.ppm,,none',
    ];
    const truths = files.write('known.csv', `file_name,label,given\n${rows.join('\n')}\n`);
    const json = await run`classify ${shades} --truths ${truths} --json ${labels}`;
    assert.equal(json.code, 0, json.err);
    assert.match(json.err, /Labels in the table that there are not: parrot \(1\)/);
    assert.match(json.err, /not in the folders: gone\.ppm \(1\)/);
    const { predictions, settled, knownLabels, plainAccuracy } = JSON.parse(json.out);
    assert.deepEqual(
      [settled.applied, settled.evidence, settled.balanced, plainAccuracy],
      [true, 1, false, null],
    );
    assert.deepEqual(Object.keys(settled.shares), ['cat', 'dog']);
    assert.equal(knownLabels.learned, 4);
    const named = (name: string) =>
      predictions.find(({ path }: { path: string }) => path.endsWith(`/${name}`));
    assert.deepEqual([named('0.ppm').given, named('0.ppm').label], ['cat', 'cat']);
    assert.deepEqual([named('2.ppm').given, named('2.ppm').label], [null, '']);
    assert.equal('given' in named('1.ppm'), false);
    const differ = predictions.filter(({ plain }: { plain?: string }) => plain !== undefined);
    assert.ok(differ.every(({ plain, label }: { plain: string; label: string }) => plain !== label));
    const csv = files.path('settled.csv');
    const text = await run`classify ${shades} --truths ${truths} --balanced --csv ${csv} ${labels}`;
    const rowsOf = readFileSync(csv, 'utf8').split('\r\n').slice(1, 4);
    assert.deepEqual(
      rowsOf.map((row) => row.split(',')[5]),
      ['cat', '', 'none of these'],
    );
    assert.match(text.out, /^Settled: \d+ of 40 answers changed \(evidence 0\.\d\d\)$/m);
    assert.match(text.out, /^Learned from: 4 images with a label that was given$/m);
    const answersOf = async (cache: string) => {
      const { out } =
        await run`classify ${shades} --truths ${truths} ${labels} --cache-folder ${files.path(cache)} --cache-size 0.0000001 --json`;
      return JSON.parse(out).predictions.map(answerIn);
    };
    assert.deepEqual(
      await answersOf('no-room'),
      predictions.map(answerIn),
      'a cache without room changes no answer',
    );
    files.write('shades/labels.semap.csv', 'a,b\n');
    const unread = await run`label ${shades} --json ${labels}`;
    assert.match(unread.err, /Note: labels\.semap\.csv is not a table .* Its first line must be a header/);
    files.write('single/a.ppm', ppm(colours.dog));
    const single = await run`classify ${files.path('single')} --settle ${labels}`;
    assert.equal(single.code, 1);
    assert.match(single.err, /needs at least 3, and there is 1/);
    const lost = await run`classify ${shades} --truths ${files.path('lost.csv')} ${labels}`;
    assert.equal(lost.code, 1);
    assert.match(lost.err, /no table of labels/);
  });

  test('align warns of one label that is never predicted, and of several that are', async () => {
    const one = await run`align --labels cat,qzzq ${backbone}`;
    assert.match(one.err, /Warning: "qzzq" is never predicted/);
    assert.match(one.err, /qzzq: WordNet does not know "qzzq". Add a hint that says what it means./);
    const two = await run`align --labels cat,qzzq,xqqx ${backbone}`;
    assert.match(two.err, /Warning: "qzzq", "xqqx" are never predicted/);
  });

  test('classify writes CSV in which no cell is a formula', async () => {
    files.write('odd/=cmd()/a.ppm', ppm(colours.cat));
    files.write('odd/=cmd()/b.ppm', ppm(colours.cat, 0, 300));
    const csv = files.path('odd.csv');
    const { code, err } = await run`classify ${files.path('odd')} --csv ${csv} ${backbone}`;
    assert.equal(code, 0, err);
    const [head, row, large] = readFileSync(csv, 'utf8').split('\r\n');
    assert.equal(head, 'path,label,confidence,truth,plain,given,duplicate_group,odd,blank,tiny,width,height');
    assert.match(row, /,'=cmd\(\),/);
    assert.match(row, /,yes,8,8$/);
    assert.match(large, /,no,yes,no,300,300$/);
    const json = JSON.parse((await run`classify ${files.path('odd')} --json ${backbone}`).out);
    const { odd, blank, tiny, width, height } = json.predictions[1];
    assert.deepEqual(
      { odd, blank, tiny, width, height },
      { odd: false, blank: true, tiny: false, width: 300, height: 300 },
    );
  });

  test('classify asks for labels where there are no class folders, and takes them', async () => {
    files.write('flat/a.ppm', ppm(colours.dog));
    const without = await run`classify ${files.path('flat')} ${backbone}`;
    assert.equal(without.code, 1);
    assert.match(without.err, /no class folders.*\n.*--labels/);
    const given = await run`classify ${files.path('flat')} --labels cat,dog ${backbone}`;
    assert.equal(given.code, 0, given.err);
    assert.match(given.out, /accuracy is unknown/);
  });

  test('a backbone without a description asks for it; options describe it, once for all with --remember', async () => {
    const bare = files.path('bare/bare.onnx');
    const asked = await run`backbones describe ${bare} ${common}`;
    assert.equal(asked.code, 1);
    assert.match(asked.err, /labels, rescale_factor, image_mean, image_std and channels/);
    assert.match(asked.err, /`semap backbones add`/);
    const names = files.write('names.txt', 'cat\ndog\nbird\n');
    const options = words`--source-labels ${names} --rescale-factor 0.00392 --image-mean 0,0,0
      --image-std 1,1,1 --channels rgb --size 8x8`;
    const told = await run`backbones describe ${bare} ${options} --remember ${common}`;
    assert.equal(told.code, 0, told.err);
    assert.match(told.out, /resize to 8 x 8/);
    assert.doesNotMatch(told.err, /says otherwise/, 'nothing stands beside it');
    const after = await run`backbones check ${bare} --json ${common}`;
    assert.equal(after.code, 0, after.err);
    assert.equal(JSON.parse(after.out).runs, true);
  });

  test('backbones list has the embedded one first', async () => {
    const { out } = await run`backbones list --json --backbone-folder ${files.folder} ${common}`;
    const names = JSON.parse(out).map(({ name }: { name: string }) => name);
    assert.equal(names[0], 'starter');
    assert.ok(names.includes('colour'));
  });

  test('an error with --json is JSON too', async () => {
    const { code, out } = await run`backbones describe nosuch --json ${common}`;
    assert.equal(code, 1);
    assert.equal(JSON.parse(out).error.reason, 'not-found');
  });

  test('cancelled before it began ends with 130', async () => {
    const cancel = new AbortController();
    cancel.abort();
    const { code } = await runCommand(words`classify ${files.path('photos')} ${backbone}`, cancel);
    assert.equal(code, 130);
  });

  test('as a program: exit codes, and JSON alone on standard output', async () => {
    const [good, wrong] = await Promise.all([
      runProgram`align --labels cat,,cat --json ${backbone}`,
      runProgram`algin ${common}`,
    ]);
    assert.equal(good.code, 0);
    assert.equal(JSON.parse(good.out).targets.length, 1);
    assert.equal(wrong.code, 2);
  });

  test('Ctrl-C gives what was done and ends with 130', async () => {
    writeBackbone(files, 'slow', meanColour({ size: 96, effort: 4 }), sidecarOfSize(96));
    writeColourImages(files, 'many', 700);
    const command = words`classify ${files.path('many')} -b ${files.path('slow.onnx')} --json ${common}`;
    const child = spawn(process.execPath, [...semapFiles, ...command]);
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    // The outputs folder appears when the first images are done.
    while (
      !readable(files.path('cache/outputs')).some((name) => name.startsWith('slow')) &&
      child.exitCode === null
    )
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    assert.equal(code, 130);
    const result = JSON.parse(out);
    assert.equal(result.cancelled, true);
    assert.ok(result.images > 0 && result.images < 2100, `${result.images}`);
  });
});

function readable(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
