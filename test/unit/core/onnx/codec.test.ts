import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { hasExternalData, inlineExternalData } from '../../../../src/core/onnx/externalData.ts';
import { decodeModel } from '../../../../src/core/onnx/protobuf/decode.ts';
import { encodeModel } from '../../../../src/core/onnx/protobuf/encode.ts';
import type { ModelProto } from '../../../../src/core/onnx/protobuf/schema.ts';
import { readGraph } from '../../../../src/core/onnx/readGraph.ts';
import { makeTensor, numbersOf, tensorFromProto } from '../../../../src/core/onnx/tensor.ts';
import { graphToModel, tensorToProto, writeGraph } from '../../../../src/core/onnx/writeGraph.ts';
import { column } from '../../column.ts';
import { draft } from './cases/draft.ts';
import { Random } from './random.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

function smallModel(): Uint8Array {
  const d = draft(new Random(1), [1, 2, 4, 4]);
  const conv = d.op('Conv', [d.x, d.weights([2, 2, 3, 3])], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  return writeGraph(d.graph(d.op('Flatten', [d.op('Relu', [conv])], { axis: 1 })));
}

function refused(action: () => unknown, reason: string, pattern: RegExp): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof SemapError, String(error));
    assert.equal(error.reason, reason);
    assert.match(error.message, pattern);
    return true;
  });
}

/** A length-delimited field. */
function field(number: number, payload: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = payload.length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) {
      length.push(rest);
      break;
    }
    length.push((rest % 128) | 128);
  }
  return Uint8Array.from([(number << 3) | 2, ...length, ...payload]);
}

describe('the ONNX codec', () => {
  it('writes what it has read', () => {
    const once = encodeModel(decodeModel(smallModel()));
    assert.deepEqual(once, smallModel());
  });

  it('keeps fields that it does not know, at every level', () => {
    const unknown = bytes(0xa2, 0x06, 0x03, 1, 2, 3);
    const model = decodeModel(smallModel());
    model.unknown = [unknown];
    model.graph!.unknown = [unknown];
    model.graph!.node![0].unknown = [unknown];
    model.graph!.node![0].attribute![0].unknown = [unknown];
    model.graph!.initializer![0].unknown = [unknown];
    const again = decodeModel(encodeModel(model));
    assert.deepEqual(encodeModel(again), encodeModel(model));
    assert.deepEqual(again.graph!.node![0].attribute![0].unknown, [unknown]);
    assert.deepEqual(again.graph!.initializer![0].unknown, [unknown]);
  });

  it('keeps a known field that comes with a foreign wire type', () => {
    // Field 1 of Model (irVersion) as a fixed 32-bit number.
    const model = bytes(0x0d, 1, 2, 3, 4);
    assert.deepEqual(encodeModel(decodeModel(model)), model);
  });

  it('is exact on all 64-bit integers', () => {
    const ints = BigInt64Array.of(0n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 127n, 128n, -300n);
    const model: ModelProto = {
      graph: { node: [{ attribute: [{ name: 'a', type: 7, ints, i: 2n ** 60n + 1n }] }] },
    };
    const attribute = decodeModel(encodeModel(model)).graph!.node![0].attribute![0];
    assert.deepEqual(attribute.ints, ints);
    assert.equal(attribute.i, 2n ** 60n + 1n);
  });

  it('reads repeated numbers packed and one by one', () => {
    const packed = bytes(0x42, 3, 1, 0xac, 0x02);
    const single = bytes(0x40, 1, 0x40, 0xac, 0x02);
    for (const attribute of [packed, single]) {
      const model = decodeModel(field(7, field(1, field(5, attribute))));
      assert.deepEqual(model.graph!.node![0].attribute![0].ints, BigInt64Array.of(1n, 300n));
    }
  });

  it('reads constants from typed fields as from raw bytes', () => {
    const fields = [
      { dataType: 1, floatData: Float32Array.of(1.5, -2) },
      { dataType: 11, doubleData: Float64Array.of(1.5, -2) },
      { dataType: 10, int32Data: Int32Array.of(0x3e00, 0xc000) },
    ];
    for (const data of fields) {
      const tensor = tensorFromProto({ dims: BigInt64Array.of(2n), ...data });
      assert.deepEqual(Array.from(numbersOf(tensor)), [1.5, -2]);
    }
    const whole = [
      { dataType: 7, int64Data: BigInt64Array.of(3n, -4n) },
      { dataType: 6, int32Data: Int32Array.of(3, -4) },
      { dataType: 3, int32Data: Int32Array.of(3, -4) },
    ];
    for (const data of whole) {
      const tensor = tensorFromProto({ dims: BigInt64Array.of(2n), ...data });
      assert.deepEqual(Array.from(numbersOf(tensor)), [3, -4]);
    }
  });

  it('refuses lengths that reach past the end of their message', () => {
    refused(
      () => decodeModel(bytes(0x3a, 5, 0x0a, 200, 1, 0, 0)),
      'not-onnx',
      /reaches past the end at byte 3/,
    );
    refused(() => decodeModel(bytes(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f)), 'not-onnx', /reaches past the end/);
  });

  it('refuses numbers that do not end or do not fit', () => {
    refused(() => decodeModel(bytes(0x08, ...new Array(11).fill(0xff))), 'not-onnx', /longer than 64 bits/);
    refused(() => decodeModel(bytes(0x08, 0x80)), 'not-onnx', /a number is incomplete/);
    refused(() => decodeModel(bytes(0x08, ...new Array(8).fill(0xff), 0x70)), 'not-onnx', /out of range/);
  });

  it('refuses graphs nested too deeply, without running out of stack', () => {
    let nested: Uint8Array = bytes();
    for (let depth = 0; depth < 2000; depth++) nested = field(1, field(5, field(6, nested)));
    refused(() => decodeModel(field(7, nested)), 'unsupported-model', /nested more than 64 deep/);
  });

  it('bounds what many empty messages cost', () => {
    const nodes = new Uint8Array(2 * 2_100_000);
    for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a;
    refused(() => decodeModel(field(7, nodes)), 'unsupported-model', /more than 2,000,000 parts/);
  });

  it('refuses groups, field 0 and a graph that comes twice', () => {
    refused(() => decodeModel(bytes(0x0b)), 'not-onnx', /wire type 3/);
    refused(() => decodeModel(bytes(0x02, 0)), 'not-onnx', /field number/);
    refused(() => decodeModel(bytes(0x3a, 0, 0x3a, 0)), 'not-onnx', /appears twice/);
  });

  it('refuses constants whose data does not match their shape', () => {
    const tensor = tensorToProto('w', makeTensor('float32', [2, 2], [1, 2, 3, 4]));
    refused(
      () => tensorFromProto({ ...tensor, dims: BigInt64Array.of(2n, 3n) }),
      'not-onnx',
      /16 bytes of data for 6 elements/,
    );
    refused(() => tensorFromProto({ ...tensor, dims: BigInt64Array.of(-2n) }), 'not-onnx', /negative/);
    const huge = BigInt64Array.of(2n ** 40n, 2n ** 40n);
    refused(() => tensorFromProto({ ...tensor, dims: huge }), 'not-onnx', /larger than 2 GiB/);
    refused(() => tensorFromProto({ ...tensor, dataType: 99 }), 'unsupported-model', /element type 99/);
  });
});

describe('weights in files of their own', () => {
  const location = (value: string, extra: Record<string, string> = {}) => {
    const tensor = makeTensor('float32', [2], [1.5, 2.5]);
    const entries = Object.entries({ location: value, ...extra });
    const { rawData: _, ...proto } = tensorToProto('w', tensor);
    const initializer = [
      { ...proto, dataLocation: 1, externalData: entries.map(([key, text]) => ({ key, value: text })) },
    ];
    return { model: { graph: { initializer } } satisfies ModelProto, bytes: tensor.bytes };
  };

  it('are read from the range that the model names', () => {
    const { model, bytes: data } = location('weights/net.data', { offset: '4096', length: '8' });
    assert.ok(hasExternalData(model));
    inlineExternalData(model, (range) => {
      assert.deepEqual(range, { location: 'weights/net.data', offset: 4096, length: 8 });
      return data;
    });
    assert.ok(!hasExternalData(model));
    assert.deepEqual(Array.from(numbersOf(tensorFromProto(model.graph.initializer[0]))), [1.5, 2.5]);
  });

  it('are never looked for outside of the model folder', () => {
    for (const path of ['../x', '/etc/passwd', 'C:\\x', 'a/../../x', '..\\x', '', 'a\0b']) {
      refused(
        () => inlineExternalData(location(path).model, () => assert.fail('must not be read')),
        'not-onnx',
        /outside/,
      );
    }
  });

  it('have a place that makes sense', () => {
    for (const offset of ['-1', '1e400', 'x', '9007199254740993']) {
      refused(
        () => inlineExternalData(location('w', { offset }).model, () => assert.fail('must not be read')),
        'not-onnx',
        /invalid range/,
      );
    }
  });
});

describe('reading a graph', () => {
  const model = (change: (model: ModelProto) => void) => {
    const d = draft(new Random(2), [1, 4]);
    const first = d.op('Relu', [d.x]);
    const proto = graphToModel(d.graph(d.op('Mul', [d.op('Exp', [first]), d.weights([4])])));
    change(proto);
    return proto;
  };

  it('names a circle', () => {
    const circular = model(({ graph }) => {
      graph!.node![0].input = [graph!.node![1].output![0]];
    });
    refused(() => readGraph(circular), 'not-onnx', /cycle through node/);
  });

  it('names a missing initialiser', () => {
    const missing = model(({ graph }) => {
      graph!.initializer = [];
    });
    refused(() => readGraph(missing), 'not-onnx', /reads "c0", which no node produces/);
  });

  it('names a value that two nodes make', () => {
    const doubled = model(({ graph }) => {
      graph!.node![1].output = graph!.node![0].output!;
    });
    refused(() => readGraph(doubled), 'not-onnx', /Two nodes produce/);
  });

  it('puts nodes in order when the file has them out of order', () => {
    const shuffled = model(({ graph }) => {
      graph!.node!.reverse();
    });
    assert.deepEqual(column(readGraph(shuffled).nodes, 'op'), ['Relu', 'Exp', 'Mul']);
  });

  it('inlines functions, and refuses ones that call themselves', () => {
    const body = [{ opType: 'Relu', input: ['a'], output: ['b'] }];
    const called = model((proto) => {
      proto.graph!.node![0] = {
        opType: 'Step',
        domain: 'own',
        input: ['x'],
        output: proto.graph!.node![0].output!,
      };
      proto.functions = [{ name: 'Step', domain: 'own', input: ['a'], output: ['b'], node: body }];
    });
    assert.deepEqual(column(readGraph(called).nodes, 'op'), ['Relu', 'Exp', 'Mul']);
    called.functions![0].node = [{ opType: 'Step', domain: 'own', input: ['a'], output: ['b'] }];
    refused(() => readGraph(called), 'unsupported-model', /calls itself/);
  });
});
