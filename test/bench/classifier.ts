import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-node';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import { type ClassifierTarget, classifierTargets } from '../../src/core/classifiers/classifierOptions.ts';
import { prefixed } from '../../src/core/classifiers/memberGraph.ts';
import { Sketch } from '../../src/core/classifiers/sketch.ts';
import type { Prediction } from '../../src/core/evidence/imageScorer.ts';
import type { RgbImage } from '../../src/core/images/preprocessing.ts';
import { leastScale } from '../../src/core/images/tensor.ts';
import { upgradeOpset } from '../../src/core/onnx/passes/upgradeOpset.ts';
import { writeGraph } from '../../src/core/onnx/writeGraph.ts';
import { decodeImage } from '../../src/engine/images/decodeImage.ts';
import { readModel } from '../../src/engine/models/modelFile.ts';
import { startBuilt } from './builtEngine.ts';

/*
 * Exported classifiers beside `semap classify --no-settle`: how many images get the same label, how far confidences are
 * apart, how long an export takes, and what the graph around the backbone costs. After `npm run build`:
 * npm run bench:classifier -- --backbones DIR --images DIR [--images DIR ...] --labels a,b,c [--target NAME] [--most N]
 */

const { values } = parseArgs({
  options: {
    backbones: { type: 'string' },
    only: { type: 'string' },
    images: { type: 'string', multiple: true },
    labels: { type: 'string' },
    target: { type: 'string', default: 'onnxruntime' },
    most: { type: 'string', default: '2000' },
    'no-speed': { type: 'boolean', default: false },
  },
});

const root = path.resolve(import.meta.dirname, '../..');
/** Single runs in turns; the fastest is the least disturbed. */
const ROUNDS = 150;

const scratch = mkdtempSync(path.join(os.tmpdir(), 'semap-classifier-'));
const engine = await startBuilt(path.join(root, 'dist'), path.join(scratch, 'cache'), 'cpu');
async function measure(model: string): Promise<void> {
  const targets = values.labels!.split(',').map((name) => ({ name }));
  const alignment = await engine.rpc.call('align', { backbone: model, targets, method: 'semap' });
  const folders = values.images!.map((one) => path.resolve(one));
  const target = values.target as ClassifierTarget;
  const file = path.join(scratch, `${path.basename(model)}.classifier.onnx`);
  const params = { backbone: model, alignment, options: { target }, file, version: 'bench' };
  await engine.rpc.call('exportClassifier', params);
  const started = performance.now();
  const exported = await engine.rpc.call('exportClassifier', params);
  const seconds = (performance.now() - started) / 1000;
  const predictions: Prediction[] = [];
  await engine.rpc.call(
    'classify',
    { backbone: model, alignment, folders },
    { onProgress: (progress) => predictions.push(...progress.predictions) },
  );
  predictions.sort((a, b) => (a.path < b.path ? -1 : 1));
  const step = Math.max(1, Math.ceil(predictions.length / Number(values.most)));
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1 });
  const description = await engine.rpc.call('describeBackbone', { backbone: model });
  // SeMap decodes large photographs at a part of their size.
  const least = leastScale(description.input);
  const whole = new Agreement();
  const reduced = new Agreement();
  for (const prediction of predictions.filter((_, i) => i % step === 0)) {
    const image = await decodeImage(readFileSync(prediction.path));
    image.toSrgb?.(image.data);
    const { probabilities, label } = await session.run({ images: tensorOf(image) });
    const answer = Number(label.data[0]);
    const confidence = answer < 0 ? prediction.confidence : Number(probabilities.data[answer]);
    (least(image.width, image.height) < 1 ? reduced : whole).add(prediction, answer, confidence);
  }
  const form = classifierTargets[target].form;
  console.log(
    `${path.basename(model)} ${form}: export ${seconds.toFixed(2)} s, ${(exported.bytes / 1e6).toFixed(1)} MB, own parity ${exported.parity.largestDifference.toFixed(5)} (${exported.parity.otherLabels} of ${exported.parity.images} other); decoded as a whole ${whole}; smaller ${reduced}`,
  );
  if (!values['no-speed']) await compareSpeed(description, session, whole.example ?? reduced.example);
}

class Agreement {
  example: string | undefined;
  #count = 0;
  #same = 0;
  readonly #differences: number[] = [];

  add({ target, confidence, path }: Prediction, answer: number, own: number): void {
    this.#count++;
    if (answer === target) {
      this.#same++;
      this.#differences.push(Math.abs(own - confidence));
    }
    this.example ??= path;
  }

  toString(): string {
    if (this.#count === 0) return 'none';
    const sorted = this.#differences.sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    return `${this.#same}/${this.#count} (${((100 * this.#same) / this.#count).toFixed(2)}%) same, confidence 99% within ${at(0.99)?.toFixed(5)}, all within ${sorted.at(-1)?.toFixed(5)}`;
  }
}

function tensorOf({ data, height, width }: RgbImage): ort.Tensor {
  return new ort.Tensor('uint8', new Uint8Array(data), [1, height, width, 3]);
}

/** The exported file and the bare backbone behind a resize, one run of each in turns. */
async function compareSpeed(
  description: BackboneDescription,
  session: ort.InferenceSession,
  example: string | undefined,
): Promise<void> {
  if (!example) return;
  const bare = await ort.InferenceSession.create(await bareWithResize(description), { intraOpNumThreads: 1 });
  const images = tensorOf(await decodeImage(readFileSync(example)));
  const time = async (run: () => Promise<unknown>) => {
    const before = performance.now();
    await run();
    return performance.now() - before;
  };
  let [own, other] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    own = Math.min(own, await time(() => session.run({ images })));
    other = Math.min(other, await time(() => bare.run({ images })));
  }
  console.log(
    `  ${own.toFixed(2)} ms an image of ${images.dims.slice(1, 3).join(' x ')}, backbone and resize alone ${other.toFixed(2)} ms: ${(100 * (own / other - 1)).toFixed(1)}% more`,
  );
}

/** Antialiased resize, crop and backbone: what anybody needs who runs it in onnxruntime. */
async function bareWithResize(backbone: BackboneDescription): Promise<Uint8Array> {
  const graph = await readModel(backbone.path);
  const opset = Math.max(18, graph.opsets.get('') ?? 0);
  const s = new Sketch(opset);
  const { input } = backbone;
  const { size } = input.preprocessing;
  const edge = 'shortestEdge' in size ? size.shortestEdge : 0;
  const shape = s.op('Slice', [s.op('Shape', ['images']), s.ints(1), s.ints(3)]);
  const short = s.reduce('ReduceMin', shape, [0]);
  const sizes =
    'height' in size
      ? s.ints(1, size.height, size.width, 3)
      : s.op('Concat', [s.ints(1), s.op('Div', [s.op('Mul', [shape, s.ints(edge)]), short]), s.ints(3)], {
          axis: 0,
        });
  const resized = s.op('Resize', ['images', '', '', sizes], { mode: 'linear', antialias: 1 });
  const [top, left] = 'height' in size ? [0, 0] : [(edge - input.height) >> 1, (edge - input.width) >> 1];
  const cut = s.op('Slice', [
    resized,
    s.ints(top, left),
    s.ints(top + input.height, left + input.width),
    s.ints(1, 2),
  ]);
  const turned = input.layout === 'nchw' ? s.op('Transpose', [cut], { perm: [0, 3, 1, 2] }) : cut;
  const fed = input.type === 'uint8' ? turned : s.cast(turned, input.type);
  const own = prefixed(upgradeOpset(graph, opset), 'm/', new Map([[backbone.inputName, fed]]));
  s.append(own.nodes);
  return writeGraph({
    ...own,
    inputs: [{ name: 'images', type: 'uint8', dims: [1, 'H', 'W', 3] }],
    nodes: s.nodes,
    constants: new Map([...own.constants, ...s.constants]),
    irVersion: 8,
  });
}

try {
  const folder = path.resolve(values.backbones!);
  const models = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
  for (const name of models) {
    if (values.only && !values.only.split(',').includes(name.replace('.onnx', ''))) continue;
    await measure(path.join(folder, name)).catch((error) => console.log(`${name}: ${error.message}`));
  }
} finally {
  await engine.stop();
  rmSync(scratch, { recursive: true, force: true });
}
