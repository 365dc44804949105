import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Reason, SemapError } from '../../../../src/core/errors.ts';
import {
  decidingTextOf,
  foldersOfJob,
  imagesOfShard,
  JOB_FILES,
  JOB_VERSION,
  type JobDocument,
  listFile,
  parseJob,
  resultFile,
} from '../../../../src/core/jobs/job.ts';
import { type ListedImage, listLine, parseList } from '../../../../src/core/jobs/shardList.ts';

const reasonIs = (reason: Reason) => (error: unknown) =>
  error instanceof SemapError && error.reason === reason;

const job: JobDocument = {
  'semap-job': JOB_VERSION,
  id: '0123456789abcdef0123456789abcdef',
  semap: '0.1.0',
  time: '2026-11-29T07:00:00.000Z',
  pixels: 4,
  images: 25,
  imagesPerShard: 10,
  shards: 3,
  format: 'parquet',
  lean: false,
  folders: [{ path: '/data/photos', layout: { kind: 'classes', level: 1 } }],
  listed: false,
  backbones: [
    {
      name: 'tiny',
      path: '/models/tiny.onnx',
      sha256: 'ab'.repeat(32),
      bytes: 10,
      inputName: 'input',
      input: {
        preprocessing: {
          size: { height: 8, width: 8 },
          resample: 'bilinear',
          rescaleFactor: 1,
          mean: [0, 0, 0],
          std: [1, 1, 1],
          channels: 'rgb',
        },
        type: 'float32',
        layout: 'nchw',
        height: 8,
        width: 8,
      },
      outputName: 'logits',
      output: 'logits',
      labelSpace: { name: 'two', labels: [{ name: 'cat' }, { name: 'dog' }], background: [] },
    },
  ],
  features: { output: 'pooled', axis: 'last', width: 12 },
  alignment: { file: JOB_FILES.alignment, sha256: 'cd'.repeat(32) },
  files: [],
  lists: ['0'.repeat(16), '1'.repeat(16), '2'.repeat(16)],
  leftOut: { skipped: [], skippedCount: 0 },
};

const changed = (change: Readonly<Record<string, unknown>>) => JSON.stringify({ ...job, ...change });

describe('A job', () => {
  it('is read as it was written', () => {
    assert.deepEqual(parseJob(JSON.stringify(job)), job);
    assert.deepEqual(foldersOfJob({ ...job, split: 'val' }), {
      folders: ['/data/photos'],
      layouts: [{ kind: 'classes', level: 1 }],
      split: 'val',
    });
  });

  it('of another version is refused by that, whatever else it has', () => {
    assert.throws(() => parseJob(changed({ 'semap-job': 2, lists: undefined })), reasonIs('newer-document'));
    assert.throws(() => parseJob('{"semap-job":0.5,"semap":"0.1"}'), reasonIs('newer-document'));
  });

  for (const [what, change] of Object.entries({
    'no id': { id: '' },
    'fewer lists than shards': { lists: job.lists.slice(1) },
    'other shards than its images make': { shards: 2, lists: job.lists.slice(1) },
    'no folder': { folders: [] },
    'a layout that is none': { folders: [{ path: '/data', layout: { kind: 'spiral' } }] },
    'an alignment elsewhere': { alignment: { file: '../a.semap.json', sha256: 'cd'.repeat(32) } },
    'a file in a folder': { files: [{ file: 'a/b', sha256: 'cd'.repeat(32) }] },
    'a hidden file': { files: [{ file: '..', sha256: 'cd'.repeat(32) }] },
    'no backbone': { backbones: [] },
    'a backbone without labels': { backbones: [{ ...job.backbones[0], labelSpace: {} }] },
    'no images': { images: 0 },
    'features of no width': { features: { output: 'x', axis: 'last', width: -1 } },
    'another format': { format: 'xml' },
  })) {
    it(`with ${what} is refused`, () => {
      assert.throws(() => parseJob(changed(change)), reasonIs('invalid-document'));
    });
  }

  it('that is no JSON, or none of ours, is refused', () => {
    for (const text of ['', 'null', '[]', '{', '{"semap-job":"1"}', '7'])
      assert.throws(() => parseJob(text), reasonIs('invalid-document'), text);
  });

  it('knows how many images a shard has, and where its files are', () => {
    assert.deepEqual(
      [0, 1, 2].map((shard) => imagesOfShard(job, shard)),
      [10, 10, 5],
    );
    assert.equal(listFile(12), 'shards/000012.jsonl');
    assert.equal(resultFile(job, 1_234_567), 'results/1234567.parquet');
  });

  it('is another one for other pixels, hashes, lists or results, and the same elsewhere and later', () => {
    const text = decidingTextOf(job);
    const other = { ...job.backbones[0], sha256: 'ef'.repeat(32) };
    const all = [
      { ...job, pixels: 5 },
      { ...job, format: 'jsonl' as const },
      { ...job, lean: true },
      { ...job, backbones: [other] },
      { ...job, lists: [...job.lists.slice(1), '3'.repeat(16)] },
      { ...job, alignment: { ...job.alignment, sha256: 'ef'.repeat(32) } },
      { ...job, files: [job.alignment] },
    ].map(decidingTextOf);
    assert.equal(new Set([text, ...all]).size, all.length + 1);
    assert.equal(decidingTextOf({ ...job, time: 'later', folders: [] }), text);
  });
});

describe('The list of a shard', () => {
  const images: readonly ListedImage[] = [
    { name: 'cat/1.jpg', folder: 0, bytes: 1234, modified: 1_700_000_000_123 },
    { name: 'dög/"2"\n\u2028.jpg', folder: 1, bytes: 0, modified: -5 },
    {
      name: '3.jpg',
      folder: 0,
      bytes: 2 ** 50,
      modified: 0,
      split: 'test',
      truth: { label: 'cat', how: 'labeled', by: 'table', judges: true },
    },
    {
      name: '4.jpg',
      folder: 1,
      bytes: 1,
      modified: 1,
      truth: { label: undefined, how: 'none', by: 'person', judges: false },
    },
  ];

  it('is read as it was written, a line for each image', () => {
    const text = images.map(listLine).join('');
    assert.equal(text.split('\n').length, images.length + 1);
    assert.equal(text.split('\n')[0], '["cat/1.jpg",1234,1700000000123]');
    assert.deepEqual(JSON.parse(JSON.stringify(parseList(text, 2))), JSON.parse(JSON.stringify(images)));
  });

  for (const line of [
    '["../a.jpg",1,1]',
    '["/a.jpg",1,1]',
    '["a//b.jpg",1,1]',
    '["a\\u0000.jpg",1,1]',
    '["a.jpg",1.5,1]',
    '["a.jpg",1,1,2]',
    '["a.jpg",1,1,-1]',
    '["a.jpg"]',
    '{}',
    '["a.jpg",1,',
  ]) {
    it(`is refused with the line ${line}`, () => {
      assert.throws(() => parseList(line, 2), reasonIs('invalid-document'));
    });
  }
});
