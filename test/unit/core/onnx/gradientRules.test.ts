import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { GraphBuilder } from '../../../../src/core/onnx/builder.ts';
import { differentiate } from '../../../../src/core/onnx/gradients/backward.ts';
import {
  CPU_FORMULATION,
  type Formulation,
  PORTABLE_FORMULATION,
} from '../../../../src/core/onnx/gradients/rule.ts';
import type { Graph } from '../../../../src/core/onnx/graph.ts';
import { prepareGraph } from '../../../../src/core/onnx/prepareGraph.ts';
import { range } from '../../../../src/core/onnx/shapes.ts';
import { makeTensor, numbersOf } from '../../../../src/core/onnx/tensor.ts';
import { writeGraph } from '../../../../src/core/onnx/writeGraph.ts';
import { OrtRunner } from '../../../../src/engine/gradients/ortRunner.ts';
import { loadOrt } from '../../../../src/engine/models/onnxruntime.ts';
import { COMBINING_CASES } from './cases/combining.ts';
import type { Case } from './cases/draft.ts';
import { ELEMENTWISE_CASES } from './cases/elementwise.ts';
import { MOVING_CASES } from './cases/moving.ts';
import { WINDOW_CASES } from './cases/windows.ts';
import { size, type Values } from './interpreter/array.ts';
import { interpret } from './interpreter/interpreter.ts';
import { Random } from './random.ts';

const SEED = Number(process.env['SEMAP_TEST_SEED'] ?? Math.floor(Date.now() / 1000));
const CASES_EACH = Number(process.env['SEMAP_TEST_CASES'] ?? 30);
/** Steps of the difference quotient. The second is for the rare case that a kink lies within the first. */
const STEPS = [1e-6, 1e-8];

const FAMILIES: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  'element by element': ELEMENTWISE_CASES,
  'moving elements': MOVING_CASES,
  'sliding windows': WINDOW_CASES,
  'combining elements': COMBINING_CASES,
};

/** Weights on the output, so that its weighted sum is a scalar whose gradient depends on every element. */
function withLoss(graph: Graph, weights: Float32Array): { graph: Graph; loss: string } {
  const b = new GraphBuilder(graph);
  const [output] = graph.outputs;
  const dims = b.dims(output);
  const weighted = b.mul(output, b.constant(makeTensor('float32', dims, weights.subarray(0, size(dims)))));
  const loss = b.sum(weighted, range(dims.length), false);
  return { graph: b.finish([loss]), loss };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function largest(a: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < a.length; i++) result = Math.max(result, Math.abs(a[i]));
  return result;
}

async function check(drawn: Case, seed: number, runner: OrtRunner, formulation: Formulation): Promise<void> {
  const random = new Random(seed);
  const [draft, output] = drawn(random);
  const original = draft.graph(output);
  const dims = draft.dims;
  const x = random.distinct(size(dims), draft.low, draft.high);
  // More than any output has.
  const weights = random.floats(1 << 15);
  const feed = (name: string, data: Float64Array) =>
    new Map<string, Values>([[name, { type: 'float32', dims, data }]]);

  const { graph, loss } = withLoss(await prepareGraph(original, dims, runner), weights);
  const differentiated = differentiate(graph, loss, ['input'], formulation);
  const name = differentiated.gradients.get('input')!;

  // Gradient in double precision against central differences of the original graph in double precision.
  const interpreted = interpret(differentiated.graph, feed('input', x));
  for (const [value, { dims: actual }] of interpreted) {
    const declared = differentiated.graph.types.get(value)?.dims;
    assert.deepEqual(actual, declared, `the shape of ${value}`);
  }
  const gradient = interpreted.get(name)!.data;
  const value = (data: Float64Array) => dot(interpret(original, feed('x', data)).get(output)!.data, weights);
  for (let trial = 0; trial < 2; trial++) {
    const direction = random.floats(x.length);
    const moved = (h: number) => x.map((element, i) => element + h * direction[i]);
    const scale = Math.max(1e-2, largest(gradient) * Math.sqrt(x.length), Math.abs(value(x)) * 1e-3);
    const differences = STEPS.map((step) => (value(moved(step)) - value(moved(-step))) / (2 * step));
    const errors = differences.map((difference) => Math.abs(dot(gradient, direction) - difference) / scale);
    const message = `directional derivative ${dot(gradient, direction)}, differences say ${differences}`;
    assert.ok(errors[0] < 5e-6 || errors[1] < 1e-5, message);
  }

  // And onnxruntime, in single precision, must agree with the double-precision gradient and loss.
  const program = writeGraph({ ...differentiated.graph, outputs: [loss, name], types: new Map() });
  const input = makeTensor('float32', dims, Float32Array.from(x));
  const results = await runner.run(program, new Map([['input', input]]));
  const run = numbersOf(results.get(name)!);
  const worst = largest(gradient.map((element, i) => element - run[i]));
  assert.ok(worst <= 1e-4 * Math.max(0.5, largest(gradient)), `onnxruntime's gradient is off by ${worst}`);
  const given = numbersOf(results.get(loss)!)[0];
  assert.ok(Math.abs(given - value(x)) <= 1e-4 * Math.max(1, Math.abs(value(x))), `the loss is ${given}`);
}

describe(`gradient rules agree with central differences (seed ${SEED}, set SEMAP_TEST_SEED to repeat)`, () => {
  let runner: OrtRunner;
  before(async () => {
    runner = new OrtRunner(await loadOrt());
  });

  let count = 0;
  for (const [family, cases] of Object.entries(FAMILIES)) {
    describe(family, () => {
      for (const [name, drawn] of Object.entries(cases)) {
        const first = SEED * 1009 + 7919 * count++;
        it(name, async () => {
          for (let i = 0; i < CASES_EACH; i++) {
            const formulation = i % 2 === 0 ? CPU_FORMULATION : PORTABLE_FORMULATION;
            try {
              await check(drawn, first + i, runner, formulation);
            } catch (error) {
              const message = error instanceof Error ? error.message : String(error);
              throw new Error(`${name}, case ${i} of seed ${SEED} (${formulation.name}): ${message}`, {
                cause: error,
              });
            }
          }
        });
      }
    });
  }

  it('covers at least 2,000 random cases', () => {
    assert.ok(count * CASES_EACH >= 2000, `${count} kinds of case, ${CASES_EACH} of each`);
  });
});
