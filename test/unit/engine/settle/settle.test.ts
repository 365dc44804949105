import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { SAID } from '../../../../src/core/caution/cautiousAnswers.ts';
import type { Prediction } from '../../../../src/core/evidence/imageScorer.ts';
import { learnedKey } from '../../../../src/core/mapping/labelledOutputs.ts';
import { GIVEN } from '../../../../src/core/truths/imageTruths.ts';
import type { SettleParams, SettleProgress, SettleResult } from '../../../../src/protocol/settling.ts';
import { linearColour, meanColour } from '../classifierModel.ts';
import { colourSidecar, colours, identityAlignment, ppm, writeColourImages } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

const labels = Object.keys(colours);

describe('Settling a folder', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  let about: Omit<SettleParams, 'folders' | 'mode'>;

  before(() => {
    about = {
      backbone: files.write('linear.onnx', linearColour()),
      sidecar: colourSidecar,
      alignment: identityAlignment(labels, 'colour'),
    };
  });

  test('never gives the plain answers, in the order of the folders, and no paths that are known', async () => {
    const params = { ...about, folders: [writeColourImages(files, 'plain', 3)] };
    await engine.rpc.call('classify', params);
    const { predictions } = await engine.rpc.call('rescore', params);
    const plain = await engine.rpc.call('settle', { ...params, mode: 'never' });
    const of = <T>(what: (prediction: Prediction) => T) => predictions.map(what);
    assert.deepEqual(
      plain.paths,
      of(({ path }) => path),
    );
    assert.deepEqual(
      [...plain.targets],
      of(({ target }) => target),
    );
    assert.deepEqual(
      [...plain.confidences],
      of(({ confidence }) => Math.fround(confidence)),
    );
    assert.deepEqual(
      [...plain.truths],
      of(({ truth }) => truth),
    );
    assert.deepEqual([plain.settled, plain.changed, plain.figures.accuracy], [false, 0, 1]);
    const known = await engine.rpc.call('settle', { ...params, mode: 'never', known: plain.order });
    assert.equal(known.paths, undefined);
    assert.deepEqual(known.targets, plain.targets);
  });

  test('always is refused where images are too few to be compared', async () => {
    files.write('single/one.ppm', ppm(colours.cat));
    const params = { ...about, folders: [files.path('single')] };
    await engine.rpc.call('classify', params);
    await assert.rejects(engine.rpc.call('settle', { ...params, mode: 'always' }), {
      reason: 'invalid-argument',
      message: 'Settling compares the images of a folder: it needs at least 3, and there is 1.',
    });
    const { settled } = await engine.rpc.call('settle', { ...params, mode: 'auto' });
    assert.equal(settled, false);
  });

  /** Images of two colours that are told apart, and of one between them that the folder decides about. */
  function writeShades(folder: string, name = (i: number) => String(i)): string {
    for (let i = 0; i < 60; i++) {
      const shade = 40 + (i % 20) * 2;
      const [red, green] = i < 30 ? [200 - shade, shade] : [shade, 200 - shade];
      files.write(`${folder}/${i < 30 ? 'cat' : 'dog'}/${name(i)}.ppm`, ppm([red, green, 20 + (i % 7)], i));
    }
    return files.path(folder);
  }

  async function settle(params: SettleParams) {
    const steps: SettleProgress[] = [];
    const result = await engine.rpc.call('settle', params, { onProgress: (step) => steps.push(step) });
    return { result, steps };
  }

  test('settles with features that the classification kept, whatever the order of files', async () => {
    const params = { ...about, folders: [writeShades('shades')], mode: 'auto' } as const;
    await engine.rpc.call('classify', params);
    const { result, steps } = await settle(params);
    assert.equal(result.kind, 'features');
    assert.equal(result.settled, true);
    assert.ok(result.evidence > 0 && result.information > 0);
    assert.deepEqual(
      steps.filter(({ step }) => step === 'features'),
      [],
    );
    const plain = await settle({ ...params, mode: 'never' });
    assert.deepEqual(result.plainConfidences, plain.result.confidences);
    assert.notDeepEqual(result.confidences, result.plainConfidences);
    assert.equal(Math.round(100 * result.shares.reduce((sum, share) => sum + share)), 100);
    const mixed = { ...params, folders: [writeShades('mixed', (i) => String((i * 37) % 60))] };
    await engine.rpc.call('classify', mixed);
    const other = await settle(mixed);
    const byContent = ({ paths = [], confidences }: SettleResult, order: (name: number) => number) =>
      new Map(paths.map((file, i) => [order(Number(path.basename(file, '.ppm'))), confidences[i]]));
    const before = byContent(result, (name) => name);
    const after = byContent(other.result, (name) => (name * 13) % 60);
    assert.equal(before.size, 60);
    for (const [image, confidence] of before) assert.equal(after.get(image), confidence, String(image));
  });

  test('makes features that an earlier version did not keep, once', async () => {
    const params = { ...about, folders: [writeShades('earlier')], mode: 'auto' } as const;
    await engine.rpc.call('classify', params);
    const { result: before } = await settle(params);
    const outputs = files.path('cache', 'outputs');
    for (const name of readdirSync(outputs))
      if (name.includes('-features-')) rmSync(path.join(outputs, name), { recursive: true });
    engine.process.stop();
    await engine.process.exited;
    await engine.restart();
    const { result, steps } = await settle(params);
    assert.deepEqual(result.confidences, before.confidences);
    assert.deepEqual(
      steps.find(({ step, done }) => step === 'features' && done === 60),
      { step: 'features', done: 60, total: 60 },
    );
    const again = await settle(params);
    assert.deepEqual(
      again.steps.filter(({ step }) => step === 'features'),
      [],
    );
  });

  test('compares logits where the backbone has no features', async () => {
    const backbone = files.write('bare.onnx', meanColour({ softmax: true }));
    const params = { ...about, backbone, folders: [writeShades('bare')], mode: 'always' } as const;
    await engine.rpc.call('classify', params);
    const { result } = await settle(params);
    assert.equal(result.kind, 'logits');
  });

  test('learns from labels of persons, measures by those drawn at random, and tells what it cannot use', async () => {
    const folder = writeShades('labeled');
    const params = { ...about, folders: [folder], mode: 'auto' } as const;
    await engine.rpc.call('classify', params);
    const rows = [
      'cat/1.ppm,cat,labeled,',
      'cat/2.ppm,dog,labeled,',
      'cat/3.ppm,dog,labeled,proposed',
      ...[5, 9, 14, 22].map((i) => `cat/${i}.ppm,cat,labeled,`),
      'dog/31.ppm,dog,labeled,',
      'dog/32.ppm,dog,labeled,',
      'dog/33.ppm,,none,',
      'dog/40.ppm,dog,labeled,random',
      'dog/41.ppm,cat,labeled,random',
      'dog/50.ppm,parrot,labeled,',
      'gone.ppm,cat,labeled,',
      'cat/1.ppm,cat,labeled,',
      'cat/3.ppm,cat,labeled,proposed',
    ];
    files.write('labeled/labels.semap.csv', ['file_name,label,given,asked', ...rows, ''].join('\n'));
    const { result } = await settle(params);
    const at = (name: string) => result.paths!.findIndex((file) => file.endsWith(name));
    assert.deepEqual([result.settled, result.evidence, result.learned, result.held], [true, 1, 9, 2]);
    const given = (name: string) => result.given[at(name)];
    assert.deepEqual(
      ['cat/1.ppm', 'cat/2.ppm', 'dog/33.ppm', 'dog/40.ppm', 'dog/50.ppm', 'cat/4.ppm'].map(given),
      [0, 1, GIVEN.noneOfThese, 1, GIVEN.nothing, GIVEN.nothing],
    );
    assert.equal(result.targets[at('cat/2.ppm')], 1, 'what a person said is the answer');
    assert.equal(result.plainTargets[at('cat/2.ppm')], 0);
    assert.equal(result.targets[at('dog/33.ppm')], -1);
    const { right, of, low, high } = result.expected!;
    assert.deepEqual([right, of], [1, 2]);
    assert.ok(low > 0 && low < 0.5 && high > 0.5 && high < 1);
    // Nine were learned from, one is none of the labels, and one has another label than there is.
    assert.equal(result.figures.measuredOn.measured, 49);
    assert.equal(result.plainFigures.measuredOn.measured, 49);
    assert.deepEqual(
      result.doubtful.map(({ image, given: said, answer }) => [image, said, answer]),
      [[at('cat/2.ppm'), 1, 0]],
    );
    assert.deepEqual(result.labelNotes, {
      unknown: [{ label: 'parrot', images: 1 }],
      gone: ['gone.ppm'],
      goneCount: 1,
      contradictory: 1,
      problems: [],
    });
    const { paths } = await engine.rpc.call('proposeImages', { ...params, count: 100 });
    // Nobody is asked again about a label that there is not.
    assert.equal(
      paths.some((file) => /cat\/1\.ppm|dog\/50\.ppm/.test(file)),
      false,
    );
    const never = await settle({ ...params, mode: 'never' });
    assert.deepEqual(
      [never.result.settled, never.result.changed, never.result.figures.measuredOn.measured],
      [false, 0, 49],
    );
    // What the mapping was learned from measures nothing, though it was drawn at random.
    const { method } = about.alignment;
    const learned = learnedKey('dog/40.ppm');
    const labelled = { perClass: 1, seed: 0, images: 1, validation: { images: 0, accuracy: null }, learned };
    const taught = { ...about.alignment, method: { ...method, labelled } };
    const { result: after } = await settle({ ...params, alignment: taught, mode: 'never' });
    assert.deepEqual([after.learned, after.held, after.expected?.of], [10, 1, 1]);
    await assert.rejects(settle({ ...params, truths: files.path('missing.csv') }), { reason: 'not-found' });
  });

  test('says none of these by a promise that rests on labels which taught nothing', async () => {
    // Without class folders: they would be a basis, too.
    for (let i = 0; i < 60; i++) {
      const shade = 40 + (i % 20) * 2;
      const [red, green] = i % 2 === 0 ? [200 - shade, shade] : [shade, 200 - shade];
      files.write(`promise/${i}.ppm`, ppm([red, green, 20 + (i % 7)], i));
    }
    const params = { ...about, folders: [files.path('promise')] };
    await engine.rpc.call('classify', params);
    const caution = { none: { errorRate: 0.1 } };
    const table = (asked: string, images: number) => {
      const rows = Array.from(
        { length: images },
        (_, i) => `${i}.ppm,${i % 2 === 0 ? 'cat' : 'dog'},${asked}`,
      );
      files.write('promise/some.csv', ['file_name,label,asked', ...rows, ''].join('\n'));
      return { truths: files.path('promise/some.csv') };
    };
    const none = async (more: Partial<SettleParams>) => {
      const { result } = await settle({ ...params, mode: 'auto', caution, ...more });
      return result.cautious!.none!;
    };
    const lacking = await none({});
    assert.deepEqual([lacking.promised, lacking.checked, lacking.needed], [undefined, 0, 9]);
    const drawn = await none(table('random', 10));
    assert.deepEqual([drawn.promised, drawn.basis, drawn.checked], [0.1, 'random-labels', 10]);
    const given = await none(table('', 10));
    assert.deepEqual([given.promised, given.basis, given.checked], [0.1, 'given-labels', 10]);
    const plain = await none({ ...table('', 10), mode: 'never' });
    assert.deepEqual([plain.basis, plain.checked], ['given-labels', 10]);
    // Proposed images are no fair sample.
    assert.equal((await none(table('proposed', 10))).promised, undefined);
    assert.equal((await none(table('random', 8))).promised, undefined);
    const few = await none(table('', 8));
    assert.deepEqual([few.promised, few.checked, few.needed], [undefined, 8, 9]);
    const { result } = await settle({ ...params, mode: 'auto', caution, ...table('', 10) });
    const said = result.cautious!.said.filter((_, i) => result.given[i] !== GIVEN.nothing);
    assert.deepEqual([...said], new Array(10).fill(SAID.label), 'what a person said is said');
  });

  test('can be cancelled, and goes on afterwards', async () => {
    const params = { ...about, folders: [writeShades('cancelled')], mode: 'auto' } as const;
    await engine.rpc.call('classify', params);
    const stop = new AbortController();
    stop.abort();
    await assert.rejects(engine.rpc.call('settle', params, { signal: stop.signal }), { reason: 'cancelled' });
    assert.equal((await settle(params)).result.settled, true);
  });

  test('proposes different images, at random the same ones until they are labeled', async () => {
    const params = { ...about, folders: [writeShades('proposed')], mode: 'auto' } as const;
    await engine.rpc.call('classify', params);
    const five = await engine.rpc.call('proposeImages', { ...params, count: 5 });
    assert.equal(new Set(five.paths).size, 5);
    const once = await engine.rpc.call('proposeImages', { ...params, count: 5, random: true });
    const more = await engine.rpc.call('proposeImages', { ...params, count: 10, random: true });
    assert.deepEqual(more.paths.slice(0, 5), once.paths);
    const moved = { ...params, folders: [writeShades('elsewhere/proposed')] };
    await engine.rpc.call('classify', moved);
    const again = await engine.rpc.call('proposeImages', { ...moved, count: 5, random: true });
    const named = (paths: readonly string[]) => paths.map((file) => path.basename(file));
    assert.deepEqual(named(again.paths), named(once.paths));
  });

  test('proposes all images at random', async () => {
    const params = { ...about, folders: [writeColourImages(files, 'asked', 3)] };
    await engine.rpc.call('classify', params);
    const { paths } = await engine.rpc.call('proposeImages', {
      ...params,
      mode: 'auto',
      count: 20,
      random: true,
    });
    assert.equal(new Set(paths).size, 9);
  });
});
