import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import {
  PARITY_PARTS,
  PARITY_ROUNDS,
  partDifferences,
  sidecarOfPreprocessing,
  withPart,
} from '../../core/backbones/parityParts.ts';
import {
  distanceBetween,
  nearestReading,
  otherOrder,
  type ReferenceReading,
  type Rows,
  type RowsDistance,
  SAME,
  SAME_BUT_PIXELS,
  widthOf,
} from '../../core/backbones/referenceForms.ts';
import { SemapError } from '../../core/errors.ts';
import { float16Value } from '../../core/float16.ts';
import type { InputSpec, Preprocessing } from '../../core/images/preprocessing.ts';
import { inputView } from '../../core/images/tensor.ts';
import { listed, phrase } from '../../core/text/text.ts';
import type { BackboneParity, ReferenceOf } from '../../protocol/backbones.ts';
import type { DecodePool } from '../images/decodePool.ts';
import { Lane, specOf } from '../inference/lane.ts';
import { appendOf } from '../models/addedOutputs.ts';

interface Job {
  readonly backbone: BackboneDescription;
  /** One for each row of the reference. */
  readonly images: readonly string[];
  readonly reference: Rows;
  readonly of: ReferenceOf;
  readonly decode: DecodePool;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly report: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Images on which settings are searched; all are compared with what is described and what is found. */
const SEARCHED = 6;
const MOST_TURNS = 3;
/** A setting that brings less than this share is none that was found. */
const WORTH = 0.02;

/** What settings give for images, beside the reference. */
type Measure = (preprocessing: Preprocessing, images: readonly number[]) => Promise<Compared>;

interface Compared {
  readonly distance: RowsDistance;
  readonly reading?: ReferenceReading | undefined;
  readonly output?: string | undefined;
  /** See `BackboneParity`. */
  readonly order?: readonly number[] | undefined;
}

/** Nothing can be nearer but by the order of sums. */
const EXACT = SAME / 1000;

/**
 * Compares what another pipeline gave for images with what SeMap gives, and searches for the settings under which they are
 * nearest.
 * @throws {SemapError} `invalid-argument` where the reference does not fit the model; `unreadable-image`
 */
export async function compareWithReference(job: Job): Promise<BackboneParity> {
  const { backbone, images, of, signal } = job;
  const lane = await Lane.open(backbone.path, {
    threads: job.threads,
    provider: 'cpu',
    append: appendOf(backbone),
  });
  try {
    const measure = of === 'input' ? inputMeasure(job) : await outputMeasure(job, lane);
    const all = [...images.keys()];
    const some = all.filter((i) => i % Math.ceil(images.length / SEARCHED) === 0);
    const { preprocessing } = backbone.input;
    const described = await measure(preprocessing, all);
    if (described.distance.relative < SAME || described.order)
      return parity(job, described, described, preprocessing);
    let found = preprocessing;
    let nearest = (await measure(found, some)).distance.relative;
    for (let turn = 0; turn < MOST_TURNS && nearest >= SAME / 10; turn++) {
      const before = nearest;
      for (const round of PARITY_ROUNDS) {
        for (const candidate of round(found, backbone.input).slice(1)) {
          signal.throwIfAborted();
          if (nearest < EXACT) break;
          const { relative } = (await measure(candidate, some)).distance;
          if (relative >= nearest * (1 - WORTH)) continue;
          nearest = relative;
          found = candidate;
        }
      }
      if (nearest >= before * (1 - WORTH)) break;
    }
    // What was changed on the way and makes no difference is as it is described.
    for (const part of PARITY_PARTS) {
      const without = withPart(found, preprocessing, part);
      const { relative } = (await measure(without, some)).distance;
      if (relative <= Math.max(nearest * (1 + WORTH), SAME / 10)) found = without;
    }
    return parity(job, described, await measure(found, all), found);
  } finally {
    await lane.close();
  }
}

function parity(
  { backbone, images }: Job,
  described: Compared,
  closest: Compared,
  found: Preprocessing,
): BackboneParity {
  return {
    images: images.length,
    described: described.distance,
    closest: closest.distance,
    same: described.distance.relative < SAME,
    closes: closest.distance.relative < SAME_BUT_PIXELS,
    differences: partDifferences(backbone.input.preprocessing, found),
    preprocessing: sidecarOfPreprocessing(found),
    reading: closest.reading,
    output: closest.output,
    ...(closest.order && { order: closest.order }),
  };
}

/** Compares tensors: no model is run. */
function inputMeasure({ backbone, images, reference, decode, signal, report }: Job): Measure {
  let done = 0;
  return async (preprocessing, which) => {
    const spec: InputSpec = { ...backbone.input, preprocessing };
    const rows: Float32Array[] = [];
    for (const i of which) {
      const { image } = await decode.load(images[i], spec, undefined, signal);
      const view = inputView(spec, image);
      const value = spec.type === 'float16' ? float16Value : Number;
      rows.push(Float32Array.from(view, value));
      report({ done: ++done, total: 0 });
    }
    const given = joined(rows);
    if (widthOf(given) !== widthOf(reference)) {
      throw new SemapError(
        'invalid-argument',
        phrase(
          'The reference has {0} numbers for each image, and the input of {1} takes {2}.',
          widthOf(reference),
          backbone.name,
          widthOf(given),
        ),
      );
    }
    const reading = { form: 'same', before: 0, after: 0 } as const;
    return { distance: distanceBetween(given, rowsOf(reference, which), reading) };
  };
}

/** Compares outputs, of all that the graph has: the reference may be of another one than is used. */
async function outputMeasure(
  { backbone, images, reference, decode, signal, report }: Job,
  lane: Lane,
): Promise<Measure> {
  const spec = specOf(backbone);
  const floats = lane.facts.outputs.filter(({ type }) => /^float/.test(type)).map(({ name }) => name);
  const outputs = [backbone.outputName, ...floats.filter((name) => name !== backbone.outputName)];
  let done = 0;
  let used: string | undefined;
  const run = async (output: string, input: InputSpec, which: readonly number[]): Promise<Rows> => {
    const scores = { kind: undefined, classesFirst: spec.scores.classesFirst };
    await lane.prepare({ ...spec, input, outputName: output, scores, cold: true });
    const rows: Float32Array[] = [];
    for (const i of which) {
      signal.throwIfAborted();
      const { image } = await decode.load(images[i], input, undefined, signal);
      rows.push((await lane.run([image])).scores);
      report({ done: ++done, total: 0 });
    }
    return joined(rows);
  };
  return async (preprocessing, which) => {
    const input: InputSpec = { ...backbone.input, preprocessing };
    let nearest: Compared | undefined;
    const widths: number[] = [];
    for (const output of used === undefined ? outputs : [used]) {
      const given = await run(output, input, which);
      widths.push(widthOf(given));
      const found = nearestReading(given, rowsOf(reference, which));
      if (found && (!nearest || found.distance.relative < nearest.distance.relative * 0.9))
        nearest = { ...found, output };
      if (used === undefined && found && found.distance.relative >= SAME) {
        const order = otherOrder(given, rowsOf(reference, which));
        if (order) return { ...found, output, order };
      }
    }
    if (!nearest) {
      throw new SemapError(
        'invalid-argument',
        phrase(
          'The reference has {0} numbers for each image, and the outputs of {1} have {2}.',
          widthOf(reference),
          backbone.name,
          listed(widths.map(String)),
        ),
        { hint: phrase('Give one row for each image, with one number for each class.') },
      );
    }
    // Which of several outputs it is shows at once.
    used = nearest.output;
    return nearest;
  };
}

function rowsOf(rows: Rows, which: readonly number[]): Rows {
  const width = widthOf(rows);
  return joined(which.map((i) => rows.values.subarray(i * width, (i + 1) * width)));
}

function joined(rows: readonly Float32Array[]): Rows {
  const width = rows[0]?.length ?? 0;
  const values = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) values.set(row, i * width);
  return { count: rows.length, values };
}
