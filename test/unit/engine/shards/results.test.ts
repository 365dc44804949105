import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { parquetReadObjects } from 'hyparquet';
import { SHAPE_BYTES } from '../../../../src/core/images/imageFacts.ts';
import type { JobDocument, ResultFormat } from '../../../../src/core/jobs/job.ts';
import type { ResultFacts, ResultRow, ResultWidths } from '../../../../src/core/jobs/shardResult.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import { checkResult, openResult, writeResult } from '../../../../src/engine/shards/resultFile.ts';
import { ResultFiles } from '../../../../src/engine/shards/resultFiles.ts';
import { testFolder } from '../../folders.ts';

const widths: ResultWidths = { scores: 2, outputs: 3, features: 4 };
const labels = ['cat', 'dög "1"'];
const rows: readonly ResultRow[] = Array.from({ length: 2500 }, (_, i) =>
  i % 7 === 3
    ? {
        image: { name: `vanished ${i}.jpg`, folder: 1 },
        bytes: 5,
        modified: 7,
        changed: false,
        skipped: phrase('This file no longer exists.'),
        digest: undefined,
        facts: undefined,
        target: -1,
        confidence: 0,
      }
    : {
        image: { name: `dir/${i}\n.jpg`, folder: 0 },
        bytes: 1000 + i,
        modified: 1_700_000_000_000.25 + i,
        changed: i % 5 === 0,
        skipped: undefined,
        digest: String.fromCharCode(...Array.from({ length: 16 }, (_, k) => (i * k + 255) % 256)),
        facts: { width: i + 1, height: 9, spread: 12, detail: 3.25, shape: '\xff'.repeat(SHAPE_BYTES) },
        target: i % 2,
        confidence: i / 2500,
        scores: Float32Array.of(i, -i),
        outputs: Float32Array.of(i / 3, Number.NEGATIVE_INFINITY, 1e-30),
        features: Float32Array.of(0, i, i * i, -0),
      },
);
const facts: ResultFacts = {
  job: 'the job',
  shard: 1,
  images: rows.length,
  skipped: rows.filter(({ skipped }) => skipped).length,
  semap: '1.2.3',
  onnxruntime: '1.30.0',
  device: 'cpu',
  seconds: 1.5,
};

async function* all(): AsyncGenerator<ResultRow> {
  yield* rows;
}

for (const format of ['parquet', 'jsonl'] as const satisfies readonly ResultFormat[]) {
  describe(`The result of a shard as ${format}`, () => {
    const folder = testFolder();
    const job = { id: 'the job', format, images: 5000, imagesPerShard: 2500, shards: 2 } as JobDocument;
    const written = writeResult(folder, job, 1, all(), { widths, labels }, () => facts);
    const files = new ResultFiles();
    after(() => files.close());

    it('is read as it was written, its numbers in any order', async () => {
      await written;
      assert.deepEqual(await checkResult(folder, job, 1), { kind: 'whole', facts });
      const result = (await openResult(folder, job, 1, widths))!;
      const plain = rows.map(({ scores: _, outputs: __, features: ___, ...row }) => row);
      assert.deepEqual(result.rows, plain);
      const into = new Float32Array(3);
      for (const at of [2499, 0, 1001, 1000, 999]) {
        for (const [vector, width] of Object.entries(widths) as [keyof ResultWidths, number][]) {
          const there = into.length >= width ? into : new Float32Array(width);
          const expected = rows[at][vector];
          if (!expected) continue;
          assert.ok(result.read(files, vector, at, there));
          assert.deepEqual(there.subarray(0, width), expected);
        }
      }
    });

    it('is not taken where it is missing, torn, changed, or of another shard, job or backbone', async () => {
      const file = await written;
      const bytes = readFileSync(file);
      const other = path.join(testFolder(), 'x');
      const at = (content: Uint8Array) => {
        const place = path.join(other, 'results', path.basename(file));
        writeFileSync(place, content);
      };
      await writeResult(other, job, 1, all(), { widths, labels }, () => facts);
      const kind = async () => (await checkResult(other, job, 1)).kind;
      assert.equal(await kind(), 'whole');
      for (const share of [0, 0.001, 0.3, 0.9, 0.999]) {
        at(bytes.subarray(0, Math.floor(share * bytes.length)));
        assert.equal(await kind(), 'damaged', `${share}`);
      }
      for (const share of [0.01, 0.4, 0.8]) {
        const changed = Buffer.from(bytes);
        changed[Math.floor(share * bytes.length)] ^= 4;
        at(changed);
        assert.equal(await kind(), 'damaged', `${share}`);
      }
      at(bytes);
      const state = (change: Partial<JobDocument>) => checkResult(other, { ...job, ...change }, 1);
      assert.equal((await state({ id: 'another' })).kind, 'foreign');
      assert.equal((await state({ images: 4000 })).kind, 'foreign');
      assert.equal((await checkResult(other, job, 0)).kind, 'missing');
      assert.equal(await openResult(other, { ...job, images: 4000 }, 1, widths), undefined);
      if (format === 'parquet')
        assert.equal(await openResult(other, job, 1, { ...widths, outputs: 1000 }), undefined);
    });

    it('that cannot be read is an error, and no shard that is missing', async () => {
      const other = testFolder();
      assert.equal(await openResult(other, job, 1, widths), undefined);
      mkdirSync(path.join(other, 'results', path.basename(await written)), { recursive: true });
      await assert.rejects(openResult(other, job, 1, widths), { syscall: 'read' });
    });

    it('is a file that others read', { skip: format !== 'parquet' }, async () => {
      const bytes = readFileSync(await written);
      const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
      const objects = await parquetReadObjects({ file: buffer, utf8: false });
      assert.equal(objects.length, rows.length);
      const { path: name, label, confidence, outputs, skipped } = objects[1];
      assert.deepEqual([name, label, confidence, skipped], ['dir/1\n.jpg', labels[1], 1 / 2500, null]);
      assert.deepEqual(
        new Float32Array((outputs as Uint8Array).slice().buffer),
        Float32Array.of(1 / 3, Number.NEGATIVE_INFINITY, 1e-30),
      );
      assert.equal(objects[3]['skipped'], 'This file no longer exists.');
    });
  });
}
