import { setImmediate } from 'node:timers/promises';
import { joinedSources } from '../../core/alignments/members.ts';
import { type AlignmentComparison, compareScored } from '../../core/evidence/comparison.ts';
import type { MappingFigures } from '../../core/evidence/figures.ts';
import type { MeasuredOn } from '../../core/metrics/measuredOn.ts';
import { shortPath } from '../files.ts';
import type { ClassifyRun } from '../results/classifyRun.ts';
import { knownLooks } from '../results/imageLooks.ts';

/** Predictions looked at before others get a turn. */
const AT_A_TIME = 5000;

/** What of a run is compared, in the order of its images: its answers as they are shown. */
interface ComparedPredictions {
  readonly paths: readonly string[];
  readonly names: readonly string[];
  readonly predicted: Int32Array;
  readonly truths: Int32Array;
  /** Images whose strongest source label a target uses. */
  readonly reached: number;
}

/** Two results as they are: nothing is scored. */
export interface RunComparison {
  readonly result: AlignmentComparison;
  /** False where they are about images of other folders, which are compared by their names. */
  readonly sameFolders: boolean;
}

/**
 * Compares what two runs predicted for the images that both have: the same files, or, where there is none of these, those
 * of the same name below their folders.
 */
export async function compareRuns(first: ClassifyRun, second: ClassifyRun): Promise<RunComparison> {
  const [a, b] = [await predictionsOf(first), await predictionsOf(second)];
  const known = new Set(a.paths);
  const sameFolders = b.paths.some((path) => known.has(path));
  const side = (run: ClassifyRun, { paths, names, predicted, truths, reached }: ComparedPredictions) => ({
    images: (sameFolders ? paths : names).map((path) => ({ path })),
    groups: knownLooks(run)?.groups,
    scored: {
      labels: run.alignment.targets.map(({ label }) => label),
      predicted,
      truths,
      figures: figuresOf(run, reached),
    },
  });
  const result = compareScored(side(first, a), side(second, b));
  const changedImages = result.changedImages.map((image) => ({ ...image, path: a.paths[image.places[0]] }));
  return { result: { ...result, changedImages }, sameFolders };
}

async function predictionsOf({ answers, folders, alignment }: ClassifyRun): Promise<ComparedPredictions> {
  const used = new Set(joinedSources(alignment).flatMap((sources) => sources.map(({ index }) => index)));
  const paths: string[] = [];
  const predicted = new Int32Array(answers.length);
  const truths = new Int32Array(answers.length);
  let reached = 0;
  for (let from = 0; from < predicted.length; from += AT_A_TIME) {
    for (const { path, target, truth, fired } of answers.slice(from, from + AT_A_TIME)) {
      predicted[paths.length] = target;
      truths[paths.length] = truth;
      if (fired[0] && used.has(fired[0].source)) reached++;
      paths.push(path);
    }
    await setImmediate();
  }
  return { paths, names: paths.map((path) => shortPath(path, folders)), predicted, truths, reached };
}

function figuresOf(
  { result, predictions, judged, correct, alignment }: ClassifyRun,
  reached: number,
): MappingFigures {
  const images = predictions.length;
  const reach = images === 0 ? null : reached / images;
  if (result) {
    const { accuracy, measuredOn, balancedAccuracy } = result;
    return { images, judged, accuracy, measuredOn, balancedAccuracy, reach };
  }
  // A run that failed has counts only.
  const measuredOn: MeasuredOn = {
    images,
    measured: judged,
    learned: 0,
    unmatched: [],
    unmatchedFolders: 0,
    unmatchedImages: 0,
    labels: alignment.targets.length,
    labelsMeasured: alignment.targets.length,
    labelsWithout: [],
    ...(judged === 0 ? { withheld: 'no-truth' } : {}),
  };
  return {
    images,
    judged,
    accuracy: judged === 0 ? null : correct / judged,
    measuredOn,
    balancedAccuracy: null,
    reach,
  };
}
