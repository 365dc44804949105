import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readNpy } from '../../src/cli/npy.ts';
import { buildGradientGraph, type GradientGraph, gradientName } from '../../src/core/onnx/gradientGraph.ts';
import { CPU_FORMULATION, PORTABLE_FORMULATION } from '../../src/core/onnx/gradients/rule.ts';
import { INPUT_NAME } from '../../src/core/onnx/passes/input.ts';
import { crossEntropy } from '../../src/core/onnx/scores.ts';
import { productOf } from '../../src/core/onnx/shapes.ts';
import { GradientSession } from '../../src/engine/gradients/gradientSession.ts';
import { OrtRunner } from '../../src/engine/gradients/ortRunner.ts';
import { readModel } from '../../src/engine/models/modelFile.ts';
import { loadOrt, type Ort } from '../../src/engine/models/onnxruntime.ts';

const DATA =
  process.env['SEMAP_TEST_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));
const GRADIENTS = path.join(DATA, 'reference', 'gradients');
const BACKBONES = path.join(DATA, 'backbones');
const absent = (folder: string) => (existsSync(folder) ? false : `no test data at ${folder}`);

const readArray = (folder: string, name: string) => readNpy(readFileSync(path.join(folder, name)), name);
const GRADIENT = gradientName(INPUT_NAME);

let ort: Ort;
before(async () => {
  ort = await loadOrt();
});

async function build(
  file: string,
  dims: readonly number[],
  formulation = CPU_FORMULATION,
): Promise<GradientGraph> {
  return buildGradientGraph(await readModel(file), {
    dims,
    runner: new OrtRunner(ort),
    formulation,
    sources: [INPUT_NAME],
    after: (b, logits) => ({ loss: crossEntropy(b, logits) }),
  });
}

/** |a - b| / |b| of one image's part. */
function relativeError(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < a.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}

// model.onnx, x.npy, logits.npy and grad.npy of each folder come from PyTorch 1.13: d mean cross-entropy(logits, [1, 3]) / dx.
describe('gradients agree with PyTorch autograd', { skip: absent(GRADIENTS) }, () => {
  for (const name of existsSync(GRADIENTS) ? readdirSync(GRADIENTS) : []) {
    for (const formulation of [CPU_FORMULATION, PORTABLE_FORMULATION]) {
      it(`${name}, ${formulation.name} formulation`, async () => {
        const folder = path.join(GRADIENTS, name);
        const x = readArray(folder, 'x.npy');
        const graph = await build(path.join(folder, 'model.onnx'), x.dims, formulation);
        const session = await GradientSession.open(
          ort,
          { ...graph, model: graph.bytes },
          { provider: 'cpu', threads: 1 },
        );
        const feeds = {
          [INPUT_NAME]: x.data,
          labels: Int32Array.of(1, 3),
          weights: Float32Array.of(0.5, 0.5),
        };
        const results = await session.run(feeds, ['logits', GRADIENT]);
        await session.release();

        const logits = readArray(folder, 'logits.npy').data;
        const worst = Math.max(...results['logits'].map((value, i) => Math.abs(value - logits[i])));
        assert.ok(worst < 1e-4, `logits are off by ${worst}`);
        const expected = readArray(folder, 'grad.npy').data;
        const size = expected.length / 2;
        const parts = [0, 1].map((i) => [i * size, (i + 1) * size] as const);
        const errors = parts.map(([from, to]) =>
          relativeError(results[GRADIENT].subarray(from, to), expected.subarray(from, to)),
        );
        // Median of two: a Relu or MaxPool on its kink may decide otherwise in one image.
        assert.ok((errors[0] + errors[1]) / 2 < 1e-5, `relative errors ${errors}`);
      });
    }
  }
});

interface RealBackbone {
  readonly dims: readonly number[];
  /** Middle and half-width of the values its input takes. */
  readonly middle: number;
  readonly spread: number;
  /** How far the ratio of difference quotient to gradient may be from 1; undefined for quantised ones. */
  readonly tolerance?: number;
}

const REAL: Readonly<Record<string, RealBackbone>> = {
  'squeezenet1.1': { dims: [2, 3, 224, 224], middle: 0, spread: 1.5, tolerance: 0.02 },
  mobilenetv2: { dims: [2, 3, 224, 224], middle: 0, spread: 1.5, tolerance: 0.02 },
  'mobilenetv3-small': { dims: [2, 3, 224, 224], middle: 127, spread: 100, tolerance: 0.02 },
  'mobilenetv1-0.25-128': { dims: [2, 3, 128, 128], middle: 0, spread: 0.8, tolerance: 0.02 },
  'squeezenet-fp16': { dims: [2, 3, 224, 224], middle: 10, spread: 90, tolerance: 0.02 },
  'cifar10-resnet8': { dims: [2, 3, 32, 32], middle: 127, spread: 100, tolerance: 0.02 },
  'mobilenetv2-qdq': { dims: [2, 3, 224, 224], middle: 0, spread: 1.5 },
  'squeezenet-int8-nhwc': { dims: [2, 224, 224, 3], middle: 0, spread: 50 },
  'inat-birds-uint8-nhwc': { dims: [2, 224, 224, 3], middle: 127, spread: 100 },
};

/** Smooth waves with a little texture: values as an image has them. */
function picture({ dims, middle, spread }: RealBackbone): Float32Array {
  const last = dims[3] === 3;
  const [height, width] = last ? dims.slice(1, 3) : dims.slice(2);
  return Float32Array.from({ length: productOf(dims) }, (_, i) => {
    const pixel = last ? Math.floor(i / 3) : i;
    const channel = last ? i % 3 : Math.floor(i / width / height) % 3;
    const [x, y] = [pixel % width, Math.floor(pixel / width) % height];
    const wave = Math.sin(x / (9 + channel)) * Math.cos(y / (7 + 2 * channel));
    return middle + spread * (0.8 * wave + 0.2 * Math.sin((x * y) / 200));
  });
}

describe('gradients of real backbones agree with central differences', { skip: absent(BACKBONES) }, () => {
  for (const [name, backbone] of Object.entries(REAL)) {
    it(name, async () => {
      const { dims, spread, tolerance } = backbone;
      const graph = await build(path.join(BACKBONES, `${name}.onnx`), dims);
      const session = await GradientSession.open(
        ort,
        { ...graph, model: graph.bytes },
        { provider: 'cpu', threads: 1 },
      );
      const x = picture(backbone);
      const classes = graph.outputs.get('logits')!.dims[1];
      const logits = await session.run(feedsOf(x, [0, 0]), ['logits']);
      // A class the model half believes in: neither certain nor hopeless.
      const targets = [0, 1].map((row) =>
        ranked(logits['logits'].subarray(row * classes, (row + 1) * classes), 3),
      );
      const { [GRADIENT]: gradient } = await session.run(feedsOf(x, targets), [GRADIENT]);
      const loss = async (input: Float32Array) =>
        (await session.run(feedsOf(input, targets), ['loss']))['loss'][0];

      // Half random, half along the gradient: a random direction alone is nearly orthogonal to it, and its derivative
      // would drown in single-precision rounding.
      const scale = Math.sqrt(gradient.length / gradient.reduce((sum, g) => sum + g * g, 0));
      const direction = gradient.map((g, i) => Math.sin(12.9898 * (i + 1)) + 0.7 * g * scale);
      const slope = direction.reduce((sum, u, i) => sum + u * gradient[i], 0);
      assert.ok(slope > 0);
      // Small enough to stay between kinks; quantised models are staircases, seen from further away.
      const steps = tolerance === undefined ? [0.003, 0.01] : [1e-6, 1e-5];
      const ratios: number[] = [];
      for (const step of steps.map((relative) => relative * spread)) {
        const ahead = await loss(x.map((value, i) => value + step * direction[i]));
        const behind = await loss(x.map((value, i) => value - step * direction[i]));
        ratios.push((ahead - behind) / (2 * step) / slope);
      }
      await session.release();
      const near = (limit: number) => ratios.some((ratio) => Math.abs(ratio - 1) < limit);
      // Bent by curvature, the quotient of a quantised model says sign and order of size.
      assert.ok(
        tolerance === undefined ? ratios.some((ratio) => ratio > 0.05 && ratio < 2) : near(tolerance),
        `difference quotient over gradient: ${ratios.map((ratio) => ratio.toFixed(4))}`,
      );
    });
  }
});

function feedsOf(x: Float32Array, targets: readonly number[]) {
  return {
    [INPUT_NAME]: x,
    labels: Int32Array.from(targets),
    weights: new Float32Array(targets.length).fill(1 / targets.length),
  };
}

/** The class that comes `place`-th. */
function ranked(logits: Float32Array, place: number): number {
  const order = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a]);
  return order[place];
}
