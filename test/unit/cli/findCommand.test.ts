import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import type { FindRecord } from '../../../src/core/find/findRecord.ts';
import { writeBackbone, writeColourImages } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { keepEngines, runCommand, runWith, words } from './runCommand.ts';

describe('semap find', { skip: noModels }, () => {
  const files = scratch();
  let folder: string;
  let model: string;
  keepEngines(files.path('cache'));

  before(() => {
    folder = writeColourImages(files, 'photos', 8);
    model = writeBackbone(files, 'colour');
  });
  const run = runWith(() => ['--cache-folder', files.path('cache')]);
  const small = () => words`--backbones ${model} --no-prompts --threads 1 --seed 3`;

  it('prints the record as JSON, and of a search that has ended the words and the table', async () => {
    const runFolder = files.path('run');
    const { code, out, err } = await run`find ${folder} ${small()} --run ${runFolder} --json`;
    assert.equal(code, 0, err);
    const record: FindRecord & { runFolder: string } = JSON.parse(out);
    assert.deepEqual([record.runFolder, record.status, record.seed], [runFolder, 'done', 3]);
    assert.equal(record.params.withoutPrompts, true);
    assert.ok(record.points.length > 3);
    assert.ok(record.points.some(({ id }) => id === record.recommended));

    const again = await run`find --resume ${runFolder}`;
    assert.equal(again.code, 0, again.err);
    assert.match(again.out, /^With no labels/);
    assert.match(again.out, /Accuracy/);
    assert.match(again.out, /Recommended: /);
    assert.ok(again.out.trimEnd().endsWith(runFolder));

    // Nothing that is in a folder is written over.
    const over = await run`find ${folder} ${small()} --run ${runFolder}`;
    assert.equal(over.code, 1);
    assert.match(over.err, /already contains a run/);

    const missing =
      await run`find --resume ${runFolder} --keep nothing --out ${files.path('kept.semap.json')}`;
    assert.equal(missing.code, 1);
    assert.match(missing.err, /The search has no way nothing\.\s+There are: /);
    assert.equal(existsSync(files.path('kept.semap.json')), false);
  });

  it('keeps what it found when it is canceled, says how to go on, and goes on', async () => {
    const runFolder = files.path('canceled');
    const options = words`--backbones ${model} --no-prompts --threads 1 --run ${runFolder}`;
    const abort = new AbortController();
    const poll = setInterval(() => {
      if (existsSync(path.join(runFolder, 'run.json'))) abort.abort();
    }, 5);
    const canceled = await runCommand(
      [...words`find ${folder} ${options}`, '--cache-folder', files.path('cache')],
      { signal: abort.signal },
    ).finally(() => clearInterval(poll));
    assert.equal(canceled.code, 130);
    assert.match(canceled.err, new RegExp(`To continue: semap find --resume ${runFolder}`));
    const { code, out, err } = await run`find --resume ${runFolder} --json`;
    assert.equal(code, 0, err);
    assert.equal(JSON.parse(out).status, 'done');
  });

  it('refuses what makes no sense before anything is computed', async () => {
    const refused: readonly (readonly [readonly string[], RegExp])[] = [
      [words`find`, /No folder to find the best reuse for/],
      [words`find ${folder} --resume ${folder}`, /a folder cannot be given/],
      [words`find --resume ${folder} --budget 3`, /--budget cannot be given/],
      [words`find ${folder} --keep recommended`, /--keep needs --out/],
      [words`find ${folder} --keep recommended --out x.json`, /ends with \.semap\.json/],
      [words`find ${folder} --out x.semap.json`, /--out goes with --keep/],
      [words`find ${folder} --budget 0`, /--budget/],
      [words`find ${folder} --seed -1`, /--seed/],
    ];
    for (const [argv, why] of refused) {
      const { code, err } = await runCommand(argv);
      assert.deepEqual([code, why.test(err)], [2, true], `${argv.join(' ')}: ${err}`);
    }
    const none = await run`find --resume ${files.path('nowhere')}`;
    assert.equal(none.code, 1);
    writeFileSync(files.path('run.json'), '{"kind": "ranking"}');
    const other = await run`find --resume ${path.dirname(files.path('run.json'))}`;
    assert.equal(other.code, 1);
    assert.equal(readFileSync(files.path('run.json'), 'utf8'), '{"kind": "ranking"}');
  });
});
