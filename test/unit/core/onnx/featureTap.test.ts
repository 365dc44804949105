import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { poolFeatures, readFeatureTap } from '../../../../src/core/onnx/featureTap.ts';
import { decodeModel } from '../../../../src/core/onnx/protobuf/decode.ts';
import type { NodeProto, TensorProto } from '../../../../src/core/onnx/protobuf/schema.ts';
import { int, ints, model, node, zeros } from '../../engine/classifierModel.ts';

const SOURCES = 5;

const scalar = (name: string): TensorProto => zeros(name, []);

/** What is found in a graph of these nodes behind a first convolution, whose output is "body". */
function tapOf(nodes: readonly NodeProto[], initializers: readonly TensorProto[], sources = SOURCES) {
  const bytes = model({
    nodes: [node('Conv', ['image', 'w'], ['body'], [ints('kernel_shape', [1, 1])]), ...nodes],
    initializers: [zeros('w', [7, 3, 1, 1]), ...initializers],
    outputs: [{ name: 'scores', dims: ['N', sources] }],
  });
  return readFeatureTap(bytes, 'scores', sources);
}

describe('Penultimate features are found', () => {
  it('before a Gemm behind a pooling', () => {
    const { tap } = tapOf(
      [
        node('GlobalAveragePool', ['body'], ['pooled']),
        node('Flatten', ['pooled'], ['flat']),
        node('Gemm', ['flat', 'fc', 'bias'], ['scores'], [int('transB', 1)]),
      ],
      [zeros('fc', [SOURCES, 7]), zeros('bias', [SOURCES])],
    );
    assert.deepEqual([tap?.output, tap?.axis], ['flat', 'last']);
  });

  it('past a softmax, a bias, an activation and a reshape', () => {
    const { tap } = tapOf(
      [
        node('ReduceMean', ['body'], ['pooled'], [ints('axes', [2, 3]), int('keepdims', 0)]),
        node('MatMul', ['pooled', 'fc'], ['product']),
        node('Add', ['product', 'bias'], ['biased']),
        node('Relu', ['biased'], ['positive']),
        node('Reshape', ['positive', 'shape'], ['shaped']),
        node('Softmax', ['shaped'], ['scores']),
      ],
      [zeros('fc', [7, SOURCES]), zeros('bias', [SOURCES]), zeros('shape', [2])],
    );
    assert.equal(tap?.output, 'pooled');
  });

  it('before a convolution that is pooled afterwards, channels second', () => {
    const { tap } = tapOf(
      [
        node('Conv', ['body', 'head'], ['map']),
        node('GlobalAveragePool', ['map'], ['pooled']),
        node('Flatten', ['pooled'], ['scores']),
      ],
      [zeros('head', [SOURCES, 7, 1, 1])],
    );
    assert.deepEqual([tap?.output, tap?.axis], ['semap_mean_body', 'second']);
    const [mean] = decodeModel(tap!.append).graph?.node ?? [];
    assert.deepEqual(
      [mean.opType, mean.input, mean.output],
      ['GlobalAveragePool', ['body'], ['semap_mean_body']],
    );
  });

  it('through weights that are stored as whole steps and a scale, in either order', () => {
    for (const factors of [
      ['floats', 'scale'],
      ['scale', 'floats'],
    ]) {
      const { tap } = tapOf(
        [
          node('Flatten', ['body'], ['flat']),
          node('Cast', ['steps'], ['floats'], [int('to', 1)]),
          node('Mul', factors, ['fc']),
          node('Gemm', ['flat', 'fc'], ['scores'], [int('transB', 1)]),
        ],
        [zeros('steps', [SOURCES, 7]), zeros('scale', [SOURCES, 1])],
      );
      assert.equal(tap?.output, 'flat');
    }
  });

  it('through a zero point, turned and reshaped weights, and scales of blocks', () => {
    const cast = node('Cast', ['steps'], ['floats'], [int('to', 1)]);
    const shape = zeros('shape', [2]);
    const asked = new BigInt64Array([BigInt(SOURCES), -1n]);
    const blocks: TensorProto = { ...shape, dataType: 7, rawData: new Uint8Array(asked.buffer) };
    const stored: readonly (readonly [string, NodeProto[], TensorProto[]])[] = [
      [
        'zero point',
        [cast, node('Sub', ['floats', 'zero'], ['centered']), node('Mul', ['centered', 'scale'], ['fc'])],
        [zeros('steps', [7, SOURCES]), zeros('zero', [1, SOURCES]), zeros('scale', [1, SOURCES])],
      ],
      [
        'turned before',
        [cast, node('Transpose', ['floats'], ['turned']), node('Mul', ['scale', 'turned'], ['fc'])],
        [zeros('steps', [SOURCES, 7]), zeros('scale', [SOURCES])],
      ],
      [
        'blocks of four',
        [
          cast,
          node('Mul', ['floats', 'scale'], ['parts']),
          node('Reshape', ['parts', 'shape'], ['rows']),
          node('Transpose', ['rows'], ['fc']),
        ],
        [zeros('steps', [SOURCES * 2, 4]), zeros('scale', [SOURCES * 2, 1]), blocks],
      ],
    ];
    for (const [how, nodes, initializers] of stored) {
      const head = [node('Flatten', ['body'], ['flat']), node('MatMul', ['flat', 'fc'], ['scores'])];
      assert.equal(tapOf([...nodes, ...head], initializers).tap?.output, 'flat', how);
    }
    const head = [node('Mul', ['steps', 'scale'], ['kernel']), node('Conv', ['body', 'kernel'], ['scores'])];
    const { tap } = tapOf(head, [zeros('steps', [SOURCES, 7, 1, 1]), zeros('scale', [SOURCES, 1, 1, 1])]);
    assert.deepEqual([tap?.output, tap?.axis], ['semap_mean_body', 'second'], 'convolution');
  });

  it('as a mean inside the graph where weights are only stored in half precision', () => {
    const head: TensorProto = {
      ...zeros('head', [SOURCES, 7, 1, 1]),
      dataType: 10,
      rawData: new Uint8Array(SOURCES * 14),
    };
    const { tap } = tapOf(
      [
        node('Cast', ['head'], ['kernel'], [int('to', 1)]),
        node('Conv', ['body', 'kernel'], ['map']),
        node('GlobalAveragePool', ['map'], ['scores']),
      ],
      [head],
    );
    assert.equal(tap?.output, 'semap_mean_body');
  });

  it('at once where arithmetic takes what it made twice, again and again', () => {
    const doubled = Array.from({ length: 90 }, (_, i) => node('Mul', [`w${i}`, `w${i}`], [`w${i + 1}`]));
    const head = [node('Flatten', ['body'], ['flat']), node('MatMul', ['flat', 'w90'], ['scores'])];
    assert.equal(tapOf([...doubled, ...head], [zeros('w0', [7, SOURCES])]).tap?.output, 'flat');
  });

  it('not through weights that the image changes', () => {
    const { tap } = tapOf(
      [
        node('Flatten', ['body'], ['flat']),
        node('Mul', ['steps', 'flat'], ['fc']),
        node('Gemm', ['flat', 'fc'], ['scores'], [int('transB', 1)]),
      ],
      [zeros('steps', [SOURCES, 7])],
    );
    assert.equal(tap, undefined);
  });

  it('before quantised layers, through the scale of their input', () => {
    const { tap } = tapOf(
      [
        node('QuantizeLinear', ['body', 'scale', 'zero'], ['integers']),
        node('DequantizeLinear', ['integers', 'scale', 'zero'], ['floats']),
        node('DequantizeLinear', ['fc', 'fcScale'], ['fcFloats']),
        node('MatMul', ['floats', 'fcFloats'], ['scores']),
      ],
      [scalar('scale'), scalar('zero'), scalar('fcScale'), zeros('fc', [7, SOURCES])],
    );
    assert.deepEqual([tap?.output, tap?.axis], ['semap_features', 'last']);
  });

  it('before dynamically quantised layers, where they are still floats', () => {
    const { tap } = tapOf(
      [
        node('DynamicQuantizeLinear', ['body'], ['integers', 'scale', 'zero']),
        node('MatMulInteger', ['integers', 'fc', 'zero'], ['product']),
        node('Cast', ['product'], ['floats'], [int('to', 1)]),
        node('Mul', ['floats', 'scale'], ['scores']),
      ],
      [zeros('fc', [7, SOURCES])],
    );
    assert.equal(tap?.output, 'body');
  });

  it('not where the last layer has another number of outputs, or takes the image', () => {
    const flat = node('Flatten', ['body'], ['flat']);
    const head = [node('Gemm', ['flat', 'fc'], ['scores'])];
    assert.equal(tapOf([flat, ...head], [zeros('fc', [7, SOURCES + 1])]).tap, undefined);
    const linear = model({
      nodes: [node('Gemm', ['image', 'fc'], ['scores'])],
      initializers: [zeros('fc', [192, SOURCES])],
    });
    assert.equal(readFeatureTap(linear, 'scores', SOURCES).tap, undefined);
  });

  it('not confused by kernels as wide as there are classes', () => {
    const { tap } = tapOf(
      [
        node('Conv', ['body', 'deep'], ['map'], [ints('pads', [1, 1, 1, 1])]),
        node('ReduceMean', ['map'], ['scores'], [ints('axes', [2, 3]), int('keepdims', 0)]),
      ],
      [zeros('deep', [8, 7, 3, 3])],
      3,
    );
    assert.equal(tap, undefined);
  });

  it('with weights in another file, which is not read', () => {
    const external: TensorProto = {
      name: 'fc',
      dims: BigInt64Array.of(7n, BigInt(SOURCES)),
      dataType: 1,
      dataLocation: 1,
      externalData: [{ key: 'location', value: 'nowhere.bin' }],
    };
    const { tap, parameters } = tapOf(
      [node('GlobalAveragePool', ['body'], ['pooled']), node('MatMul', ['pooled', 'fc'], ['scores'])],
      [external],
    );
    assert.equal(tap?.output, 'pooled');
    assert.equal(parameters, 21 + 7 * SOURCES);
  });
});

describe('Pooling features', () => {
  it('averages over positions, channels second', () => {
    const values = Float32Array.from([1, 3, 10, 30, 5, 7, 50, 70]);
    assert.deepEqual([...poolFeatures(values, [2, 2, 1, 2], 'second', 2, 2)], [2, 20, 6, 60]);
  });

  it('averages over positions, channels last', () => {
    const values = Float32Array.from([1, 10, 3, 30]);
    assert.deepEqual([...poolFeatures(values, [1, 2, 2], 'last', 1, 1)], [2, 20]);
  });

  it('takes positions in rows of their own, and leaves out what only filled the batch', () => {
    const values = Float32Array.from([1, 10, 3, 30, 0, 0, 0, 0]);
    assert.deepEqual([...poolFeatures(values, [4, 2], 'last', 2, 1)], [2, 20]);
  });

  it('keeps features that have one position', () => {
    assert.deepEqual([...poolFeatures(Float32Array.from([1, 2, 3, 4]), [2, 2], 'last', 2, 2)], [1, 2, 3, 4]);
  });
});
