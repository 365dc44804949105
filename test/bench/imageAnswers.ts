import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import { float16Value } from '../../src/core/float16.ts';
import { type InputSpec, pixelSpec, type RgbImage } from '../../src/core/images/preprocessing.ts';
import { fillInput, fillPixels, inputBytes, inputView, leastScale } from '../../src/core/images/tensor.ts';
import { decodeImage } from '../../src/engine/images/decodeImage.ts';
import { startBuilt } from './builtEngine.ts';
import { makePhotographs } from './photographs.ts';

/** Shortest edges of the photographs, in shortest edges that a backbone of 224 pixels resizes to, each in its turn. */
const RATIOS = [6, 8, 6, 6, 8, 6, 11, 8] as const;
const SHORTEST = 256;
/** From one photograph to the next: the sets are in the order of their classes, and no multiple of it. */
const STEP = 11;
/** Labels of a backbone that knows none of the photographs' classes: so many of its own. */
const TASK = 10;

interface Asked {
  readonly backbone: BackboneDescription;
  readonly session: InferenceSession;
  /** Outputs that are labels of the task; those of the photographs' classes, in their order, where it knows them. */
  readonly task: readonly number[];
  readonly knows: boolean;
  same: number;
  sameOfAll: number;
  right: { whole: number; reduced: number };
}

/** Grey levels between inputs made of whole and of reduced pictures. */
class Difference {
  images = 0;
  #sum = 0;
  #most = 0;
  #beyond = 0;

  add(whole: RgbImage['data'], reduced: RgbImage['data']): void {
    let sum = 0;
    let most = 0;
    for (let i = 0; i < whole.length; i++) {
      const difference = Math.abs(whole[i] - reduced[i]);
      sum += difference;
      most = Math.max(most, difference);
    }
    this.images++;
    this.#sum += sum / whole.length;
    this.#most = Math.max(this.#most, most);
    if (most > 3) this.#beyond++;
  }

  get words(): string {
    return `${this.images} photographs, mean ${(this.#sum / this.images).toFixed(3)}, largest ${this.#most}, more than 3 on ${this.#beyond}`;
  }
}

/**
 * Photographs of Imagenette, enlarged with noise, as inputs of every backbone: decoded as a whole, and as the engine does.
 * @param first of the photographs, and how many
 * @param names of backbones; absent: all of the test data, and the starter
 */
export async function compareAnswers(
  root: string,
  data: string,
  work: string,
  first: number,
  count: number,
  names: readonly string[] | undefined,
): Promise<void> {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  const sources = ['imagenette-val', 'imagenette-train'].flatMap((set) =>
    filesBelow(path.join(data, 'images', set)),
  );
  const classes = [...new Set(sources.map(classOf))].sort();
  const all = readdirSync(path.join(data, 'backbones')).filter((file) => file.endsWith('.onnx'));
  const models = names
    ? names.map((name) => path.join(data, 'backbones', `${name}.onnx`))
    : [...all.map((file) => path.join(data, 'backbones', file)), path.join(root, 'dist/models/starter.onnx')];
  const asked = await Promise.all(
    (await describe(root, models, work)).map((backbone) => ask(backbone, classes)),
  );
  const differences = new Map<number, Difference>();
  for (let at = first; at < first + count; at++) {
    const ratio = RATIOS[(at + Math.floor(at / sources.length)) % RATIOS.length];
    const source = sources[(at * STEP) % sources.length];
    const height = SHORTEST * ratio;
    const folder = path.join(work, 'photograph');
    await makePhotographs([source], folder, Math.round((4 * height) / 3), height);
    const file = new Uint8Array(readFileSync(filesBelow(folder)[0]));
    await rm(folder, { recursive: true });
    const whole = await decodeImage(file);
    const truth = classes.indexOf(classOf(source));
    const inputs = new Map<string, readonly [whole: RgbImage, reduced: RgbImage]>();
    for (const each of asked) {
      const { input } = each.backbone;
      const pixels = pixelSpec(input, 0);
      const key = JSON.stringify(pixels);
      let pair = inputs.get(key);
      if (!pair) {
        const small = await decodeImage(file, { least: leastScale(input) });
        pair = [pixelsOf(whole, pixels), pixelsOf(small, pixels)];
        inputs.set(key, pair);
        const part = Math.round((1000 * small.width) / whole.width);
        const difference = differences.get(part) ?? new Difference();
        differences.set(part, difference);
        difference.add(pair[0].data, pair[1].data);
      }
      await compareOne(each, truth, ...pair);
    }
    if (at % 50 === 49) console.log(`${at + 1}`);
  }
  for (const [part, difference] of [...differences].sort(([a], [b]) => a - b))
    console.log(`decoded at ${part / 1000} of the size: ${difference.words}`);
  for (const { backbone, same, sameOfAll, right, knows } of asked) {
    const percent = (n: number) => ((100 * n) / count).toFixed(1).padStart(6);
    const accuracy = knows
      ? `, accuracy ${percent(right.whole)} whole, ${percent(right.reduced)} reduced`
      : '';
    console.log(
      `${backbone.name.padEnd(24)} same answer ${percent(same)} of the task, ${percent(sameOfAll)} of all labels${accuracy}`,
    );
  }
}

async function compareOne(each: Asked, truth: number, whole: RgbImage, reduced: RgbImage): Promise<void> {
  const [a, b] = [await scores(each, whole), await scores(each, reduced)];
  const everything = Array.from({ length: a.length }, (_, i) => i);
  if (best(a, everything) === best(b, everything)) each.sameOfAll++;
  const [one, other] = [best(a, each.task), best(b, each.task)];
  if (one === other) each.same++;
  if (one === each.task[truth]) each.right.whole++;
  if (other === each.task[truth]) each.right.reduced++;
}

function best(values: ArrayLike<number>, among: readonly number[]): number {
  return among.reduce((most, i) => (values[i] > values[most] ? i : most), among[0]);
}

async function scores({ backbone, session }: Asked, image: RgbImage): Promise<ArrayLike<number>> {
  const { input, inputName, outputName } = backbone;
  const { Tensor } = await import('onnxruntime-node');
  const view = inputView(input, new ArrayBuffer(inputBytes(input)));
  fillPixels(image, input, view);
  const { height, width } = input;
  const dims = input.layout === 'nchw' ? [1, 3, height, width] : [1, height, width, 3];
  const feed: Tensor = new Tensor(input.type, view as Float32Array, dims);
  const output = (await session.run({ [inputName]: feed }))[outputName];
  return output.type === 'float16'
    ? Float32Array.from(output.data as Uint16Array, float16Value)
    : (output.data as Float32Array);
}

function pixelsOf(image: RgbImage, spec: InputSpec): RgbImage {
  return fillInput(image, spec, new Uint8Array(inputBytes(spec)));
}

async function describe(
  root: string,
  models: readonly string[],
  work: string,
): Promise<BackboneDescription[]> {
  const engine = await startBuilt(path.join(root, 'dist'), work);
  try {
    return await Promise.all(models.map((backbone) => engine.rpc.call('describeBackbone', { backbone })));
  } finally {
    await engine.stop();
  }
}

async function ask(backbone: BackboneDescription, classes: readonly string[]): Promise<Asked> {
  const { InferenceSession } = await import('onnxruntime-node');
  const session = await InferenceSession.create(backbone.path, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const { labels } = backbone.labelSpace;
  const known = classes.map((wnid) => labels.findIndex((label) => label.wnid === wnid));
  const knows = known.every((index) => index >= 0);
  const step = Math.max(1, Math.floor(labels.length / TASK));
  const task = knows ? known : Array.from({ length: TASK }, (_, i) => i * step);
  return { backbone, session, task, knows, same: 0, sameOfAll: 0, right: { whole: 0, reduced: 0 } };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name))
    .sort();
}

function classOf(file: string): string {
  return path.basename(path.dirname(file));
}
