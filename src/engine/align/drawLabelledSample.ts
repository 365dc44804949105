import type { LabelledSample } from '../../core/alignments/labelledSample.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { SemapError } from '../../core/errors.ts';
import { imageKey } from '../../core/evidence/imageScorer.ts';
import { splitRoles } from '../../core/folders/splitRoles.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import type { TargetLabel } from '../../core/labels/targetLabels.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import type { LabelledOutputs } from '../../core/mapping/labelledOutputs.ts';
import { phrase } from '../../core/text/text.ts';
import { apartFrom } from '../../core/wholeGroups.ts';
import type { LabelledImages } from '../../protocol/alignments.ts';
import type { ImagePool } from '../classify/joinedPool.ts';
import { sampleOutputs } from '../classify/sampleOutputs.ts';
import { drawSample, type SampleOptions } from '../folders/imageSample.ts';
import { groupsOfFiles } from '../likeness/folderLikeness.ts';
import type { OutputStore } from '../outputs/outputStore.ts';
import type { TruthTables } from '../truths/truthTables.ts';

const PER_CLASS = 20;
/** Of a label's images at most so large a share is learned from; the rest measures. */
const LEARNED_SHARE = 0.75;
/** Images of a label that measure, at most. */
const MEASURED_PER_CLASS = 50;
/** Images in all. */
const TOTAL = 20_000;
/** Folders that are named in the document, at most. */
const NAMED = 20;

interface SampleJob {
  readonly labelled: LabelledImages;
  readonly targets: readonly TargetLabel[];
  readonly backbone: BackboneDescription;
  /** Keys of images that are left out. */
  readonly apart?: ReadonlySet<string> | undefined;
  readonly wordnet: WordNet;
  readonly truths: TruthTables;
  readonly cache: OutputStore;
  readonly open: () => Promise<ImagePool>;
  readonly signal: AbortSignal;
  readonly report: (done: number, total: number) => void;
}

/**
 * Runs a sample of labelled images through the backbone, or takes them from the cache.
 * @throws {SemapError} `no-images` when no class folder is a target, `invalid-argument`, `cancelled`
 */
export async function drawLabelledSample(job: SampleJob): Promise<LabelledSample> {
  const { labelled, targets, backbone, wordnet, truths, cache, open, signal, report } = job;
  const { perClass = PER_CLASS, seed = 0 } = labelled;
  if (!Number.isInteger(perClass) || perClass < 1) {
    throw new SemapError('invalid-argument', phrase('Learn from at least one image of each label.'));
  }
  const names = targets.map(({ name }) => name);
  const folderTargets = new FolderTargets(names, wordnet);
  const truthOf = (folder: string) => folderTargets.of(folder);
  const told = await truths.of(labelled);
  const draw = (most: number, use: NonNullable<SampleOptions['use']>) => {
    const size = { perClass: most, total: TOTAL };
    return drawSample(labelled, { sizes: [size, size], seed, truthOf, truths: told, use, signal });
  };
  const learnable = await draw(perClass + MEASURED_PER_CLASS, (present) => {
    const roles = splitRoles(present);
    return roles && [roles.learn];
  });
  const roles = splitRoles(learnable.splits);
  const measurable = roles && (await draw(MEASURED_PER_CLASS, () => [roles.measure]));
  const { found, foundIn } = learnable;
  const all = [...learnable.images, ...(measurable?.images ?? [])];
  const known = all.filter((image) => image.truth >= 0 && !job.apart?.has(imageKey(image)));
  if (known.length === 0) {
    throw new SemapError(
      'no-images',
      phrase(
        'No class folder or table of labels has images of these labels, so there is nothing to learn from.',
      ),
      { hint: phrase('Give a folder whose subfolders are the labels, or label some of its images.') },
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
    if (roles) {
      const isLearned = (row: number) => known[rows.images[row]].split === roles.learn;
      return {
        learn: all.filter(isLearned).slice(0, perClass),
        measure: all.filter((row) => !isLearned(row)),
      };
    }
    const count = Math.min(perClass, Math.max(1, Math.floor(LEARNED_SHARE * all.length)));
    return { learn: all.slice(0, count), measure: all.slice(count) };
  });
  const truthOfRow = (row: number) => known[rows.images[row]].truth;
  const files = rows.images.map((at) => known[at].path);
  const groups = await groupsOfFiles(files, rows, cache, signal);
  const outputs = (chosen: readonly number[]): LabelledOutputs => {
    const logits = new Float32Array(chosen.length * S);
    for (const [i, row] of chosen.entries()) logits.set(rows.logits.subarray(row * S, (row + 1) * S), i * S);
    const truths = chosen.map(truthOfRow);
    return {
      logits,
      truths,
      sourceCount: S,
      targetCount: targets.length,
      groups: chosen.map((row) => groups[row]),
    };
  };
  const learn = parts.flatMap((part) => part.learn);
  const measured = parts.flatMap((part) => part.measure);
  return {
    learn: outputs(learn),
    measure: outputs(roles ? measured : apartFrom(learn, measured, (row) => groups[row], truthOfRow)),
    learned: learn.map((row) => imageKey(known[rows.images[row]])),
    ...(roles && { splits: { learned: roles.learn, measured: roles.measure } }),
    perClass,
    seed,
    found,
    unmatched: [...foundIn.keys()]
      .filter((name) => name !== undefined && truthOf(name) === undefined)
      .slice(0, NAMED) as string[],
  };
}
