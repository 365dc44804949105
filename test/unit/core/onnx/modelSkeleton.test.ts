import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { outlineOf, shownOutline } from '../../../../src/core/backbones/modelOutline.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import { type ByteSource, readableSkeleton, readSkeleton } from '../../../../src/core/onnx/modelSkeleton.ts';
import { readOutputClues } from '../../../../src/core/onnx/outputClues.ts';
import { decodeModel } from '../../../../src/core/onnx/protobuf/decode.ts';
import { encodeModel } from '../../../../src/core/onnx/protobuf/encode.ts';
import type { ModelProto } from '../../../../src/core/onnx/protobuf/schema.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { endlessLoop, floats, int, meanColour, model, node, zeros } from '../../engine/classifierModel.ts';

/** Bytes in memory, and how many of them were asked for. */
function counting(bytes: Uint8Array, size = bytes.length): ByteSource & { asked: number } {
  const source = {
    size,
    asked: 0,
    read: async (at: number, length: number) => {
      const part = bytes.subarray(at, at + length);
      source.asked += part.length;
      return part;
    },
  };
  return source;
}

/** A classifier with a weight of 4 MB as an initializer, one as a `Constant`, and one in a branch. */
const heavy = (): ModelProto => {
  const large = (name: string) => zeros(name, [1024, 1024]);
  const constant = node('Constant', [], ['inside'], [{ name: 'value', type: 4, t: large('value') }]);
  const bytes = model({
    nodes: [
      constant,
      node('ReduceMean', ['image'], ['means'], [int('keepdims', 0)]),
      node('Gemm', ['means', 'fc'], ['scores']),
    ],
    initializers: [large('weight'), floats('fc', [3, 3], [9, 0, 0, 0, 9, 0, 0, 0, 9])],
  });
  return { ...decodeModel(bytes), metadataProps: [{ key: 'license', value: 'MIT' }] };
};

describe('A model without its weights', () => {
  test('is read without reading them', async () => {
    const bytes = encodeModel(heavy());
    const source = counting(bytes);
    const skeleton = await readSkeleton(source);
    assert.ok(bytes.length > 8e6 && source.asked < 5 * (64 << 10), `${source.asked} bytes`);
    const [weight, fc] = skeleton.graph!.initializer!;
    assert.deepEqual(
      [weight!.name, [...weight!.dims!], weight!.rawData],
      ['weight', [1024n, 1024n], undefined],
    );
    assert.equal(fc!.rawData!.length, 36);
  });

  test('is read of a file of 3 GB, which no buffer holds', async () => {
    const varint = (value: number): number[] =>
      value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
    const field = (tag: number, length: number) => [tag, ...varint(length)];
    const data = 3e9;
    const shape = [...field(0x0a, 5), ...varint(1000), ...varint(750_000), 0x10, 1];
    const tensor = [...shape, ...field(0x4a, data)];
    const rest = [
      ...encodeModel({ graph: { node: [node('Gemm', ['x', ''], ['y'])], output: [{ name: 'y' }] } }),
    ];
    const weights = field(0x2a, tensor.length + data);
    const start = [
      ...field(0x3a, weights.length + tensor.length + data + rest.length - 2),
      ...weights,
      ...tensor,
    ];
    const source: ByteSource = {
      size: start.length + data + rest.length - 2,
      read: async (at, length) =>
        Uint8Array.from({ length: Math.min(length, source.size - at) }, (_, i) => {
          const place = at + i;
          return place < start.length ? start[place]! : (rest.slice(2)[place - start.length - data] ?? 0);
        }),
    };
    const outline = outlineOf(await readSkeleton(source));
    assert.equal(outline.parameters, 750_000_000);
    assert.deepEqual(outline.operators, [{ op: 'Gemm', count: 1 }]);
  });

  test('says the same of itself as with them', async () => {
    for (const bytes of [encodeModel(heavy()), meanColour({ effort: 3, softmax: true }), endlessLoop()]) {
      const skeleton = await readSkeleton(counting(bytes));
      const whole = decodeModel(bytes);
      assert.deepEqual(outlineOf(skeleton), outlineOf(whole));
      assert.deepEqual(readOutputClues(readableSkeleton(skeleton)), readOutputClues(whole));
    }
  });

  test('is outlined: what goes in and out, its parameters, its operators', async () => {
    const outline = outlineOf(await readSkeleton(counting(encodeModel(heavy()))));
    assert.deepEqual(outline.inputs, [{ name: 'image', type: 'float32', shape: ['N', 3, 8, 8] }]);
    assert.deepEqual(outline.outputs, [{ name: 'scores', type: 'float32', shape: ['N', 3] }]);
    assert.equal(outline.parameters, 2 * 1024 * 1024 + 9);
    assert.deepEqual(outline.weightTypes, [{ type: 'float32', parameters: 2 * 1024 * 1024 + 9 }]);
    assert.deepEqual(outline.opsets, [{ domain: 'ai.onnx', version: 13 }]);
    assert.deepEqual(outline.operators, [
      { op: 'Constant', count: 1 },
      { op: 'Gemm', count: 1 },
      { op: 'ReduceMean', count: 1 },
    ]);
    assert.deepEqual(
      [outline.nodes, outline.irVersion, outline.metadata],
      [3, 8, [{ key: 'license', value: 'MIT' }]],
    );
  });

  test('counts the operators in the bodies of loops', async () => {
    const { operators, nodes } = outlineOf(await readSkeleton(counting(endlessLoop())));
    assert.equal(nodes, 5);
    assert.ok(operators.some(({ op }) => op === 'Sin'));
  });

  test('names the files that hold weights, and none outside of its folder', async () => {
    const outside = (location: string) =>
      model({
        nodes: [node('Gemm', ['image', 'w'], ['scores'])],
        initializers: [
          {
            ...zeros('w', [3, 3]),
            rawData: undefined,
            dataLocation: 1,
            externalData: [{ key: 'location', value: location }],
          },
        ],
      });
    const outlined = async (location: string) => outlineOf(await readSkeleton(counting(outside(location))));
    assert.deepEqual((await outlined('net.onnx.data')).external, ['net.onnx.data']);
    await assert.rejects(outlined('../../secret'), { reason: 'not-onnx' });
  });

  test('is refused where the file is cut, lies about lengths, or shrinks while it is read', async () => {
    const bytes = encodeModel(heavy());
    for (const length of [1, 7, 1000, bytes.length - 1])
      await assert.rejects(
        readSkeleton(counting(bytes.subarray(0, length))),
        { reason: 'not-onnx' },
        `${length}`,
      );
    const lies = Uint8Array.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3]);
    await assert.rejects(readSkeleton(counting(lies)), { reason: 'not-onnx' });
    await assert.rejects(readSkeleton(counting(bytes.subarray(0, 5000), bytes.length)), {
      reason: 'not-onnx',
    });
    await assert.rejects(readSkeleton(counting(new Uint8Array(4096).fill(0xff))), { reason: 'not-onnx' });
  });

  test('is refused where the whole is, and is the same, whatever bytes are changed', async () => {
    const random = seededRandom(7);
    const outcome = async (read: () => unknown) => {
      try {
        return await read();
      } catch (error) {
        assert.ok(error instanceof SemapError, String(error));
        return 'refused';
      }
    };
    const bases = [meanColour({ effort: 1 }), endlessLoop(), encodeModel(heavy()).subarray(0, 200)];
    let read = 0;
    for (let round = 0; round < 900; round++) {
      const bytes = bases[round % 3]!.slice();
      for (let edit = Math.floor(random() * 3); edit >= 0; edit--)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      const skeleton = await outcome(async () => outlineOf(await readSkeleton(counting(bytes))));
      assert.deepEqual(skeleton, await outcome(() => outlineOf(decodeModel(bytes))));
      if (skeleton !== 'refused') read++;
    }
    assert.ok(read > 100, `${read} were read`);
  });

  test('has any number of nodes that a real graph has', async () => {
    const nodes = Array.from({ length: 130_000 }, (_, i) => node('Relu', [`v${i}`], [`v${i + 1}`]));
    const bytes = model({ nodes, initializers: [] });
    assert.equal(outlineOf(await readSkeleton(counting(bytes))).nodes, 130_000);
  });

  test('is refused where it is made of fields of two bytes, or has names that nobody reads', async () => {
    // 2 ** 28 empty nodes: one field after the other would take as many objects.
    const nodes = new Uint8Array(128 << 10).map((_, i) => (i % 2 ? 0 : 0x0a));
    const size = 2 ** 29;
    let asked = 0;
    const endless: ByteSource = {
      size: size + 6,
      read: async (at, length) => {
        const part = nodes.subarray(at % 2, (at % 2) + Math.min(length, size + 6 - at));
        asked += part.length;
        return at > 0 ? part : Uint8Array.from([0x3a, 0x80, 0x80, 0x80, 0x80, 0x02, ...part.subarray(6)]);
      },
    };
    await assert.rejects(readSkeleton(endless), { reason: 'unsupported-model', message: /8,000,000 fields/ });
    assert.ok(asked < 20e6, `${asked} bytes`);
    const long = encodeModel({ graph: { node: [node('Relu'.repeat(20_000), ['a'], ['b'])] } });
    await assert.rejects(readSkeleton(counting(long)), { reason: 'unsupported-model', message: /opType/ });
  });

  test('is shown in part where names and lists are long', async () => {
    const value = (name: string) => ({
      name,
      type: {
        tensorType: {
          elemType: 1,
          shape: { dim: Array.from({ length: 100 }, () => ({ dimValue: 2n ** 63n - 1n })) },
        },
      },
    });
    const bytes = encodeModel({
      opsetImport: Array.from({ length: 5000 }, (_, i) => ({ domain: `${i}`.repeat(100), version: i })),
      graph: {
        node: Array.from({ length: 5000 }, (_, i) => node(`Op${i}`.repeat(100), ['a'], [`b${i}`])),
        input: Array.from({ length: 5000 }, (_, i) => value(`${i}`.repeat(1000))),
        output: [value('b')],
        initializer: Array.from({ length: 5000 }, (_, i) => ({ ...zeros(`w${i}`, [1]), dataType: 100 + i })),
      },
    });
    const shown = shownOutline(outlineOf(await readSkeleton(counting(bytes))));
    assert.ok(JSON.stringify(shown).length < 500_000, `${JSON.stringify(shown).length} characters`);
    assert.deepEqual([shown.values, shown.inputs.length, shown.outputs.length], [5001, 50, 1]);
    assert.equal(shown.inputs[0].shape.length, 17);
  });

  test('is refused where its parts are nested too deep, or what is no weight is larger than any', async () => {
    let graph: ModelProto['graph'] = { node: [node('Identity', ['a'], ['b'])], docString: 'x'.repeat(5000) };
    for (let depth = 0; depth < 40; depth++)
      graph = { node: [node('If', [], ['b'], [{ name: 'then_branch', type: 5, g: graph }])] };
    await assert.rejects(readSkeleton(counting(encodeModel({ graph }))), { reason: 'unsupported-model' });
    // A document string of 200 MB, of which nothing is read.
    const head = Uint8Array.from([0x32, 0x80, 0x84, 0xaf, 0x5f, ...new Uint8Array(59)]);
    const source = counting(head, 5 + 200_000_000);
    await assert.rejects(readSkeleton(source), { reason: 'unsupported-model' });
    assert.equal(source.asked, 64);
  });
});
