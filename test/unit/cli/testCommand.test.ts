import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { xmlTags } from '../../../src/core/text/xmlTags.ts';
import { linearColour } from '../engine/classifierModel.ts';
import { colours, ppm, writeBackbone, writeColourImages } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { semapFiles } from '../programs.ts';
import { keepEngines, runWith } from './runCommand.ts';

describe('semap test', { skip: noModels }, () => {
  const files = scratch();
  keepEngines(files.path('cache'));
  const run = runWith(() => [
    ...['--backbone-folder', files.path('models'), '--cache-folder', files.path('cache')],
    ...['--threads', '1', '--device', 'cpu'],
  ]);
  const document = () => ({
    ...JSON.parse(readFileSync(files.path('pets.semap.json'), 'utf8')),
    folders: [files.path('photos')],
  });
  const stating = (name: string, expectations: unknown) =>
    files.write(name, `${JSON.stringify({ ...document(), expectations }, null, 2)}\n`);

  before(async () => {
    writeBackbone(files, 'models/linear', linearColour());
    writeColourImages(files, 'photos', 6);
    // A red dog, and what is no image.
    files.write('photos/dog/red.ppm', ppm(colours.cat, 200));
    files.write('photos/cat/broken.ppm', Buffer.from('P6 nothing'));
    writeColourImages(files, 'more', 6);
    await run`align ${files.path('photos')} -b linear --out ${files.path('pets.semap.json')}`;
    return () => files.dispose();
  });

  test('tells what holds, what does not and by which images', async () => {
    const file = stating('some/a.semap.json', [
      'accuracy >= .9',
      'recall of dog >= 95%',
      'never cat for dog/red.ppm',
      'at most 1 unread',
      { folder: '../more', expect: ['accuracy >= 1', 'at most 0 unread'] },
      { folder: '../more', settled: true, expect: ['share of bird <= .5'] },
    ]);
    const { code, out, err } = await run`test ${file}`;
    assert.equal(code, 1, err);
    assert.match(out, /passed {2}accuracy >= \.9\n +Accuracy is 94\.7% \(75\.4 to 99\.1%\) on 19 images\./);
    assert.match(out, /FAILED {2}recall of dog >= 95%\n.*85\.7%.*7 images; expected at least 95\.0%\.\n/);
    assert.match(out, /chance may have decided\.\n {12}dog\/red\.ppm: cat \(\d+\.\d%\), truth dog\n/);
    assert.match(out, /FAILED {2}never cat for dog\/red\.ppm\n +dog\/red\.ppm is taken for cat/);
    assert.match(out, /passed {2}accuracy >= 1 \(more\)/);
    assert.match(out, /passed {2}share of bird <= \.5 \(more, settled\)/);
    assert.match(out, /\n5 passed, 2 failed in /);
    assert.doesNotMatch(err, /: error: /);
    const problems = (await run`test ${file} --problems`).err
      .split('\n')
      .filter((line) => line.includes(': error: '));
    const line =
      1 +
      readFileSync(file, 'utf8')
        .split('\n')
        .findIndex((one) => one.includes('recall of dog'));
    assert.equal(problems.length, 2);
    assert.ok(
      problems[0].startsWith(`${file}:${line}: error: recall of dog >= 95%: Recall of dog is 85.7%`),
      problems[0],
    );
  });

  test('of all documents below a folder, as JSON and as JUnit that others read', async () => {
    files.write('all/plain.semap.json', JSON.stringify(document()));
    files.write('all/deep/damaged.semap.json', '{');
    const slips = ['acuracy >= .8', 'at most 0 unread', 'never dog for cat/<&"\u0007.ppm', ''];
    stating('all/b.semap.json', slips);
    const junit = files.path('results.xml');
    const { code, out } = await run`test ${files.path('all')} --junit ${junit} --json`;
    assert.equal(code, 1);
    const { documents, passed, failed, errors } = JSON.parse(out);
    assert.deepEqual([passed, failed, errors], [0, 1, 4]);
    const [b, damaged] = documents;
    assert.match(damaged.error.message, /not valid JSON/);
    assert.deepEqual(
      b.expectations.map(({ status }: { status: string }) => status),
      ['error', 'failed', 'error', 'error'],
    );
    assert.match(b.expectations[0].hint, /Did you mean accuracy\?/);
    assert.match(b.expectations[1].broke[0].path, /broken\.ppm$/);
    const text = readFileSync(files.path('all/b.semap.json'), 'utf8').split('\n');
    assert.match(text[b.expectations[1].line - 1], /at most 0 unread/);

    const xml = readFileSync(junit, 'utf8');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
    assert.doesNotMatch(xml, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]|&#x7;/);
    const tags = [...xmlTags(xml)].filter(({ kind }) => kind === 'start');
    const count = (name: string) => tags.filter((tag) => tag.name === name).length;
    assert.deepEqual([count('testsuite'), count('testcase'), count('failure'), count('error')], [2, 5, 1, 4]);
    const [all] = tags;
    assert.deepEqual(
      ['tests', 'failures', 'errors'].map((name) => all.attributes.get(name)),
      ['5', '1', '4'],
    );
    const failure = tags.find(({ name }) => name === 'failure')!;
    assert.match(failure.attributes.get('message')!, /1 file could not be read; expected at most 0\./);
    assert.match(xml, /<failure [^>]*>[^<]*\n[^<]*cat\/broken\.ppm/);
    const hostile = tags.find(({ attributes }) => attributes.get('name')?.startsWith('never dog for'))!;
    assert.equal(hostile.attributes.get('name'), 'never dog for cat/<&"\ufffd.ppm');
    assert.match(hostile.attributes.get('file')!, /all\/b\.semap\.json$/);
    assert.match(
      tags.find(({ name }) => name === 'testsuite')!.attributes.get('timestamp')!,
      /^[\d-]+T[\d:]+$/,
    );
  });

  test('goes on where nobody reads what it prints: a file and the exit code tell the rest', async () => {
    for (const name of ['a', 'b']) stating(`unread/${name}.semap.json`, ['accuracy >= .9', 'accuracy >= 1']);
    const junit = files.path('unread.xml');
    const options = ['--cache-folder', files.path('cache'), '--threads', '1', '--device', 'cpu'];
    const child = spawn(
      process.execPath,
      [...semapFiles, 'test', files.path('unread'), '--junit', junit, ...options],
      { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, SEMAP_BACKBONES: files.path('models') } },
    );
    child.stdout.destroy();
    const [code] = await once(child, 'exit');
    assert.equal(code, 1);
    assert.equal(readFileSync(junit, 'utf8').match(/<testcase/g)?.length, 4);
  });

  test('cannot test on images that are not there, and says so', async () => {
    const file = stating('c.semap.json', [
      { folder: 'nowhere', expect: ['accuracy >= .8'] },
      { split: 'test', expect: ['accuracy >= .8'] },
      { layout: 'flat', expect: ['accuracy >= .8'] },
    ]);
    const { code, out } = await run`test ${file}`;
    assert.equal(code, 1);
    assert.match(out, /ERROR .*nowhere\)\n +There is no folder .*nowhere/);
    assert.match(out, /ERROR .*\(test\)\n +There is no split "test" in photos/);
    assert.match(out, /ERROR .*\n +No image has a known label\.\n +Put the images into class folders/);
    const { folders: _, ...nameless } = document();
    const homeless = files.write(
      'd.semap.json',
      JSON.stringify({ ...nameless, expectations: ['accuracy > 0'] }),
    );
    assert.match((await run`test ${homeless}`).out, /names no folder of images\.\n +Add "folders"/);
  });

  test('that all hold ends well', async () => {
    const { code, out } = await run`test ${stating('e.semap.json', ['accuracy >= .9'])}`;
    assert.equal(code, 0);
    assert.match(out, /1 passed in/);
  });

  test('without expectations is a mistake in usage', async () => {
    for (const [named, message] of [
      [files.path('pets.semap.json'), /states no expectations/],
      [files.path('photos'), /No alignment states expectations/],
    ] as const) {
      const { code, err } = await run`test ${named}`;
      assert.equal(code, 2);
      assert.match(err, message);
      assert.match(err, /"expectations": \["accuracy >= \.8"/);
    }
    const { code, err } = await run`test ${files.path('nothing')}`;
    assert.equal(code, 1);
    assert.match(err, /no file or folder/);
  });
});
