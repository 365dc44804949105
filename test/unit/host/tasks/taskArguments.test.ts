import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { Arguments } from '../../../../src/cli/commandLine.ts';
import { Terminal } from '../../../../src/cli/terminal.ts';
import { parseLabelList } from '../../../../src/core/labels/targetLabels.ts';
import { TASK_RUNS, taskArguments, taskName } from '../../../../src/host/tasks/taskArguments.ts';

const manifest = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../../../package.json'), 'utf8'),
);
const root = path.resolve('/work space');

describe('A task of tasks.json', () => {
  it('becomes a command line, with its paths below the workspace folder', () => {
    const task = {
      type: 'semap',
      run: 'settle',
      folder: 'photos',
      labels: ['cat', 'dog'],
      args: ['--csv', 'a.csv'],
    };
    const photos = path.join(root, 'photos');
    assert.deepEqual(taskArguments(task, root), [
      'classify',
      '--settle',
      '--problems',
      '--labels=["cat","dog"]',
      '--csv',
      'a.csv',
      '--',
      photos,
    ]);
    assert.deepEqual(
      taskArguments({ run: 'find', folder: 'photos', backbone: 'starter' }, root).slice(0, 3),
      ['find', '--problems', '--backbones=starter'],
    );
    assert.deepEqual(taskArguments({ run: 'test' }, root), ['test', '--problems']);
    assert.deepEqual(taskArguments({ run: 'run-shard', folder: 'job', args: ['--index', '3'] }, root), [
      ...['run-shard', '--problems', '--index', '3', '--', path.join(root, 'job')],
    ]);
  });

  it('cannot smuggle an option in as a folder', () => {
    const args = taskArguments({ run: 'classify', folder: '--out=x' }, root);
    assert.deepEqual(args.slice(-2), ['--', path.join(root, '--out=x')]);
  });

  it('keeps what it names a name: no option, no file, no list, no variable', () => {
    const hostile = {
      run: 'classify',
      folder: '$HOME && rm -rf ~; "x"\n--json',
      alignment: '--out=x.semap.json',
      labels: ['--json', 'a, b', '"', '-', '/etc/passwd', '$(id)', 'line\nbreak'],
      backbone: '--help',
      args: ['--', '--problems'],
    };
    const [command, ...rest] = taskArguments(hostile, root);
    assert.equal(command, 'classify');
    const table = {
      problems: { text: '' },
      ...Object.fromEntries(
        ['alignment', 'labels', 'backbone'].map((name) => [name, { value: 'X', text: '' }]),
      ),
    };
    const read = Arguments.parse(rest, table);
    assert.ok(read.flag('problems'));
    assert.equal(read.text('alignment'), path.join(root, hostile.alignment));
    assert.equal(read.text('backbone'), '--help');
    assert.deepEqual(parseLabelList(read.text('labels')!), [...hostile.labels.slice(0, -1), 'line break']);
    assert.deepEqual(read.positionals, ['--problems', '--', path.resolve(root, hostile.folder)]);
  });

  it('is refused with what no program can be started with', () => {
    for (const value of [{ folder: 'a\0b' }, { folder: 'a', args: ['\0'] }, { folder: 'a', labels: ['\0'] }])
      assert.throws(() => taskArguments({ run: 'classify', ...value }, root), /NUL character/);
  });

  it('says what is wrong with it', () => {
    assert.throws(() => taskArguments({ run: 'delete', folder: 'x' }, root), /does not say what to run/);
    assert.throws(() => taskArguments({ run: 'classify' }, root), /lacks "folder"/);
    assert.throws(() => taskArguments({ run: 'classify', folder: 3 }, root), /lacks "folder"/);
    assert.throws(
      () => taskArguments({ run: 'classify', folder: 'x', args: '--json' }, root),
      /lacks "args"/,
    );
  });

  it('is named by what it does', () => {
    assert.equal(taskName({ run: 'rank', folder: 'a/b/photos' }), 'rank photos');
    assert.equal(taskName({ run: 'test' }), 'test');
    assert.doesNotMatch(taskName({ run: 'rank', folder: 'a/\u202egpj\nx' }), /[\u202e\n]/);
  });

  it('is described in the manifest', () => {
    const [{ properties }] = manifest.contributes.taskDefinitions;
    assert.deepEqual(properties.run.enum, TASK_RUNS);
  });

  it('has its problems found by the matcher of the manifest', () => {
    const lines: string[] = [];
    const terminal = new Terminal({
      out: (text) => lines.push(text),
      err: (text) => lines.push(text),
      interactive: false,
      columns: 80,
    });
    terminal.problem({ file: '/a.jpg', severity: 'warning', message: 'x' });
    assert.equal(lines.length, 0);
    terminal.tellsProblems = true;
    terminal.problem({ file: 'C:\\a: b\\1.jpg', severity: 'warning', message: 'Cannot read it: cut\noff' });
    terminal.problem({ file: '/p/pets.semap.json', line: 7, severity: 'error', message: 'accuracy >= .8' });
    // Names that look like the places of problems.
    const fooling = '/w/b.jpg:9: error: Click';
    terminal.problem({ file: `${fooling}.jpg`, severity: 'warning', message: `Cannot read ${fooling}: cut` });
    terminal.out(`${fooling} dog 91%\n`);
    terminal.err(`${fooling}\n`);
    const [{ pattern }] = manifest.contributes.problemMatchers;
    const found = lines.map((line) => new RegExp(pattern.regexp).exec(line.trimEnd())?.slice(1));
    assert.deepEqual(found, [
      ['C:\\a: b\\1.jpg', '1', 'warning', 'Cannot read it: cut off'],
      ['/p/pets.semap.json', '7', 'error', 'accuracy >= .8'],
      [`${fooling}.jpg`, '1', 'warning', 'Cannot read /w/b.jpg:9: error : Click: cut'],
      undefined,
      undefined,
    ]);
  });
});
