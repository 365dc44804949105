import { encodeModel } from '../../../src/core/onnx/protobuf/encode.ts';
import type { ModelProto, NodeProto } from '../../../src/core/onnx/protobuf/schema.ts';
import { graphToModel, writeGraph } from '../../../src/core/onnx/writeGraph.ts';
import { COMBINING_CASES } from '../../unit/core/onnx/cases/combining.ts';
import { draft } from '../../unit/core/onnx/cases/draft.ts';
import { ELEMENTWISE_CASES } from '../../unit/core/onnx/cases/elementwise.ts';
import { MOVING_CASES } from '../../unit/core/onnx/cases/moving.ts';
import { WINDOW_CASES } from '../../unit/core/onnx/cases/windows.ts';
import { Random } from '../../unit/core/onnx/random.ts';
import { int, meanColour, model, node } from '../../unit/engine/classifierModel.ts';
import { damageBytes } from '../damage/bytes.ts';
import { damageProtobuf } from '../damage/protobuf.ts';

/** A classifier that calls functions which call functions, each `width` times. */
function withFunctions(depth: number, width: number): Uint8Array {
  const call = (level: number, input: string, output: string): NodeProto =>
    level < 0
      ? { opType: 'Relu', input: [input], output: [output] }
      : { opType: `f${level}`, domain: 'own', input: [input], output: [output] };
  const chain = (level: number): NodeProto[] =>
    Array.from({ length: width }, (_, i) =>
      call(level, i === 0 ? 'a' : `v${i - 1}`, i === width - 1 ? 'b' : `v${i}`),
    );
  const d = draft(new Random(3), [1, 4]);
  const proto: ModelProto = graphToModel(d.graph(d.op('Relu', [d.x])));
  proto.graph!.node = [call(depth - 1, d.x, proto.graph!.node![0].output![0])];
  proto.opsetImport = [...(proto.opsetImport ?? []), { domain: 'own', version: 1 }];
  proto.functions = Array.from({ length: depth }, (_, level) => ({
    name: `f${level}`,
    domain: 'own',
    input: ['a'],
    output: ['b'],
    opsetImport: [{ domain: '', version: 17 }],
    node: chain(level - 1),
  }));
  return encodeModel(proto);
}

/** A classifier with a body: `If` and `Loop` of a body that does nothing. */
function withBody(opType: 'If' | 'Loop'): Uint8Array {
  const scalar = (name: string, elemType: number) => ({
    name,
    type: { tensorType: { elemType, shape: { dim: [] } } },
  });
  const body = {
    name: 'body',
    node: [node('Identity', ['going'], ['still'])],
    input: [scalar('i', 7), scalar('going', 9)],
    output: [scalar('still', 9)],
  };
  const branch = {
    name: 'branch',
    node: [node('Relu', ['flat'], ['branched'])],
    output: [scalar('branched', 1)],
  };
  const graph = (name: string, g: typeof body | typeof branch) => ({ name, g, type: 5 });
  return model({
    nodes: [
      node('GlobalAveragePool', ['image'], ['pooled']),
      node('Flatten', ['pooled'], ['flat']),
      ...(opType === 'If'
        ? [node('If', ['yes'], ['scores'], [graph('then_branch', branch), graph('else_branch', branch)])]
        : [
            node('Loop', ['times', 'yes'], [], [graph('body', body)]),
            node('Identity', ['flat'], ['scores']),
          ]),
    ],
    initializers: [
      { name: 'times', dims: BigInt64Array.of(), dataType: 7, int64Data: BigInt64Array.of(3n) },
      { name: 'yes', dims: BigInt64Array.of(), dataType: 9, int32Data: Int32Array.of(1) },
    ],
  });
}

/** Whole small classifiers: what SeMap trains through, what it refuses, and the parts of the format that few use. */
export const smallClassifiers: readonly Uint8Array[] = [
  meanColour(),
  meanColour({ softmax: true }),
  meanColour({ batch: 1, effort: 2 }),
  withFunctions(3, 2),
  withBody('If'),
  withBody('Loop'),
  model({
    nodes: [
      node('Shape', ['image'], ['shape']),
      node('ConstantOfShape', ['shape'], ['zeros']),
      node('Add', ['image', 'zeros'], ['same']),
      node('ReduceMean', ['same'], ['pooled']),
      node('Flatten', ['pooled'], ['scores'], [int('axis', 1)]),
    ],
  }),
];

/** Graphs of one operator each, of those that have a gradient. */
const operators: readonly Uint8Array[] = Object.values({
  ...COMBINING_CASES,
  ...ELEMENTWISE_CASES,
  ...MOVING_CASES,
  ...WINDOW_CASES,
}).map((make, i) => {
  const [d, output] = make(new Random(i));
  return writeGraph(d.graph(output));
});

const smallModels: readonly Uint8Array[] = [...smallClassifiers, ...operators];

/** Mostly of a right form, so that damage reaches what is behind the parser. */
export function hostileModel(random: Random, seeds: readonly Uint8Array[] = smallModels): Uint8Array {
  if (random.chance(0.02)) return withFunctions(random.int(1, 40), random.int(1, 4));
  const bytes = random.pick(seeds);
  const other = random.pick(seeds);
  return random.chance(0.75) ? damageProtobuf(bytes, random, other) : damageBytes(bytes, random, other);
}
