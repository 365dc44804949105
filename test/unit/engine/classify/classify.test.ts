import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { before, beforeEach, describe, test } from 'node:test';
import { seededRandom } from '../../../../src/core/random.ts';
import { say } from '../../../../src/core/text/text.ts';
import type { ClassifyParams } from '../../../../src/protocol/classification.ts';
import { column } from '../../column.ts';
import { meanColour } from '../classifierModel.ts';
import { colourSidecar, colours, identityAlignment, ppm, writeColourImages } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';
import { classify, type Heard, labels } from './heard.ts';

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
