import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { learnedKeys, withHead } from '../../../../src/core/alignments/alignment.ts';
import { parseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { withPaths } from '../../../../src/core/alignments/documentPaths.ts';
import type { BackboneDescription } from '../../../../src/core/backbones/backboneDescription.ts';
import { networkSize } from '../../../../src/core/prompts/maskNetwork.ts';
import { decodePrompt } from '../../../../src/core/prompts/promptFile.ts';
import { networkOf, parameterCount } from '../../../../src/core/prompts/visualPrompt.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import type { TrainProgress } from '../../../../src/core/training/trainJob.ts';
import { PromptModel } from '../../../../src/engine/training/promptModel.ts';
import { floats, int, ints, model, node } from '../classifierModel.ts';
import { colourSidecar, colours, identityAlignment, sidecarOfSize, writeColourImages } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

const labels = Object.keys(colours);

function numbers(length: number, seed: number, scale: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => scale * (2 * random() - 1));
}

/** The same direction, of length 1. */
function unit(values: Float32Array): Float32Array {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

/** Means of tanh of the colors: not linear, so that a gradient hangs on the image. */
const bent = model({
  inputs: [{ name: 'image', dims: ['N', 3, 'H', 'W'] }],
  nodes: [
    node('Tanh', ['image'], ['bent']),
    node('ReduceMean', ['bent'], ['means'], [ints('axes', [2, 3]), int('keepdims', 0)]),
    node('Gemm', ['means', 'fc', 'bias'], ['scores']),
  ],
  initializers: [floats('fc', [3, 3], [9, 0, 0, 0, 9, 0, 0, 0, 9]), floats('bias', [3], [2, 0, 0])],
});

describe('A mask for each image', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite({ threads: 1, backboneFolders: ['models'] });
  let folder: string;

  before(async () => {
    files.write('models/bent.onnx', bent);
    files.write('models/bent.backbone.json', JSON.stringify(colourSidecar));
    folder = writeColourImages(files, 'photos', 12);
  });

  it('has gradients for its network as finite differences do, over several runs of the graph', async () => {
    files.write('models/large.onnx', bent);
    files.write('models/large.backbone.json', JSON.stringify(sidecarOfSize(20)));
    const backbone: BackboneDescription = await engine.rpc.call('describeBackbone', { backbone: 'large' });
    const rows = 6;
    const steps = await PromptModel.open(
      {
        backbone,
        cacheFolder: files.path('cache'),
        batch: rows,
        threads: 1,
        form: 'linear',
        targets: 3,
        masked: true,
      },
      0,
    );
    try {
      const images = numbers(rows * 1200, 1, 1);
      const step = {
        images,
        truths: Float32Array.from({ length: 3 * rows }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3)),
        weights: new Float32Array(rows).fill(1 / rows),
      };
      const mapping = {
        form: 'linear' as const,
        matrix: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
        offsets: new Float32Array(3),
        sharpness: 1,
      };
      const prompt = { added: numbers(1200, 2, 0.5), network: numbers(networkSize(3), 3, 0.1) };
      const { gradient, network } = await steps.step(step, prompt, mapping);
      const lossAt = async (added: Float32Array, weights: Float32Array) =>
        (await steps.step(step, { added, network: weights }, mapping)).loss;
      const along = (values: Float32Array, by: number, direction: Float32Array) =>
        values.map((value, i) => value + by * direction[i]);
      const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
      for (const seed of [4, 5, 6]) {
        // Along the gradient itself mostly, for single precision to see the slope.
        const moves = {
          added: along(unit(gradient), 1, numbers(1200, seed, 0.02)),
          network: along(unit(network!), 1, numbers(networkSize(3), seed, 0.004)),
        };
        const h = 0.01;
        const byAdded =
          ((await lossAt(along(prompt.added, h, moves.added), prompt.network)) -
            (await lossAt(along(prompt.added, -h, moves.added), prompt.network))) /
          (2 * h);
        const byNetwork =
          ((await lossAt(prompt.added, along(prompt.network, h, moves.network))) -
            (await lossAt(prompt.added, along(prompt.network, -h, moves.network)))) /
          (2 * h);
        const slopes = [dot(gradient, moves.added), dot(network!, moves.network)];
        assert.ok(
          Math.abs(byAdded - slopes[0]) < 0.02 * Math.abs(slopes[0]),
          `${byAdded} is not ${slopes[0]}`,
        );
        assert.ok(
          Math.abs(byNetwork - slopes[1]) < 0.02 * Math.abs(slopes[1]),
          `${byNetwork} is not ${slopes[1]}`,
        );
      }
    } finally {
      await steps.close();
    }
  });

  it('classifies as it was validated, and is in the exported classifier', async () => {
    const runFolder = files.path('run');
    const record = await engine.rpc.call('train', {
      folders: [folder],
      testFolder: folder,
      backbone: 'bent',
      alignment: identityAlignment(labels, 'bent'),
      settings: {
        prompt: { kind: 'mask' },
        mapping: 'semap',
        epochs: 6,
        batch: 4,
        learningRate: 0.1,
        patience: 0,
        threads: 1,
      },
      runFolder,
    });
    const file = `${runFolder}/prompt.safetensors`;
    const { shape, parameters } = decodePrompt(readFileSync(file), 'prompt.safetensors');
    assert.deepEqual([shape.kind, shape.channels, parameters.length], ['mask', 3, parameterCount(shape)]);
    assert.ok(networkOf(shape, parameters)!.every(Number.isFinite));
    const document = parseAlignment(readFileSync(`${runFolder}/alignment.semap.json`, 'utf8'));
    const alignment = { ...document, prompt: file };
    const classified = await engine.rpc.call('classify', { folders: [folder], backbone: 'bent', alignment });
    assert.deepEqual([...readFileSync(`${runFolder}/mask.png`).subarray(1, 4)], [...Buffer.from('PNG')]);
    assert.equal(record.best!.valAccuracy, 1);
    assert.ok(record.testAccuracy! > 0.9);
    assert.ok(classified.accuracy! > 0.9);
    for (const target of ['onnxruntime', 'other'] as const) {
      const { parity } = await engine.rpc.call('exportClassifier', {
        backbone: 'bent',
        alignment,
        options: { target },
        file: files.path(`${target}.onnx`),
        version: '1',
      });
      assert.equal(parity.otherLabels, 0);
      assert.ok(parity.largestDifference < 1e-3, `${parity.largestDifference}`);
    }
  });

  it('is trained together with a linear probe, whose features come from behind the mask', async () => {
    const runFolder = files.path('probed');
    const record = await engine.rpc.call('train', {
      folders: [folder],
      backbone: 'bent',
      alignment: identityAlignment(labels, 'bent'),
      settings: {
        prompt: { kind: 'mask' },
        mapping: 'linear-probe',
        epochs: 2,
        batch: 4,
        patience: 0,
        threads: 2,
      },
      runFolder,
    });
    assert.equal(record.status, 'done');
    const document = parseAlignment(readFileSync(`${runFolder}/alignment.semap.json`, 'utf8'));
    const { accuracy } = await engine.rpc.call('classify', {
      folders: [folder],
      backbone: 'bent',
      alignment: withPaths(document, (named, what) =>
        what === 'prompt' || what === 'head' ? `${runFolder}/${named}` : named,
      ),
    });
    assert.equal(record.best!.valAccuracy, 1);
    assert.equal(accuracy, 1);
    // Where another head takes the place of this one, the prompt still has seen the images.
    assert.equal(learnedKeys(withHead(document, undefined)), document.head!.learned.learned);
  });

  it('has its picture again where a run goes on without it', async () => {
    const runFolder = files.path('redrawn');
    const asked = {
      folders: [folder],
      backbone: 'bent',
      alignment: identityAlignment(labels, 'bent'),
      settings: { prompt: { kind: 'mask' }, mapping: 'semap', epochs: 500, patience: 0, threads: 1 },
      runFolder,
    } as const;
    const until = (kind: TrainProgress['kind']) => {
      const abort = new AbortController();
      const onProgress = (progress: TrainProgress) => progress.kind === kind && abort.abort();
      return { signal: abort.signal, onProgress };
    };
    assert.equal((await engine.rpc.call('train', asked, until('epoch'))).status, 'paused');
    rmSync(`${runFolder}/mask.png`);
    // It has begun, and has not ended an epoch.
    await engine.rpc.call('resumeRun', { runFolder }, until('started'));
    assert.ok(existsSync(`${runFolder}/mask.png`));
  });

  it('is validated as images are classified where the backbone takes bytes, three images at once', async () => {
    const bytes = model({
      inputs: [{ name: 'image', type: 'uint8', dims: [3, 8, 8, 3] }],
      nodes: [
        node('Cast', ['image'], ['numbers'], [int('to', 1)]),
        node('Mul', ['numbers', 'scale'], ['scaled']),
        node('Tanh', ['scaled'], ['bent']),
        node('ReduceMean', ['bent'], ['means'], [ints('axes', [1, 2]), int('keepdims', 0)]),
        node('Gemm', ['means', 'fc', 'bias'], ['scores']),
      ],
      outputs: [{ name: 'scores', dims: [3, 3] }],
      initializers: [
        floats('scale', [1], [1 / 255]),
        floats('fc', [3, 3], [9, 0, 0, 0, 9, 0, 0, 0, 9]),
        floats('bias', [3], [2, 0, 0]),
      ],
    });
    const preprocessing = { ...colourSidecar.preprocessing, rescale_factor: 1 };
    files.write('models/bytes.onnx', bytes);
    files.write('models/bytes.backbone.json', JSON.stringify({ ...colourSidecar, preprocessing }));
    const runFolder = files.path('bytes');
    const record = await engine.rpc.call('train', {
      folders: [folder],
      backbone: 'bytes',
      alignment: identityAlignment(labels, 'bytes'),
      settings: { prompt: { kind: 'mask' }, mapping: 'semap', epochs: 2, batch: 4, threads: 1 },
      runFolder,
    });
    const document = parseAlignment(readFileSync(`${runFolder}/alignment.semap.json`, 'utf8'));
    const alignment = { ...document, prompt: `${runFolder}/prompt.safetensors` };
    const asked = { folders: [folder], backbone: 'bytes', alignment };
    const { accuracy } = await engine.rpc.call('classify', asked);
    assert.equal(accuracy, record.best!.valAccuracy);
  });

  it('is not trained where no gradient is to be had', async () => {
    files.write(
      'models/ruleless.onnx',
      model({
        nodes: [
          node('ReduceMean', ['image'], ['matrices'], [ints('axes', [2, 3]), int('keepdims', 1)]),
          node('Det', ['matrices'], ['means']),
          node('Gemm', ['means', 'fc'], ['scores']),
        ],
        initializers: [floats('fc', [3, 3], [9, 0, 0, 0, 9, 0, 0, 0, 9])],
      }),
    );
    files.write('models/ruleless.backbone.json', JSON.stringify(colourSidecar));
    const training = engine.rpc.call('train', {
      folders: [folder],
      backbone: 'ruleless',
      alignment: identityAlignment(labels, 'ruleless'),
      settings: { prompt: { kind: 'mask' }, mapping: 'semap', epochs: 1, threads: 1 },
      runFolder: files.path('refused'),
    });
    await assert.rejects(training, {
      reason: 'unsupported-model',
      message: /Masks cannot be trained through ruleless\. Cannot compute gradients through Det/,
    });
  });
});
