import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SemapError } from '../../../../src/core/errors.ts';
import type { Prediction } from '../../../../src/core/evidence/imageScorer.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { say } from '../../../../src/core/text/text.ts';
import type {
  ClassifyParams,
  ClassifyProgress,
  ClassifyResult,
} from '../../../../src/protocol/classification.ts';
import { column } from '../../column.ts';
import { linearColour, meanColour } from '../classifierModel.ts';
import {
  colourSidecar,
  colours,
  identityAlignment,
  ppm,
  sidecarOfSize,
  writeColourImages,
} from '../colours.ts';
import {
  type EngineRpc,
  engineOfSuite,
  noModels,
  type RunningEngine,
  type Scratch,
  scratch,
  startEngine,
} from '../engineHarness.ts';

const labels = Object.keys(colours);

/** What a classification said, progress and result together. */
interface Heard {
  readonly result: ClassifyResult;
  readonly predictions: readonly Prediction[];
  readonly cached: number;
  readonly reports: readonly ClassifyProgress[];
}

async function classify(rpc: EngineRpc, params: ClassifyParams, signal?: AbortSignal): Promise<Heard> {
  const reports: ClassifyProgress[] = [];
  const result = await rpc.call('classify', params, { signal, onProgress: (report) => reports.push(report) });
  return {
    result,
    predictions: reports.flatMap(({ predictions }) => predictions),
    cached: reports.at(-1)!.cached,
    reports,
  };
}

describe('Classifying', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  let params: ClassifyParams;

  before(async () => {
    files.write('colour.onnx', meanColour());
    files.write('probable.onnx', meanColour({ softmax: true }));
    files.write('four.onnx', meanColour({ batch: 4 }));
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

  test('knows photographs from drawings by a few images, whatever cannot be read among them', async () => {
    const random = seededRandom(3);
    const body = (shade: () => number) => Buffer.from(Uint8Array.from({ length: 3 * 16 * 16 }, shade));
    const picture = (shade: () => number) => Buffer.concat([Buffer.from('P6\n16 16\n255\n'), body(shade)]);
    for (let i = 0; i < 20; i++) {
      files.write(
        `pictures/photos/${i}.ppm`,
        picture(() => Math.floor(random() * 256)),
      );
      files.write(
        `pictures/drawings/${i}.ppm`,
        picture(() => 90),
      );
    }
    files.write('pictures/photos/broken.jpg', 'no image');
    const are = (name: string) =>
      engine.rpc.call('arePhotographs', { folders: [files.path(`pictures/${name}`)] });
    assert.deepEqual([await are('photos'), await are('drawings')], [true, false]);
  });

  test('a folder predicts every image, takes class folders for the truth, and measures', async () => {
    writeColourImages(files, folder, 4);
    files.write(`${folder}/cat/disguised dog.ppm`, ppm(colours.dog));
    files.write(`${folder}/unknown/cat.ppm`, ppm(colours.cat));
    const { result, predictions } = await classify(engine.rpc, params);
    assert.equal(result.images, 14);
    assert.equal(predictions.length, 14);
    assert.equal(result.accuracy, 12 / 13, 'the folder that is no label does not count');
    assert.equal(result.balancedAccuracy, (4 / 5 + 1 + 1) / 3);
    const recalls = result.perClass.map(({ label, images, recall }) => [label, images, recall]);
    assert.deepEqual(recalls, [
      ['cat', 5, 4 / 5],
      ['dog', 4, 1],
      ['bird', 4, 1],
    ]);
    const disguised = predictions.find(({ path }) => path.endsWith('disguised dog.ppm'));
    assert.deepEqual([disguised?.truth, disguised?.target], [0, 1]);
    assert.equal(predictions.find(({ path }) => path.endsWith('unknown/cat.ppm'))?.truth, -1);
    const [red] = predictions.filter(({ target }) => target === 0);
    assert.equal(red.fired[0].source, 0);
    assert.ok(Math.abs(red.fired.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-6);
    assert.equal(result.cancelled, false);
    assert.equal(result.device.provider, 'cpu');
  });

  test('images run in a mixed order, the same every time, and are told in the order of the folders', async () => {
    writeColourImages(files, folder, 30);
    const { reports, predictions } = await classify(engine.rpc, params);
    assert.equal(reports.at(-1)?.mixed, true);
    const places = reports.flatMap(({ places: some = [] }) => some);
    assert.deepEqual(
      places.toSorted((a, b) => a - b),
      places.map((_, i) => i),
    );
    const first = predictions.slice(0, 30).map(({ truth }) => truth);
    assert.ok([0, 1, 2].every((truth) => first.includes(truth)));
    const inOrder = places
      .map((place, i) => ({ place, path: predictions[i]?.path }))
      .sort((a, b) => a.place - b.place);
    const { predictions: again } = await engine.rpc.call('rescore', params);
    assert.deepEqual(column(again, 'path'), column(inOrder, 'path'));
    assert.ok(again.slice(0, 30).every(({ truth }) => truth === again[0]?.truth));
  });

  for (const [kind, file] of [
    ['probabilities become log p, which changes no prediction', 'probable.onnx'],
    ['a graph that insists on four images a run gets them, the last run filled up', 'four.onnx'],
  ] as const) {
    test(kind, async () => {
      writeColourImages(files, folder, 3);
      const plain = await classify(engine.rpc, params);
      const other = await classify(engine.rpc, {
        ...params,
        backbone: files.path(file),
        alignment: identityAlignment(labels, file.replace('.onnx', '')),
      });
      const byPath = (heard: Heard) =>
        [...heard.predictions]
          .sort((a, b) => a.path.localeCompare(b.path))
          .map(({ target, confidence }) => [target, confidence.toFixed(5)]);
      assert.equal(other.result.images, 9);
      assert.deepEqual(byPath(other), byPath(plain));
    });
  }

  test('leaves out what cannot be read, and lists it with a reason in the order of the folder', async () => {
    writeColourImages(files, folder, 2);
    files.write(`${folder}/cat/empty.jpg`, '');
    files.write(`${folder}/cat/text.png`, 'this is no picture');
    files.write(`${folder}/cat/cut.ppm`, ppm(colours.cat).subarray(0, 60));
    files.write(`${folder}/cat/lfs.jpg`, 'version https://git-lfs.github.com/spec/v1\n');
    files.write(`${folder}/cat/huge.ppm`, 'P6\n20000 20000\n255\n');
    symlinkSync(files.path('gone'), files.path(folder, 'cat', 'dangling.ppm'));
    const { result, reports } = await classify(engine.rpc, params);
    assert.equal(result.images, 6);
    const reasons = new Map(result.skipped.map(({ path, reason }) => [path.split('/').at(-1), reason]));
    assert.deepEqual(
      [...reasons.keys()],
      ['cut.ppm', 'dangling.ppm', 'empty.jpg', 'huge.ppm', 'lfs.jpg', 'text.png'],
    );
    assert.match(say(reasons.get('dangling.ppm')!), /leads to nothing/);
    assert.match(say(reasons.get('empty.jpg')!), /empty/);
    assert.match(say(reasons.get('huge.ppm')!), /too large|incomplete/);
    assert.match(say(reasons.get('lfs.jpg')!), /Git LFS/);
    assert.equal(reports.at(-1)!.done, 12);
    assert.equal(reports.at(-1)!.total, 12);
  });

  test('looks into folders below, not into hidden ones, and follows links once', async () => {
    writeColourImages(files, folder, 1);
    files.write(`${folder}/cat/deeper/still/x.PPM`, ppm(colours.cat, 1));
    files.write(`${folder}/.hidden/y.ppm`, ppm(colours.cat, 2));
    files.write(`${folder}/cat/.z.ppm`, ppm(colours.cat, 3));
    files.write(`${folder}/cat/notes.txt`, 'no image');
    symlinkSync(files.path(folder), files.path(folder, 'cat', 'loop'));
    symlinkSync(files.path(folder, 'dog'), files.path(folder, 'same dogs'));
    const { result, predictions } = await classify(engine.rpc, params);
    assert.deepEqual(result.skipped, []);
    assert.equal(result.images, 4);
    assert.equal(predictions.find(({ path }) => path.endsWith('x.PPM'))?.truth, 0);
  });

  test('several folders, one inside the other, counts every image once', async () => {
    writeColourImages(files, folder, 2);
    const { result } = await classify(engine.rpc, {
      ...params,
      folders: [files.path(folder), files.path(folder, 'cat')],
    });
    assert.equal(result.images, 6);
  });

  test('a class folder by itself takes its own name for the truth', async () => {
    writeColourImages(files, folder, 2);
    const { result } = await classify(engine.rpc, { ...params, folders: [files.path(folder, 'dog')] });
    assert.deepEqual([result.images, result.accuracy], [2, 1]);
  });

  test('without images says so, and without the folder too', async () => {
    mkdirSync(files.path(folder));
    files.write(`${folder}/readme.txt`, 'nothing here');
    await assert.rejects(classify(engine.rpc, params), { reason: 'no-images', hint: /JPEG/ });
    await assert.rejects(classify(engine.rpc, { ...params, folders: [files.path('nowhere')] }), {
      reason: 'not-found',
      message: /nowhere/,
    });
  });

  test('an unreadable folder is listed and the others are done', {
    skip: process.getuid?.() === 0 && 'root may read everything',
  }, async () => {
    writeColourImages(files, folder, 1);
    chmodSync(files.path(folder, 'cat'), 0);
    const { result } = await classify(engine.rpc, params);
    chmodSync(files.path(folder, 'cat'), 0o755);
    assert.equal(result.images, 2);
    assert.deepEqual(column(result.skipped, 'folder'), [true]);
  });

  test('with an alignment of another label space is refused', async () => {
    writeColourImages(files, folder, 1);
    const alignment = identityAlignment(['a', 'b', 'c', 'd'], 'other');
    await assert.rejects(classify(engine.rpc, { ...params, alignment }), {
      reason: 'labels-mismatch',
      message: /"other"/,
    });
  });

  test('a target without sources is never predicted, and none at all predicts nothing', async () => {
    writeColourImages(files, folder, 1);
    const alignment = identityAlignment(labels, 'colour');
    const without = (gone: readonly string[]) => ({
      ...alignment,
      targets: alignment.targets.map((target) =>
        gone.includes(target.label) ? { ...target, sources: [] } : target,
      ),
    });
    const some = await classify(engine.rpc, { ...params, alignment: without(['cat']) });
    assert.equal(some.predictions.filter(({ target }) => target === 0).length, 0);
    const none = await classify(engine.rpc, { ...params, alignment: without(labels) });
    assert.deepEqual(new Set(none.predictions.map(({ target }) => target)), new Set([-1]));
    assert.deepEqual([none.result.accuracy, none.result.measuredOn.withheld], [null, 'one-label']);
  });

  test('one class works', async () => {
    writeColourImages(files, folder, 1);
    const alignment = identityAlignment(labels, 'colour');
    const { predictions } = await classify(engine.rpc, {
      ...params,
      alignment: { ...alignment, targets: alignment.targets.slice(0, 1) },
    });
    const only = new Set(predictions.map(({ target, confidence }) => `${target} ${confidence}`));
    assert.deepEqual(only, new Set(['0 1']));
  });

  test('odd labels and file names are only text', async () => {
    const odd = ['<img src=x onerror=alert(1)>', '=cmd()', '../../etc'];
    files.write(`${folder}/=cmd()/日本語 😀 <b>.ppm`, ppm(colours.dog));
    const { result, predictions } = await classify(engine.rpc, {
      ...params,
      alignment: {
        ...identityAlignment(labels, 'colour'),
        targets: identityAlignment(labels, 'colour').targets.map((target, i) => ({
          ...target,
          label: odd[i],
        })),
      },
    });
    assert.deepEqual([predictions[0].target, predictions[0].truth], [1, 1]);
    assert.equal(result.accuracy, 1);
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

  test('two folders at the same time gives each its own', async () => {
    writeColourImages(files, folder, 30);
    const other = `${folder}-other`;
    for (let i = 0; i < 60; i++) files.write(`${other}/dog/${i}.ppm`, ppm(colours.cat, i));
    const [one, two] = await Promise.all([
      classify(engine.rpc, params),
      classify(engine.rpc, { ...params, folders: [files.path(other)] }),
    ]);
    assert.deepEqual([one.result.images, one.result.accuracy], [90, 1]);
    assert.deepEqual([two.result.images, two.result.accuracy], [60, 0]);
  });

  test('reports at most ten times a second, only what is new, and everything', async () => {
    writeColourImages(files, folder, 100);
    const { reports, result, predictions } = await classify(engine.rpc, params);
    assert.equal(new Set(predictions.map(({ path }) => path)).size, 300);
    assert.ok(reports.length <= result.seconds * 10 + 2, `${reports.length} reports in ${result.seconds} s`);
    assert.deepEqual([reports.at(-1)!.done, reports.at(-1)!.total, reports.at(-1)!.listed], [300, 300, true]);
  });
});

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
