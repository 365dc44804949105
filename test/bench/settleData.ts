import path from 'node:path';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import { readFeatures } from '../../src/engine/features/features.ts';
import { Lane, specOf } from '../../src/engine/inference/lane.ts';
import { appendOf } from '../../src/engine/models/addedOutputs.ts';
import { classFolders, keptValues, PIXELS_VERSION } from './mappingData.ts';

/** The images of one folder of class folders, with one backbone's outputs and penultimate features. */
export interface TappedSet {
  readonly name: string;
  readonly backbone: string;
  readonly classes: readonly string[];
  readonly truths: readonly number[];
  /** Row-major [N, S]; log p where the backbone gives probabilities. */
  readonly logits: Float32Array;
  /** Row-major [N, D]. */
  readonly features: Float32Array;
}

/**
 * Runs a backbone over a folder of class folders as the engine does, in one lane; what comes out is kept in `cache` by
 * model, preprocessing and folder.
 */
export async function measureTapped(
  folder: string,
  backbone: BackboneDescription,
  cache: string,
): Promise<TappedSet> {
  const { classes, files, truths } = classFolders(folder);
  const values = await keptValues(
    cache,
    `${path.basename(folder)}-${backbone.name}-`,
    [PIXELS_VERSION, 'tapped', backbone.sha256, backbone.input, files],
    () => run(files, backbone, cache),
  );
  const S = backbone.labelSpace.labels.length;
  const width = values.length / files.length;
  const logits = new Float32Array(files.length * S);
  const features = new Float32Array(values.length - logits.length);
  for (let i = 0; i < files.length; i++) {
    logits.set(values.subarray(i * width, i * width + S), i * S);
    features.set(values.subarray(i * width + S, (i + 1) * width), i * (width - S));
  }
  return { name: path.basename(folder), backbone: backbone.name, classes, truths, logits, features };
}

/** Rows of logits and features, one after the other. */
async function run(
  files: readonly string[],
  backbone: BackboneDescription,
  cache: string,
): Promise<Float32Array> {
  const { features, problem } = await readFeatures(cache, backbone);
  if (!features) throw new Error(`${backbone.name} has no penultimate features: ${JSON.stringify(problem)}`);
  const S = backbone.labelSpace.labels.length;
  const width = S + features.width;
  const values = new Float32Array(files.length * width);
  const lane = await Lane.open(backbone.path, {
    threads: 1,
    provider: 'cpu',
    append: appendOf(backbone, features.tap),
  });
  try {
    await lane.prepare(specOf(backbone, features.tap));
    for (const [i, file] of files.entries()) {
      const result = await lane.runFile(file);
      values.set(result.scores.subarray(0, S), i * width);
      values.set(result.features!, i * width + S);
    }
  } finally {
    await lane.close();
  }
  return values;
}
