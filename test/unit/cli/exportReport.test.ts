import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { writeBackbone, writeColourImages } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { semapFiles } from '../programs.ts';
import { keepEngines, runCommand, words } from './runCommand.ts';

/** What a report says how to get the same answers, as typed. */
function commandOf(markdown: string): string {
  const [, line] = /\n## How to reproduce\n[\s\S]*?\n```sh\n([\s\S]*?)\n```\n/.exec(markdown)!;
  return line;
}

describe('a report of semap export', { skip: noModels }, () => {
  const files = scratch();
  keepEngines(files.path('cache'));
  let common: string[] = [];
  let result = '';

  before(async () => {
    // Names that a shell would take for something else.
    const photos = writeColourImages(files, "my $(photos) & it's", 3);
    files.write("my $(photos) & it's/cat/broken.png", 'no image');
    writeBackbone(files, 'colour');
    files.write('README.md', '---\nlicense: cc-by-4.0\n---\n');
    common = ['--cache-folder', files.path('cache'), '--device', 'cpu', '--threads', '1'];
    const alignment = files.path('a b.semap.json');
    const backbone = files.path('colour.onnx');
    assert.equal((await runCommand(words`align ${photos} -b ${backbone} -o ${alignment} ${common}`)).code, 0);
    const { out } = await runCommand(words`classify ${photos} -a ${alignment} --json ${common}`);
    result = files.write('result.json', out);
  });

  test('has pictures, figures, the alignment, and what could not be read', async () => {
    const to = files.path('report.html');
    const { code, out, err } = await runCommand(words`export ${result} --as html --to ${to} ${common}`);
    assert.deepEqual([code, err, out], [0, '', `Wrote ${to}: 9 of 9 images\n`]);
    const html = readFileSync(to, 'utf8');
    assert.ok(html.match(/<img src="data:image\/(?:png|jpeg);base64,[^"]{100,}"/g)!.length >= 9);
    for (const words of [
      '100.0% (70.1% to 100.0%)',
      'broken.png',
      'SHA-256',
      'Source labels with weights',
      'cc-by-4.0',
    ])
      assert.ok(html.includes(words), words);
  });

  test('says a command line that gives the same answers', {
    skip: process.platform === 'win32',
  }, async () => {
    const { code, out } = await runCommand(words`export ${result} --as markdown --to - ${common}`);
    assert.equal(code, 0);
    const semap = files.write(
      'bin/semap',
      `#!/bin/sh\nexec "${process.execPath}" ${semapFiles.map((file) => `"${file}"`).join(' ')} "$@"\n`,
    );
    chmodSync(semap, 0o755);
    const env = { ...process.env, PATH: `${path.dirname(semap)}:${process.env['PATH']}` };
    const again = JSON.parse(
      execFileSync('bash', ['--norc', '-ec', `${commandOf(out)} --json`], {
        env,
        encoding: 'utf8',
        stdio: 'pipe',
      }),
    );
    const first = JSON.parse(readFileSync(result, 'utf8'));
    assert.deepEqual([again.accuracy, again.predictions], [first.accuracy, first.predictions]);
  });

  test('has no alignment that was edited since', async () => {
    const { alignment } = JSON.parse(readFileSync(result, 'utf8'));
    writeFileSync(alignment, readFileSync(alignment));
    const { out } = await runCommand(words`export ${result} --as markdown --to - ${common}`);
    assert.doesNotMatch(out, /## Alignment/);
    assert.match(out, /^- Backbone: colour: SHA-256 [0-9a-f]{64}$/m);
    assert.match(out, /^- License of the backbone: cc-by-4\.0$/m);
    assert.match(out, /^- Method: SeMap adaptive\n- Label similarity: wordnet$/m);
  });
});
