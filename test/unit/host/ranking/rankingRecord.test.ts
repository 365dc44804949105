import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import type { RankResult } from '../../../../src/core/runs/rankingRecord.ts';
import { verbatim } from '../../../../src/core/text/text.ts';
import { testFolder } from '../../folders.ts';
import '../withFakeVscode.ts';

const { readRanking } = await import('../../../../src/host/ranking/rankingRecord.ts');
const { saveRanking } = await import('../../../../src/host/ranking/rankingRecord.ts');

const params = { folders: ['/data/photos'], targets: [{ name: 'cat' }], backbones: ['/m/a.onnx'] };
const result: RankResult = {
  rows: [
    {
      name: 'a',
      path: '/m/a.onnx',
      facts: {
        sourceCount: 10,
        labelSpace: 'ten',
        bytes: 5,
        parameters: null,
        imagesPerSecond: 9.5,
        labelSimilarity: { meanBest: 0.5, withKinds: 1 },
      },
      scores: {
        images: 3,
        labelled: 3,
        accuracy: 0.5,
        leep: -1,
        nce: -1,
        logMe: null,
        hScore: null,
        plainHScore: null,
        signs: { images: 3, confidence: 0.9, backing: 0.5, diversity: 0.7 },
      },
      expected: { accuracy: 0.5, low: 0.3, high: 0.7 },
    },
    { name: 'b', problem: { reason: 'not-onnx', message: verbatim('b is no ONNX file.') } },
  ],
  verdict: {
    best: ['a'],
    headline: verbatim('a.'),
    reasons: [],
    limits: [verbatim('few')],
    pair: [{ name: 'a', path: '/a.onnx' }],
  },
  targets: ['cat'],
  found: 3,
  skipped: [],
  seed: 0,
  method: { name: 'semap', similarity: 'wordnet' },
  device: { provider: 'cpu', name: 'a CPU', why: verbatim('') },
  seconds: 2,
  cancelled: false,
};

describe('a ranking that was kept', () => {
  const root = testFolder();
  let file: string;
  before(async () => {
    file = await saveRanking(root, params, result, new Date('2026-03-01T12:30:00Z'));
  });

  it('is shown as it was when it ended', async () => {
    const run = await readRanking(dirname(file));
    assert.deepEqual([run.phase, run.rows, run.verdict], ['done', result.rows, result.verdict]);
    assert.deepEqual([run.params.folders, run.params.targets], [params.folders, params.targets]);
    assert.deepEqual([run.record, run.result?.seconds], [file, 2]);
    assert.equal(run.time.toISOString(), '2026-03-01T12:30:00.000Z');
  });

  it('is read where label similarity has its former name', async () => {
    const old = (await readFile(file, 'utf8')).replace('"labelSimilarity"', '"coverage"');
    const folder = join(root, 'old');
    await mkdir(folder);
    await writeFile(join(folder, 'run.json'), old);
    assert.deepEqual((await readRanking(folder)).rows, result.rows);
  });

  it('is refused where a record says something else than rankings do', async () => {
    const good = JSON.parse(await readFile(file, 'utf8'));
    const wrong: unknown[] = [
      [],
      { ...good, asked: { folders: [] } },
      { ...good, rows: [{ name: 7 }] },
      { ...good, rows: [{ name: 'a', scores: { accuracy: 'most' } }] },
      { ...good, rows: [{ name: 'a', facts: { ...good.rows[0].facts, imagesPerSecond: 'fast' } }] },
      { ...good, verdict: { headline: 'a.' } },
      { ...good, device: 'cpu' },
      { ...good, measuredOn: { images: 3 } },
    ];
    for (const [i, record] of wrong.entries()) {
      const folder = join(root, `wrong-${i}`);
      await mkdir(folder);
      await writeFile(join(folder, 'run.json'), JSON.stringify(record));
      await assert.rejects(readRanking(folder), { reason: 'invalid-argument' }, JSON.stringify(record));
    }
    await assert.rejects(readRanking(join(root, 'nowhere')), { reason: 'invalid-argument' });
  });
});
