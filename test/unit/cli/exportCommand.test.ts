import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { semapFiles } from '../programs.ts';
import { runCommand, words } from './runCommand.ts';

const run = (...line: Parameters<typeof words>) => runCommand(words(...line));

const printed = {
  folders: ['/photos'],
  images: 4,
  backbone: { name: 'tiny', sha256: 'ab' },
  perClass: [],
  skipped: [],
  predictions: [
    { path: '/photos/cat/1.jpg', label: 'cat', confidence: 0.9, truth: 'cat', odd: false, duplicateGroup: 1 },
    { path: '/photos/cat/2.jpg', label: 'dog', confidence: 0.4, truth: 'cat', odd: true, duplicateGroup: 1 },
    { path: '/photos/3.jpg', label: 'dog', confidence: 0.7, given: 'dog', split: 'test' },
    { path: '/photos/4.jpg', label: '', said: 'none', answer: '=dog', confidence: 0.3 },
  ],
};

describe('semap export', () => {
  let folder = '';
  let source = '';
  let to = '';
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'semap-export-'));
    source = path.join(folder, 'result.json');
    to = path.join(folder, 'out');
    writeFileSync(source, JSON.stringify(printed, null, 2));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('writes what semap classify --json printed in another format', async () => {
    const { code, out } = await run`export ${source} --as csv --to ${to}`;
    assert.deepEqual([code, out], [0, `Wrote ${to}: 4 of 4 images\n`]);
    const [header, ...lines] = readFileSync(to, 'utf8').split('\r\n');
    assert.match(header, /^\uFEFFpath,label,confidence,truth,right,given,said,answer,split,duplicate_group/);
    assert.match(lines[1], /^\/photos\/cat\/2.jpg,dog,0.4,cat,no,,label,dog,,1,yes/);
  });

  it('writes the same again where the format is that of the source', async () => {
    assert.equal((await run`export ${source} --as json --to ${to}`).code, 0);
    assert.deepEqual(JSON.parse(readFileSync(to, 'utf8')), printed);
  });

  it('writes some of the images, and says how many in JSON', async () => {
    const { out } = await run`export ${source} --as jsonl --to ${to} --label dog --at-least 0.5 --json`;
    assert.deepEqual(JSON.parse(out), { format: 'jsonl', dryRun: false, images: 1, of: 4, files: [to] });
    assert.equal(JSON.parse(readFileSync(to, 'utf8')).path, '/photos/3.jpg');
  });

  it('prints with --to -, without the mark that files begin with', async () => {
    const { out } = await run`export ${source} --as csv --to - --label -`;
    assert.deepEqual(out.split('\r\n')[1], "/photos/4.jpg,,0.3,,,,none,'=dog,,,,,,,");
    assert.ok(out.startsWith('path,'));
  });

  it('only says what it would write with --dry-run', async () => {
    const other = path.join(folder, 'never');
    const { out } = await run`export ${source} --as csv --to ${other} --dry-run --truth wrong`;
    assert.equal(out, `Would write ${other}: 1 of 4 images\n`);
    assert.throws(() => readFileSync(other), { code: 'ENOENT' });
  });

  it('keeps a file of before where nothing passes or the source is broken', async () => {
    writeFileSync(to, 'before');
    const broken = path.join(folder, 'broken.json');
    writeFileSync(broken, JSON.stringify(printed).slice(0, -9));
    for (const [command, problem] of [
      [await run`export ${source} --as csv --to ${to} --at-least 0.95`, /No image passes the filters/],
      [await run`export ${broken} --as csv --to ${to}`, /is not valid JSON: it may be damaged or incomplete/],
      [await run`export ${folder} --as csv --to ${to}`, /not the folder of a classification/],
      [await run`export ${to} --as csv --to ${to}`, /has no predictions of SeMap/],
    ] as const) {
      assert.equal(command.code, 1);
      assert.match(command.err, problem);
    }
    assert.equal(readFileSync(to, 'utf8'), 'before');
  });

  it('refuses predictions that are none', async () => {
    for (const wrong of [
      { path: 1 },
      { path: 'a', label: 'b', confidence: 2 },
      { path: 'a', confidence: 1 },
    ]) {
      const file = path.join(folder, 'wrong.json');
      writeFileSync(file, JSON.stringify({ predictions: [wrong] }));
      const { code, err } = await run`export ${file} --as csv --to ${to}`;
      assert.equal(code, 1);
      assert.match(err, /wrong.json has no predictions of SeMap/);
    }
  });

  it('leaves out near-duplicates, where it is known what they are', async () => {
    const { out } = await run`export ${source} --as csv --to ${to} --without-duplicates`;
    assert.equal(out, `Wrote ${to}: 3 of 4 images\n`);
    const other = path.join(folder, 'other.json');
    const predictions = printed.predictions.slice(2);
    writeFileSync(other, JSON.stringify({ ...printed, predictions }));
    const { code, err } = await run`export ${other} --as csv --to ${to} --without-duplicates`;
    assert.equal(code, 2);
    assert.match(err, /not known which images are nearly the same/);
  });

  it('reads standard input, which it needs twice', () => {
    const argv = [...semapFiles, ...words`export - --as jsonl --to -`];
    const { status, stdout } = spawnSync(process.execPath, argv, {
      input: readFileSync(source),
      encoding: 'utf8',
    });
    assert.equal(status, 0);
    const paths = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).path);
    assert.deepEqual(
      paths,
      printed.predictions.map((image) => image.path),
    );
  });

  it('stops when it is told to, and leaves the file of before', async () => {
    writeFileSync(to, 'before');
    const signal = AbortSignal.abort();
    const { code } = await runCommand(words`export ${source} --as csv --to ${to}`, { signal });
    assert.equal(code, 130);
    assert.equal(readFileSync(to, 'utf8'), 'before');
  });

  it('says what is wrong with how it was called', async () => {
    for (const [command, problem] of [
      [await run`export ${source} --to ${to}`, /--as FORMAT says what to write/],
      [await run`export ${source} --as csvv --to ${to}`, /Did you mean csv\?/],
      [await run`export ${source} --as csv`, /--to PATH says where to write/],
      [
        await run`export ${source} --as json --to ${to} --plain-utf8`,
        /--plain-utf8 cannot be used with --as json/,
      ],
      [await run`export ${source} --as csv --to ${to} --at-least 0.9 --at-most 0.1`, /above --at-most/],
      [await run`export --as csv --to ${to}`, /takes one source/],
    ] as const) {
      assert.equal(command.code, 2);
      assert.match(command.err, problem);
    }
  });
});

describe('semap export of labels that are known', () => {
  it('says which label was meant', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'semap-export-'));
    const file = path.join(folder, 'result.json');
    writeFileSync(file, JSON.stringify({ ...printed, predictions: printed.predictions.slice(0, 3) }));
    const { code, err } = await run`export ${file} --as csv --to ${path.join(folder, 'out')} --label doge`;
    rmSync(folder, { recursive: true });
    assert.equal(code, 2);
    assert.match(err, /no label is "doge"/);
    assert.match(err, /Did you mean dog\?/);
  });
});
