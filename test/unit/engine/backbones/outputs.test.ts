import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BackboneDescription } from '../../../../src/core/backbones/backboneDescription.ts';
import type { BackboneSidecar } from '../../../../src/core/backbones/backboneSidecar.ts';
import type { AttributeProto, NodeProto } from '../../../../src/core/onnx/protobuf/schema.ts';
import { networkSize } from '../../../../src/core/prompts/maskNetwork.ts';
import { loadOrt } from '../../../../src/engine/models/onnxruntime.ts';
import { PlainForward } from '../../../../src/engine/training/plainForward.ts';
import { PromptModel, type PromptModelOptions } from '../../../../src/engine/training/promptModel.ts';
import { column } from '../../column.ts';
import { floats, int, ints, type ModelParts, model, node } from '../classifierModel.ts';
import { colourSidecar, colours, identityAlignment, ppm } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

const labels = Object.keys(colours);
const MEANS = node('ReduceMean', ['image'], ['means'], [ints('axes', [2, 3]), int('keepdims', 0)]);
const GEMM = [MEANS, node('Gemm', ['means', 'fc'], ['z'])];
const FC = floats('fc', [3, 3], [9, 0, 0, 0, 9, 0, 0, 0, 9]);
const one = floats('one', [1], [1]);
const first = { name: 'first', dataType: 7, dims: BigInt64Array.of(1n), int64Data: BigInt64Array.of(0n) };
const strings: AttributeProto = {
  name: 'classlabels_strings',
  type: 8,
  strings: labels.map((label) => new TextEncoder().encode(label)),
};

interface Form {
  readonly what: string;
  readonly nodes: readonly NodeProto[];
  readonly outputs?: ModelParts['outputs'];
  readonly batch?: number;
  readonly initializers?: ModelParts['initializers'];
  readonly labels?: readonly string[];
  readonly said?: BackboneSidecar;
  readonly reads: Partial<BackboneDescription>;
  /** Threads with the engine's code take a second to start. */
  readonly whole?: true;
}

const FORMS: readonly Form[] = [
  {
    what: 'after a sigmoid, read before it',
    nodes: [...GEMM, node('Sigmoid', ['z'], ['scores'])],
    reads: { outputName: 'z', output: 'sigmoid', inner: true, cut: true },
  },
  {
    what: 'after a sigmoid that is written out',
    nodes: [
      ...GEMM,
      node('Neg', ['z'], ['minus']),
      node('Exp', ['minus'], ['e']),
      node('Add', ['e', 'one'], ['sum']),
      node('Reciprocal', ['sum'], ['scores']),
    ],
    reads: { outputName: 'scores', output: 'sigmoid' },
  },
  {
    what: 'before the images, of four in a run',
    nodes: [...GEMM, node('Transpose', ['z'], ['scores'])],
    outputs: [{ name: 'scores', dims: [3, 4] }],
    batch: 4,
    reads: { classesFirst: true, fixedBatch: 4 },
    whole: true,
  },
  {
    what: 'behind an axis of one, before a softmax',
    nodes: [...GEMM, node('Softmax', ['z'], ['p']), node('Unsqueeze', ['p', 'first'], ['scores'])],
    outputs: [{ name: 'scores', dims: [1, 'N', 3] }],
    reads: { output: 'probabilities', fixedBatch: undefined },
  },
  {
    what: 'as one number for two labels',
    nodes: [
      MEANS,
      node('Gemm', ['means', 'column'], ['z']),
      node('Sigmoid', ['z'], ['p']),
      node('Flatten', ['p'], ['scores']),
    ],
    outputs: [{ name: 'scores', dims: ['N', 1] }],
    initializers: [floats('column', [3, 1], [-9, 9, 0])],
    labels: labels.slice(0, 2),
    reads: { outputName: 'z', output: 'sigmoid', binary: true, cut: true },
    whole: true,
  },
  {
    what: 'beside the features of which they are made',
    nodes: [...GEMM, node('Identity', ['z'], ['scores'])],
    outputs: [
      { name: 'means', dims: ['N', 3] },
      { name: 'scores', dims: ['N', 3] },
    ],
    reads: { outputName: 'scores', output: 'logits' },
  },
  {
    what: 'inside a ZipMap, which has their labels',
    nodes: [
      ...GEMM,
      node('Softmax', ['z'], ['p']),
      { ...node('ZipMap', ['p'], ['scores'], [strings]), domain: 'ai.onnx.ml' },
    ],
    outputs: [{ name: 'scores' }],
    said: { preprocessing: colourSidecar.preprocessing },
    reads: { outputName: 'p', output: 'probabilities', inner: true },
  },
  {
    what: 'inside the graph, by their name',
    nodes: [...GEMM, node('ArgMax', ['z'], ['scores'], [int('axis', 1)])],
    outputs: [{ name: 'scores' }],
    said: { ...colourSidecar, output_name: 'z' },
    reads: { outputName: 'z', output: 'logits', inner: true },
  },
];

describe('Class scores', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();

  for (const [at, form] of FORMS.entries()) {
    const { what, nodes, outputs, batch = 'N', labels: own = labels } = form;
    test(`${what} are read and trained through${form.whole ? ', classified with and exported' : ''}`, async () => {
      const bytes = model({
        inputs: [{ name: 'image', dims: [batch, 3, 8, 8] }],
        nodes,
        ...(outputs && { outputs }),
        initializers: [FC, one, first, ...(form.initializers ?? [])],
      });
      const sidecar = form.said ?? { ...colourSidecar, labels: own };
      files.write(`${at}.backbone.json`, JSON.stringify(sidecar));
      const backbone = files.write(`${at}.onnx`, bytes);
      const description = await engine.rpc.call('describeBackbone', { backbone });
      const seen = Object.fromEntries(
        Object.keys(form.reads).map((key) => [key, description[key as keyof BackboneDescription]]),
      );
      assert.deepEqual(seen, form.reads);
      assert.deepEqual(column(description.labelSpace.labels, 'name'), own);

      await sameLogits(description, files.path('cache'));
      if (!form.whole) return;
      for (const label of own)
        for (const seed of [1, 2])
          files.write(`images${at}/${label}/${seed}.ppm`, ppm(colours[label as keyof typeof colours], seed));
      const folders = [files.path(`images${at}`)];
      const about = { backbone, alignment: { ...identityAlignment(own, 'colours'), folders } };
      const { images, accuracy } = await engine.rpc.call('classify', { ...about, folders });
      assert.deepEqual([images, accuracy], [2 * own.length, 1]);

      const exported = await engine.rpc.call('exportClassifier', {
        ...about,
        options: { target: 'onnxruntime' },
        file: files.path(`${at}-exported.onnx`),
        version: '1',
      });
      assert.equal(exported.parity.otherLabels, 0);
      assert.ok(exported.parity.largestDifference < 1e-3);
    });
  }

  for (const [what, nodes, message] of [
    [
      'random',
      [...GEMM, node('RandomNormalLike', ['z'], ['n']), node('Add', ['z', 'n'], ['scores'])],
      /other scores each time.*training mode \(RandomNormalLike\)/,
    ],
    [
      'those of a softmax over the batch',
      [...GEMM, node('Softmax', ['z'], ['scores'], [int('axis', 0)])],
      /when another image is in the same run/,
    ],
  ] as const) {
    test(`that are ${what} are refused`, async () => {
      files.write(`${what}.backbone.json`, JSON.stringify(colourSidecar));
      const backbone = files.write(`${what}.onnx`, model({ nodes, initializers: [FC] }));
      for (const call of ['describeBackbone', 'checkBackbone'] as const)
        await assert.rejects(engine.rpc.call(call, { backbone }), { reason: 'unsupported-model', message });
    });
  }
});

/** What a training sees is what a classification does. */
async function sameLogits(backbone: BackboneDescription, cacheFolder: string): Promise<void> {
  const S = backbone.labelSpace.labels.length;
  // One more than the graph takes at once, where it insists.
  const batch = (backbone.fixedBatch ?? 1) + 1;
  const form = 'linear' as const;
  for (const masked of [false, true]) {
    const options = { backbone, cacheFolder, batch, threads: 1, form, targets: S, masked };
    await samePrompted(await PromptModel.open(options, 0), options);
  }
}

async function samePrompted(
  prompts: PromptModel,
  { backbone, batch, form, targets: S, masked }: PromptModelOptions,
): Promise<void> {
  const plain = await PlainForward.open(await loadOrt(), backbone, 1);
  try {
    const images = Float32Array.from({ length: batch * 192 }, (_, i) => ((i * 37) % 101) / 101);
    const truths = new Float32Array(batch * S);
    for (let i = 0; i < batch; i++) truths[i * S] = 1;
    const rows = { images, truths, weights: new Float32Array(batch).fill(1 / batch) };
    const mapping = {
      form,
      matrix: new Float32Array(S * S).fill(1),
      offsets: new Float32Array(S),
      sharpness: 1,
    };
    const wave = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i) / 5);
    const prompt = masked
      ? { added: wave(192), network: wave(networkSize(3)) }
      : { added: new Float32Array(192) };
    const own = await prompts.step(rows, prompt, mapping);
    const other = await plain.forward(rows, prompt, mapping);
    assert.equal(own.logits!.length, batch * S);
    assert.ok(own.gradient.every(Number.isFinite));
    assert.equal(own.network?.length, prompt.network?.length);
    for (const [i, logit] of other.logits!.entries()) assert.ok(Math.abs(logit - own.logits![i]) < 1e-3);
  } finally {
    await prompts.close();
    await plain.release();
  }
}
