import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Tensor } from 'onnxruntime-node';
import type { BackboneDescription } from '../../../../src/core/backbones/backboneDescription.ts';
import type { ClassifierTarget } from '../../../../src/core/classifiers/classifierOptions.ts';
import { composeClassifier } from '../../../../src/core/classifiers/composeClassifier.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { decodeModel } from '../../../../src/core/onnx/protobuf/decode.ts';
import type { ModelProto, NodeProto } from '../../../../src/core/onnx/protobuf/schema.ts';
import { readGraph } from '../../../../src/core/onnx/readGraph.ts';
import { alignmentOf, source, target } from '../../alignments.ts';
import { floats, int, meanColour, model, node } from '../../engine/classifierModel.ts';
import { inputSpec } from '../../inputSpec.ts';
import { open } from './sketched.ts';

const labels = ['cat', 'dog', 'bird'];

const backbone = (name: string): BackboneDescription => ({
  name,
  path: `/${name}.onnx`,
  sha256: name,
  bytes: 1,
  inputName: 'image',
  input: inputSpec(8),
  outputName: 'scores',
  output: 'logits',
  labelSpace: { name: 'colours', labels: labels.map((label) => ({ name: label })), background: [] },
});

const targets = labels.map((label, index) => target(label, source(index, 1, 1, label)));

function composed(models: readonly ModelProto[], goal: ClassifierTarget = 'onnxruntime') {
  const names = models.map((_, m) => `net${m}`);
  const members = names.slice(1).map((name) => ({
    backbone: { name, sha256: name, labelSpace: 'colours', sourceCount: 3 },
    aggregation: { kind: 'log-mean-exp', alpha: 1 } as const,
    targets: labels.map((label, index) => ({ label, sources: [source(index, 1, 1, label)] })),
  }));
  return composeClassifier({
    members: models.map((one, m) => ({ backbone: backbone(names[m]), graph: readGraph(one) })),
    alignment: alignmentOf(3, targets, { ...(members.length > 0 && { members }) }),
    options: { target: goal },
    metadata: { one: '1' },
  });
}

/** Red, then green, then blue. */
async function answers(bytes: Uint8Array): Promise<number[]> {
  const session = await open(bytes);
  const said: number[] = [];
  for (let colour = 0; colour < 3; colour++) {
    const pixels = Uint8Array.from({ length: 9 * 11 * 3 }, (_, i) => (i % 3 === colour ? 200 : 10));
    const { label } = await session.run({ images: new Tensor('uint8', pixels, [1, 9, 11, 3]) });
    said.push(Number(label.data[0]));
  }
  return said;
}

const withOpset = (bytes: Uint8Array, version: number): ModelProto => ({
  ...decodeModel(bytes),
  opsetImport: [{ domain: '', version }],
});

/** Whatever the mean is, one branch or the other gives it; both read values of the graph around them. */
function branching(): ModelProto {
  const body = (name: string, op: string): NodeProto['attribute'] => [
    {
      name,
      type: 5,
      g: {
        name,
        node: [node(op, ['flat', 'bias'], ['inner'])],
        initializer: [floats('bias', [1], [0])],
        output: [{ name: 'inner', type: { tensorType: { elemType: 1, shape: { dim: [] } } } }],
      },
    },
  ];
  return decodeModel(
    model({
      nodes: [
        node('GlobalAveragePool', ['image'], ['pooled']),
        node('Flatten', ['pooled'], ['flat']),
        node('ReduceMean', ['flat'], ['mean'], [int('keepdims', 0)]),
        node('Greater', ['mean', 'half'], ['bright']),
        node('If', ['bright'], ['scores'], [...body('then_branch', 'Add')!, ...body('else_branch', 'Sub')!]),
      ],
      initializers: [floats('half', [], [0.5])],
    }),
  );
}

describe('composing a classifier', () => {
  it('renames what branches read, so that two backbones of the same names stand side by side', async () => {
    const { bytes } = composed([branching(), branching(), decodeModel(meanColour())]);
    assert.deepEqual(await answers(bytes), [0, 1, 2]);
  });

  it('brings backbones of older operator sets to the oldest that the form needs', async () => {
    const old = withOpset(meanColour({ softmax: true }), 9);
    const portable = composed([old], 'other');
    assert.equal(portable.opset, 13);
    assert.equal(decodeModel(portable.bytes).irVersion, 7);
    assert.deepEqual(await answers(portable.bytes), [0, 1, 2]);
    const mixed = composed([old, withOpset(meanColour(), 20)], 'other');
    assert.equal(mixed.opset, 20);
    assert.deepEqual(await answers(mixed.bytes), [0, 1, 2]);
  });

  it('keeps key and value pairs, and leaves out what no answer needs', () => {
    const parts = decodeModel(meanColour());
    parts.graph!.node!.push(node('Sin', ['pooled'], ['unused']));
    parts.graph!.output!.push({ name: 'unused', type: { tensorType: { elemType: 1 } } });
    const { metadataProps, graph } = decodeModel(composed([parts]).bytes);
    assert.deepEqual(metadataProps, [{ key: 'one', value: '1' }]);
    assert.ok(!graph!.node!.some(({ opType }) => opType === 'Sin'));
    assert.deepEqual(
      graph!.output!.map(({ name }) => name),
      ['probabilities', 'label', 'scores'],
    );
  });

  it('names the operator that has changed between the operator sets of two backbones', () => {
    const grouped = withOpset(
      model({
        nodes: [
          node('GroupNormalization', ['image', 's', 'b'], ['same'], [int('num_groups', 1)]),
          node('GlobalAveragePool', ['same'], ['pooled']),
          node('Flatten', ['pooled'], ['scores']),
        ],
        initializers: [floats('s', [1], [1]), floats('b', [1], [0])],
      }),
      18,
    );
    assert.throws(
      () => composed([grouped, withOpset(meanColour(), 21)]),
      isUnsupported(/net0 cannot be exported together .*GroupNormalization/),
    );
  });

  it('refuses what it cannot copy, by name', () => {
    const text = decodeModel(
      model({
        nodes: [
          node('GlobalAveragePool', ['image'], ['pooled']),
          node('Flatten', ['pooled'], ['flat']),
          { ...node('Made', ['flat', 'words'], ['scores']), domain: 'mine' },
        ],
        initializers: [
          { name: 'words', dims: BigInt64Array.of(1n), dataType: 8, stringData: [new Uint8Array(1)] },
        ],
      }),
    );
    assert.throws(() => composed([text]), isUnsupported(/net0 cannot be exported/));
  });

  it('refuses weights that one file cannot hold, with the names of the backbones', () => {
    const weights = new Uint8Array(64 << 20);
    const nodes = Array.from({ length: 33 }, (_, i) =>
      node('Add', [i === 0 ? 'flat' : `s${i - 1}`, `r${i}`], [i === 32 ? 'scores' : `s${i}`]),
    );
    const reduced = Array.from({ length: 33 }, (_, i) => node('ReduceMean', [`w${i}`], [`r${i}`]));
    const huge = decodeModel(
      model({
        nodes: [
          node('GlobalAveragePool', ['image'], ['pooled']),
          node('Flatten', ['pooled'], ['flat']),
          ...reduced,
          ...nodes,
        ],
      }),
    );
    // One piece of memory stands for all of them.
    huge.graph!.initializer = Array.from({ length: 33 }, (_, i) => ({
      name: `w${i}`,
      dims: BigInt64Array.of(16n << 20n),
      dataType: 1,
      rawData: weights,
    }));
    assert.throws(() => composed([huge]), isUnsupported(/2\.[0-9] GB of weights.*net0/));
  });
});

function isUnsupported(message: RegExp) {
  return (error: unknown) =>
    error instanceof SemapError && error.reason === 'unsupported-model' && message.test(error.message);
}
