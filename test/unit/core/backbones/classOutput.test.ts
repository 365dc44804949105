import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GraphValue } from '../../../../src/core/backbones/backboneDescription.ts';
import { chooseOutput, needsClues } from '../../../../src/core/backbones/classOutput.ts';
import { scoreFault } from '../../../../src/core/backbones/scoreFaults.ts';
import { scoreShape } from '../../../../src/core/backbones/scoreShape.ts';
import { readOutputClues } from '../../../../src/core/onnx/outputClues.ts';
import { decodeModel } from '../../../../src/core/onnx/protobuf/decode.ts';
import type { AttributeProto, NodeProto } from '../../../../src/core/onnx/protobuf/schema.ts';
import { model, node, zeros } from '../../engine/classifierModel.ts';
import { processorClock } from '../../processorClock.ts';

const POOL = [node('GlobalAveragePool', ['image'], ['pooled']), node('Flatten', ['pooled'], ['features'])];
const HEAD = [...POOL, node('Gemm', ['features', 'w'], ['logits'])];
const W = [zeros('w', [3, 5])];

type Output = readonly [name: string, shape: GraphValue['shape'], type?: string];

/** What is chosen of a graph; an output is a float vector unless it is said otherwise. */
function choose(
  outputs: readonly Output[],
  nodes: readonly NodeProto[],
  said: { named?: string; labelCount?: number } = {},
) {
  const facts = {
    inputs: [],
    outputs: outputs.map(([name, shape, type = 'float32']) => ({ name, shape, type })),
  };
  const declared = outputs.map(([name, dims]) => ({ name, dims }));
  const proto = decodeModel(model({ nodes, outputs: declared, initializers: W }));
  const clues = needsClues(facts, said.named) ? readOutputClues(proto, said.named) : undefined;
  return { ...chooseOutput({ facts, clues, ...said }, 'net'), clues };
}

const refusal = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    const { message, hint } = error as { message: string; hint?: string };
    return `${message} ${hint}`;
  }
  return '';
};

describe('The output with the class scores', () => {
  test('is the only one, also of one number or behind the batch, and the graph is not read for it', () => {
    for (const shape of [['N', 5], ['N', 1], ['N', 5, 1, 1], [1, 'N', 5], [5, 'N'], ['N']]) {
      const { place, open, clues } = choose([['logits', shape]], HEAD);
      assert.deepEqual([place.name, open.length, clues], ['logits', 0, undefined]);
    }
  });

  test('is what is made of the features, whatever they are called', () => {
    const nodes = [...HEAD, node('Identity', ['features'], ['a']), node('Identity', ['logits'], ['b'])];
    const outputs: Output[] = [
      ['a', ['N', 3]],
      ['b', ['N', 5]],
    ];
    assert.equal(choose(outputs, nodes).place.name, 'b');
    assert.equal(choose(outputs.toReversed(), nodes).place.name, 'b');
  });

  test('is that of the logits where their probabilities are there too', () => {
    const nodes = [...HEAD, node('Identity', ['logits'], ['a']), node('Softmax', ['a'], ['b'])];
    const { place, open } = choose(
      [
        ['b', ['N', 5]],
        ['a', ['N', 5]],
      ],
      nodes,
    );
    assert.deepEqual([place.name, open], ['a', []]);
  });

  test('is not an auxiliary one, and else that with as many numbers as there are labels', () => {
    const nodes = [
      ...HEAD,
      node('Gemm', ['features', 'w'], ['x']),
      node('Gemm', ['features', 'w'], ['aux_logits']),
    ];
    const outputs: Output[] = [
      ['aux_logits', ['N', 5]],
      ['x', ['N', 5]],
    ];
    assert.equal(choose(outputs, nodes).place.name, 'x');
    const two: Output[] = [
      ['features', ['N', 3]],
      ['x', ['N', 7]],
    ];
    assert.equal(choose(two, nodes, { labelCount: 3 }).place.name, 'features');
  });

  test('is asked for where two may be, and taken by its name', () => {
    const nodes = [...POOL, node('Gemm', ['features', 'w'], ['x']), node('Gemm', ['features', 'w'], ['y'])];
    const outputs: Output[] = [
      ['x', ['N', 5]],
      ['y', ['N', 5]],
    ];
    assert.deepEqual(
      choose(outputs, nodes).open.map(({ name }) => name),
      ['x', 'y'],
    );
    assert.deepEqual(choose(outputs, nodes, { named: 'y' }).open, []);
    assert.deepEqual(choose(outputs, nodes, { named: 'features' }).place, { name: 'features', inner: true });
    assert.match(
      refusal(() => choose(outputs, nodes, { named: 'yy' })),
      /called "yy".*Did you mean "y"\?/,
    );
  });

  test('is what a ZipMap takes, with its labels', () => {
    const strings: AttributeProto = {
      name: 'classlabels_strings',
      type: 8,
      strings: ['cat', 'dog'].map((one) => new TextEncoder().encode(one)),
    };
    const zip = { ...node('ZipMap', ['p'], ['output_probability'], [strings]), domain: 'ai.onnx.ml' };
    const nodes = [
      ...HEAD,
      node('Softmax', ['logits'], ['p']),
      node('ArgMax', ['logits'], ['output_label']),
      zip,
    ];
    const { place, clues } = choose(
      [
        ['output_label', ['N'], 'int64'],
        ['output_probability', [], 'no tensor'],
      ],
      nodes,
    );
    assert.deepEqual(place, { name: 'p', inner: true });
    assert.deepEqual(clues?.candidates[0].labels, ['cat', 'dog']);
  });

  test('is missed where only the best classes are left, and the scores inside are named', () => {
    const top = node('TopK', ['logits', 'k'], ['values', 'indices']);
    const argmax = node('ArgMax', ['logits'], ['best']);
    const outputs: Output[] = [
      ['values', ['N', 2]],
      ['indices', ['N', 2], 'int64'],
    ];
    assert.match(
      refusal(() => choose(outputs, [...HEAD, node('Identity', ['w'], ['k']), top])),
      /best classes \(TopK\).*--output-name logits/,
    );
    assert.match(
      refusal(() => choose([['best', ['N'], 'int64']], [...HEAD, argmax])),
      /\(ArgMax\).*--output-name logits/,
    );
    assert.equal(
      choose([['best', ['N'], 'int64']], [...HEAD, argmax], { named: 'logits' }).place.inner,
      true,
    );
  });

  test('is none that has scores for positions', () => {
    const conv = node('Conv', ['image', 'w'], ['map']);
    assert.match(
      refusal(() => choose([['map', ['N', 5, 7, 7]]], [conv])),
      /\[N, 5, 7, 7\]: scores for positions/,
    );
  });

  test('ends in a sigmoid that is seen, unless numbers are turned behind it', () => {
    const sigmoid = node('Sigmoid', ['logits'], ['p']);
    const cutOf = (nodes: NodeProto[], name: string) => {
      const proto = decodeModel(model({ nodes, outputs: [{ name, dims: ['N', 5] }], initializers: W }));
      return readOutputClues(proto).candidates[0].beforeSigmoid;
    };
    assert.equal(cutOf([...HEAD, sigmoid, node('Flatten', ['p'], ['flat'])], 'flat'), 'logits');
    assert.equal(cutOf([...HEAD, sigmoid, node('Transpose', ['p'], ['turned'])], 'turned'), undefined);
  });

  test('is looked for in a moment among very many, and along very long ways', () => {
    const many = Array.from({ length: 5000 }, (_, i) => `o${i}`);
    const chains = {
      side: many.map((name, i) => node(i % 2 ? 'Softmax' : 'Identity', ['logits'], [name])),
      copies: many.map((name, i) => node('Identity', [many[i - 1] ?? 'logits'], [name])),
      layers: many.map((name, i) => node('Relu', [many[i - 1] ?? 'logits'], [name])),
    };
    for (const [what, nodes] of Object.entries(chains)) {
      for (const count of [150, many.length]) {
        const outputs = many.slice(0, count).map((name): Output => [name, ['N', 5]]);
        const spent = processorClock();
        choose(outputs, [...HEAD, ...nodes]);
        assert.ok(spent() < 3000, `${what} of ${count}: ${spent()} ms`);
      }
    }
  });

  test('is none of more numbers than there are names', () => {
    assert.match(
      refusal(() => choose([['logits', ['N', 2 ** 40]]], HEAD)),
      /is not a class vector/,
    );
    assert.equal(scoreShape([1, 2 ** 29], 1, undefined), undefined);
    assert.equal(scoreShape([4, 2 ** 29], 4, undefined), undefined);
  });

  test('tells what is in training mode', () => {
    const random = [
      ...HEAD,
      node('RandomNormalLike', ['logits'], ['noise']),
      node('Add', ['logits', 'noise'], ['s']),
    ];
    const proto = decodeModel(
      model({ nodes: random, outputs: [{ name: 's', dims: ['N', 5] }], initializers: W }),
    );
    assert.deepEqual(readOutputClues(proto).training, ['RandomNormalLike']);
  });
});

describe('The shape of scores', () => {
  test('is read off runs of one and of two images', () => {
    assert.deepEqual(scoreShape([1, 5], 1, [2, 5]), { size: 5 });
    assert.deepEqual(scoreShape([1, 5, 1, 1], 1, [2, 5, 1, 1]), { size: 5 });
    assert.deepEqual(scoreShape([1, 1, 5], 1, [1, 2, 5]), { size: 5 });
    assert.deepEqual(scoreShape([5, 1], 1, [5, 2]), { size: 5, classesFirst: true });
    assert.deepEqual(scoreShape([1], 1, [2]), { size: 1 });
    assert.deepEqual(scoreShape([5], 1, undefined), { size: 5 });
    assert.deepEqual(scoreShape([5, 4], 4, undefined), { size: 5, classesFirst: true });
    assert.deepEqual(scoreShape([4, 5], 4, undefined), { size: 5 });
  });

  test('of a graph that takes one image whatever it says', () => {
    assert.deepEqual(scoreShape([1, 5], 1, [1, 5]), { size: 5, single: true });
    assert.deepEqual(scoreShape([1, 5], 1, []), { size: 5, single: true });
    assert.deepEqual(scoreShape([5], 1, [10]), { size: 5, single: true });
  });

  test('is none of a picture, or of nothing', () => {
    assert.equal(scoreShape([1, 5, 7, 7], 1, undefined), undefined);
    assert.equal(scoreShape([1, 0], 1, undefined), undefined);
    assert.equal(scoreShape([], 1, undefined), undefined);
    assert.equal(scoreShape([1, 5], 4, undefined), undefined);
  });
});

describe('Scores that say nothing', () => {
  const [first, second] = [
    [1, 2, 3],
    [3, 1, 2],
  ];
  const good = { first, again: first, second, together: [first, second] as const };

  test('are told from those that do, with rounding and with quantization by the run', () => {
    assert.equal(scoreFault(good), undefined);
    assert.equal(scoreFault({ ...good, together: undefined }), undefined);
    assert.equal(scoreFault({ ...good, together: [[1.3, 2.2, 3], second] }), undefined);
  });

  test('are not finite, random, of the batch, or constant', () => {
    assert.equal(scoreFault({ ...good, second: [1, Number.NaN, 2] }), 'not-finite');
    assert.equal(scoreFault({ ...good, again: [1.5, 2, 3] }), 'random');
    assert.equal(scoreFault({ ...good, together: [[2, 2, 2], second] }), 'batch');
    assert.equal(scoreFault({ first, again: first, second: first, together: [first, first] }), 'constant');
    // A softmax over the batch: one for everything, alone.
    const ones = [0, 0, 0];
    assert.equal(
      scoreFault({ first: ones, again: ones, second: ones, together: [[-1, -2, -3], ones] }),
      'batch',
    );
  });
});
