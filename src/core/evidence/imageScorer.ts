import { type AlignmentDocument, learnedKeys } from '../alignments/alignment.ts';
import { alignmentScorer, joinedMapping } from '../alignments/alignmentScorer.ts';
import { answeringCount } from '../alignments/answering.ts';
import { invalidDocument } from '../errors.ts';
import { type AnswerSigns, hasSigns, SignCount } from '../estimates/answerSigns.ts';
import { accuracyByLabels } from '../estimates/byLabels.ts';
import { type ExpectedAccuracy, expectedAccuracy } from '../estimates/expectedAccuracy.ts';
import type { SplitName } from '../folders/layout.ts';
import { nameInDataSet, type Place } from '../folders/placing.ts';
import type { Head } from '../heads/head.ts';
import type { FolderTargets } from '../labels/folderTargets.ts';
import type { ImageLogits } from '../mapping/decisions.ts';
import type { TargetScorer } from '../mapping/joinedScorer.ts';
import { learnedKey } from '../mapping/labelledOutputs.ts';
import { decidedTarget } from '../mapping/scoring.ts';
import { type ClassificationReport, classificationReport } from '../metrics/classification.ts';
import { MeasuredCount, type MeasuredOn, tellingReport } from '../metrics/measuredOn.ts';
import { SplitCounts, type SplitScore } from '../metrics/perSplit.ts';
import { phrase } from '../text/text.ts';
import { GIVEN, type ImageTruths, NO_TRUTHS, truthName } from '../truths/imageTruths.ts';
import type { FiredList, FiredSource } from './firedSources.ts';

/** Where an image lies, and what the layout of its folder says of it. */
export interface PlacedImage extends Place {
  /** Absolute path. */
  readonly path: string;
  /** Where it stands in the folders, when images came in another order. */
  readonly place?: number | undefined;
}

/** Some images, one after the other, and their logits. */
export interface ScoredBlock {
  /** Place of the first one among all. */
  readonly from: number;
  readonly images: readonly PlacedImage[];
  /** Row-major [N, S]; to be read before the next block is asked for. */
  readonly logits: Float32Array;
  /** Penultimate features, row-major [N, D], where a head reads them; NaN where they are lost. */
  readonly features?: Float32Array | undefined;
}

/** Images whose logits are known. */
export interface ScoredImages extends ImageLogits {
  readonly images: readonly PlacedImage[];
  blocks(): AsyncIterable<ScoredBlock>;
  /** Per image, the strongest sources: the same under every mapping. */
  readonly fired: FiredList;
}

/** What an alignment says of an image. */
export interface Prediction {
  /** Absolute path. */
  readonly path: string;
  /** Index in the alignment's targets; -1 where nothing is decided: all have the same score, or none has any. */
  readonly target: number;
  /** Softmax over the target scores, at the predicted one; where all have the same score, the share of each. */
  readonly confidence: number;
  /** Index of the target that it is judged by; -1 where none is known, or the mapping was learned from the image. */
  readonly truth: number;
  /** The three strongest source labels. */
  readonly fired: readonly FiredSource[];
  /** The split that the image is of, where the layout of its folder says one. */
  readonly split?: SplitName | undefined;
}

/** The figures of predictions and the images that they are about. */
export interface MeasuredReport extends ClassificationReport {
  readonly measuredOn: MeasuredOn;
  readonly perSplit?: readonly SplitScore[] | undefined;
  readonly expectedAccuracy?: ExpectedAccuracy | undefined;
}

/** Turns the logits of images into predictions under one alignment. */
export class ImageScorer {
  readonly targets: readonly string[];
  readonly #alignment: AlignmentDocument;
  readonly #scorer: TargetScorer;
  readonly #learned: ReadonlySet<string>;
  readonly #folders: FolderTargets;
  readonly #truths: ImageTruths;
  readonly #head: Head | undefined;

  /**
   * @param folders of the alignment's labels
   * @param truths what persons and tables say of the images
   * @param head decides instead of the mapping
   * @throws {SemapError} `invalid-document` for an alignment without target labels
   */
  constructor(
    alignment: AlignmentDocument,
    folders: FolderTargets,
    truths: ImageTruths = NO_TRUTHS,
    head?: Head,
  ) {
    if (alignment.targets.length === 0)
      throw invalidDocument(phrase('The alignment has no target labels.'), {
        hint: phrase('Add a label to it, or align again.'),
      });
    this.targets = alignment.targets.map(({ label }) => label);
    this.#alignment = alignment;
    this.#scorer = alignmentScorer(alignment);
    this.#folders = folders;
    this.#truths = truths;
    this.#head = head;
    this.#learned = new Set(learnedKeys(alignment)?.split(' '));
  }

  /** What decides instead of the mapping, if anything does. */
  get head(): Head | undefined {
    return this.#head;
  }

  /** Index of the target that an image is of, as a person, a table or its class folder says; -1 when it is of none. */
  truthOf(image: PlacedImage): number {
    const name = truthName(image, this.#truths);
    return name === undefined ? -1 : (this.#folders.of(name) ?? -1);
  }

  /** What a person said of an image: a target, or one of {@link GIVEN}: nothing, too, for a label that there is not. */
  givenOf({ path }: PlacedImage): number {
    const truth = this.#truths.of(path);
    if (truth?.by !== 'person') return GIVEN.nothing;
    return truth.label === undefined ? GIVEN.noneOfThese : (this.#folders.of(truth.label) ?? GIVEN.nothing);
  }

  /** Whether an agent said what an image is of: others learn from it, and nothing is measured by it. */
  isFromAgent({ path }: Pick<PlacedImage, 'path'>): boolean {
    return this.#truths.of(path)?.givenBy === 'agent';
  }

  /** Whether mapping or head were learned from an image: then it says nothing about them. */
  isLearnedFrom(image: PlacedImage): boolean {
    if (this.#learned.size === 0) return false;
    if (this.#learned.has(imageKey(image))) return true;
    // Documents of before have names as their system wrote them.
    const apart = image.classFolder.normalize('NFD');
    return apart !== image.classFolder && this.#learned.has(imageKey({ ...image, classFolder: apart }));
  }

  /** The target that an image is judged by; -1 when it is of none of them, or was learned from. */
  judgedBy(image: PlacedImage): number {
    if (this.isLearnedFrom(image)) return -1;
    return this.#truths.of(image.path)?.judges === false ? -1 : this.truthOf(image);
  }

  /** Counts an image to what accuracy is about, or is not. @param judged what {@link judgedBy} says of it */
  count(image: PlacedImage, judged: number, into: MeasuredCount): void {
    const truth = this.truthOf(image);
    into.add(truthName(image, this.#truths), truth < 0 ? undefined : truth, { learned: judged < 0 });
  }

  /** @param truths and `predictions` of the images that are judged */
  report(count: MeasuredCount, truths: ArrayLike<number>, predictions: ArrayLike<number>): MeasuredReport {
    const predictable = this.#head
      ? this.targets.length - this.#head.unknown.length
      : answeringCount(this.#alignment);
    const measuredOn = count.result(predictable, (folder) => this.#folders.all(folder));
    const report = classificationReport(truths, predictions, this.targets.length);
    return { ...tellingReport(report, measuredOn), measuredOn };
  }

  /** Counts what answers show of their worth; undefined where scores of this alignment do not tell. */
  signCount(): SignCount | undefined {
    const mapping = joinedMapping(this.#alignment);
    return this.#head || !hasSigns(mapping) ? undefined : new SignCount(mapping);
  }

  /** What share of the answers is probably right. */
  expected(signs: AnswerSigns): ExpectedAccuracy {
    return expectedAccuracy({ signs, byLabels: accuracyByLabels(this.#alignment.targets).accuracy });
  }

  /**
   * @param images N of them
   * @param logits row-major [N, S]
   * @param fired the strongest sources of the image at a place
   * @param features row-major [N, D]; only where a head reads them
   * @param signs count what the answers show of their worth
   */
  predict(
    images: readonly PlacedImage[],
    logits: Float32Array,
    fired: (image: number) => readonly FiredSource[],
    features?: Float32Array,
    signs?: SignCount,
  ): Prediction[] {
    const width = this.targets.length;
    const scores = this.score(logits, images.length, features);
    signs?.add(scores, logits);
    return images.map((image, i) => ({
      path: image.path,
      ...answerOf(scores.subarray(i * width, (i + 1) * width)),
      truth: this.judgedBy(image),
      fired: fired(i),
      ...(image.split && { split: image.split }),
    }));
  }

  /**
   * Scores of the targets, row-major [N, T].
   * @param logits row-major [N, S]
   * @param features row-major [N, D]; only where a head reads them
   */
  score(logits: Float32Array, count: number, features?: Float32Array): Float32Array {
    const mapped = this.#scorer.score(logits, count);
    return this.#head ? this.#head.score({ logits, features, mapped }, count) : mapped;
  }
}

/** What the scores of an image say: the target, or -1, and how sure it is. */
export function answerOf(scores: Float32Array): Pick<Prediction, 'target' | 'confidence'> {
  const target = decidedTarget(scores);
  return { target, confidence: target < 0 ? undecidedShare(scores) : share(scores, target) };
}

/** Predictions and what was true, while images come one by one: counts, not images, are kept. */
export class Outcome {
  readonly #scorer: ImageScorer;
  readonly #count: MeasuredCount;
  readonly #truths: number[] = [];
  readonly #predictions: number[] = [];
  readonly #splits = new SplitCounts();
  /** To be counted where all images that are added are answered by the mapping. */
  readonly signs: SignCount | undefined;

  constructor(scorer: ImageScorer) {
    this.#scorer = scorer;
    this.signs = scorer.signCount();
    this.#count = new MeasuredCount(scorer.targets);
  }

  add(image: PlacedImage, { target, truth }: Pick<Prediction, 'target' | 'truth'>): void {
    this.#scorer.count(image, truth, this.#count);
    this.#splits.add(image.split, truth, target);
    if (truth < 0) return;
    this.#truths.push(truth);
    this.#predictions.push(target);
  }

  report(): MeasuredReport {
    const report = this.#scorer.report(this.#count, this.#truths, this.#predictions);
    const perSplit = this.#splits.result(report.measuredOn.withheld !== undefined);
    const signs = this.signs?.signs;
    return {
      ...report,
      ...(perSplit && { perSplit }),
      ...(signs && { expectedAccuracy: this.#scorer.expected(signs) }),
    };
  }
}

/** What stands for an image among those that something was learned from. */
export function imageKey(image: PlacedImage): string {
  return learnedKey(nameInDataSet(image, fileName(image.path)));
}

/** The name of a file in an absolute path, as the system writes it. */
function fileName(path: string): string {
  // A backslash parts folders on Windows, and is a letter like others elsewhere.
  const slash = path.lastIndexOf('/');
  return path.slice((path.startsWith('/') ? slash : Math.max(slash, path.lastIndexOf('\\'))) + 1);
}

/** The share of each target where all that have a score have the same; 0 where there is none that is a number. */
function undecidedShare(scores: Float32Array): number {
  const finite = scores.filter((score) => score !== Number.NEGATIVE_INFINITY);
  return finite.length > 0 && finite.every(Number.isFinite) ? 1 / finite.length : 0;
}

/** Softmax of the scores at one of them, which is finite. */
function share(scores: Float32Array, at: number): number {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += Math.exp(scores[i] - scores[at]);
  return 1 / sum;
}
