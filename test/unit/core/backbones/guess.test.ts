import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { guessBackbone } from '../../../../src/core/backbones/guess.ts';
import type { GraphSight } from '../../../../src/core/backbones/habits.ts';
import { unguessable } from '../../../../src/core/backbones/likelyLabels.ts';
import { SCALINGS, scalingName } from '../../../../src/core/backbones/scalings.ts';
import { kerasFamily } from '../../../../src/core/onnx/kerasFamily.ts';
import { type ModelClues, readClues } from '../../../../src/core/onnx/modelClues.ts';
import { decodeModel } from '../../../../src/core/onnx/protobuf/decode.ts';
import type { TensorProto } from '../../../../src/core/onnx/protobuf/schema.ts';
import { phrase, say } from '../../../../src/core/text/text.ts';
import { ints, model, node, zeros } from '../../engine/classifierModel.ts';

const constant = (name: string, ...values: number[]): TensorProto => ({
  name,
  dims: BigInt64Array.from(values.length === 1 ? [] : [1n, BigInt(values.length), 1n, 1n]),
  dataType: 1,
  floatData: Float32Array.from(values),
});

/** A network of one convolution behind some arithmetic. */
function cluesOf(arithmetic: readonly [op: string, constant: TensorProto][]): ModelClues {
  const nodes = arithmetic.map(([op, { name }], i) =>
    node(op, [i === 0 ? 'image' : `step${i - 1}`, name!], [`step${i}`]),
  );
  const last = arithmetic.length === 0 ? 'image' : `step${arithmetic.length - 1}`;
  nodes.push(node('Conv', [last, 'w'], ['scores'], [ints('pads', [1, 1, 1, 1])]));
  const initializers = [...arithmetic.map(([, tensor]) => tensor), zeros('w', [3, 3, 3, 3])];
  return readClues(decodeModel(model({ nodes, initializers })));
}

const sight = (more: Partial<GraphSight> = {}): GraphSight => ({
  input: { name: 'x', type: 'float32', layout: 'nchw', channels: 3, height: 224, width: 224 },
  sourceCount: 1000,
  output: 'logits',
  clues: undefined,
  ...more,
});

const guessed = (more: Partial<GraphSight>) => {
  const { sidecar, reasons } = guessBackbone(sight(more));
  return [
    scalingName(sidecar.preprocessing ?? {}),
    sidecar.preprocessing?.channels,
    reasons.scaling && say(reasons.scaling),
  ] as const;
};

const nothing: ModelClues = { producer: '', scales: undefined, scaledBy: [], metadata: {} };

describe('What a graph lets slip', () => {
  test('is how it scales its input, up to the first layer', () => {
    assert.equal(cluesOf([]).scales, undefined);
    const signed = cluesOf([
      ['Mul', constant('a', 1 / 127.5)],
      ['Sub', constant('b', 1)],
    ]);
    assert.deepEqual([signed.scales, signed.scaledBy], ['from 0 to 255', ['Mul', 'Sub']]);
    const normalised = cluesOf([
      ['Sub', constant('mean', 0.485, 0.456, 0.406)],
      ['Div', constant('std', 0.229, 0.224, 0.225)],
    ]);
    assert.equal(normalised.scales, 'from 0 to 1');
    assert.equal(cluesOf([['Sub', constant('mean', 123.7, 116.8, 103.9)]]).scales, 'from 0 to 255');
  });
});

describe('A guess about a backbone', () => {
  test('of a plain float graph is the ImageNet mean and deviation, and says why', () => {
    const [scaling, channels, why] = guessed({});
    assert.deepEqual([scaling, channels], ['imagenet', 'rgb']);
    assert.match(why ?? '', /Channels are first/);
  });

  test('follows what the graph does itself', () => {
    const clues = cluesOf([['Mul', constant('a', 1 / 127.5)]]);
    assert.match(guessed({ clues })[2] ?? '', /from 0 to 255 \(Mul before the first layer\)/);
    assert.equal(guessed({ clues })[0], 'raw');
  });

  test('follows the type, the exporter and what the file says', () => {
    const input = (type: 'uint8' | 'int8') => ({ ...sight().input, type });
    assert.equal(guessed({ input: input('uint8') })[0], 'raw');
    assert.equal(guessed({ input: input('int8') })[0], 'signed');
    assert.deepEqual(guessed({ clues: { ...nothing, producer: 'caffe2' } }).slice(0, 2), ['caffe', 'bgr']);
    assert.equal(guessed({ clues: { ...nothing, producer: 'tf2onnx' } })[0], 'minusOneToOne');
    assert.equal(guessed({ sourceCount: 1001 })[0], 'minusOneToOne');
    // Keras nets for digits and CIFAR are fed from 0 to 1.
    const small = { ...sight().input, channels: 1, height: 28, width: 28, layout: 'nhwc' as const };
    assert.deepEqual(guessed({ input: small, clues: { ...nothing, producer: 'tf2onnx' } }).slice(0, 2), [
      'zeroToOne',
      'gray',
    ]);
    const keras = kerasFamily([
      'model/resnet50/conv1_conv/Conv2D',
      'model/resnet50/conv2_block1_1_conv/Conv2D',
    ]);
    assert.deepEqual(guessed({ clues: { ...nothing, producer: 'tf2onnx', keras } }).slice(0, 2), [
      'caffe',
      'bgr',
    ]);
  });

  test('of the labels is a list beside the model that is as long, else by their number', () => {
    const labels = (more: Partial<GraphSight>) => guessBackbone(sight(more)).sidecar.labels;
    assert.equal(labels({ sourceCount: 1000 }), 'imagenet-1k');
    assert.equal(labels({ sourceCount: 1001 }), 'imagenet-1k-background');
    assert.equal(labels({ sourceCount: 17 }), undefined);
    const list = (count: number) => ({
      labels: `/models/labels-${count}.txt`,
      from: phrase('{0}', `labels-${count}.txt`),
      names: Array.from({ length: count }, (_, i) => `kind ${i}`),
    });
    const lists = [list(16), list(17)];
    assert.equal(labels({ sourceCount: 17, lists }), '/models/labels-17.txt');
    assert.equal(labels({ sourceCount: 18, lists }), undefined);
    assert.equal(say(unguessable(17)), 'No known label space has 17 labels.');
  });
});

describe('The layers of Keras applications', () => {
  for (const [name, layers] of [
    ['VGG', ['vgg16/block1_conv1/Conv2D', 'vgg16/block2_conv1/Conv2D']],
    ['Xception', ['block1_conv1/Conv2D', 'block2_sepconv1/separable_conv2d']],
    [
      'ResNetV2',
      ['conv1_conv/Conv2D', 'conv2_block1_preact_bn/FusedBatchNormV3', 'conv2_block1_1_conv/Conv2D'],
    ],
    ['DenseNet', ['conv1/conv/Conv2D', 'conv2_block1_1_conv/Conv2D', 'conv2_block1_concat/concat']],
    ['MobileNet', ['conv1/Conv2D', 'StatefulPartitionedCall/model/conv_dw_1/depthwise']],
    ['MobileNetV2', ['Conv1/Conv2D', 'expanded_conv_depthwise/depthwise']],
    ['MobileNetV3', ['MobilenetV3small/expanded_conv/depthwise/depthwise']],
    ['EfficientNet', ['efficientnetb0/block1a_dwconv/depthwise']],
  ] as const)
    test(`are those of ${name}`, () => assert.equal(kerasFamily(layers)?.name, name));

  test('are not those of PyTorch or MXNet', () => {
    assert.equal(
      kerasFamily(['/conv1/Conv', '/layer1/layer1.0/conv1/Conv', 'squeezenet0_conv0_fwd']),
      undefined,
    );
  });
});

describe('A scaling', () => {
  test('is known by its name, up to rounding', () => {
    assert.equal(scalingName({ ...SCALINGS.imagenet, rescale_factor: 0.003921 }), 'imagenet');
    assert.equal(scalingName({ ...SCALINGS.raw, image_mean: [1, 2, 3] }), undefined);
  });
});
