import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { parseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import type { SemapError } from '../../../../src/core/errors.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../../src/core/prompts/safetensors.ts';
import type { Confusion, TrainingRecord } from '../../../../src/core/runs/trainingRecord.ts';
import type { TrainParams, TrainSettings } from '../../../../src/core/runs/trainingSettings.ts';
import { say } from '../../../../src/core/text/text.ts';
import type { TrainProgress } from '../../../../src/core/training/trainJob.ts';
import { column } from '../../column.ts';
import { floats, int, ints, model, node } from '../classifierModel.ts';
import { colourSidecar, colours, identityAlignment, ppm, writeColourImages } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';
import { beforeItsEnd, pausedAfter } from './brokenOff.ts';

const labels = Object.keys(colours);

/** Mean colours times nine, with a bias so strong that everything is taken for a cat. */
function biased({ gradient }: { gradient: boolean }): Uint8Array {
  const axes = ints('axes', [2, 3]);
  const means = gradient
    ? [node('ReduceMean', ['image'], ['means'], [axes, int('keepdims', 0)])]
    : [
        node('ReduceMean', ['image'], ['matrices'], [axes, int('keepdims', 1)]),
        // The determinant of a 1 x 1 matrix is its element, and Det has no rule.
        node('Det', ['matrices'], ['means']),
      ];
  return model({
    nodes: [...means, node('Gemm', ['means', 'fc', 'bias'], ['scores'])],
    initializers: [floats('fc', [3, 3], [9, 0, 0, 0, 9, 0, 0, 0, 9]), floats('bias', [3], [7.2, 0, 0])],
  });
}

/** Everything of a run that must be the same when it is done again. */
function traceOf(folder: string): unknown {
  const lines = readFileSync(`${folder}/metrics.jsonl`, 'utf8').trim().split('\n');
  const metrics = lines.map((line) => {
    const { seconds: _s, imagesPerSecond: _i, ...same } = JSON.parse(line);
    return same;
  });
  const { best, baselines, verdict } = recordOf(folder);
  const prompt = readFileSync(`${folder}/prompt.safetensors`).toString('base64');
  return { metrics, best, baselines, verdict, prompt };
}

/** Images that a label was predicted for. */
function countedIn({ counts }: Confusion): number {
  return Array.from(counts).reduce((sum, count) => sum + count, 0);
}

function recordOf(folder: string): TrainingRecord {
  return JSON.parse(readFileSync(`${folder}/run.json`, 'utf8'));
}

describe('Training a visual prompt', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite({ threads: 1, backboneFolders: ['models'] });
  let folder: string;
  let runs = 0;
  const newRun = () => files.path('runs', String(runs++));

  before(async () => {
    const sidecar = JSON.stringify(colourSidecar);
    files.write('models/biased.onnx', biased({ gradient: true }));
    files.write('models/biased.backbone.json', sidecar);
    files.write('models/ruleless.onnx', biased({ gradient: false }));
    files.write('models/ruleless.backbone.json', sidecar);
    folder = writeColourImages(files, 'photos', 20);
  });

  const params = (settings: Partial<TrainSettings> = {}, more: Partial<TrainParams> = {}): TrainParams => ({
    folders: [folder],
    backbone: 'biased',
    alignment: identityAlignment(labels, 'biased'),
    settings: {
      prompt: { kind: 'watermark' },
      mapping: 'semap',
      epochs: 4,
      batch: 4,
      learningRate: 0.1,
      patience: 0,
      threads: 1,
      ...settings,
    },
    runFolder: newRun(),
    ...more,
  });

  async function train(given: TrainParams, act: (progress: TrainProgress) => void = () => {}) {
    const told: TrainProgress[] = [];
    const record = await engine.rpc.call('train', given, {
      onProgress: (progress) => {
        told.push(progress);
        act(progress);
      },
    });
    return { record, told };
  }

  for (const prompt of [
    { kind: 'watermark' },
    { kind: 'low-rank', rank: 2 },
    { kind: 'padding', frame: 1 },
    { kind: 'mask' },
    { kind: 'watermark', count: 3 },
  ] as const) {
    it(`learns what the mapping alone cannot: ${Object.values(prompt).join(' ')}`, async () => {
      const { record } = await train(
        params({ prompt, learningRate: prompt.kind === 'padding' ? 0.5 : 0.1, epochs: 8 }),
      );
      const zeroShot = record.baselines.find(({ kind }) => kind === 'zero-shot');
      assert.ok(zeroShot!.valAccuracy! < 0.4, `zero-shot has ${zeroShot!.valAccuracy}`);
      assert.equal(record.status, 'done');
      assert.equal(record.best!.valAccuracy, 1);
      assert.equal(countedIn(record.confusion!), record.validationImages);
    });
  }

  it('tells baselines, epochs, confusion and pictures, and keeps them in files', async () => {
    const given = params({ mapping: 'blm+' }, { testFolder: folder });
    const { record, told } = await train(given);
    assert.deepEqual(column(record.baselines, 'kind'), [
      'majority',
      'zero-shot',
      'mapping-only',
      'linear-mapping',
      'linear-probe',
    ]);
    const epochs = told.filter((progress) => progress.kind === 'epoch');
    const order = epochs.map(({ metrics }) => metrics.epoch);
    assert.deepEqual(order, [0, 1, 2, 3, 4]);
    const [first] = epochs;
    // Everything is taken for a cat, so that all labels get that source alone: nothing is decided.
    assert.equal(countedIn(first!.confusion), 0);
    assert.deepEqual([...first!.prompt!.png.subarray(1, 4)], [...Buffer.from('PNG')]);
    assert.ok(first!.sample!.path.startsWith(folder));
    assert.deepEqual(recordOf(given.runFolder), JSON.parse(JSON.stringify(record)));
    assert.equal(record.testImages, 60);
    assert.ok(record.testAccuracy !== undefined);
    assert.match(say(record.verdict!), /test images/);
    for (const file of ['metrics.jsonl', 'prompt.safetensors', 'prompt.png', 'alignment.semap.json']) {
      assert.ok(readdirSync(given.runFolder).includes(file), `${file} is missing`);
    }
    assert.ok(!readdirSync(given.runFolder).some((name) => name.startsWith('.')), 'a temporary file is left');
  });

  it('classifies with the prompt that the run points to, and leaves out what it learned from', async () => {
    const alignment = { ...identityAlignment(labels, 'biased'), folders: ['/elsewhere'] };
    const given = params({ epochs: 8 }, { alignment });
    await train(given);
    const document = parseAlignment(readFileSync(`${given.runFolder}/alignment.semap.json`, 'utf8'));
    assert.equal(document.folders, undefined, 'it is not made for the folder of the alignment it began with');
    assert.equal(document.prompt, 'prompt.safetensors');
    const ask = (alignment: typeof document) =>
      engine.rpc.call('classify', { folders: [folder], backbone: 'biased', alignment });
    const prompted = await ask({ ...document, prompt: `${given.runFolder}/prompt.safetensors` });
    assert.equal(prompted.accuracy, 1);
    assert.equal(prompted.learnedFrom, 48);
    const { prompt: _, ...bare } = document;
    assert.ok((await ask(bare)).accuracy! < 0.5, 'outputs with and without a prompt are mixed up');
    await assert.rejects(ask(document), { reason: 'not-found' });
    await assert.rejects(
      engine.rpc.call('classify', {
        folders: [folder],
        backbone: 'ruleless',
        alignment: { ...document, prompt: `${given.runFolder}/prompt.safetensors` },
      }),
      { reason: 'labels-mismatch' },
    );
  });

  for (const optimiser of ['adam', 'sgd'] as const) {
    it(`goes on after a cancel as if there had been none, bit for bit: ${optimiser}`, async () => {
      const settings = {
        optimiser,
        mapping: 'blm+',
        augment: { flip: true, crop: true },
        seed: 3,
        learningRate: optimiser === 'sgd' ? 1 : 0.02,
      } as const;
      const { runFolder, epochs } = await beforeItsEnd(8, async (epochs) => {
        const parted = params({ ...settings, epochs });
        const halves = [await pausedAfter(1, engine, parted)];
        if (halves[0]) halves.push(await pausedAfter(3, engine, { runFolder: parted.runFolder }));
        return halves.at(-1) && { runFolder: parted.runFolder, epochs };
      });
      const record = await engine.rpc.call('resumeRun', { runFolder });
      assert.equal(record.status, 'done');
      const whole = params({ ...settings, epochs });
      await train(whole);
      assert.deepEqual(traceOf(runFolder), traceOf(whole.runFolder));
    });
  }

  it('trains several prompts together, and classifies with all of them as it validated', async () => {
    const given = params({ prompt: { kind: 'watermark', count: 2 }, mapping: 'blm+', epochs: 6 });
    const { record, told } = await train(given);
    const last = told.findLast((progress) => progress.kind === 'epoch');
    assert.equal(last!.furtherPrompts!.length, 1);
    const files = readdirSync(given.runFolder);
    for (const file of ['prompt-2.safetensors', 'prompt-2.png']) assert.ok(files.includes(file), file);
    const document = parseAlignment(readFileSync(`${given.runFolder}/alignment.semap.json`, 'utf8'));
    assert.deepEqual([document.version, document.prompt], [4, 'prompt.safetensors']);
    assert.deepEqual(column(document.members!, 'prompt'), ['prompt-2.safetensors']);
    for (const [t, { weight }] of document.targets.entries())
      assert.ok(Math.abs(weight! + document.members![0].targets[t].weight! - 2) < 1e-3);
    const from = (name: string) => `${given.runFolder}/${name}`;
    const backbone = { ...document.backbone, name: 'biased', sha256: record.backbone.sha256 };
    const alignment = {
      ...document,
      backbone,
      prompt: from('prompt.safetensors'),
      members: document.members!.map((member) => ({ ...member, backbone, prompt: from(member.prompt!) })),
    };
    // Accuracy is that of the validation images: the others taught it.
    const { accuracy, learnedFrom } = await engine.rpc.call('classify', {
      folders: [folder],
      backbone: 'biased',
      alignment,
    });
    assert.deepEqual([accuracy, learnedFrom], [record.best!.valAccuracy, record.trainImages]);
  });

  it('goes on with several prompts after a cancel as if there had been none', async () => {
    const settings = { prompt: { kind: 'low-rank', rank: 1, count: 2 }, mapping: 'blm+', seed: 3 } as const;
    const { runFolder, epochs } = await beforeItsEnd(4, async (epochs) => {
      const parted = params({ ...settings, epochs });
      return (await pausedAfter(2, engine, parted)) && { runFolder: parted.runFolder, epochs };
    });
    const record = await engine.rpc.call('resumeRun', { runFolder });
    assert.equal(record.status, 'done');
    const whole = params({ ...settings, epochs });
    await train(whole);
    assert.deepEqual(traceOf(runFolder), traceOf(whole.runFolder));
  });

  it('trains several prompts without a gradient where there is none', async () => {
    const prompt = { kind: 'low-rank', rank: 1, count: 2 } as const;
    const { record } = await train(params({ prompt, epochs: 2 }, { backbone: 'ruleless' }));
    assert.deepEqual([record.gradient, record.status], ['spsa', 'done']);
  });

  it('goes on after the engine was killed, and ends as if it had not been', async () => {
    const { killed, epochs } = await beforeItsEnd(10, async (epochs) => {
      const killed = params({ mapping: 'blm+', epochs });
      const call = train(killed, (progress) => {
        if (progress.kind === 'epoch' && progress.metrics.epoch === 3) engine.process.kill();
      });
      const lost = await call.then(
        () => undefined,
        (error: SemapError) => error.reason,
      );
      await engine.restart();
      if (recordOf(killed.runFolder).status === 'done') return undefined;
      assert.deepEqual([lost, recordOf(killed.runFolder).status], ['engine-stopped', 'running']);
      return { killed, epochs };
    });
    const record = await engine.rpc.call('resumeRun', { runFolder: killed.runFolder });
    assert.equal(record.status, 'done');
    const whole = params({ mapping: 'blm+', epochs });
    await train(whole);
    assert.deepEqual(traceOf(killed.runFolder), traceOf(whole.runFolder));
  });

  it('runs one at a time, tells the others that they wait, and classifies meanwhile', async () => {
    const first = params({ epochs: 500, patience: 0 });
    const second = params({ epochs: 1 });
    const order: string[] = [];
    let asked: Promise<unknown> | undefined;
    const running = train(first, (progress) => {
      if (progress.kind !== 'epoch' || asked) return;
      asked = engine.rpc
        .call('classify', {
          folders: [folder],
          backbone: 'biased',
          alignment: identityAlignment(labels, 'biased'),
        })
        .then(() => {
          order.push('classified');
          return engine.rpc.call('stopTraining', { runFolder: first.runFolder });
        });
    }).then((result) => {
      order.push('first');
      return result;
    });
    const waiting = train(second).then((result) => {
      order.push('second');
      return result;
    });
    await assert.rejects(train(first), { reason: 'busy' });
    const queue = await engine.rpc.call('trainingRuns', null);
    assert.deepEqual(column(queue, 'state'), ['running', 'queued']);
    const { told } = await waiting;
    await running;
    await asked;
    assert.deepEqual(told[0], { kind: 'queued', ahead: 0 });
    assert.deepEqual(order, ['classified', 'first', 'second']);
    assert.deepEqual(await engine.rpc.call('trainingRuns', null), []);
  });

  it('pauses, goes on, and stops with the best that there is', async () => {
    const given = params({ epochs: 500 });
    const { runFolder } = given;
    const states: string[] = [];
    const { record } = await train(given, (progress) => {
      if (progress.kind === 'paused' || progress.kind === 'resumed') states.push(progress.kind);
      if (progress.kind === 'epoch' && progress.metrics.epoch === 1)
        void engine.rpc.call('pauseTraining', { runFolder });
      if (progress.kind === 'paused') void engine.rpc.call('resumeTraining', { runFolder });
      if (progress.kind === 'resumed') void engine.rpc.call('stopTraining', { runFolder });
    });
    assert.deepEqual(states, ['paused', 'resumed']);
    assert.equal(record.status, 'stopped');
    assert.ok(record.best && record.verdict);
    await assert.rejects(engine.rpc.call('stopTraining', { runFolder }), { reason: 'not-found' });
    await assert.rejects(engine.rpc.call('resumeRun', { runFolder }), { reason: 'invalid-argument' });
  });

  it('ends early when validation does not improve', async () => {
    const { record } = await train(params({ epochs: 60, patience: 3, learningRate: 1e-9 }));
    assert.equal(record.epoch, 3);
    assert.match(say(record.ended!), /not improved for 3 epochs/);
  });

  it('trains no more where it had ended early and was left before it was measured', async () => {
    const given = params({ epochs: 60, patience: 3, learningRate: 1e-9 });
    await train(given);
    const before = traceOf(given.runFolder);
    const { ended: _, verdict: __, difference: ___, ...record } = recordOf(given.runFolder);
    writeFileSync(`${given.runFolder}/run.json`, JSON.stringify({ ...record, status: 'paused' }));
    const resumed = await engine.rpc.call('resumeRun', { runFolder: given.runFolder });
    assert.deepEqual([resumed.status, resumed.epoch], ['done', 3]);
    assert.match(say(resumed.ended!), /not improved for 3 epochs/);
    assert.deepEqual(traceOf(given.runFolder), before);
  });

  it('trains a low-rank prompt without a gradient where there is none', async () => {
    const given = params(
      { prompt: { kind: 'low-rank', rank: 1 }, epochs: 16 },
      { backbone: 'ruleless', alignment: identityAlignment(labels, 'ruleless') },
    );
    const { runFolder: _, ...asked } = given;
    const estimate = await engine.rpc.call('estimateTraining', asked);
    assert.equal(estimate.gradient, 'spsa');
    assert.match(say(estimate.why!), /Det/);
    assert.equal(estimate.parameters, 48);
    const { record } = await train(given);
    assert.equal(record.gradient, 'spsa');
    assert.ok(record.best!.valAccuracy > 0.6, `it has ${record.best!.valAccuracy}`);
  });

  it('learns the mapping only where no prompt is wanted', async () => {
    const given = params({ prompt: { kind: 'none' }, mapping: 'blm+' });
    const { record } = await train(given);
    const alone = record.baselines.find(({ kind }) => kind === 'mapping-only');
    assert.equal(record.best!.valAccuracy, alone!.valAccuracy);
    const document = parseAlignment(readFileSync(`${given.runFolder}/alignment.semap.json`, 'utf8'));
    assert.equal(document.prompt, undefined);
  });

  it('says what is missing: images of a class, a second class, sensible settings', async () => {
    const write = (place: string, counts: Record<string, number>) => {
      for (const [label, count] of Object.entries(counts)) {
        for (let i = 0; i < count; i++) files.write(`${place}/${label}/${i}.ppm`, ppm([9, 9, 9], i));
      }
      return files.path(place);
    };
    const without = { folders: [write('two', { cat: 4, dog: 4 })] };
    await assert.rejects(train(params({}, without)), { reason: 'no-images', message: /train bird/ });
    const single = { folders: [write('single', { cat: 1, dog: 1, bird: 1 })] };
    await assert.rejects(train(params({}, single)), { reason: 'no-images', message: /validation images/ });
    for (const wrong of [
      { epochs: 0 },
      { learningRate: -1 },
      { prompt: { kind: 'padding', frame: 4 } },
    ] as const)
      await assert.rejects(train(params(wrong)), { reason: 'invalid-argument' });
  });

  it('keeps a run whose class folder was emptied, and says which', async () => {
    const own = writeColourImages(files, 'emptied', 6);
    // It never comes to its end.
    const given = params({ epochs: 500 }, { folders: [own] });
    assert.ok(await pausedAfter(2, engine, given));
    rmSync(`${own}/dog`, { recursive: true });
    const resume = () => engine.rpc.call('resumeRun', { runFolder: given.runFolder });
    await assert.rejects(resume(), { reason: 'no-images', message: /dog/ });
    assert.ok(readdirSync(given.runFolder).includes('checkpoint.safetensors'));
    // A single image that is gone is passed over.
    writeColourImages(files, 'emptied', 6);
    rmSync(`${own}/dog/0.ppm`);
    const again = await pausedAfter(0, engine, { runFolder: given.runFolder });
    assert.deepEqual(column(again!.skipped, 'path'), [`${own}/dog/0.ppm`]);
  });

  it('does not go on from a checkpoint that is damaged or of something else', async () => {
    const given = params({ epochs: 500 });
    assert.ok(await pausedAfter(0, engine, given));
    const file = `${given.runFolder}/checkpoint.safetensors`;
    const { tensors, metadata } = decodeSafetensors(readFileSync(file), file);
    const edited = (name: string, change: (value: Record<string, unknown>) => object) =>
      encodeSafetensors({
        tensors,
        metadata: { ...metadata, [name]: JSON.stringify(change(JSON.parse(metadata[name]))) },
      });
    const damaged = [
      'damaged',
      edited('state', (state) => ({ ...state, epoch: 1e9 })),
      edited('mapping', (mapping) => ({ ...mapping, targets: [] })),
      encodeSafetensors({
        metadata,
        tensors: { ...tensors, bestRight: { shape: [1], data: Float32Array.of(1) } },
      }),
    ];
    for (const bytes of damaged) {
      writeFileSync(file, bytes);
      await assert.rejects(engine.rpc.call('resumeRun', { runFolder: given.runFolder }), {
        reason: 'invalid-document',
      });
    }
  });
});
