import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { storedPhase } from '../../../../src/core/runs/run.ts';
import { say } from '../../../../src/core/text/text.ts';
import { isAlive } from '../../../../src/files/processes.ts';
import { testFolder } from '../../folders.ts';
import { recordOf, writeRun } from '../training/runFixture.ts';
import '../withFakeVscode.ts';

const { listRuns, readRun } = await import('../../../../src/host/runs/runEntries.ts');

describe('the list of runs', () => {
  const root = testFolder();
  const folder = (name: string) => join(root, '.semap', 'runs', name);
  const hostile = async (name: string, text: string) => {
    await mkdir(folder(name), { recursive: true });
    await writeFile(join(folder(name), 'run.json'), text);
    return readRun(folder(name));
  };

  it('is empty where nothing has run', async () => {
    assert.deepEqual(await listRuns(join(root, 'nowhere')), []);
  });

  it('has trainings and rankings, newest first, and damaged folders hide none of them', async () => {
    await writeRun(root, '2026-11-20T10-00-00-train-icons');
    await writeRun(root, 'renamed', { time: '2026-11-22T10:00:00.000Z', name: 'my best' });
    const ranking = {
      version: 1,
      kind: 'ranking',
      time: '2026-11-21T10:00:00.000Z',
      rows: [{ name: 'starter', path: '/m', scores: { accuracy: 0.5 } }],
      verdict: { best: ['starter'] },
    };
    await hostile('2026-11-21T10-00-00-rank-icons', JSON.stringify(ranking));
    await hostile('2026-11-20T11-00-00-train-broken', '{"version": 1, "kind": "training"');
    await mkdir(folder('.half-written'));
    await writeFile(folder('a-file'), '');
    const entries = await listRuns(root);
    const told = entries.map(({ folder, kind }) => `${basename(folder)} ${kind}`);
    assert.deepEqual(told.toSorted(), [
      '2026-11-20T10-00-00-train-icons training',
      '2026-11-20T11-00-00-train-broken damaged',
      '2026-11-21T10-00-00-rank-icons ranking',
      'renamed training',
    ]);
    const whole = entries.filter(({ kind }) => kind !== 'damaged');
    assert.deepEqual(
      whole.map(({ folder }) => basename(folder)),
      ['renamed', '2026-11-21T10-00-00-rank-icons', '2026-11-20T10-00-00-train-icons'],
    );
    assert.equal(whole[0]?.name, 'my best');
    assert.match(whole[1]?.name ?? '', /^icons, .*21/);
    const ranked = entries.find(({ kind }) => kind === 'ranking');
    assert.deepEqual(ranked?.kind === 'ranking' && ranked.best, {
      name: 'starter',
      accuracy: 0.5,
      images: undefined,
    });
  });

  it('reads a record again only when it has changed', async () => {
    const own = join(root, 'own');
    const at = await writeRun(own, 'one', { name: 'a' });
    const known = new Map();
    const [first] = await listRuns(own, known);
    assert.equal((await listRuns(own, known))[0], first);
    await writeFile(join(at, 'run.json'), JSON.stringify(recordOf(at, { name: 'another' })));
    assert.equal((await listRuns(own, known))[0]?.name, 'another');
    await rm(join(at, 'run.json'));
    assert.equal((await listRuns(own, known))[0]?.kind, 'damaged');
  });

  it('says what is wrong with a folder, whatever lies in it', async () => {
    const problems: Record<string, string> = {
      '': 'run.json is not valid JSON.',
      null: 'The record lacks fields, or they have the wrong type.',
      '[]': 'The record lacks fields, or they have the wrong type.',
      '{"kind": "cooking"}': 'Unknown record type.',
      '{"kind": "training", "version": 7}': 'The record is from a newer version of SeMap.',
      '{"kind": "training", "version": 1}': 'The record lacks fields, or they have the wrong type.',
    };
    const record = recordOf('x');
    for (const change of [
      { labels: 7 },
      { status: 'flying' },
      { baselines: [null] },
      { params: { folders: [1] } },
    ])
      problems[JSON.stringify({ ...record, ...change })] =
        'The record lacks fields, or they have the wrong type.';
    for (const valAccuracy of [undefined, null, '1', 80.4, -0.1])
      problems[JSON.stringify({ ...record, best: { epoch: 1, valAccuracy, valLoss: 1 } })] =
        'The best epoch in the record has no accuracy.';
    for (const [text, problem] of Object.entries(problems)) {
      const entry = await hostile('hostile', text);
      assert.deepEqual(
        [entry.kind, entry.kind === 'damaged' && say(entry.problem)],
        ['damaged', problem],
        text,
      );
    }
    await mkdir(folder('empty'));
    const empty = await readRun(folder('empty'));
    assert.equal(empty.kind === 'damaged' && say(empty.problem), 'run.json is missing.');
  });

  it('reads no record that is a link, a folder or a pipe', {
    skip: process.platform === 'win32',
  }, async () => {
    await mkdir(join(folder('folder'), 'run.json'), { recursive: true });
    await mkdir(folder('link'));
    await symlink('/etc/passwd', join(folder('link'), 'run.json'));
    await mkdir(folder('pipe'));
    execFileSync('mkfifo', [join(folder('pipe'), 'run.json')]);
    const problem = { folder: /not a regular file/, link: /is a symbolic link/, pipe: /not a regular file/ };
    for (const [name, says] of Object.entries(problem)) {
      const entry = await readRun(folder(name));
      assert.ok(entry.kind === 'damaged');
      assert.match(say(entry.problem), says);
    }
  });

  it('shows names in one line, without control characters', async () => {
    const text = JSON.stringify({ ...recordOf('x'), name: `a\n\u202eb\u0000${'c'.repeat(500)}` });
    const { name } = await hostile('named', text);
    assert.match(name, /^a b c+…c+$/);
    assert.equal(name.length, 120);
    assert.equal((await hostile('named', JSON.stringify({ ...recordOf('x'), name: ' \n ' }))).name, 'named');
  });
});

describe('the phase of a run that this window does not hold', () => {
  it('is interrupted when its process is gone', () => {
    const running = recordOf('x', { status: 'running', pid: 1 });
    assert.equal(storedPhase(running, false), 'interrupted');
    assert.equal(storedPhase(running, true), 'running');
    assert.equal(storedPhase(recordOf('x', { status: 'paused' }), false), 'paused');
  });

  it('takes nonsense for no process', () => {
    assert.equal(isAlive(process.pid), true);
    for (const pid of [undefined, -1, 0, 1.5, '7', 2 ** 31 - 2]) assert.equal(isAlive(pid), false);
  });
});
