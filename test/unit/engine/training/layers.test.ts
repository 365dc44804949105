import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { parseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { withPaths } from '../../../../src/core/alignments/documentPaths.ts';
import { decodeSafetensors } from '../../../../src/core/prompts/safetensors.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import type { TrainParams, TrainSettings } from '../../../../src/core/runs/trainingSettings.ts';
import { say } from '../../../../src/core/text/text.ts';
import { rateAt } from '../../../../src/core/training/optimiser.ts';
import type { RunImages } from '../../../../src/core/training/split.ts';
import type { TrainProgress } from '../../../../src/core/training/trainJob.ts';
import { floats, int, ints, model, node } from '../classifierModel.ts';
import { colourSidecar, colours, identityAlignment, ppm } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';
import { beforeItsEnd, pausedAfter } from './brokenOff.ts';

const labels = Object.keys(colours);
const INPUT = { name: 'image', dims: ['N', 3, 'H', 'W'] };
const means = (from: string, to: string, keep: number) =>
  node('ReduceMean', [from], [to], [ints('axes', [2, 3]), int('keepdims', keep)]);
const LAST = node('Gemm', ['features', 'fc', 'bias'], ['scores']);
const WEIGHTS = [floats('fc', [3, 3], [9, 1, 0, 0, 9, 1, 1, 0, 9]), floats('bias', [3], [2, 0, 0])];

/** Not linear, so that a gradient hangs on the image; with a last layer, or without one. */
const backbones = {
  bent: model({
    inputs: [INPUT],
    nodes: [node('Tanh', ['image'], ['bent']), means('bent', 'features', 0), LAST],
    initializers: WEIGHTS,
  }),
  bare: model({ inputs: [INPUT], nodes: [node('Tanh', ['image'], ['bent']), means('bent', 'scores', 0)] }),
  // The determinant of a 1 x 1 matrix is its element, and Det has no rule.
  ruleless: model({
    inputs: [INPUT],
    nodes: [means('image', 'matrices', 1), node('Det', ['matrices'], ['features']), LAST],
    initializers: WEIGHTS,
  }),
};

describe('A layer that is trained together with a prompt', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite({ threads: 1, backboneFolders: ['models'] });
  let [folder, unseen] = ['', ''];
  let runs = 0;

  before(() => {
    for (const [name, bytes] of Object.entries(backbones)) {
      files.write(`models/${name}.onnx`, bytes);
      files.write(`models/${name}.backbone.json`, JSON.stringify(colourSidecar));
    }
    // Colors that overlap, so that no accuracy is 1.
    const random = seededRandom(5);
    let seed = 0;
    const shade = (value: number) => Math.max(0, Math.min(255, Math.round(value + 240 * (random() - 0.5))));
    for (const [place, count] of [
      ['photos', 20],
      ['unseen', 15],
    ] as const) {
      for (const [label, [r, g, b]] of Object.entries(colours)) {
        for (let i = 0; i < count; i++) {
          files.write(`${place}/${label}/${place}-${i}.ppm`, ppm([shade(r), shade(g), shade(b)], seed++));
        }
      }
    }
    [folder, unseen] = [files.path('photos'), files.path('unseen')];
  });

  const params = (
    backbone: string,
    settings: Partial<TrainSettings>,
    more: Partial<TrainParams> = {},
  ): TrainParams => ({
    folders: [folder],
    backbone,
    alignment: identityAlignment(labels, backbone),
    settings: {
      prompt: { kind: 'watermark' },
      epochs: 3,
      batch: 5,
      patience: 0,
      threads: 1,
      ...settings,
    },
    runFolder: files.path('runs', String(runs++)),
    ...more,
  });

  /** The document of a run, as it can be asked from anywhere. */
  function documentOf(runFolder: string) {
    const document = parseAlignment(readFileSync(`${runFolder}/alignment.semap.json`, 'utf8'));
    return withPaths(document, (named, what) =>
      what === 'prompt' || what === 'head' ? `${runFolder}/${named}` : named,
    );
  }

  for (const [mapping, kind] of [
    ['linear', 'linear-mapping'],
    ['linear-probe', 'linear-probe'],
  ] as const) {
    it(`starts as the baseline, and classifies, settles and is exported as it was measured: ${mapping}`, async () => {
      const given = params('bent', { mapping, learningRate: 0.03 }, { testFolder: unseen });
      const told: TrainProgress[] = [];
      const record = await engine.rpc.call('train', given, {
        onProgress: (progress) => told.push(progress),
      });
      const epochs = told.filter((progress) => progress.kind === 'epoch');
      const baseline = record.baselines.find((one) => one.kind === kind)!;
      assert.equal(epochs[0].metrics.valAccuracy, baseline.valAccuracy);
      assert.ok(epochs[3].metrics.loss! < epochs[1].metrics.loss!, 'the loss did not fall');
      // A watermark of 8 x 8, and a layer of three rows.
      assert.equal(record.parameters, 3 * 64 + 3 * 3 + 3);

      const alignment = documentOf(given.runFolder);
      assert.deepEqual([alignment.head!.kind, alignment.head!.learned.images], [kind, record.trainImages]);
      const asked = { folders: [unseen], backbone: 'bent', alignment };
      assert.equal((await engine.rpc.call('classify', asked)).accuracy, record.testAccuracy);
      const settled = await engine.rpc.call('settle', { ...asked, mode: 'auto' });
      assert.equal(settled.targets.length, 45);
      for (const target of ['onnxruntime', 'other'] as const) {
        const { parity } = await engine.rpc.call('exportClassifier', {
          backbone: 'bent',
          alignment,
          options: { target },
          file: files.path(`${mapping}-${target}.onnx`),
          version: '1',
        });
        assert.equal(parity.otherLabels, 0);
        assert.ok(parity.largestDifference < 1e-3, `${parity.largestDifference}`);
      }
      // The head belongs to its prompt.
      const { prompt: _, ...bare } = alignment;
      await assert.rejects(engine.rpc.call('classify', { ...asked, alignment: bare }), {
        reason: 'labels-mismatch',
      });
    });
  }

  it('goes on after a cancel as if there had been none, bit for bit', async () => {
    const settings = { mapping: 'linear-probe', seed: 2, learningRate: 0.5 } as const;
    const { parted, epochs } = await beforeItsEnd(6, async (epochs) => {
      const parted = params('bent', { ...settings, epochs });
      return (await pausedAfter(1, engine, parted)) && { parted, epochs };
    });
    const whole = params('bent', { ...settings, epochs });
    await engine.rpc.call('train', whole);
    await engine.rpc.call('resumeRun', { runFolder: parted.runFolder });
    const filesOf = ({ runFolder }: TrainParams) => {
      const metrics = readFileSync(`${runFolder}/metrics.jsonl`, 'utf8').trim().split('\n');
      const figures = metrics.map((line) => {
        const { seconds: _s, imagesPerSecond: _i, ...same } = JSON.parse(line);
        return same;
      });
      const bytes = ['prompt.safetensors', 'alignment.head.safetensors'].map((name) =>
        readFileSync(`${runFolder}/${name}`).toString('base64'),
      );
      return [figures, bytes];
    };
    assert.deepEqual(filesOf(parted), filesOf(whole));
    // So high a rate has made things worse, and was lowered for it.
    const lines = readFileSync(`${whole.runFolder}/metrics.jsonl`, 'utf8').trim().split('\n');
    const rates = lines.map((line) => JSON.parse(line).learningRate as number);
    const plain = rateAt(epochs - 0.95, epochs, 0.5, 'cosine');
    assert.ok(rates[epochs] < 0.4 * plain, `${rates[epochs]} is not a third of ${plain}`);
  });

  it('goes on as the same layer where images are gone that its inputs were scaled by', async () => {
    const given = await beforeItsEnd(8, async (epochs) => {
      const own = files.path('fewer', String(epochs));
      cpSync(folder, own, { recursive: true });
      const asked = params('bent', { mapping: 'linear-probe', epochs }, { folders: [own] });
      return (await pausedAfter(2, engine, asked)) && asked;
    });
    const checkpoint = () => {
      const { tensors } = decodeSafetensors(readFileSync(`${given.runFolder}/checkpoint.safetensors`), '');
      return Array.from(tensors['scaling'].data);
    };
    const losses = () =>
      readFileSync(`${given.runFolder}/metrics.jsonl`, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).valLoss as number);
    const [before, done] = [checkpoint(), losses().length];
    assert.equal(before.length, 3 + 1);
    const { train } = JSON.parse(readFileSync(`${given.runFolder}/images.json`, 'utf8')) as RunImages;
    const cats = train.filter(({ truth }) => truth === 0);
    for (const { path } of cats.slice(1)) rmSync(path);
    const record = await engine.rpc.call('resumeRun', { runFolder: given.runFolder });
    assert.deepEqual([record.skipped.length, checkpoint()], [cats.length - 1, before]);
    const [last, next] = losses().slice(done - 1);
    assert.ok(Math.abs(next - last) < 0.2 * last, `the loss goes from ${last} to ${next}`);
  });

  it('reads logits where there are no features, and says so', async () => {
    const record = await engine.rpc.call('train', params('bare', { mapping: 'linear-probe' }));
    assert.equal(record.settings.mapping, 'linear');
    assert.match(say(record.remark!), /bare gives no penultimate features/);
  });

  it('has a gradient of its own where the backbone has none', async () => {
    const given = params('ruleless', { mapping: 'linear-probe', prompt: { kind: 'low-rank', rank: 1 } });
    const record = await engine.rpc.call('train', given);
    assert.deepEqual([record.gradient, record.status], ['spsa', 'done']);
    const { accuracy } = await engine.rpc.call('classify', {
      folders: [unseen],
      backbone: 'ruleless',
      alignment: documentOf(given.runFolder),
    });
    assert.ok(accuracy! > 0.6, `${accuracy}`);
  });

  it('is learned alone where no prompt is wanted', async () => {
    const given = params('bent', { mapping: 'linear-probe', prompt: { kind: 'none' } });
    const record = await engine.rpc.call('train', given);
    const probe = record.baselines.find(({ kind }) => kind === 'linear-probe')!;
    assert.equal(record.best!.valAccuracy, probe.valAccuracy);
    const document = documentOf(given.runFolder);
    assert.deepEqual([document.prompt, document.head!.kind], [undefined, 'linear-probe']);
  });
});
