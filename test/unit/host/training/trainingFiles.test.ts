import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseMetrics } from '../../../../src/core/runs/trainingRecord.ts';
import '../withFakeVscode.ts';
import { testFolder } from '../../folders.ts';
import { metricsOf } from './runFixture.ts';

const { readMetrics } = await import('../../../../src/host/runs/runEntries.ts');
const { UnfinishedRuns } = await import('../../../../src/host/runs/unfinishedRuns.ts');

describe('metrics.jsonl', () => {
  const line = (epoch: number) => JSON.stringify(metricsOf(epoch));

  it('is one epoch a line', () => {
    assert.deepEqual(parseMetrics(`${line(0)}\n${line(1)}\n`), [metricsOf(0), metricsOf(1)]);
  });

  it('is read as far as it was written', () => {
    assert.deepEqual(parseMetrics(`${line(0)}\n${line(1).slice(0, 30)}`), [metricsOf(0)]);
  });

  it('counts the last line of an epoch that was trained again', () => {
    const again = { ...metricsOf(2), valAccuracy: 0.9 };
    const text = [line(1), line(2), line(3), JSON.stringify(again)].join('\n');
    assert.deepEqual(parseMetrics(text), [metricsOf(1), again, metricsOf(3)]);
  });

  it('leaves out lines that are no epochs', () => {
    const text = ['null', '7', '[]', '{"epoch": "1"}', '{"epoch": 1, "valLoss": null}', line(4)].join('\n');
    assert.deepEqual(parseMetrics(text), [metricsOf(4)]);
  });

  it('is empty where there is none', async () => assert.deepEqual(await readMetrics('/nowhere'), []));
});

describe('what a window leaves unfinished', () => {
  const root = testFolder();
  const run = (name: string) => join(root, '.semap', 'runs', name);

  it('is taken up by the next one, once', async () => {
    const before = new UnfinishedRuns('training');
    await before.add(root, run('a'));
    await before.add(root, run('b'));
    const taken = await new UnfinishedRuns('training').take(root);
    assert.deepEqual(taken.folders, [run('a'), run('b')]);
    assert.deepEqual((await new UnfinishedRuns('training').take(root)).folders, []);
  });

  it('leaves nothing behind when every run has ended', async () => {
    const window = new UnfinishedRuns('training');
    await window.add(root, run('a'));
    await window.remove(root, run('a'));
    assert.deepEqual(await readdir(join(root, '.semap')), []);
  });

  it('tells how long ago that was', async () => {
    await new UnfinishedRuns('training').add(root, run('a'));
    const { seconds } = await new UnfinishedRuns('training').take(root, Date.now() + 3_600_000);
    assert.ok(seconds >= 3599);
  });

  it('is written, touched, read and deleted through no link', {
    skip: process.platform === 'win32',
  }, async () => {
    const outside = join(root, 'outside');
    const note = join(outside, 'unfinished-training.json');
    const text = JSON.stringify({ runs: ['a'] });
    const old = new Date(1e12);
    for (const link of ['.semap/unfinished-training.json', '.semap']) {
      const workspace = join(root, `with ${link.length}`);
      await mkdir(join(workspace, link, '..'), { recursive: true });
      await mkdir(outside, { recursive: true });
      await writeFile(note, text);
      await utimes(note, old, old);
      await symlink(link === '.semap' ? outside : note, join(workspace, link));
      const window = new UnfinishedRuns('training');
      const folder = join(workspace, '.semap', 'runs', 'b');
      await window.add(workspace, folder);
      await window.touch(workspace);
      assert.deepEqual((await window.take(workspace)).folders, []);
      await window.remove(workspace, folder);
      assert.equal(await readFile(note, 'utf8'), text, link);
      assert.equal((await stat(note)).mtimeMs, 1e12, link);
      assert.deepEqual(await readdir(outside), ['unfinished-training.json']);
    }
  });

  it('leads to no folder but those of runs', async () => {
    await mkdir(join(root, '.semap'), { recursive: true });
    const runs = ['../../secret', '/etc/passwd', 'a/b', '..', '', 'fine', 7, null];
    await writeFile(join(root, '.semap', 'unfinished-training.json'), JSON.stringify({ runs }));
    assert.deepEqual((await new UnfinishedRuns('training').take(root)).folders, [run('fine')]);
  });
});
