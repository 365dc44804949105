import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Reason, SemapError } from '../../../../src/core/errors.ts';
import type { GraphRunner } from '../../../../src/core/onnx/graph.ts';
import { readClues } from '../../../../src/core/onnx/modelClues.ts';
import { foldConstants } from '../../../../src/core/onnx/passes/foldConstants.ts';
import { propagateShapes } from '../../../../src/core/onnx/passes/propagateShapes.ts';
import { upgradeOpset } from '../../../../src/core/onnx/passes/upgradeOpset.ts';
import { prepareGraph } from '../../../../src/core/onnx/prepareGraph.ts';
import { decodeModel } from '../../../../src/core/onnx/protobuf/decode.ts';
import type { FunctionProto, GraphProto, ModelProto } from '../../../../src/core/onnx/protobuf/schema.ts';
import { readGraph } from '../../../../src/core/onnx/readGraph.ts';
import { filled, range } from '../../../../src/core/onnx/shapes.ts';
import { column } from '../../column.ts';
import { int, model, node, zeros } from '../../engine/classifierModel.ts';
import { processorClock } from '../../processorClock.ts';

/** What is asked of a runtime must be bounded before it is asked: this one does nothing. */
const never: GraphRunner = { infer: async () => new Map(), run: async () => assert.fail('it was run') };

async function refused(action: () => unknown, reason: Reason, pattern: RegExp): Promise<void> {
  await assert.rejects(
    async () => await action(),
    (error) => {
      assert.ok(error instanceof SemapError, String(error));
      assert.equal(error.reason, reason, error.message);
      assert.match(error.message, pattern);
      return true;
    },
  );
}

/** Ends in the scores of a classifier. */
const HEAD = [node('GlobalAveragePool', ['x'], ['pooled']), node('Flatten', ['pooled'], ['scores'])];
const integers = (name: string, ...values: (number | bigint)[]) => ({
  name,
  dims: BigInt64Array.of(BigInt(values.length)),
  dataType: 7,
  int64Data: BigInt64Array.from(values, BigInt),
});
const floats = (name: string, ...values: number[]) => ({
  name,
  dims: BigInt64Array.of(BigInt(values.length)),
  dataType: 1,
  floatData: Float32Array.from(values),
});
const decoded = (parts: Parameters<typeof model>[0]): ModelProto => decodeModel(model(parts));
const prepare = (parts: Parameters<typeof model>[0]) =>
  prepareGraph(readGraph(decoded(parts)), [1, 3, 8, 8], never);

/** A constant made by `nodes` as "c", added to the image. */
const withConstant = (nodes: ReturnType<typeof node>[], initializers: ReturnType<typeof zeros>[]) =>
  prepare({
    nodes: [
      ...nodes,
      node('ReduceSum', ['c'], ['sum'], [int('keepdims', 0)]),
      node('Add', ['image', 'sum'], ['x']),
      ...HEAD,
    ],
    initializers,
  });

describe('functions of a model', () => {
  const withFunctions = (top: string, functions: FunctionProto[]): ModelProto => {
    const proto = decoded({ nodes: [{ ...node(top, ['image'], ['x']), domain: 'own' }, ...HEAD] });
    return { ...proto, functions };
  };
  const calling = (name: string, called: string, empty: boolean): FunctionProto => ({
    name,
    domain: 'own',
    input: empty ? [] : ['a'],
    output: empty ? [] : ['b'],
    node: [
      { ...node(called, empty ? [] : ['a'], empty ? [] : ['m']), domain: 'own' },
      { ...node(called, empty ? [] : ['m'], empty ? [] : ['b']), domain: 'own' },
    ],
  });

  for (const empty of [false, true]) {
    it(`that double at thirty levels end in an error${empty ? ', also where they hold nothing' : ''}`, async () => {
      const last = { name: 'F0', domain: 'own', ...(empty ? {} : { input: ['a'], output: ['b'] }) };
      const functions: FunctionProto[] = [{ ...last, node: empty ? [] : [node('Relu', ['a'], ['b'])] }];
      for (let i = 1; i <= 30; i++) functions.push(calling(`F${i}`, `F${i - 1}`, empty));
      await refused(
        () => readGraph(withFunctions('F30', functions)),
        'unsupported-model',
        /calls its functions too often/,
      );
    });
  }

  it('that call each other in a circle end in an error', async () => {
    const functions = [calling('A', 'B', false), calling('B', 'A', false)];
    await refused(() => readGraph(withFunctions('A', functions)), 'unsupported-model', /calls itself/);
  });
});

describe('a model file', () => {
  it('with millions of numbers that are written one by one takes little memory and time', () => {
    const count = 4_000_000;
    // Field 1 of a tensor, dims, as a varint of its own each time.
    const tensor = new Uint8Array(2 * count);
    for (let i = 0; i < tensor.length; i += 2) tensor.set([0x08, 1], i);
    const length = (size: number) => [
      (size & 127) | 128,
      ((size >> 7) & 127) | 128,
      ((size >> 14) & 127) | 128,
      size >> 21,
    ];
    const graph = [0x2a, ...length(tensor.length)];
    const bytes = Uint8Array.from([0x3a, ...length(graph.length + tensor.length), ...graph, ...tensor]);
    const before = process.memoryUsage().rss;
    const proto = decodeModel(bytes);
    assert.equal(proto.graph?.initializer?.[0].dims?.length, count);
    assert.ok(process.memoryUsage().rss - before < 400e6);
  });

  it('with a constant of more dimensions than any tensor has is refused by that', async () => {
    const many = {
      name: 'w',
      dims: new BigInt64Array(100).fill(1n),
      dataType: 1,
      floatData: Float32Array.of(1),
    };
    const nodes = [node('Add', ['image', 'w'], ['x']), ...HEAD];
    await refused(
      () => readGraph(decoded({ nodes, initializers: [many] })),
      'unsupported-model',
      /100 dimensions/,
    );
  });

  it('with a constant of gigabytes in a few bytes is refused', async () => {
    const huge = {
      name: 'w',
      dims: BigInt64Array.of(1n << 40n, 1n << 40n),
      dataType: 1,
      rawData: new Uint8Array(4),
    };
    const nodes = [node('Add', ['image', 'w'], ['x']), ...HEAD];
    await refused(() => readGraph(decoded({ nodes, initializers: [huge] })), 'not-onnx', /larger than 2 GiB/);
  });

  it('with lists of millions in an attribute is read without them', () => {
    const list = { name: 'axes', type: 7, ints: new BigInt64Array(2_000_000) };
    const graph = readGraph(decoded({ nodes: [node('Relu', ['image'], ['x'], [list]), ...HEAD] }));
    assert.equal(graph.nodes[0].attributes['axes'].kind, 'unsupported');
  });

  it('with tens of thousands of nodes is read, upgraded and searched in linear time', () => {
    const nodes = [];
    let value = 'image';
    for (let i = 0; i < 20_000; i++) {
      nodes.push(node('Clip', [value], [`v${i}`], [{ name: 'min', f: 0, type: 1 }]));
      value = `v${i}`;
    }
    const proto = decoded({ nodes: [...nodes, node('Identity', [value], ['x']), ...HEAD] });
    proto.opsetImport = [{ domain: '', version: 9 }];
    const clock = processorClock();
    readClues(proto);
    const graph = propagateShapes(upgradeOpset(readGraph(proto)));
    // Names by trying 1, 2, 3, ... each time take quadratic time.
    assert.ok(clock() < 8000);
    assert.ok(graph.nodes.length > 20_000);
  });

  it('with more nodes than a gradient can be made for says so', async () => {
    const nodes = Array.from({ length: 30_001 }, (_, i) =>
      node('Relu', [i === 0 ? 'image' : `v${i - 1}`], [`v${i}`]),
    );
    const all = [...nodes, node('Identity', ['v30000'], ['x']), ...HEAD];
    await refused(() => prepare({ nodes: all }), 'unsupported-model', /30,00\d nodes; the limit/);
  });
});

describe('constants that are computed', () => {
  it('never take more than a gigabyte, however little they are made of', async () => {
    const doubled = [node('Identity', ['seed'], ['c0'])];
    for (let i = 1; i <= 60; i++)
      doubled.push(node('Concat', [`c${i - 1}`, `c${i - 1}`], [i === 60 ? 'c' : `c${i}`], [int('axis', 0)]));
    const cases: [ReturnType<typeof node>[], ReturnType<typeof zeros>[]][] = [
      [doubled, [floats('seed', 1, 2, 3)]],
      [[node('Mul', ['a', 'b'], ['c'])], [zeros('a', [100_000, 1]), zeros('b', [1, 100_000])]],
      [[node('MatMul', ['a', 'b'], ['c'])], [zeros('a', [100_000, 1]), zeros('b', [1, 100_000])]],
      [[node('ConstantOfShape', ['shape'], ['c'])], [integers('shape', 2 ** 20, 2 ** 20, 2 ** 20)]],
      [[node('Expand', ['seed', 'shape'], ['c'])], [floats('seed', 1), integers('shape', 2 ** 40)]],
      [[node('Pad', ['seed', 'pads'], ['c'])], [floats('seed', 1), integers('pads', 0, 2 ** 40)]],
    ];
    for (const [nodes, initializers] of cases) {
      await refused(() => withConstant(nodes, initializers), 'unsupported-model', /elements; the limit is/);
    }
  });

  it('of a size that nobody knows are left alone', async () => {
    const nodes = [node('Tile', ['seed', 'times'], ['c']), node('Add', ['image', 'c'], ['x']), ...HEAD];
    const graph = readGraph(
      decoded({ nodes, initializers: [floats('seed', 1), integers('times', 2 ** 40)] }),
    );
    const folded = await foldConstants(graph, never);
    assert.deepEqual(column(folded.nodes, 'op'), column(graph.nodes, 'op'));
  });

  it('are never those of a loop, also inside a branch', async () => {
    const body: GraphProto = { name: 'b', node: [node('Sin', ['seed'], ['y'])], output: [{ name: 'y' }] };
    const loop = node('Loop', ['turns', 'true', 'seed'], ['r'], [{ name: 'body', g: body, type: 5 }]);
    const branch: GraphProto = { name: 't', node: [loop], output: [{ name: 'r' }] };
    const attributes = ['then_branch', 'else_branch'].map((name) => ({ name, g: branch, type: 5 }));
    const nodes = [node('If', ['true'], ['c'], attributes), node('Add', ['image', 'c'], ['x']), ...HEAD];
    const truth = { name: 'true', dataType: 9, rawData: Uint8Array.of(1) };
    const initializers = [floats('seed', 1), integers('turns', 1n << 62n), truth];
    const folded = await foldConstants(readGraph(decoded({ nodes, initializers })), never);
    assert.equal(folded.nodes[0].op, 'If');
  });

  it('that overflow or divide by zero in shape arithmetic are left to the runtime', () => {
    const cases: ReturnType<typeof node>[][] = [
      [node('Div', ['five', 'zero'], ['c'])],
      [node('Mul', ['big', 'big'], ['b2']), node('Mul', ['b2', 'b2'], ['c'])],
      [node('Neg', ['five'], ['minus']), node('ConstantOfShape', ['minus'], ['c'])],
      [node('Gather', ['five', 'big'], ['c'])],
    ];
    const initializers = [integers('five', 5), integers('zero', 0), integers('big', 2 ** 40)];
    for (const nodes of cases) {
      const all = [
        ...nodes,
        node('Cast', ['c'], ['f'], [int('to', 1)]),
        node('Add', ['image', 'f'], ['x']),
        ...HEAD,
      ];
      const graph = propagateShapes(readGraph(decoded({ nodes: all, initializers })));
      assert.ok(!graph.constants.has('c'), nodes.at(-1)!.opType);
    }
  });
});

describe('what a rule makes of an attribute', () => {
  it('is bounded, number by number and float by float', async () => {
    await refused(() => range(2 ** 31), 'unsupported-model', /2,147,483,648 numbers at once; the limit/);
    await refused(() => filled(2 ** 31, 1), 'unsupported-model', /2,147,483,648 numbers at once; the limit/);
    assert.deepEqual(range(3), [0, 1, 2]);
  });
});
