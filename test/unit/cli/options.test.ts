import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { column } from '../column.ts';
import { scratch } from '../engine/engineHarness.ts';
import { semapFiles } from '../programs.ts';
import { type Ran, runCommand, runProgram, runWith } from './runCommand.ts';

const main = path.resolve(import.meta.dirname, '../../../src/cli/main.ts');

const files = scratch();
const cache = ['--cache-folder', files.path('cache')];
const run = runWith(() => []);

/** The arguments of a line, in which MAIN is a file. */
const typed = (line: string) => line.split(' ').map((word) => word.replace('MAIN', main));

before(() => {
  files.write('file.txt', 'cat\n');
  files.write('photos/cat/a.png', '');
});
describe('a value that an option cannot have is a mistake in usage, told before the engine starts', () => {
  for (const [option, message] of [
    ['--threads abc', /--threads must be a whole number from 0 to 1,024, not "abc"/],
    ['--threads 1.5', /not "1\.5"/],
    ['--threads -3', /not "-3"/],
    ['--threads 100000', /from 0 to 1,024/],
    ['--threads 0x10', /not "0x10"/],
    ['--threads', /--threads needs a value/],
    ['--threads=', /--threads needs a value/],
    ['--device gpu', /webgpu, cuda.*dml.*coreml/],
    ['--device GPU', /webgpu, cuda/],
    ['--device directml', /Did you mean dml/],
    ['--device cud', /Did you mean cuda/],
    ['--device xyz', /must be one of auto, cpu, webgpu, dml, coreml, cuda, wasm, not "xyz"\.\n$/],
    ['--cache-size nan', /--cache-size must be a number from 0 to/],
    ['--cache-size -1', /not "-1"/],
    ['--cache-size Infinity', /not "Infinity"/],
    ['--backbone-folder MAIN', /is a file and not a folder/],
    ['--backbone-folder /no/such/folder', /does not exist/],
    ['--encoder-folder MAIN', /is a file and not a folder/],
    ['--cache-folder MAIN', /as the cache folder: it is a file/],
    ['--cache-folder MAIN/x', /a part of its path is a file|cannot be created/],
    [`--cache-folder ${'x'.repeat(5000)}`, /its name is too long/],
    ['--seed -1 --method random', /--seed must be a whole number from 0/],
    ['--alpha 1e308', /--alpha must be a number from -10 to 10/],
    ['--image-std 0,0,0', /image-std|image_std/],
    ['--json=yes', /--json takes no value/],
    ['--hint -x', /begins with a dash, write --hint=/],
    ['--out -', /--out names a file\.\n {2}For standard output, use --json/],
    ['--labels \ufffd\ufffd', /not valid UTF-8/],
  ] as const) {
    test(option.slice(0, 80), async () => {
      const own = option.startsWith('--cache-folder') ? [] : cache;
      const { code, out, err } = await run`align --labels cat ${own} ${typed(option)}`;
      assert.equal(code, 2, err);
      assert.equal(out, '');
      assert.match(err, message);
    });
  }

  for (const [line, message] of [
    ['backbones known --threads x', /--threads must be/],
    ['backbones remove', /takes one name/],
    ['backbones list x', /takes no file/],
    ['encoders list x', /takes no name/],
    ['check a b', /takes one backbone/],
    ['train --resume run --epochs 3', /--resume uses the settings of its run; --epochs/],
    ['train --resume run photos', /a folder cannot be given/],
    ['train photos --rate 0', /--rate must be a number above 0/],
    ['train photos --validation 1', /above 0 and below 1/],
    ['train photos --batch 1000', /from 1 to 256/],
    ['train photos --rank 2', /--rank needs --prompt low-rank/],
    ['train photos --prompt none --frame 2', /--frame needs --prompt padding/],
    ['train photos --augment twist', /--augment must be none/],
    ['classify photos -a x.json --similarity clip', /--similarity cannot be used with --alignment/],
    ['rank photos --images 100,20', /the larger last/],
  ] as const) {
    test(line.slice(0, 80), async () => {
      const { code, err } = await runCommand([...typed(line), ...cache]);
      assert.equal(code, 2, err);
      assert.match(err, message);
    });
  }

  test('with --json it is JSON too', async () => {
    const { code, out } = await run`align --labels cat --threads abc --json`;
    assert.equal(code, 2);
    assert.equal(JSON.parse(out).error.reason, 'invalid-argument');
  });

  test('what comes after -- is a name', async () => {
    const { code, err } = await run`classify ${cache} -- --help`;
    assert.equal(code, 1);
    assert.match(err, /There is no folder .*--help/);
  });
});

describe('files and folders are looked at before the engine starts', () => {
  for (const [line, message] of [
    ['align --labels cat --out /no/such/x.json', /its folder does not exist.*\n.*--out/],
    ['align --labels cat --export /no/such/x.csv', /its folder does not exist.*\n.*--export/],
    ['align --labels cat --out .', /it is a folder/],
    ['classify nowhere', /There is no folder .*nowhere/],
    ['classify MAIN', /is not a folder/],
    ['rank nowhere', /There is no folder/],
    ['train . --test nowhere', /There is no folder .*nowhere/],
    ['classify . --csv /no/such/x.csv', /\n.*--csv/],
    ['backbones add MAIN --image nosuch.jpg', /--image names nosuch\.jpg, which does not exist/],
    ['backbones add ./nosuch', /There is no file or folder \.\/nosuch/],
    ['backbones add src/nosuch', /There is no file or folder src\/nosuch/],
    ['encoders install MAIN', /main\.ts is neither a model nor a folder/],
    ['align --labels .', /--labels names \., which is a folder/],
    ['align --labels ./nowhere', /no labels file/],
    ['align --labels nowhere.yaml', /no labels file/],
    ['align --labels MAIN', /main\.ts is a program/],
    ['align --labels cat --source-labels nowhere.txt', /--source-labels names nowhere\.txt/],
    ['align --labels cat --source-labels imagenet1k', /Did you mean imagenet-1k/],
    ['align --labels cat --source-labels l10n', /l10n, which has no class folders/],
    [`align --labels ["${'x'.repeat(5000)}"]`, /5,000 characters: the limit is 1,000/],
  ] as const) {
    test(line.slice(0, 80), async () => {
      const { code, err } = await runCommand([...typed(line), ...cache]);
      assert.equal(code, 1, err);
      assert.match(err, message);
    });
  }
});

test('a link that leads nowhere is no label', { skip: process.platform === 'win32' }, async () => {
  symlinkSync('nowhere', files.path('animals'));
  symlinkSync('circle', files.path('circle'));
  for (const name of ['animals', 'circle']) {
    const { code, err } = await run`align --labels ${files.path(name)} ${cache}`;
    assert.equal(code, 1);
    assert.match(err, /There is no labels file/);
  }
});

describe('the environment is checked like the options', () => {
  const variables = ['SEMAP_CACHE', 'SEMAP_BACKBONES', 'SEMAP_ENCODERS'];
  const before = variables.map((name) => process.env[name]);
  after(() => {
    for (const [i, name] of variables.entries()) {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    }
  });

  for (const name of variables) {
    test(name, async () => {
      process.env[name] = main;
      const { code, err } = await run`align --labels cat ${name === 'SEMAP_CACHE' ? [] : cache}`;
      delete process.env[name];
      assert.equal(code, 2, err);
      assert.match(err, new RegExp(name));
    });
  }
});

describe('as a program', () => {
  test('a command that failed ends, whatever failed', async () => {
    const nowhere = process.platform === 'linux' ? '/proc/nope' : path.join(main, 'nope');
    const all = await Promise.all([
      runProgram`align --labels cat --threads abc ${cache}`,
      runProgram`align --labels cat --cache-folder ${nowhere}`,
      runProgram`backbones describe nosuch ${cache}`,
    ]);
    assert.deepEqual(column(all, 'code'), [2, 2, 1]);
    assert.deepEqual(column(all, 'ended'), [true, true, true]);
    assert.match(all[1].err, /as the cache folder: it cannot be created|a part of its path is a file/);
  });

  test('--labels - reads standard input; a device is no list', {
    skip: process.platform !== 'linux',
  }, async () => {
    const device = await run`align --labels /dev/zero ${cache}`;
    assert.deepEqual([device.code, /a device or a pipe/.test(device.err)], [1, true]);
    const child = spawn(process.execPath, [...semapFiles, 'align', '--labels', '-', ...cache]);
    let err = '';
    child.stderr.on('data', (data) => {
      err += data;
    });
    child.stdin.end('%PDF-1.7');
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.deepEqual([code, /Standard input is a PDF document/.test(err)], [1, true], err);
  });

  test('a full disk and a reader that has gone give no stack trace', {
    skip: !existsSync('/dev/full'),
  }, async () => {
    const shell = (command: string) =>
      new Promise<Ran>((resolve) => {
        const child = spawn('/bin/bash', ['-c', `set -o pipefail; ${command}`], {
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const ran = { code: 0, out: '', err: '' };
        child.stdout.on('data', (data) => {
          ran.out += data;
        });
        child.stderr.on('data', (data) => {
          ran.err += data;
        });
        child.on('close', (code) => resolve({ ...ran, code: code ?? -1 }));
      });
    const semapIn = `'${[process.execPath, ...semapFiles].join("' '")}' backbones known --json`;
    const [full, gone, slow] = await Promise.all([
      shell(`${semapIn} > /dev/full`),
      shell(`${semapIn} | true`),
      shell(`${semapIn} | (sleep 0.3; cat)`),
    ]);
    assert.equal(full.code, 1);
    assert.equal(full.err, 'semap: Cannot write to standard output: there is no space left.\n');
    assert.deepEqual([gone.code, gone.err], [0, '']);
    assert.ok(JSON.parse(slow.out).length > 0);
  });
});
