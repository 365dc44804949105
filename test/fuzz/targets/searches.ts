import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { findCosts } from '../../../src/core/find/findRecord.ts';
import { foundColumns, foundRow } from '../../../src/core/find/foundRows.ts';
import { differenceText, figureTexts, isWorthALook, pointName } from '../../../src/core/find/foundTexts.ts';
import { packAnswers, type SearchLine, unpackAnswers } from '../../../src/core/find/searchLines.ts';
import { RUN_FILES } from '../../../src/core/runs/run.ts';
import { say, verbatim } from '../../../src/core/text/text.ts';
import { readFindRecord, SearchLines } from '../../../src/engine/find/findFiles.ts';
import { keptFoundImages } from '../../../src/engine/find/findImages.ts';
import { frontierPath, placed } from '../../../webview/find/frontier.ts';
import { findRecordOf } from '../../unit/core/find/findFixture.ts';
import { damageJson } from '../damage/json.ts';
import { type FuzzTarget, mustBeFinite, orRefusal } from '../target.ts';

const record = findRecordOf('/ws/.semap/runs/one');
const answered = { answers: packAnswers([0, -1, 1]), seconds: 0.5 };
const lines: readonly SearchLine[] = [
  { kind: 'begun', id: 'net', sha256: 'ab' },
  { kind: 'tried', id: 'blm+/all@net', repeat: 0, look: 'first', ...answered },
  { kind: 'failed', id: 'x', problem: { reason: 'not-onnx', message: verbatim('No.') } },
  { kind: 'trained', id: 'watermark@net', rung: 1, epochs: 10, over: false, ...answered },
  { kind: 'reports', ids: ['blm+/all@net'], after: 'budget' },
  { kind: 'held-out', id: 'blm+/all@net', draw: 0, ...answered },
];
const images = {
  images: [{ path: '/photos/icons/cat/1.png', truth: 0, key: 'cat/1.png', group: -1, split: 'train' }],
  first: 1,
  found: 1,
  labelled: 1,
  given: 0,
  roles: { learn: 'train', choose: 'val', measure: 'test' },
};
const added: SearchLine = { kind: 'begun', id: 'another', sha256: 'cd' };

let folder: Promise<string> | undefined;
const folderOf = () => (folder ??= mkdtemp(path.join(os.tmpdir(), 'semap-fuzz-')));

/** Files of a search that anyone may have written are gone on with, shown or refused; what is added to them is read again. */
export const searches: FuzzTarget = {
  name: 'searches',
  megabytes: 250,
  make: (random) => damageJson(random.pick([record, record, images, ...lines]), random),
  async check(input) {
    const run = await folderOf();
    for (const name of [RUN_FILES.record, 'search.jsonl', 'images.json'])
      await writeFile(path.join(run, name), input);

    const read = await orRefusal(() => SearchLines.open(run));
    if (read) {
      await read.add(added);
      const again = await SearchLines.open(run);
      assert.deepEqual(again.find<'begun'>({ kind: 'begun', id: 'another' }), added);
      for (const { kind, id, ...line } of [
        { kind: 'tried', id: 'blm+/all@net', repeat: 0, look: 'first' },
        { kind: 'trained', id: 'watermark@net', rung: 1 },
        { kind: 'held-out', id: 'blm+/all@net', draw: 0 },
      ] as const) {
        const found = again.find({ kind, id, ...line } as never) as SearchLine | undefined;
        if (!found) continue;
        mustBeFinite(found);
        const answers = unpackAnswers((found as typeof answered).answers, 3);
        assert.ok(answers === undefined || answers.every((one) => one >= -1 && one < 0xffff));
      }
    }
    const kept = await orRefusal(() => keptFoundImages(run, record.params));
    for (const image of kept?.images ?? []) assert.ok(image.path.startsWith('/photos/icons'));
    const known = await orRefusal(() => readFindRecord(run));
    if (!known) return;
    const { points, differences, recommended, verdict, seconds, tried } = known;
    mustBeFinite({ seconds, tried, differences });
    for (const text of verdict) say(text);
    for (const point of points) {
      const row = foundRow(point);
      for (const { text, beside, explain } of foundColumns) {
        for (const said of [text(row), beside?.(row), explain?.(row)])
          if (typeof said === 'object') assert.doesNotMatch(say(said), /NaN|undefined|\[object/);
      }
      for (const said of [pointName(point), ...figureTexts(point)]) say(said);
      isWorthALook(point, recommended);
      for (const one of differences) say(differenceText(one, pointName(point)));
    }
    for (const cost of findCosts) {
      const on = placed(points, cost, ({ bytes }) => bytes);
      assert.doesNotMatch(
        frontierPath(
          on,
          (value) => value,
          (value) => value,
          100,
        ),
        /NaN|Infinity/,
      );
    }
  },
  dispose: async () => folder && rm(await folder, { recursive: true, force: true }),
};
