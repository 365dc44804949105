import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import type { BackboneDescription } from '../../../../src/core/backbones/backboneDescription.ts';
import { float32Copy } from '../../../../src/core/onnx/float32Copy.ts';
import { readOutputClues } from '../../../../src/core/onnx/outputClues.ts';
import { decodeModel } from '../../../../src/core/onnx/protobuf/decode.ts';
import { readGraph } from '../../../../src/core/onnx/readGraph.ts';
import { isRounded } from '../../../../src/core/onnx/roundedArithmetic.ts';
import { LEAST_PROBABILITY } from '../../../../src/core/onnx/scoreReading.ts';
import { PromptModel } from '../../../../src/engine/training/promptModel.ts';
import { floats, int, ints, type ModelParts, model, node } from '../classifierModel.ts';
import { describedColours } from '../colours.ts';
import { scratch } from '../engineHarness.ts';

const files = scratch();
after(() => files.dispose());

const [FLOAT, HALF] = [1, 10];

/** The softmax of 30 times the mean colors, all of half precision outside. */
const half = model({
  inputs: [{ name: 'image', type: 'float16', dims: ['N', 3, 8, 8] }],
  nodes: [
    node('Cast', ['image'], ['numbers'], [int('to', FLOAT)]),
    node('ReduceMean', ['numbers'], ['means'], [ints('axes', [2, 3]), int('keepdims', 0)]),
    node('Mul', ['means', 'thirty'], ['logits']),
    node('Softmax', ['logits'], ['probabilities'], [int('axis', 1)]),
    node('Cast', ['probabilities'], ['scores'], [int('to', HALF)]),
  ],
  outputs: [{ name: 'scores' }],
  initializers: [floats('thirty', [1], [30])],
});

it('What computes in steps is told from what computes in float32', () => {
  const rounded = (parts: ModelParts) => isRounded(readGraph(decodeModel(model(parts))));
  const means = node('ReduceMean', ['image'], ['scores'], [ints('axes', [2, 3]), int('keepdims', 0)]);
  assert.equal(rounded({ nodes: [means] }), false);
  const quantised = [
    node('DynamicQuantizeLinear', ['image'], ['steps', 'step', 'zero']),
    node('DequantizeLinear', ['steps', 'step', 'zero'], ['values']),
  ];
  assert.equal(rounded({ nodes: [...quantised, means] }), true);
  const bytes = [{ name: 'image', type: 'uint8', dims: ['N', 3, 8, 8] }] as const;
  assert.equal(rounded({ inputs: bytes, nodes: [means] }), true);
  assert.equal(isRounded(readGraph(decodeModel(half))), true);
});

it('Weights that only are kept in half precision are no steps', () => {
  const rawData = new Uint8Array(Uint16Array.of(0x3c00, 0x4000, 0x4200).buffer);
  const weights = { name: 'weights', dims: BigInt64Array.of(3n), dataType: HALF, rawData };
  const means = node('ReduceMean', ['image'], ['means'], [ints('axes', [2, 3]), int('keepdims', 0)]);
  const cast = (to: number) => node('Cast', ['weights'], ['numbers'], [int('to', to)]);
  const rounded = (...nodes: NonNullable<ModelParts['nodes']>[number][]) => {
    const proto = decodeModel(model({ nodes: [means, ...nodes], initializers: [weights] }));
    const is = isRounded(readGraph(proto));
    // Where numbers overflow, it is told so only then, and a copy in float32 would be the same again.
    assert.equal(readOutputClues(proto).isHalf, is);
    assert.equal(float32Copy(proto) !== undefined, is);
    return is;
  };
  const product = node('Mul', ['means', 'numbers'], ['scores']);
  assert.equal(rounded(cast(FLOAT), product), false);
  assert.equal(rounded(cast(HALF), product), true);
  assert.equal(rounded(cast(FLOAT), product, node('Identity', ['weights'], ['other'])), true);
  const through = node('Cast', ['means'], ['short'], [int('to', HALF)]);
  const back = node('Cast', ['short'], ['scores'], [int('to', FLOAT)]);
  assert.equal(rounded(through, back), true, 'what an image makes is rounded');
});

it('A backbone of half precision is validated on what it says when it classifies', async () => {
  const file = files.write('half.onnx', half);
  const described = describedColours(file);
  const backbone: BackboneDescription = {
    ...described,
    input: { ...described.input, type: 'float16' },
    output: 'probabilities',
  };
  const options = { backbone, cacheFolder: files.path('cache'), batch: 2, threads: 1, targets: 3 };
  const steps = await PromptModel.open({ ...options, form: 'linear' }, 0);
  try {
    assert.equal(steps.blocked, undefined);
    const size = 3 * 64;
    // A red image and a green one, in memory that threads share.
    const images = new Float32Array(new SharedArrayBuffer(2 * size * 4));
    images.fill(1, 0, 64);
    images.fill(1, size + 64, size + 128);
    const rows = { images, truths: Float32Array.of(1, 0, 0, 0, 1, 0), weights: Float32Array.of(0.5, 0.5) };
    const mapping = {
      form: 'linear',
      matrix: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
      offsets: new Float32Array(3),
      sharpness: 1,
    } as const;
    const { logits } = await steps.forward(rows, { added: new Float32Array(size) }, mapping);
    // e^-30 is nothing in half precision.
    const none = Math.fround(Math.log(LEAST_PROBABILITY));
    assert.deepEqual([...logits!], [0, none, none, none, 0, none]);
  } finally {
    await steps.close();
  }
});
