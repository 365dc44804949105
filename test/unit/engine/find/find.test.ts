import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import type { FindParams, FindPoint, FindRecord } from '../../../../src/core/find/findRecord.ts';
import { readFind } from '../../../../src/core/find/readFind.ts';
import { decodeHead } from '../../../../src/core/heads/headFile.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { say, verbatim } from '../../../../src/core/text/text.ts';
import type { FindProgress } from '../../../../src/protocol/find.ts';
import { linearColour } from '../classifierModel.ts';
import { colourSidecar, colours } from '../colours.ts';
import { engineOfSuite, noModels, type Scratch } from '../engineHarness.ts';

const targets = Object.keys(colours).map((name) => ({ name }));

/** Noise with a hint of a colour, so that no two are alike and some are hard. */
function picture(colour: readonly number[], random: () => number): Uint8Array {
  const hint = 0.12 * random();
  const pixels = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) =>
    Math.min(255, 255 * random() * (1 - hint) + hint * colour[i % 3]),
  );
  return Buffer.concat([Buffer.from('P6\n8 8\n255\n'), pixels]);
}

function writePictures(to: Scratch, folder: string, count: number, flat = false): string {
  const random = seededRandom(5);
  for (const [label, colour] of Object.entries(colours))
    for (let i = 0; i < count; i++)
      to.write(flat ? `${folder}/${label}${i}.ppm` : `${folder}/${label}/${i}.ppm`, picture(colour, random));
  return to.path(folder);
}

/** Everything that must be the same when it is searched again. */
function lasting({ points, differences, recommended, parts, tried, verdict }: FindRecord): unknown {
  const kept = {
    parts,
    tried,
    recommended,
    differences,
    verdict: verdict.map((text) => say(text)),
    points: points.map(({ cost: { labels, bytes }, frontier: _, ended, ...point }) => ({
      ...point,
      labels,
      bytes,
      ended: ended && say(ended),
    })),
  };
  // What is absent and what is undefined are the same in a file.
  return JSON.parse(JSON.stringify(kept));
}

describe('Finding the best reuse', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite({ threads: 1, backboneFolders: ['models'] });
  let folder: string;
  let record: FindRecord;
  let runs = 0;
  const params = (more: Partial<FindParams> = {}): FindParams => ({
    folders: [folder],
    targets,
    backbones: ['right', 'turned', 'damaged'],
    withoutPrompts: true,
    // Never used up, however busy the machine is.
    budgetMinutes: 600,
    runFolder: files.path('runs', String(runs++)),
    ...more,
  });
  const find = (
    asked: FindParams,
    onProgress: (progress: FindProgress) => void = () => {},
    signal?: AbortSignal,
  ) => engine.rpc.call('findReuse', asked, { onProgress, ...(signal && { signal }) });
  const linesOf = ({ runFolder }: { runFolder: string }) =>
    readFileSync(`${runFolder}/search.jsonl`, 'utf8').trim().split('\n');
  const pointOf = (id: string, of = record) => of.points.find((point) => point.id === id)!;

  before(async () => {
    for (const [name, model] of Object.entries({ right: linearColour(), turned: linearColour(true) })) {
      files.write(`models/${name}.onnx`, model);
      files.write(`models/${name}.backbone.json`, JSON.stringify(colourSidecar));
    }
    files.write('models/damaged.onnx', 'no model');
    folder = writePictures(files, 'photos', 20);
    record = await find(params());
  });

  it('tries every way of each backbone, and says what a damaged one lacks', () => {
    assert.equal(record.status, 'done');
    assert.deepEqual(record.parts, { search: 60, heldOut: 0, unlabeled: 0 });
    assert.equal(pointOf('zero-shot@damaged').problem?.reason, 'not-onnx');
    for (const way of [
      'zero-shot',
      'settled',
      'blm+/all',
      'linear-probe/all',
      'prototypes/5',
      'semap-labels/1',
    ])
      assert.notEqual(pointOf(`${way}@turned`).searched, null, way);
    assert.ok(pointOf('zero-shot@right').searched! > 0.6);
    assert.ok(pointOf('zero-shot@turned').searched! < 0.3);
    // What is called wrong by name is learned from labels.
    assert.ok(pointOf('linear-probe/all@turned').searched! > 0.6);
  });

  it('corrects what was chosen, and leaves what labels neither chose nor taught', () => {
    const recommended = pointOf(record.recommended!);
    assert.equal(recommended.figure?.by, 'corrected');
    assert.ok(recommended.figure.value <= recommended.searched!);
    const unlabelled = record.points.filter(({ figure }) => figure?.by === 'unused-labels');
    assert.deepEqual(
      unlabelled.map(({ cost }) => cost.labels),
      [0],
    );
    assert.ok(record.points.some(({ figure }) => figure?.by === 'validation'));
    assert.match(say(record.verdict[0]), /^With no labels: \d+% \(\d+% to \d+%\)(, by .+)?\.$/);
    assert.ok(record.verdict.some((text) => say(text).startsWith('Recommended: ')));
    assert.ok(record.differences.every(({ p, low, value, high }) => p <= 1 && low <= value && value <= high));
  });

  it('is the record that lies on the disk', () => {
    const read = readFind(JSON.parse(readFileSync(`${record.params.runFolder}/run.json`, 'utf8')));
    assert.deepEqual(lasting(read), lasting(record));
  });

  it('holds images out where there are enough, and touches them once', async () => {
    const many = writePictures(files, 'many', 70);
    const asked = params({ folders: [many], backbones: ['right'] });
    const found = await find(asked);
    assert.deepEqual(found.parts, { search: 147, heldOut: 63, unlabeled: 0 });
    const reported = found.points.filter(({ figure }) => figure?.by === 'held-out');
    assert.ok(reported.length >= 3 && reported.every(({ figure }) => figure!.images === 63));
    assert.ok(!found.points.some(({ figure }) => figure?.by === 'corrected'));
    const kinds = linesOf(asked).map((line) => JSON.parse(line).kind);
    assert.deepEqual([...new Set(kinds.slice(kinds.indexOf('reports') + 1))], ['held-out']);
    // A person had stopped it, and it was killed while these images were asked.
    const killed = params();
    cpSync(asked.runFolder, killed.runFolder, { recursive: true });
    const left = linesOf(asked)
      .slice(0, kinds.indexOf('reports') + 2)
      .map((line) => line.replace('"after":"everything"', '"after":"person"'));
    writeFileSync(`${killed.runFolder}/search.jsonl`, `${left.join('\n')}\n`);
    writeFileSync(
      `${killed.runFolder}/run.json`,
      JSON.stringify({ ...found, status: 'running', pid: 999_999 }),
    );
    const resumed = await engine.rpc.call('resumeFind', { runFolder: killed.runFolder });
    assert.deepEqual([resumed.status, say(resumed.ended!)], ['stopped', 'You ended the search.']);
    assert.deepEqual(lasting(resumed), lasting(found));
  });

  it('goes on after it was cancelled or killed, without trying anything again', async () => {
    const asked = params();
    const abort = new AbortController();
    const paused = await find(
      asked,
      ({ record: now }) => {
        // Early, so that the cancel comes before the end on a busy machine, too.
        if (now.tried >= 2) abort.abort();
      },
      abort.signal,
    );
    assert.equal(paused.status, 'paused');
    const before = linesOf(asked);
    // There was no memory for one way, which is tried again; a killed process left half a line, and says that it runs.
    const known = new Set(before.map((line) => JSON.parse(line).id));
    const id = linesOf(record.params)
      .map((line) => JSON.parse(line))
      .find((line) => line.kind === 'tried' && !known.has(line.id)).id;
    before.push(
      JSON.stringify({
        kind: 'failed',
        id,
        problem: { reason: 'out-of-memory', message: verbatim('Full.') },
      }),
    );
    writeFileSync(`${asked.runFolder}/search.jsonl`, `${before.join('\n')}\n{"kind":"tried","id":"zero`);
    writeFileSync(
      `${asked.runFolder}/run.json`,
      JSON.stringify({ ...paused, status: 'running', pid: 999_999 }),
    );
    const { runFolder } = asked;
    const shown: number[] = [];
    let wasPaused = false;
    // A pause is told of at once: in the middle of what is taken from the lines.
    const onProgress = ({ record: { tried }, paused: waits }: FindProgress) => {
      shown.push(tried);
      if (wasPaused) return;
      if (waits) setTimeout(() => void engine.rpc.call('unpauseFind', { runFolder }), 50);
      else void engine.rpc.call('pauseFind', { runFolder });
      wasPaused = waits === true;
    };
    const resumed = await engine.rpc.call('resumeFind', { runFolder }, { onProgress });
    assert.equal(resumed.status, 'done');
    assert.ok(wasPaused);
    // What had been found is shown until there is more, and not what some of the lines would say.
    assert.ok(Math.min(...shown) >= paused.tried, `${shown} after ${paused.tried}`);
    const after = linesOf(asked);
    assert.deepEqual(after.slice(0, before.length), before);
    const keys = after.map((line) => {
      const { id, repeat, look, kind } = JSON.parse(line);
      return [kind, id, repeat, look].join(' ');
    });
    assert.equal(new Set(keys).size, keys.length);
    assert.deepEqual(lasting(resumed), lasting(record));
    await assert.rejects(engine.rpc.call('resumeFind', { runFolder: asked.runFolder }), {
      reason: 'invalid-argument',
    });
  });

  it('has all that was tried when its time was used up before it was killed', async () => {
    const asked = params();
    cpSync(record.params.runFolder, asked.runFolder, { recursive: true });
    const left = { ...record, status: 'running', pid: 999_999, seconds: 100_000, points: [], verdict: [] };
    writeFileSync(`${asked.runFolder}/run.json`, JSON.stringify(left));
    const resumed = await engine.rpc.call('resumeFind', { runFolder: asked.runFolder });
    const { verdict: _, ...found } = lasting(resumed) as { verdict: unknown };
    const { verdict: __, ...before } = lasting(record) as { verdict: unknown };
    assert.deepEqual(found, before);
    assert.deepEqual(linesOf(asked), linesOf(record.params));
  });

  it('tells copies of a backbone apart', async () => {
    for (const copy of ['a', 'b', 'c']) {
      files.write(`copies/${copy}/same.onnx`, linearColour());
      files.write(`copies/${copy}/same.backbone.json`, JSON.stringify(colourSidecar));
    }
    const backbones = ['a', 'b', 'c'].map((copy) => files.path('copies', copy, 'same.onnx'));
    const flat = writePictures(files, 'few', 3, true);
    const { points } = await find(params({ folders: [flat], backbones }));
    const plain = points.filter(({ id }) => id.startsWith('zero-shot@') && !id.includes('+'));
    assert.deepEqual(plain.map(({ backbones: [{ path }] }) => path).sort(), backbones);
  });

  it('takes no answers of a backbone that another has replaced since', async () => {
    const asked = params();
    await find(asked);
    const { runFolder } = asked;
    const before = JSON.parse(readFileSync(`${runFolder}/run.json`, 'utf8'));
    const lines = linesOf(asked).map((line) => line.replace(/("id":"right","sha256":")[^"]*/, '$1another'));
    writeFileSync(`${runFolder}/search.jsonl`, `${lines.join('\n')}\n`);
    writeFileSync(`${runFolder}/run.json`, JSON.stringify({ ...before, status: 'paused' }));
    const resumed = await engine.rpc.call('resumeFind', { runFolder });
    assert.equal(pointOf('zero-shot@right', resumed).problem?.reason, 'not-found');
    assert.ok(resumed.points.every(({ id, problem }) => problem || !id.endsWith('@right')));
    assert.notEqual(pointOf('zero-shot@turned', resumed).searched, null);
  });

  it('says that the time is used up where less is left than a prompt takes, and nothing of an end without a backbone', async () => {
    const found = await find(params({ backbones: ['right'], withoutPrompts: undefined, budgetMinutes: 0.3 }));
    const prompts = found.points.filter(({ way }) => way.prompt);
    assert.ok(prompts.some(({ ended }) => ended && say(ended).startsWith('Not trained: ')));
    assert.equal(say(found.ended!), 'The time budget is used up.');
    const without = await find(params({ backbones: ['damaged'] }));
    assert.deepEqual([without.status, without.ended], ['done', undefined]);
  });

  it('tries something however little time there is, and says if it did not', async () => {
    const hurried = await find(params({ budgetMinutes: 1e-6 }));
    assert.deepEqual([hurried.status, hurried.tried], ['done', 1]);
    assert.equal(hurried.recommended, 'zero-shot@right');
    const asked = params({ budgetMinutes: 1e-6 });
    const stopped = await find(asked, () => void engine.rpc.call('stopFind', asked).catch(() => {}));
    assert.equal(stopped.status, 'stopped');
    const said = stopped.verdict.map((text) => say(text));
    assert.equal(said[0]?.startsWith('Nothing was tried before'), stopped.tried === 0, said.join(' '));
  });

  it('begins no run with a budget or a seed that its record could not tell', async () => {
    for (const wrong of [
      { budgetMinutes: Number.NaN },
      { budgetMinutes: -1 },
      { budgetMinutes: 1e9 },
      { seed: 1.5 },
    ]) {
      const asked = params(wrong);
      await assert.rejects(find(asked), { reason: 'invalid-argument' });
      assert.ok(!existsSync(asked.runFolder));
    }
  });

  it('waits while it is paused, and ends when it is stopped', async () => {
    const asked = params();
    const control = (call: 'pauseFind' | 'unpauseFind' | 'stopFind') =>
      engine.rpc.call(call, { runFolder: asked.runFolder });
    let wasPaused = false;
    const found = await find(asked, ({ paused, record: now }) => {
      if (paused && !wasPaused) {
        wasPaused = true;
        setTimeout(() => void control('unpauseFind').then(() => control('stopFind')), 50);
      } else if (!wasPaused && now.tried >= 4) void control('pauseFind');
    });
    assert.ok(wasPaused);
    assert.equal(found.status, 'stopped');
    assert.ok(found.tried < record.tried);
    assert.notEqual(found.recommended, undefined);
    await assert.rejects(control('stopFind'), { reason: 'not-found' });
  });

  it('claims nothing without a label', async () => {
    const flat = writePictures(files, 'flat', 8, true);
    const found = await find(params({ folders: [flat] }));
    assert.deepEqual([found.parts.search, found.parts.heldOut, found.parts.unlabeled], [0, 0, 24]);
    assert.equal(pointOf('zero-shot@right', found).figure?.by, 'expected');
    assert.deepEqual(found.differences, []);
    assert.match(say(found.verdict[0]), /^With no labels: probably /);
  });

  it('says so where one label is all there is, an image cannot be read, or there is nothing', async () => {
    files.write('one/cat/0.ppm', picture(colours.cat, seededRandom(1)));
    files.write('one/cat/1.ppm', 'no picture');
    const found = await find(params({ folders: [files.path('one')], targets: [{ name: 'cat' }] }));
    assert.equal(found.status, 'done');
    // Nothing is to blame for what cannot be read.
    assert.equal(found.parts.search, 1);
    assert.deepEqual(
      found.skipped.map(({ path }) => path),
      [files.path('one/cat/1.ppm')],
    );
    // All are near-duplicates: whoever is asked, nothing is left to learn from.
    for (const label of Object.keys(colours))
      for (let i = 0; i < 4; i++)
        files.write(`same/${label}/${i}.ppm`, picture(colours.cat, seededRandom(1)));
    const same = await find(params({ folders: [files.path('same')], backbones: ['right'] }));
    assert.equal(same.status, 'done');
    assert.equal(pointOf('prototypes/all@right', same).problem?.reason, 'invalid-argument');
    assert.notEqual(pointOf('zero-shot@right', same).searched, null);
    files.write('none/readme.txt', '');
    await assert.rejects(find(params({ folders: [files.path('none')] })), { reason: 'no-images' });
    await assert.rejects(find(params({ targets: [] })), { reason: 'invalid-labels' });
    const broken = await find(params({ backbones: ['damaged'] }));
    assert.deepEqual(
      broken.verdict.map((text) => say(text)),
      ['None of the backbones can be used.'],
    );
    const none = await find(params({ backbones: [] }));
    assert.deepEqual(none.verdict, broken.verdict);
  });

  it('keeps what was found, learned from all labeled images', async () => {
    const { runFolder } = record.params;
    const keep = (id: string) => engine.rpc.call('keepReuse', { runFolder, id });
    const plain = await keep('zero-shot@right');
    assert.deepEqual([plain.document.method.name, plain.heads.length], ['semap', 0]);
    const mapped = await keep('blm+/all@turned');
    assert.equal(mapped.document.method.labelled?.images, 60);
    assert.equal(mapped.document.targets[0].sources[0].index, 1);
    const probe = await keep('linear-probe/all@turned');
    const [{ file, bytes }] = probe.heads;
    assert.equal(probe.document.head?.file, file);
    assert.deepEqual(decodeHead(bytes, file).targets, Object.keys(colours));
    assert.equal(probe.document.head?.learned.images, 60);
    await assert.rejects(keep('nothing'), { reason: 'not-found' });
    await assert.rejects(keep('zero-shot@damaged'), { reason: 'not-onnx' });
  });

  it('keeps nothing that is not what was tried', async () => {
    const point = pointOf('blm+/all@turned');
    const keep = (change: Partial<FindPoint>) => {
      const changed = { ...record, points: [{ ...point, ...change }] };
      files.write('changed/run.json', JSON.stringify(changed));
      return engine.rpc.call('keepReuse', { runFolder: files.path('changed'), id: point.id });
    };
    const backbones = point.backbones.map((one) => ({ ...one, sha256: 'ab'.repeat(32) }));
    await assert.rejects(keep({ backbones }), {
      reason: 'not-found',
      message: 'turned has changed since it was tried.',
    });
    await assert.rejects(keep({ training: 'watermark' }), {
      reason: 'not-found',
      message: /^Cannot keep this prompt: .*alignment\.semap\.json is not there\.$/,
    });
    await assert.rejects(keep({ way: { scores: 'flm' } }), { reason: 'not-found' });
    assert.equal((await keep({})).document.method.name, 'blm+');
  });

  it('trains prompts, which can be kept as they were trained', async () => {
    const asked = params({ backbones: ['turned'], withoutPrompts: undefined });
    const found = await find(asked);
    const prompts = found.points.filter(({ way }) => way.prompt);
    assert.equal(prompts.length, 3);
    const trained = prompts.filter(({ searched }) => searched !== null);
    assert.equal(trained.length, 3, JSON.stringify(prompts.map(({ problem, ended }) => [problem, ended])));
    const best = trained.reduce((most, one) => (one.round > most.round ? one : most));
    // What stopped improving is not trained on.
    assert.ok(best.round >= 2);
    assert.ok(existsSync(`${asked.runFolder}/${best.training}/run.json`));
    const kept = await engine.rpc.call('keepReuse', { runFolder: asked.runFolder, id: best.id });
    assert.equal(kept.prompts.length, 1);
    assert.equal(kept.document.prompt, kept.prompts[0].file);
    assert.ok(
      found.verdict.some((text) => /prompt/.test(say(text))),
      'the verdict speaks of prompts',
    );
    // Killed between a training and the line that tells of it: it is not trained on to say so.
    const fell = trained.find(({ round }) => round === 1)!;
    assert.equal(fell.way.epochs, 3);
    const lines = linesOf(asked);
    const without = lines.filter((line) => !(line.includes('"trained"') && line.includes(`"${fell.id}"`)));
    assert.equal(without.length, lines.length - 1);
    writeFileSync(`${asked.runFolder}/search.jsonl`, `${without.join('\n')}\n`);
    writeFileSync(
      `${asked.runFolder}/run.json`,
      JSON.stringify({ ...found, status: 'running', pid: 999_999 }),
    );
    const resumed = await engine.rpc.call('resumeFind', { runFolder: asked.runFolder });
    assert.deepEqual(lasting(resumed), lasting(found));
    assert.deepEqual(linesOf(asked).toSorted(), lines.toSorted());
  });
});
