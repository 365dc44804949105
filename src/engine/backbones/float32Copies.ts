import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { GraphFacts } from '../../core/backbones/backboneDescription.ts';
import type { BackboneSidecar } from '../../core/backbones/backboneSidecar.ts';
import { chooseOutput } from '../../core/backbones/classOutput.ts';
import { extraInputs } from '../../core/backbones/extraInputs.ts';
import { OPEN_SIZE, readImageInput } from '../../core/backbones/imageInput.ts';
import { inputSpec } from '../../core/backbones/inputSpec.ts';
import type { WantedFile } from '../../core/downloads/installPlace.ts';
import { unsupportedModel } from '../../core/errors.ts';
import { float16Bits } from '../../core/float16.ts';
import { inputBytes, inputView } from '../../core/images/tensor.ts';
import { float32Copy } from '../../core/onnx/float32Copy.ts';
import { MAX_MODEL_BYTES } from '../../core/onnx/protobuf/decode.ts';
import { encodeModel } from '../../core/onnx/protobuf/encode.ts';
import { seededRandom } from '../../core/random.ts';
import { fileSize } from '../../core/text/numbers.ts';
import { phrase } from '../../core/text/text.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import { writeWhole } from '../../files/wholeFile.ts';
import { Lane } from '../inference/lane.ts';
import { readModelProto } from '../models/modelFile.ts';

/** Copies that nobody has taken are deleted after so long. */
const KEPT_MILLISECONDS = 3_600_000;
/** Half precision rounds, and rounding adds up: so far apart, as a share of the largest score. */
const APART = 0.05;
/** Strengths of inputs, the strongest that does not overflow is compared. */
const STRENGTHS = [1, 0.1, 0.01, 0];
const BESIDE_WEIGHTS = 16 << 20;

/** A copy of a model in single precision. */
export interface Float32Copy {
  readonly file: string;
  /** Whether it was compared with the model itself, on an input on which that does not overflow. */
  readonly compared: boolean;
}

/**
 * Writes a copy of a model that computes in single precision, with what is said beside it.
 * @param files of the model, as `filesOfModel` has them
 * @param said about its input
 * @throws {SemapError} `unsupported-model` where it does not compute in half precision, or the copy answers otherwise
 */
export async function writeFloat32Copy(
  cacheFolder: string,
  { file, sha256 }: { readonly file: string; readonly sha256: string },
  files: readonly WantedFile[],
  said: BackboneSidecar,
): Promise<Float32Copy> {
  const name = path.basename(file);
  const copy = float32Copy(await readModelProto(file));
  if (!copy)
    throw unsupportedModel(phrase('{0} does not compute in half precision (float16).', name), {
      hint: phrase('Add it as it is.'),
    });
  const bytes = (copy.graph?.initializer ?? []).reduce((sum, one) => sum + (one.rawData?.length ?? 0), 0);
  if (bytes > MAX_MODEL_BYTES - BESIDE_WEIGHTS)
    throw unsupportedModel(
      phrase(
        'In single precision {0} has {1} of weights, and one ONNX file holds 2 GiB.',
        name,
        fileSize(bytes),
      ),
      { hint: phrase('Choose a smaller backbone.') },
    );
  const root = path.join(cacheFolder, 'float32');
  await sweep(root);
  const folder = path.join(root, sha256.slice(0, 16));
  await mkdir(folder, { recursive: true });
  const stem = name.replace(/\.onnx$/i, '');
  const to = path.join(folder, `${stem}-float32.onnx`);
  await writeWhole(to, encodeModel(copy), { flush: false });
  for (const beside of files) {
    if (!beside.isBeside || path.dirname(beside.path) !== '.') continue;
    const content = await readRegularFile(beside.from ?? path.join(path.dirname(file), beside.path), {
      limit: beside.size,
    });
    const own = beside.path === `${stem}.backbone.json` ? `${stem}-float32.backbone.json` : beside.path;
    await writeWhole(path.join(folder, own), content, { flush: false });
  }
  return { file: to, compared: await compared(file, to, said) };
}

/** What earlier calls left. */
async function sweep(root: string): Promise<void> {
  for (const name of await readdir(root).catch(() => [])) {
    const state = await stat(path.join(root, name)).catch(() => undefined);
    if (state && Date.now() - state.mtimeMs > KEPT_MILLISECONDS)
      await rm(path.join(root, name), { recursive: true, force: true }).catch(() => {});
  }
}

/** @throws {SemapError} `unsupported-model` where the copy answers otherwise */
async function compared(file: string, copy: string, said: BackboneSidecar): Promise<boolean> {
  const name = path.basename(file);
  const half = await answers(file, said, name);
  const usable = half.findIndex((row) => row?.every(Number.isFinite));
  if (usable < 0) return false;
  const single = await answers(copy, said, name, [STRENGTHS[usable]]);
  const [own, other] = [half[usable]!, single[0] ?? new Float32Array()];
  const largest = own.reduce((most, score) => Math.max(most, Math.abs(score)), 1e-6);
  const isClose =
    own.length === other.length && own.every((score, s) => Math.abs(score - other[s]) <= APART * largest);
  if (!isClose)
    throw unsupportedModel(
      phrase(
        'In single precision {0} gives other scores than in half precision, also where nothing overflows.',
        name,
      ),
      { hint: phrase('Export the model again in single precision (float32).') },
    );
  return true;
}

/** Scores of noise of several strengths; undefined where the model does not run. */
async function answers(
  file: string,
  said: BackboneSidecar,
  name: string,
  strengths: readonly number[] = STRENGTHS,
): Promise<readonly (Float32Array | undefined)[]> {
  const lane = await Lane.open(file, { threads: 1, provider: 'cpu' });
  try {
    const { spec, ...run } = runOf(lane.facts, said, name);
    await lane.prepare({ ...run, input: spec, scores: { kind: undefined }, cold: true });
    const rows: (Float32Array | undefined)[] = [];
    for (const strength of strengths) {
      const random = seededRandom(5);
      const buffer = new ArrayBuffer(inputBytes(spec));
      const view = inputView(spec, buffer);
      const isFloat = spec.type.startsWith('float');
      for (let i = 0; i < view.length; i++) {
        const value = strength * random();
        view[i] = spec.type === 'float16' ? float16Bits(value) : isFloat ? value : Math.floor(value * 127);
      }
      rows.push(
        await lane.run([buffer]).then(
          ({ scores }) => scores,
          () => undefined,
        ),
      );
    }
    return rows;
  } finally {
    await lane.close();
  }
}

function runOf(facts: GraphFacts, said: BackboneSidecar, name: string) {
  const input = readImageInput(facts, name, said);
  const { height = OPEN_SIZE, width = OPEN_SIZE } = input;
  return {
    inputName: input.name,
    spec: inputSpec(input, { size: { height, width } }, name),
    extraInputs: extraInputs(input, said, { height, width }, name),
    fixedBatch: input.fixedBatch,
    outputName: chooseOutput({ facts }, name).place.name,
  };
}
