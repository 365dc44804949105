import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { RankResult } from '../../../../src/core/runs/rankingRecord.ts';
import { verbatim } from '../../../../src/core/text/text.ts';
import { saveRanking } from '../../../../src/host/ranking/rankingRecord.ts';
import { testFolder } from '../../folders.ts';

const now = new Date('2026-03-01T12:30:00.500Z');
const params = { folders: ['/data/my photos'], targets: [{ name: 'cat' }], backbones: ['/m/a.onnx'] };
const result: RankResult = {
  rows: [{ name: 'a', sha256: 'abc' }],
  verdict: { best: [], headline: verbatim('a.'), reasons: [], limits: [] },
  targets: ['cat'],
  found: 1,
  skipped: [],
  seed: 4,
  method: { name: 'semap', similarity: 'wordnet' },
  device: { provider: 'cpu', name: '', why: verbatim('') },
  seconds: 1,
  cancelled: false,
};

describe('the record of a ranking', () => {
  const root = testFolder();
  it('tells what was asked and what came out, in a folder named after time and images', async () => {
    const file = await saveRanking(root, params, result, now);
    assert.equal(path.relative(root, file), '.semap/runs/2026-03-01T12-30-00-rank-my_photos/run.json');
    const record = JSON.parse(await readFile(file, 'utf8'));
    assert.deepEqual([record.kind, record.version, record.seed], ['ranking', 1, 4]);
    assert.deepEqual(record.asked.folders, params.folders);
    assert.equal(record.rows[0].sha256, 'abc');
  });

  it('gives way to one of the same second, and leaves nothing half-written', async () => {
    const file = await saveRanking(root, params, result, now);
    assert.equal(path.basename(path.dirname(file)), '2026-03-01T12-30-00-rank-my_photos-1');
    const names = await readdir(path.join(root, '.semap/runs'));
    assert.ok(names.every((name) => !name.startsWith('.')));
  });

  it('is written through no link', { skip: process.platform === 'win32' }, async () => {
    const outside = path.join(root, 'outside');
    await mkdir(outside);
    for (const link of ['.semap', '.semap/runs']) {
      const workspace = path.join(root, `with ${link.length}`);
      await mkdir(path.join(workspace, link, '..'), { recursive: true });
      await symlink(outside, path.join(workspace, link));
      await assert.rejects(saveRanking(workspace, params, result, now), { reason: 'unreadable-file' });
    }
    assert.deepEqual(await readdir(outside), []);
  });
});
