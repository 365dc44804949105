import assert from 'node:assert/strict';
import { appendFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { gradientName } from '../../../../src/core/onnx/gradientGraph.ts';
import { GradientBlockedError } from '../../../../src/core/onnx/gradients/rule.ts';
import type { Graph } from '../../../../src/core/onnx/graph.ts';
import { crossEntropy, linearMapping, logSumExpMapping } from '../../../../src/core/onnx/scores.ts';
import { writeGraph } from '../../../../src/core/onnx/writeGraph.ts';
import { say } from '../../../../src/core/text/text.ts';
import {
  type GradientModelOptions,
  openGradientModel,
} from '../../../../src/engine/gradients/gradientModel.ts';
import { OrtRunner } from '../../../../src/engine/gradients/ortRunner.ts';
import { checkPromptable } from '../../../../src/engine/gradients/promptable.ts';
import { rawGradient } from '../../../../src/engine/gradients/rawGradient.ts';
import { readModel } from '../../../../src/engine/models/modelFile.ts';
import { loadOrt, type Ort } from '../../../../src/engine/models/onnxruntime.ts';
import { column } from '../../column.ts';
import { type Draft, draft } from '../../core/onnx/cases/draft.ts';
import { Random } from '../../core/onnx/random.ts';
import { testFolder } from '../../folders.ts';

const SOURCES = 6;
const TARGETS = 3;

/** A small classifier over [N, 3, 8, 8] with `SOURCES` classes. */
function classifier(
  change: (d: Draft, features: string) => string = (_, features) => features,
  batch = 2,
): Graph {
  const d = draft(new Random(7), [batch, 3, 8, 8]);
  const conv = d.op('Conv', [d.x, d.weights([4, 3, 3, 3]), d.weights([4])], { pads: [1, 1, 1, 1] });
  const pooled = d.op('GlobalAveragePool', [change(d, d.op('Tanh', [conv]))]);
  const flat = d.op('Flatten', [pooled], { axis: 1 });
  return d.graph(d.op('Gemm', [flat, d.weights([4, SOURCES], -3, 3), d.weights([SOURCES])]));
}

let ort: Ort;
const folder = testFolder();
before(async () => {
  ort = await loadOrt();
});

function options(extra: Partial<GradientModelOptions> = {}): GradientModelOptions {
  return {
    model: async () => classifier(),
    sha256: 'abc',
    composition: 'frame/log-sum-exp',
    cacheFolder: folder,
    threads: 1,
    dims: [2, 3, 8, 8],
    // A trained frame, the same for both images, around what the mask leaves of them.
    before: (b, dims) => {
      const images = b.input('images', 'float32', dims);
      const prompt = b.input('prompt', 'float32', [1, 3, 8, 8]);
      const mask = b.input('mask', 'float32', [1, 1, 8, 8]);
      const frame = b.mul(b.op('Sigmoid', [prompt]), mask);
      return b.add(images, frame);
    },
    after: (b, logits) => {
      const scores = logSumExpMapping(b, logits, TARGETS);
      return { loss: crossEntropy(b, scores), values: { scores } };
    },
    sources: ['prompt'],
    ...extra,
  };
}

const random = new Random(11);
const FEEDS = {
  images: random.floats(2 * 3 * 64),
  prompt: random.floats(3 * 64),
  mask: Float32Array.from({ length: 64 }, (_, i) => (i < 16 ? 1 : 0)),
  mapping: Float32Array.from({ length: SOURCES * TARGETS }, (_, i) =>
    i % TARGETS === Math.floor(i / TARGETS) % 3 ? 0.5 : 0,
  ),
  labels: Int32Array.of(0, 2),
  weights: Float32Array.of(0.5, 0.5),
};

describe('a prompt, a backbone and a mapping in one graph', () => {
  it('give the gradient of the loss with respect to the prompt', async () => {
    const { session, graph } = await openGradientModel(ort, options());
    assert.deepEqual(graph.inputs.map(({ name }) => name).sort(), Object.keys(FEEDS).sort());
    const gradient = (await session.run(FEEDS, [gradientName('prompt')]))[gradientName('prompt')];
    assert.equal(gradient.length, 3 * 64);
    const loss = async (prompt: Float32Array) =>
      (await session.run({ ...FEEDS, prompt }, ['loss']))['loss'][0];
    for (const at of [0, 5, 70, 140]) {
      const moved = (h: number) => FEEDS.prompt.map((value, i) => (i === at ? value + h : value));
      const difference = ((await loss(moved(0.05))) - (await loss(moved(-0.05)))) / 0.1;
      assert.ok(Math.abs(difference - gradient[at]) < 2e-5, `${at}: ${difference} against ${gradient[at]}`);
    }
    // Behind the mask nothing is trained.
    assert.ok(gradient.subarray(16, 64).every((value) => value === 0));
    await session.release();
  });

  it('score targets as the log of the mapped probability mass', async () => {
    const { session } = await openGradientModel(ort, options());
    const { logits, scores } = await session.run(FEEDS, ['logits', 'scores']);
    await session.release();
    for (let row = 0; row < 2; row++) {
      for (let t = 0; t < TARGETS; t++) {
        const masses = Array.from(
          { length: SOURCES },
          (_, s) => FEEDS.mapping[s * TARGETS + t] * Math.exp(logits[row * SOURCES + s]),
        );
        const expected = Math.log(masses.reduce((a, b) => a + b));
        assert.ok(Math.abs(scores[row * TARGETS + t] - expected) < 1e-5);
      }
    }
  });

  it('leave rows of weight 0 out of loss and gradient', async () => {
    const { session } = await openGradientModel(ort, options());
    const name = gradientName('prompt');
    const first = await session.run({ ...FEEDS, weights: Float32Array.of(1, 0) }, ['loss', name]);
    const images = FEEDS.images.map((value, i) => (i < 192 ? value : 9));
    const other = await session.run({ ...FEEDS, images, weights: Float32Array.of(1, 0) }, ['loss', name]);
    await session.release();
    assert.deepEqual(other, first);
  });

  it('train a linear mapping as well', async () => {
    const { session } = await openGradientModel(
      ort,
      options({
        composition: 'frame/linear',
        sources: ['prompt', 'mapping'],
        after: (b, logits) => ({ loss: crossEntropy(b, linearMapping(b, logits, TARGETS)) }),
      }),
    );
    const { [gradientName('mapping')]: gradient, logits } = await session.run(FEEDS, [
      gradientName('mapping'),
      'logits',
    ]);
    await session.release();
    assert.equal(gradient.length, SOURCES * TARGETS);
    assert.equal(logits.length, 2 * SOURCES);
    // Softmax gradients of a row sum to zero over the targets, so every source's do.
    for (let s = 0; s < SOURCES; s++) {
      const row = gradient.subarray(s * TARGETS, (s + 1) * TARGETS);
      assert.ok(Math.abs(row.reduce((a, b) => a + b)) < 1e-6);
    }
  });
});

describe('gradient graphs', () => {
  it('are built once and then come from the cache', async () => {
    let read = 0;
    const counted = options({
      composition: 'counted',
      model: async () => {
        read++;
        return classifier();
      },
    });
    const runs: Float32Array[] = [];
    for (let i = 0; i < 2; i++) {
      const { session } = await openGradientModel(ort, counted);
      runs.push((await session.run(FEEDS, [gradientName('prompt')]))[gradientName('prompt')]);
      await session.release();
    }
    assert.equal(read, 1);
    assert.deepEqual(runs[1], runs[0]);
    await openGradientModel(ort, { ...counted, sha256: 'other' }).then(({ session }) => session.release());
    assert.equal(read, 2);
    // A damaged file of weights is noticed, as a damaged graph is.
    const cached = path.join(folder, 'gradients');
    for (const name of await readdir(cached)) {
      if (name.endsWith('.data')) await appendFile(path.join(cached, name), 'x');
    }
    const { session } = await openGradientModel(ort, counted);
    assert.equal(read, 3);
    assert.deepEqual((await session.run(FEEDS, [gradientName('prompt')]))[gradientName('prompt')], runs[0]);
    await session.release();
  });

  it('fall back to the CPU with a reason when a provider does not work', async () => {
    const { session, provider } = await openGradientModel(ort, options({ providers: ['abacus'] }));
    await session.release();
    assert.equal(provider, 'cpu');
  });
});

describe('what cannot be differentiated', () => {
  const check = (graph: Graph) => checkPromptable(graph, new OrtRunner(ort));

  it('is nothing in a plain classifier', async () => {
    assert.deepEqual(await check(classifier()), { promptable: true, blockers: [] });
  });

  it('is listed with operator and node, all of it at once', async () => {
    const graph = classifier((d, features) => {
      const own = d.op('Wobble', [features], {}, { domain: 'example.org' });
      const decided = d.op('NonMaxSuppression', [own, own]);
      return d.op('Add', [features, d.op('Cast', [decided], { to: 1 })]);
    });
    const { promptable, blockers } = await check(graph);
    assert.equal(promptable, false);
    assert.deepEqual(column(blockers, 'op'), ['example.org.Wobble', 'NonMaxSuppression']);
    assert.ok(blockers.every(({ node }) => node.length > 0));
  });

  it('includes control flow that depends on the image', async () => {
    const branch = {
      node: [{ opType: 'Identity', input: ['v1_0'], output: ['inner'] }],
      output: [{ name: 'inner' }],
    };
    const graph = classifier((d, features) => {
      const mean = d.op('ReduceMean', [features], { keepdims: 0 });
      const condition = d.op('Greater', [mean, d.scalar(0)]);
      const value = { kind: 'graph', value: branch } as const;
      return d.op('If', [condition], { then_branch: value, else_branch: value });
    });
    const { promptable, blockers } = await check(graph);
    assert.equal(promptable, false);
    assert.equal(blockers[0].op, 'If');
  });

  it('does not include branches that are settled by shapes', async () => {
    const branch = {
      node: [{ opType: 'Neg', input: ['v1_0'], output: ['inner'] }],
      output: [{ name: 'inner' }],
    };
    const graph = classifier((d, features) => {
      const size = d.op('Size', [features]);
      const condition = d.op('Greater', [size, d.constant('int64', [], [3])]);
      const value = { kind: 'graph', value: branch } as const;
      return d.op('If', [condition], { then_branch: value, else_branch: value });
    });
    assert.deepEqual(await check(graph), { promptable: true, blockers: [] });
  });

  it('includes uses of an operator that its rule does not cover', async () => {
    const graph = classifier((d, features) =>
      d.op('Conv', [features, d.op('Exp', [d.weights([4, 4, 1, 1])])]),
    );
    assert.equal((await check(graph)).promptable, true, 'constant weights, whatever they are computed from');
    const computed = classifier((d, features) => {
      const pooled = d.op('ReduceMean', [features, d.ints([0, 2, 3])], { keepdims: 0 });
      const weight = d.op('Reshape', [pooled, d.ints([1, 4, 1, 1])]);
      return d.op('ConvTranspose', [
        d.op('Slice', [features, d.ints([0]), d.ints([1]), d.ints([1])]),
        weight,
      ]);
    });
    const { blockers } = await check(computed);
    const why = blockers.map(({ op, why }) => [op, why && say(why)]);
    assert.deepEqual(why, [['ConvTranspose', 'computed weights']]);
  });

  it('includes outputs whose gradient a rule does not give', async () => {
    const graph = classifier((d, features) => {
      const outputs = { outputs: 2 };
      const mean = d.op('LayerNormalization', [features, d.weights([8])], {}, outputs).replace(/_0$/, '_1');
      return d.op('Mul', [features, mean]);
    });
    const { blockers } = await check(graph);
    const why = blockers.map(({ op, why }) => [op, why && say(why)]);
    assert.deepEqual(why, [['LayerNormalization', 'gradient of output 1']]);
  });

  it('is an error of its own when a graph is built', async () => {
    const graph = classifier((d, features) => d.op('Wobble', [features], {}, { domain: 'example.org' }));
    const failing = openGradientModel(ort, options({ model: async () => graph, composition: 'blocked' }));
    await assert.rejects(failing, (error) => {
      assert.ok(error instanceof GradientBlockedError);
      assert.match(error.message, /Cannot compute gradients through example.org.Wobble \(node "Wobble_/);
      return true;
    });
  });

  it('does not include shapes that do not fit: those are an error', async () => {
    const wrong = [
      classifier((d, features) => d.op('Conv', [features, d.weights([4, 5, 3, 3])])),
      classifier((d, features) => d.op('Reshape', [features, d.ints([2, 7, 1, 1])])),
      classifier((d, features) => d.op('Add', [features, d.weights([5, 1, 1])])),
    ];
    for (const graph of wrong) {
      await assert.rejects(check(graph), (error) => {
        assert.ok(error instanceof SemapError, String(error));
        assert.equal(error.reason, 'unsupported-model');
        return true;
      });
    }
  });

  it('does not include constants of unreasonable size: those are an error', async () => {
    const graph = classifier((d, features) => {
      const shape = d.ints([200_000, 200_000]);
      return d.op('Add', [features, d.op('ReduceMean', [d.op('ConstantOfShape', [shape])])]);
    });
    await assert.rejects(check(graph), /has 40,000,000,000 elements; the limit/);
  });

  it('includes models whose output does not depend on the input', async () => {
    const graph = classifier((d, features) => d.op('ConstantOfShape', [d.op('Shape', [features])]));
    assert.deepEqual(await check(graph), { promptable: false, blockers: [] });
  });
});

describe('raw gradients', () => {
  it('of a model with a fixed batch are the same as of one without', async () => {
    const data = new Random(3).floats(3 * 192);
    const request = { dims: [3, 3, 8, 8], data, targets: [1, 0, 5] };
    const open = { ...classifier(), inputs: [{ name: 'x', type: 'float32', dims: ['N', 3, 8, 8] }] } as const;
    const whole = await rawGradient(ort, open, request, 1);
    const pieces = await rawGradient(ort, classifier(), request, 1);
    assert.ok(whole.gradient.every((value, i) => Math.abs(value - pieces.gradient[i]) < 1e-7));
    assert.ok(Math.abs(whole.loss - pieces.loss) < 1e-6);
    assert.equal(pieces.logits.length, 3 * SOURCES);
  });

  it('are those of the class scores, whichever output they are', async () => {
    const request = { dims: [2, 3, 8, 8], data: new Random(3).floats(2 * 192), targets: [1, 0] };
    const alone = classifier();
    const [first] = alone.nodes[0].outputs;
    const [scores] = alone.outputs;
    const among = {
      ...alone,
      outputs: [first, scores],
      declared: [
        { name: first, type: 'float32', dims: [2, 4, 8, 8] },
        { name: scores, type: 'float32', dims: [2, SOURCES] },
      ],
    } as const;
    assert.deepEqual(await rawGradient(ort, among, request, 1), await rawGradient(ort, alone, request, 1));
  });

  it('refuse classes that the model does not have, and inputs of another shape', async () => {
    const data = new Float32Array(2 * 192);
    await assert.rejects(
      rawGradient(ort, classifier(), { dims: [2, 3, 8, 8], data, targets: [0, 6] }, 1),
      /Target 6/,
    );
    await assert.rejects(
      rawGradient(ort, classifier(), { dims: [2, 3, 8, 4], data, targets: [0, 1] }, 1),
      /must have shape \[2, 3, 8, 8\] instead of \[2, 3, 8, 4\]/,
    );
  });
});

describe('reading a model file', () => {
  it('gives its graph', async () => {
    const file = path.join(folder, 'net.onnx');
    await writeFile(file, writeGraph(classifier()));
    assert.equal((await readModel(file)).nodes.length, 5);
  });

  it('names a file that is cut short', async () => {
    const file = path.join(folder, 'short.onnx');
    await writeFile(file, writeGraph(classifier()).subarray(0, 300));
    await assert.rejects(
      readModel(file),
      (error) => error instanceof SemapError && error.reason === 'not-onnx',
    );
  });

  it('names a data file that is missing', async () => {
    const file = path.join(folder, 'outside.onnx');
    const { decodeModel } = await import('../../../../src/core/onnx/protobuf/decode.ts');
    const { encodeModel } = await import('../../../../src/core/onnx/protobuf/encode.ts');
    const model = decodeModel(writeGraph(classifier()));
    const [tensor] = model.graph!.initializer!;
    const data = tensor.rawData!;
    delete tensor.rawData;
    tensor.dataLocation = 1;
    tensor.externalData = [{ key: 'location', value: 'outside.bin' }];
    await writeFile(file, encodeModel(model));
    await assert.rejects(readModel(file), /outside.bin, which is missing/);
    await writeFile(path.join(folder, 'outside.bin'), data);
    assert.equal((await readModel(file)).nodes.length, 5);
    await writeFile(path.join(folder, 'outside.bin'), data.subarray(4));
    await assert.rejects(readModel(file), SemapError);
  });
});
