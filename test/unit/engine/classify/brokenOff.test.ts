import assert from 'node:assert/strict';
import { readdirSync, renameSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import type { Prediction } from '../../../../src/core/evidence/imageScorer.ts';
import { say } from '../../../../src/core/text/text.ts';
import type { ClassifyParams } from '../../../../src/protocol/classification.ts';
import { column } from '../../column.ts';
import { meanColour } from '../classifierModel.ts';
import { identityAlignment, sidecarOfSize, writeColourImages } from '../colours.ts';
import { noModels, type RunningEngine, type Scratch, scratch, startEngine } from '../engineHarness.ts';
import { classify, labels } from './heard.ts';

describe('A classification that is broken off', { skip: noModels }, () => {
  const COUNT = 150;
  let files: Scratch;
  let params: ClassifyParams;
  let engine: RunningEngine | undefined;

  beforeEach(() => {
    files = scratch();
    // Some milliseconds an image, so that it can be broken off in the middle.
    files.write('colour.onnx', meanColour({ size: 96, effort: 3 }));
    params = {
      folders: [writeColourImages(files, 'photos', COUNT / 3)],
      backbone: files.path('colour.onnx'),
      sidecar: sidecarOfSize(96),
      alignment: identityAlignment(labels, 'colour'),
    };
  });
  afterEach(async () => {
    await engine?.stop();
    files.dispose();
  });

  test('at once gives an empty result', async () => {
    engine = await startEngine(files.folder);
    const cancel = new AbortController();
    const running = classify(engine.rpc, params, cancel.signal);
    cancel.abort();
    const { result, predictions } = await running;
    assert.equal(result.cancelled, true);
    assert.ok(result.images < COUNT);
    assert.equal(predictions.length, result.images);
  });

  test('in the middle gives what was done, and the next run goes on from there', async () => {
    engine = await startEngine(files.folder);
    const cancel = new AbortController();
    const predictions: Prediction[] = [];
    const result = await engine.rpc.call('classify', params, {
      signal: cancel.signal,
      onProgress: (progress) => {
        predictions.push(...progress.predictions);
        if (predictions.length > 0) cancel.abort();
      },
    });
    assert.equal(result.cancelled, true);
    assert.ok(result.images > 0 && result.images < COUNT, `${result.images} images were done`);
    assert.equal(predictions.length, result.images);
    const rest = await classify(engine.rpc, params);
    assert.equal(rest.cached, result.images);
    assert.equal(rest.result.images, COUNT);
    assert.equal(rest.result.accuracy, 1);
  });

  test('pauses while its folder is away, says so once, and runs every image once when it is back', async () => {
    engine = await startEngine(files.folder);
    const [folder] = params.folders;
    const away = `${folder} away`;
    const paths: string[] = [];
    const pauses: string[] = [];
    const result = await engine.rpc.call('classify', params, {
      onProgress: ({ predictions, paused }) => {
        if (paths.length === 0 && predictions.length > 0) renameSync(folder, away);
        paths.push(...column(predictions, 'path'));
        if (paused && !pauses.includes(say(paused))) {
          pauses.push(say(paused));
          renameSync(away, folder);
        }
      },
    });
    assert.deepEqual(pauses, [`Paused: ${folder} cannot be reached (it is not there).`]);
    assert.deepEqual([result.images, new Set(paths).size, paths.length], [COUNT, COUNT, COUNT]);
    assert.deepEqual(result.skipped, []);
  });

  test('is heard while its folder is away', async () => {
    engine = await startEngine(files.folder);
    const cancel = new AbortController();
    let isAway = false;
    const result = await engine.rpc.call('classify', params, {
      signal: cancel.signal,
      onProgress: ({ predictions, paused }) => {
        // More of them may be told before anybody notices.
        if (predictions.length > 0 && !isAway) renameSync(params.folders[0], files.path('away'));
        isAway ||= predictions.length > 0;
        if (paused) cancel.abort();
      },
    });
    assert.equal(result.cancelled, true);
    assert.deepEqual(result.skipped, []);
  });

  test('by killing the engine says so once, keeps what was done, and goes on in a new engine', async () => {
    const first = await startEngine(files.folder);
    let seen = 0;
    const running = first.rpc.call('classify', params, {
      onProgress: ({ predictions }) => {
        seen += predictions.length;
        if (seen > 0) first.process.kill();
      },
    });
    const other = first.rpc.call('listBackbones', {});
    other.catch(() => {});
    await assert.rejects(running, { reason: 'engine-stopped', message: /SIGKILL/, hint: /kept/ });
    assert.equal((await first.process.exited).signal, 'SIGKILL');
    await assert.rejects(first.rpc.call('listBackbones', {}), SemapError);
    engine = await startEngine(files.folder);
    const { result, cached } = await classify(engine.rpc, params);
    assert.equal(result.images, COUNT);
    assert.ok(cached >= seen && cached < COUNT, `${cached} of ${seen} images had been kept`);
    assert.equal((await classify(engine.rpc, params)).cached, COUNT);
  });

  test('by stopping the engine in an orderly way ends it without a crash', async () => {
    const first = await startEngine(files.folder);
    const running = first.rpc.call('classify', params, { onProgress: () => first.process.stop() });
    await assert.rejects(running, { reason: 'engine-stopped' });
    const { code, signal, lastWords } = await first.process.exited;
    assert.equal(lastWords, '');
    // Where the machine is too busy for it to end within its grace, it is ended; a crash is another signal.
    assert.ok(code === 0 || signal === 'SIGKILL', `${code} ${signal}`);
  });

  test('two engines on the same images and cache disturb each other in nothing', async () => {
    engine = await startEngine(files.folder);
    const second = await startEngine(files.folder);
    const [one, two] = await Promise.all([classify(engine.rpc, params), classify(second.rpc, params)]);
    await second.stop();
    assert.deepEqual([one.result.images, one.result.accuracy], [COUNT, 1]);
    assert.deepEqual([two.result.images, two.result.accuracy], [COUNT, 1]);
    const outputs = readdirSync(files.path('cache', 'outputs'));
    assert.deepEqual(outputs.map((name) => name.includes('-features-')).sort(), [false, true]);
  });
});
