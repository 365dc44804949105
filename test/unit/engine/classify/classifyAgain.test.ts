import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClassifyParams } from '../../../../src/protocol/classification.ts';
import { column } from '../../column.ts';
import { linearColour, meanColour } from '../classifierModel.ts';
import { colourSidecar, colours, identityAlignment, ppm, writeColourImages } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';
import { classify, type Heard, labels } from './heard.ts';

describe('Classifying again', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  let params: ClassifyParams;

  before(async () => {
    files.write('colour.onnx', meanColour());
  });

  let count = 0;
  let folder: string;
  beforeEach(() => {
    folder = `photos${count++}`;
    params = {
      folders: [files.path(folder)],
      backbone: files.path('colour.onnx'),
      sidecar: colourSidecar,
      alignment: identityAlignment(labels, 'colour'),
    };
  });

  test('does not run an image again, unless it changed', async () => {
    writeColourImages(files, folder, 3);
    assert.equal((await classify(engine.rpc, params)).cached, 0);
    assert.equal((await classify(engine.rpc, params)).cached, 9);
    files.write(`${folder}/cat/0.ppm`, ppm(colours.bird, 77));
    utimesSync(files.path(folder, 'cat', '0.ppm'), new Date(), new Date(Date.now() + 9000));
    const third = await classify(engine.rpc, params);
    assert.equal(third.cached, 8);
    const changed = third.predictions.find(({ path }) => path.endsWith('cat/0.ppm'))?.target;
    assert.equal(changed, labels.indexOf('bird'));
  });

  test('knows two images that were swapped, though their sizes and times are the same', async () => {
    writeColourImages(files, folder, 1);
    const [cat, bird] = ['cat', 'bird'].map((label) => files.path(folder, label, '0.ppm'));
    const then = new Date(Date.now() - 60_000);
    for (const file of [cat, bird]) utimesSync(file, then, then);
    const labelOf = ({ predictions }: Heard, file: string) =>
      labels[predictions.find(({ path }) => path === file)!.target];
    await classify(engine.rpc, params);
    // As `cp -p` does: the content changes places, and the time is set back.
    const [first, second] = [readFileSync(cat), readFileSync(bird)];
    for (const [file, content] of [
      [cat, second],
      [bird, first],
    ] as const) {
      writeFileSync(file, content);
      utimesSync(file, then, then);
    }
    const copied = await classify(engine.rpc, params);
    assert.deepEqual([labelOf(copied, cat), labelOf(copied, bird)], ['bird', 'cat']);
    assert.deepEqual(
      (await engine.rpc.call('rescore', params)).predictions.map(({ target }) => labels[target]).sort(),
      ['bird', 'cat', 'dog'],
    );
    // As `mv` does: the files change places.
    renameSync(cat, `${cat}.x`);
    renameSync(bird, cat);
    renameSync(`${cat}.x`, bird);
    const moved = await classify(engine.rpc, params);
    assert.deepEqual([labelOf(moved, cat), labelOf(moved, bird)], ['cat', 'bird']);
  });

  test('does not run an image again of which only the rights or a link were changed', async () => {
    writeColourImages(files, folder, 2);
    await classify(engine.rpc, params);
    chmodSync(files.path(folder, 'cat', '0.ppm'), 0o600);
    linkSync(files.path(folder, 'dog', '1.ppm'), files.path(`${folder} link.ppm`));
    assert.equal((await classify(engine.rpc, params)).cached, 6);
  });

  test('answers by another model that was put in the place of one, though its size and time are the same', async () => {
    writeColourImages(files, folder, 1);
    const swapped = files.write('swapped.onnx', linearColour());
    const then = new Date(Date.now() - 60_000);
    utimesSync(swapped, then, then);
    const asked = { ...params, backbone: swapped, alignment: identityAlignment(labels, 'swapped') };
    const before = await classify(engine.rpc, asked);
    files.write('swapped.onnx', linearColour(true));
    utimesSync(swapped, then, then);
    const after = await classify(engine.rpc, asked);
    assert.deepEqual([before.result.accuracy, after.result.accuracy], [1, 0]);
    assert.notEqual(before.result.backbone.sha256, after.result.backbone.sha256);
  });

  test('runs images again under another preprocessing', async () => {
    writeColourImages(files, folder, 1);
    await classify(engine.rpc, params);
    const { cached, predictions } = await classify(engine.rpc, {
      ...params,
      sidecar: { ...colourSidecar, preprocessing: { ...colourSidecar.preprocessing, channels: 'bgr' } },
    });
    assert.equal(cached, 0);
    const red = predictions.find(({ truth }) => truth === labels.indexOf('cat'))?.target;
    assert.equal(red, labels.indexOf('bird'), 'red and blue have changed places');
  });

  test('rescoring answers another alignment from what is known, without the model', async () => {
    writeColourImages(files, folder, 3);
    await classify(engine.rpc, params);
    files.write(`${folder}/cat/new.ppm`, ppm(colours.cat, 500));
    const alignment = identityAlignment(labels, 'colour');
    const turned = {
      ...alignment,
      targets: alignment.targets.map((target, i) => ({
        ...target,
        sources: alignment.targets[(i + 1) % 3].sources,
      })),
    };
    const result = await engine.rpc.call('rescore', { ...params, alignment: turned });
    assert.equal(result.images, 9, 'what was never run is left out');
    assert.equal(result.accuracy, 0);
    const dogs = result.predictions.find(({ truth }) => truth === labels.indexOf('dog'))?.target;
    assert.equal(dogs, labels.indexOf('cat'));
  });

  test('knows which images arrived, changed and went since a run, also those of which the time was kept', async () => {
    writeColourImages(files, folder, 2);
    const then = new Date(Date.now() - 60_000);
    const swapped = files.path(folder, 'bird', '0.ppm');
    utimesSync(swapped, then, then);
    const { predictions } = await classify(engine.rpc, params);
    const asked = { ...params, paths: column(predictions, 'path'), since: Date.now() };
    const since = () => engine.rpc.call('changesSince', asked);
    assert.deepEqual(await since(), { arrived: 0, changed: 0, gone: 0 });
    await sleep(10);
    chmodSync(files.path(folder, 'cat', '0.ppm'), 0o600);
    assert.deepEqual(await since(), { arrived: 0, changed: 0, gone: 0 });
    writeFileSync(swapped, ppm(colours.cat, 3));
    utimesSync(swapped, then, then);
    files.write(`${folder}/cat/1.ppm`, ppm(colours.cat, 9));
    files.write(`${folder}/new.ppm`, ppm(colours.cat));
    for (const name of ['0.ppm', '1.ppm']) rmSync(files.path(folder, 'dog', name));
    assert.deepEqual(await since(), { arrived: 1, changed: 2, gone: 2 });
    const unknown = { ...asked, backbone: files.path('gone.onnx') };
    const times = await engine.rpc.call('changesSince', unknown);
    assert.deepEqual(times, { arrived: 1, changed: 1, gone: 2 });
  });

  test('watched: what arrives, is changed, is moved and goes is told once each, and the figures are about what is there', async () => {
    writeColourImages(files, folder, 2);
    const stop = new AbortController();
    const heard: string[] = [];
    let lastGone = 0;
    const short = (file: string) => file.slice(files.path(folder).length + 1);
    const steps: (() => void)[] = [
      () => {
        files.write(`${folder}/new/deeper/bird.ppm`, ppm(colours.bird, 99));
        files.write(`${folder}/cat/0.ppm`, ppm(colours.dog, 77, 9));
      },
      () => renameSync(files.path(folder, 'dog', '0.ppm'), files.path(folder, 'dog', 'moved.ppm')),
      () => rmSync(files.path(folder, 'bird'), { recursive: true }),
    ];
    const expected = [8, 9, 9];
    let done = 0;
    const result = await engine.rpc.call(
      'classify',
      { ...params, watch: true },
      {
        signal: stop.signal,
        onProgress: ({ predictions, gone = [], waiting, total, done: many }) => {
          for (const { path, target } of predictions) heard.push(`${short(path)} ${labels[target]}`);
          for (const path of gone) heard.push(`${short(path)} gone`);
          lastGone += gone.length;
          done += predictions.length;
          if (!waiting) return;
          assert.equal(total, many);
          if (steps.length === 3 && done === 6) steps.shift()!();
          else if (steps.length === 2 && done === expected[0]) steps.shift()!();
          else if (steps.length === 1 && done === expected[1] && lastGone === 1) steps.shift()!();
          else if (steps.length === 0 && lastGone === 3) stop.abort();
        },
      },
    );
    assert.equal(result.cancelled, false);
    assert.deepEqual(heard.slice(6).sort(), [
      'bird/0.ppm gone',
      'bird/1.ppm gone',
      'cat/0.ppm dog',
      'dog/0.ppm gone',
      'dog/moved.ppm dog',
      'new/deeper/bird.ppm bird',
    ]);
    assert.deepEqual([result.images, result.accuracy], [5, 3 / 4]);
    const { predictions, unseen } = await engine.rpc.call('rescore', params);
    assert.deepEqual([predictions.length, unseen], [5, 0]);
  });

  test('watched: a file is answered when it was written completely, and one that never is, is not', async () => {
    files.write(`${folder}/cat/0.ppm`, ppm(colours.cat));
    const whole = ppm(colours.dog, 5);
    const stop = new AbortController();
    const heard: string[] = [];
    let begun = false;
    await engine.rpc.call(
      'classify',
      { ...params, watch: true },
      {
        signal: stop.signal,
        onProgress: ({ predictions, skipped, waiting }) => {
          for (const { path, target } of predictions)
            heard.push(`${path.split('/').at(-1)} ${labels[target]}`);
          for (const { path } of skipped) heard.push(`${path} skipped`);
          if (waiting && !begun) {
            begun = true;
            files.write(`${folder}/dog/1.ppm`, whole.subarray(0, 100));
            setTimeout(() => files.write(`${folder}/dog/1.ppm`, whole), 2500);
          }
          if (heard.length === 2) stop.abort();
        },
      },
    );
    assert.deepEqual(heard, ['0.ppm cat', '1.ppm dog']);
  });

  test('watched: an empty folder is waited at', async () => {
    mkdirSync(files.path(folder));
    const stop = new AbortController();
    const result = await engine.rpc.call(
      'classify',
      { ...params, watch: true },
      {
        signal: stop.signal,
        onProgress: ({ waiting }) => waiting && stop.abort(),
      },
    );
    assert.deepEqual([result.images, result.cancelled], [0, false]);
  });
});
