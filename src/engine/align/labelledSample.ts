import path from 'node:path';
import type { LabelledRecord, LearnedMethod } from '../../core/alignments/alignment.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { SemapError } from '../../core/errors.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import { bayesianMapping, bayesianPlusMapping } from '../../core/mapping/bayesian.ts';
import { fewLabelsMapping } from '../../core/mapping/fewLabels.ts';
import { frequencyMapping } from '../../core/mapping/frequency.ts';
import type { LabelledOutputs } from '../../core/mapping/labelledOutputs.ts';
import { learnedKey } from '../../core/mapping/learnedKey.ts';
import { linearMapping } from '../../core/mapping/linear.ts';
import type { Mapping } from '../../core/mapping/mapping.ts';
import { decidedTarget, MappingScorer } from '../../core/mapping/scoring.ts';
import { classificationReport } from '../../core/metrics/classification.ts';
import type { SimilarityMatrix, TargetLabel } from '../../core/similarity/similarity.ts';
import { phrase } from '../../core/text/text.ts';
import type { LabelledImages } from '../../protocol/alignments.ts';
import { drawSample } from '../folders/imageSample.ts';
import { walkImages } from '../folders/imageWalk.ts';
import type { InferencePool } from '../inference/inferencePool.ts';
import type { OutputCache } from '../outputs/outputCache.ts';
import { sampleOutputs } from '../rank/sampleOutputs.ts';

const PER_CLASS = 20;
/** Of a label's images at most so large a share is learned from; the rest measures. */
const LEARNED_SHARE = 0.75;
/** Images of a label that measure, at most. */
const MEASURED_PER_CLASS = 50;
/** Images in all. */
const TOTAL = 20_000;
/** Folders that are named in the document, at most. */
const NAMED = 20;

/** A logit whose probability is zero. */
const NEVER = -1e30;

/** Outputs of labelled images, parted into those to learn from and those to measure by. */
export interface LabelledSample {
  readonly learn: LabelledOutputs;
  readonly measure: LabelledOutputs;
  /** {@link learnedKey}s of the images to learn from. */
  readonly learned: readonly string[];
  readonly perClass: number;
  readonly seed: number;
  /** Images in the folders. */
  readonly found: number;
  /** Class folders that are no label. */
  readonly unmatched: readonly string[];
}

interface SampleJob {
  readonly labelled: LabelledImages;
  readonly targets: readonly TargetLabel[];
  readonly backbone: BackboneDescription;
  readonly wordnet: WordNet;
  readonly cache: OutputCache;
  readonly open: () => Promise<InferencePool>;
  readonly signal: AbortSignal;
  readonly report: (done: number, total: number) => void;
}

/**
 * Runs a sample of labelled images through the backbone, or takes them from the cache.
 * @throws {SemapError} `no-images` when no class folder is a target, `invalid-argument`, `cancelled`
 */
export async function labelledSample(job: SampleJob): Promise<LabelledSample> {
  const { labelled, targets, backbone, wordnet, cache, open, signal, report } = job;
  const { folders, perClass = PER_CLASS, seed = 0 } = labelled;
  if (!Number.isInteger(perClass) || perClass < 1) {
    throw new SemapError('invalid-argument', phrase('Learn from at least one image of each label.'));
  }
  const names = targets.map(({ name }) => name);
  const folderTargets = new FolderTargets(names, wordnet);
  const truthOf = (folder: string) => folderTargets.of(folder);
  const size = { perClass: perClass + MEASURED_PER_CLASS, total: TOTAL };
  const { images, found, foundIn } = await drawSample(folders, {
    sizes: [size, size],
    seed,
    truthOf,
    signal,
  });
  const known = images.filter(({ truth }) => truth >= 0);
  if (known.length === 0) {
    throw new SemapError(
      'no-images',
      phrase('No class folder with images is one of the labels, so there is nothing to learn from.'),
      {
        hint: phrase('Give a folder whose folders are the labels.'),
      },
    );
  }
  let done = 0;
  const onImage = () => report(++done, known.length);
  const rows = await sampleOutputs({
    images: known,
    outputs: cache,
    features: undefined,
    open,
    onImage,
    signal,
  });
  const S = backbone.labelSpace.labels.length;
  const ofLabel = targets.map((): number[] => []);
  rows.images.forEach((image, row) => void ofLabel[known[image].truth].push(row));
  const parts = ofLabel.map((all) => {
    const count = Math.min(perClass, Math.max(1, Math.floor(LEARNED_SHARE * all.length)));
    return { learn: all.slice(0, count), measure: all.slice(count) };
  });
  const classFolders = await classFoldersOf(folders, signal);
  const outputs = (chosen: readonly number[]): LabelledOutputs => {
    const logits = new Float32Array(chosen.length * S);
    for (const [i, row] of chosen.entries()) logits.set(rows.logits.subarray(row * S, (row + 1) * S), i * S);
    const truths = chosen.map((row) => known[rows.images[row]].truth);
    return { logits, truths, sourceCount: S, targetCount: targets.length };
  };
  const learn = parts.flatMap((part) => part.learn);
  return {
    learn: outputs(learn),
    measure: outputs(parts.flatMap((part) => part.measure)),
    learned: learn.map((row) => {
      const file = known[rows.images[row]].path;
      return learnedKey(classFolders.get(file) ?? '', path.basename(file));
    }),
    perClass,
    seed,
    found,
    unmatched: [...foundIn.keys()].filter((folder) => truthOf(folder) === undefined).slice(0, NAMED),
  };
}

async function classFoldersOf(folders: readonly string[], signal: AbortSignal): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const entry of walkImages(folders, signal)) {
    if (entry.kind === 'image') found.set(entry.path, entry.classFolder);
  }
  signal.throwIfAborted();
  return found;
}

/** A mapping learned from the sample; sources of the background and excluded ones are not used. */
export function learnedMapping(
  method: LearnedMethod,
  { learn, seed }: LabelledSample,
  similarity: SimilarityMatrix,
  semantic: Mapping,
  unused: readonly number[],
): Mapping {
  if (unused.length === 0) return MAPPINGS[method](learn, { similarity, semantic, seed });
  // As if the backbone never answered with these; a linear mapping has no use for such logits.
  const logits = learn.logits.slice();
  for (let row = 0; row < logits.length; row += learn.sourceCount) {
    for (const source of unused) logits[row + source] = NEVER;
  }
  const seen = method === 'linear' ? learn : { ...learn, logits };
  const mapping = MAPPINGS[method](seen, { similarity, semantic, seed });
  const banned = new Set(unused);
  return {
    ...mapping,
    targets: mapping.targets.map((all) => all.filter(({ source }) => !banned.has(source))),
  };
}

const MAPPINGS: Record<
  LearnedMethod,
  (
    learn: LabelledOutputs,
    about: { similarity: SimilarityMatrix; semantic: Mapping; seed: number },
  ) => Mapping
> = {
  flm: (learn, { similarity }) => frequencyMapping(learn, { similarity }),
  blm: (learn) => bayesianMapping(learn),
  'blm+': (learn) => bayesianPlusMapping(learn),
  'semap-labels': (learn, { semantic }) => fewLabelsMapping(semantic, learn),
  linear: (learn, { seed }) => linearMapping(learn, { seed }),
};

/** How good a mapping is on the images that it was not learned from. */
export function measuredOn(
  { learn, measure, learned, perClass, seed, found, unmatched }: LabelledSample,
  mapping: Mapping,
): {
  readonly record: LabelledRecord;
  readonly measured: readonly ({ readonly recall: number; readonly images: number } | undefined)[];
} {
  const T = measure.targetCount;
  const truths = Array.from(measure.truths);
  const scores = new MappingScorer(mapping).score(measure.logits, truths.length);
  const report = classificationReport(
    truths,
    truths.map((_, i) => decidedTarget(scores, i * T, T)),
    T,
  );
  return {
    record: {
      perClass,
      seed,
      images: learn.truths.length,
      found,
      ...(unmatched.length > 0 ? { unmatched } : {}),
      validation: {
        images: truths.length,
        accuracy: report.accuracy === null || T < 2 ? null : Number(report.accuracy.toFixed(4)),
      },
      learned: [...learned].sort().join(' '),
    },
    measured: report.perClass.map(({ recall, images }) =>
      recall === null || T < 2 ? undefined : { recall: Number(recall.toFixed(4)), images },
    ),
  };
}
