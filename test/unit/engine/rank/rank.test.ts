import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { RankParams, RankResult } from '../../../../src/core/runs/rankingRecord.ts';
import { say } from '../../../../src/core/text/text.ts';
import type { RankProgress } from '../../../../src/protocol/ranking.ts';
import { column } from '../../column.ts';
import { linearColour, meanColour } from '../classifierModel.ts';
import {
  colourSidecar,
  colours,
  identityAlignment,
  ppm,
  sidecarOfSize,
  writeBackbone,
  writeColourImages,
} from '../colours.ts';
import { type EngineRpc, engineOfSuite, noModels, startEngine } from '../engineHarness.ts';

const labels = Object.keys(colours);
const targets = labels.map((name) => ({ name }));

async function rank(
  rpc: EngineRpc,
  params: RankParams,
  signal?: AbortSignal,
): Promise<{ result: RankResult; reports: RankProgress[] }> {
  const reports: RankProgress[] = [];
  const result = await rpc.call('rank', params, { signal, onProgress: (report) => reports.push(report) });
  return { result, reports };
}

describe('Ranking backbones', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite({ threads: 1, backboneFolders: ['models'] });
  let folder: string;
  /** All four backbones, two looks. */
  let result: RankResult;
  let reports: RankProgress[];
  const named = (name: string, of = result) => of.rows.find((row) => row.name === name)!;

  before(async () => {
    const sidecar = JSON.stringify(colourSidecar);
    for (const [name, bytes] of Object.entries({
      right: linearColour(),
      turned: linearColour(true),
      plain: meanColour(),
    })) {
      files.write(`models/${name}.onnx`, bytes);
      files.write(`models/${name}.backbone.json`, sidecar);
    }
    files.write('models/damaged.onnx', 'no model');
    folder = writeColourImages(files, 'photos', 8);
    files.write('photos/cat/broken.png', 'no picture');
    ({ result, reports } = await rank(engine.rpc, params()));
  });

  const params = (more: Partial<RankParams> = {}): RankParams => ({
    folders: [folder],
    targets,
    backbones: ['right', 'turned', 'plain', 'damaged'],
    imagesPerClass: [2, 20],
    ...more,
  });

  it('measures each, puts the best first and keeps a damaged one as a row with its problem', () => {
    assert.deepEqual([result.rows[0].scores?.accuracy, named('turned').scores?.accuracy], [1, 0]);
    assert.equal(result.rows.at(-1)!.name, 'damaged');
    assert.equal(named('damaged').problem?.reason, 'not-onnx');
    const { scores, facts } = named('right');
    assert.deepEqual([scores?.images, scores?.labelled], [24, 24]);
    assert.ok(scores!.leep! < 0 && scores!.nce === 0);
    assert.ok(Number.isFinite(scores!.logMe) && scores!.hScore! > 1);
    assert.equal(facts?.parameters, 9);
    assert.ok(facts!.imagesPerSecond! > 0);
    assert.deepEqual(column(result.skipped, 'path'), [files.path('photos/cat/broken.png')]);
    assert.equal(result.found, 25);
  });

  it('says why a backbone has no LogME and H-score, and ranks it all the same', () => {
    const { scores, withoutFeatures } = named('plain');
    assert.equal(scores?.accuracy, 1);
    assert.deepEqual([scores?.logMe, scores?.hScore], [null, null]);
    assert.match(say(withoutFeatures!), /no linear layer/i);
  });

  it('tells the transferability of a backbone that is wrong zero-shot', () => {
    const [right, turned] = [named('right').scores!, named('turned').scores!];
    assert.equal(turned.nce, right.nce);
    assert.ok(Math.abs(turned.logMe! - right.logMe!) < 1e-9);
  });

  it('reports after a first look at few images and refines afterwards', () => {
    const seen = reports.flatMap(({ rows }) => rows.filter(({ name }) => name === 'right'));
    const images = [...new Set(seen.map(({ scores }) => scores?.images))];
    assert.deepEqual(images, [undefined, 6, 24]);
    const rounds = reports.flatMap(({ activity }) => (activity ? [activity.round] : []));
    assert.deepEqual([...new Set(rounds)], [1, 2]);
  });

  it('leaves its outputs to classify', async () => {
    const alignment = identityAlignment(labels, 'right');
    let cached = 0;
    const classified = await engine.rpc.call(
      'classify',
      { folders: [folder], backbone: 'right', alignment },
      { onProgress: (progress) => (cached = progress.cached) },
    );
    assert.deepEqual([classified.images, cached], [24, 24]);
  });

  it('gives the same numbers again, from the cache and in another process', async () => {
    const strip = ({ rows }: RankResult) => rows.map(({ name, scores }) => ({ name, scores }));
    const own = params({ backbones: ['right'] });
    const first = strip((await rank(engine.rpc, own)).result);
    const other = await startEngine(files.folder, { threads: 1, backboneFolders: [files.path('models')] });
    try {
      assert.deepEqual(strip((await rank(other.rpc, own)).result), first);
    } finally {
      await other.stop();
    }
  });

  it('without labels tells what to expect, and recommends by that', async () => {
    writeColourImages(files, 'unsorted/all', 2);
    const backbones = ['right'];
    const unsorted = await rank(engine.rpc, params({ folders: [files.path('unsorted')], backbones }));
    const { scores, facts } = named('right', unsorted.result);
    assert.deepEqual([scores?.labelled, scores?.accuracy, scores?.leep], [0, null, null]);
    assert.ok(scores!.signs!.backing > 0.3 && facts!.recallByLabels! > 0);
    assert.ok(named('right', unsorted.result).expected!.high < 1);
    assert.equal(facts?.labelSimilarity.withKinds, 1);
    assert.match(say(unsorted.result.verdict.headline), /^Judged without labels/);
  });

  it('measures by a table of labels where one is given', async () => {
    for (const [seed, colour] of Object.values(colours).entries())
      files.write(`loose/${seed}.ppm`, ppm(colour, seed));
    const rows = labels.map((label, i) => `${i}.ppm,${label}`);
    const truths = files.write('loose/known.csv', ['file_name,label', ...rows].join('\n'));
    const asked = params({ folders: [files.path('loose')], backbones: ['right'], truths });
    const { scores } = named('right', (await rank(engine.rpc, asked)).result);
    assert.deepEqual([scores?.labelled, scores?.accuracy], [labels.length, 1]);
  });

  it('keeps what is done when it is cancelled', async () => {
    // A second of work after the first, so that the cancel comes before the end on a busy machine, too.
    writeBackbone(files, 'models/slow', meanColour({ size: 96, effort: 40 }), sidecarOfSize(96));
    const cancel = new AbortController();
    const cancelled = await engine.rpc.call('rank', params({ backbones: ['right', 'slow'] }), {
      signal: cancel.signal,
      onProgress: ({ rows }) => {
        if (rows.some(({ scores }) => scores)) cancel.abort();
      },
    });
    assert.equal(cancelled.cancelled, true);
    const scored = cancelled.rows.filter(({ scores }) => scores);
    assert.ok(scored.length >= 1 && scored.every(({ problem }) => problem === undefined));
  });

  it('refuses folders without images and no labels', async () => {
    files.write('empty/cat/readme.txt', '');
    await assert.rejects(rank(engine.rpc, params({ folders: [files.path('empty')] })), {
      reason: 'no-images',
    });
    await assert.rejects(rank(engine.rpc, params({ targets: [] })), { reason: 'invalid-labels' });
  });
});
