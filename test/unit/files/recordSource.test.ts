import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { serialiseAlignment } from '../../../src/core/alignments/alignmentText.ts';
import type { ExportedImage, ExportSource } from '../../../src/core/exports/exportedRun.ts';
import { headLine, predictionLine } from '../../../src/core/runs/classificationRecord.ts';
import { RUN_FILES } from '../../../src/core/runs/run.ts';
import { recordSource } from '../../../src/files/recordSource.ts';
import { alignment } from '../host/results/fakeRun.ts';

const measuredOn = {
  images: 3,
  measured: 2,
  learned: 0,
  unmatched: [],
  unmatchedFolders: 0,
  unmatchedImages: 0,
  labels: 2,
  labelsMeasured: 1,
  labelsWithout: [],
};
const figures = { accuracy: 0.5, measuredOn, balancedAccuracy: 0.5, perClass: [] };

const record = {
  version: 1,
  kind: 'classification',
  id: 'one',
  time: '2026-01-31T10:00:00.000Z',
  status: 'done',
  folders: ['/photos'],
  root: '/nowhere',
  decided: '',
  labels: alignment.targets.map(({ label }) => label),
  backbone: { name: 'tiny', sha256: 'ab', path: '/tiny.onnx' },
  total: 3,
  predictions: 3,
  skipped: 0,
  correct: 1,
  judged: 2,
};

const settling = {
  shown: true,
  mode: 'auto',
  balanced: false,
  settled: true,
  kind: 'features',
  information: 0.5,
  evidence: 1,
  changed: 1,
  learned: 1,
  held: 0,
  rare: [],
  frequent: [],
  measured: { ...figures, accuracy: 1 },
  plainMeasured: figures,
};

const fired = [{ source: 7, probability: 0.5 }];
const predictions = [
  {
    place: { folder: 0, path: 'cat/1.jpg' },
    target: 0,
    truth: 0,
    confidence: 0.9,
    fired,
    answer: [0, 0.95, -1],
  },
  {
    place: { folder: 0, path: 'cat/2.jpg' },
    target: 1,
    truth: 0,
    confidence: 0.4,
    fired,
    answer: [0, 0.6, -1],
  },
  {
    place: { folder: 0, path: '3.jpg' },
    target: 1,
    truth: -1,
    confidence: 0.7,
    fired: [],
    answer: [1, 0.7, -2],
  },
] as const;

async function all(source: ExportSource): Promise<ExportedImage[]> {
  const images: ExportedImage[] = [];
  for await (const some of source.images()) images.push(...some);
  return images;
}

describe('a kept classification as the source of an export', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'semap-record-'));
    writeFileSync(path.join(folder, RUN_FILES.alignment), serialiseAlignment(alignment));
  });
  after(() => rmSync(folder, { recursive: true }));

  function keep(more: object, isSettled: boolean): void {
    writeFileSync(path.join(folder, RUN_FILES.record), JSON.stringify({ ...record, ...more }));
    const lines = predictions.map(({ place, answer: [target, confidence, given], ...prediction }) =>
      predictionLine(
        place,
        { path: '', ...prediction },
        isSettled ? { target, confidence, given } : undefined,
      ),
    );
    const head = headLine({
      sources: { 7: 'tabby' },
      skipped: [],
      settled: isSettled,
      splits: [
        ['train', 1],
        [null, 2],
      ],
    });
    writeFileSync(path.join(folder, RUN_FILES.predictions), gzipSync(head + lines.join('')));
  }

  it('tells answers, truths, splits and what fired', async () => {
    keep({}, false);
    const source = await recordSource(folder);
    const [first, second] = await all(source);
    assert.deepEqual(source.run.has, { splits: true, settled: false, caution: false, looks: false });
    assert.deepEqual([source.run.head['accuracy'], source.run.images, source.run.complete], [0.5, 3, true]);
    const { path: file, relative, label, truth, split, judged } = first;
    assert.deepEqual(
      [file, relative, label, truth, split, judged],
      ['/photos/cat/1.jpg', 'cat/1.jpg', 'cat', 'cat', 'train', true],
    );
    assert.deepEqual(first.fired, [{ label: 'tabby', share: 0.5 }]);
    assert.deepEqual([second.label, second.confidence, second.split], ['=cmd()', 0.4, undefined]);
  });

  it('tells settled answers where those were shown, and what a person said', async () => {
    keep({ settling }, true);
    const source = await recordSource(folder);
    const [, second, third] = await all(source);
    assert.equal(source.run.figures?.accuracy, 1);
    assert.deepEqual(
      [second.label, second.confidence, second.plain?.label, second.settled?.label],
      ['cat', 0.6, '=cmd()', 'cat'],
    );
    assert.deepEqual(
      [third.label, third.said, third.answer, third.given, third.judged],
      ['', 'none', '=cmd()', null, false],
    );
    // Asked a second time, it tells the same.
    assert.deepEqual((await all(source))[1], second);
  });

  it('tells plain answers where the settled ones were not shown', async () => {
    keep({ settling: { ...settling, shown: false } }, true);
    const source = await recordSource(folder);
    assert.equal(source.run.figures?.accuracy, 0.5);
    assert.equal((await all(source))[1].label, '=cmd()');
  });

  it('withholds answers below a threshold, and says what it does not know', async () => {
    keep({ caution: { thresholds: { all: 0.5 }, none: { errorRate: 0.1 } } }, false);
    const source = await recordSource(folder);
    const [first, second] = await all(source);
    assert.deepEqual(
      [first.said, second.said, second.label, second.answer],
      ['label', 'not sure', '', '=cmd()'],
    );
    assert.equal(source.run.notes?.length, 1);
  });

  it('says that a run has no predictions, and refuses those of another', async () => {
    keep({}, false);
    rmSync(path.join(folder, RUN_FILES.predictions));
    await assert.rejects(recordSource(folder), {
      reason: 'not-found',
      message: 'The run has no saved predictions.',
    });
    keep({ predictions: 2 }, false);
    await assert.rejects(async () => all(await recordSource(folder)), { reason: 'invalid-document' });
  });
});
