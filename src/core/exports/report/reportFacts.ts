import { LOOK } from '../../likeness/looks.ts';
import { type ClassificationReport, classificationReport } from '../../metrics/classification.ts';
import { ConfusionCounts } from '../../metrics/confusion.ts';
import { type ExportedImage, type ExportSource, knownLabel } from '../exportedRun.ts';

/** Lowest confidences of the bins that answers are counted in. */
export const CONFIDENCES = [0, 0.5, 0.7, 0.9, 0.97] as const;
/** Labels of which an example is kept while images pass: of more, nobody looks at them all. */
const LABELS_WITH_EXAMPLES = 1000;
/** Images that are kept for one list of examples, before they are thinned out. */
const KEPT = 500;

/** What images say, counted in one pass: of a million of them, what is kept is small. */
export interface ReportFacts {
  readonly images: number;
  /** By the best label, in the order of the labels. */
  readonly answers: readonly { readonly images: number; readonly confidence: number }[];
  /** Images without a best label. */
  readonly undecided: number;
  readonly said: Readonly<Record<ExportedImage['said'], number>>;
  /** Judged images that a label was said of, and how many of these are right. */
  readonly saidJudged: { readonly images: number; readonly right: number };
  /** Images with what a person said. */
  readonly given: number;
  /** Images whose truth judges, and how many answers are right. */
  readonly judged: number;
  readonly right: number;
  readonly scores: ClassificationReport;
  readonly confusion: ConfusionCounts;
  /** Per bin of {@link CONFIDENCES}: judged images, and how many answers are right. */
  readonly bins: readonly { readonly images: number; readonly right: number }[];
  /** Answers that settling changed. */
  readonly changed: number;
  readonly looks: LookFacts | undefined;
  /** The surest wrong answers, no pair of labels more than twice. */
  readonly wrong: readonly ExportedImage[];
  /** The surest right answer of each label; where no truth is known, the surest answer. */
  readonly typical: readonly ExportedImage[];
  readonly leastSure: readonly ExportedImage[];
}

interface LookFacts {
  /** Images of which it is known. */
  readonly seen: number;
  /** Groups of near-duplicates, and images in them. */
  readonly groups: number;
  readonly grouped: number;
  readonly odd: number;
  readonly blank: number;
  readonly tiny: number;
}

/** @param examples how many images a list of examples has at most */
export async function reportFacts({ run, images }: ExportSource, examples: number): Promise<ReportFacts> {
  const counting = new Counting(run.labels);
  for await (const some of images()) for (const image of some) counting.add(image);
  return counting.result(examples);
}

class Counting {
  readonly #indices: ReadonlyMap<string, number>;
  readonly #counts: Uint32Array;
  readonly #confidence: Float64Array;
  readonly #said = { label: 0, kind: 0, none: 0, 'not sure': 0 };
  readonly #saidJudged = { images: 0, right: 0 };
  readonly #confusion = new ConfusionCounts();
  readonly #truths: number[] = [];
  readonly #predicted: number[] = [];
  readonly #bins = CONFIDENCES.map(() => ({ images: 0, right: 0 }));
  readonly #groups = new Set<number>();
  readonly #wrong = new Foremost(KEPT, (image) => image.confidence);
  readonly #leastSure = new Foremost(KEPT, (image) => -image.confidence);
  readonly #typical = new Map<string, ExportedImage>();
  #images = 0;
  #undecided = 0;
  #given = 0;
  #right = 0;
  #changed = 0;
  #looks: { seen: number; grouped: number; odd: number; blank: number; tiny: number } | undefined;

  constructor(labels: readonly string[]) {
    this.#indices = new Map(labels.map((label, index) => [label, index]));
    this.#counts = new Uint32Array(labels.length);
    this.#confidence = new Float64Array(labels.length);
  }

  add(image: ExportedImage): void {
    const { answer, confidence, given, plain } = image;
    const target = this.#indices.get(answer) ?? -1;
    this.#images++;
    this.#said[image.said]++;
    if (target < 0) this.#undecided++;
    else {
      this.#counts[target]++;
      this.#confidence[target] += confidence;
    }
    if (given !== undefined) this.#given++;
    if (plain && plain.label !== answer) this.#changed++;
    this.#look(image);
    this.#judge(image, target);
  }

  #judge(image: ExportedImage, target: number): void {
    const { confidence, given } = image;
    const known = image.judged ? knownLabel(image) : undefined;
    const truth = known == null ? -1 : (this.#indices.get(known) ?? -1);
    // What a person said is no answer to show as one.
    if (given === undefined) this.#leastSure.add(image);
    if (truth < 0) {
      if (target >= 0 && given === undefined) this.#show(image);
      return;
    }
    const right = truth === target;
    if (image.said === 'label') {
      this.#saidJudged.images++;
      if (right) this.#saidJudged.right++;
    }
    this.#truths.push(truth);
    this.#predicted.push(target);
    this.#confusion.add(truth, target);
    const bin = this.#bins[CONFIDENCES.findLastIndex((least) => confidence >= least)];
    if (bin) bin.images++;
    if (right) {
      this.#right++;
      if (bin) bin.right++;
      this.#show(image);
    } else this.#wrong.add(image);
  }

  /** Keeps the surest of a label; one that is known to be right rather than another. */
  #show(image: ExportedImage): void {
    const before = this.#typical.get(image.answer);
    if (!before && this.#typical.size >= LABELS_WITH_EXAMPLES) return;
    if (before?.judged && !image.judged) return;
    const isKnown = image.judged && !before?.judged;
    if (!before || isKnown || image.confidence > before.confidence) this.#typical.set(image.answer, image);
  }

  #look({ looks }: ExportedImage): void {
    if (!looks) return;
    this.#looks ??= { seen: 0, grouped: 0, odd: 0, blank: 0, tiny: 0 };
    this.#looks.seen++;
    if (looks.group >= 0) {
      this.#groups.add(looks.group);
      this.#looks.grouped++;
    }
    if ((looks.looks & LOOK.odd) !== 0) this.#looks.odd++;
    if ((looks.looks & LOOK.blank) !== 0) this.#looks.blank++;
    if ((looks.looks & LOOK.tiny) !== 0) this.#looks.tiny++;
  }

  result(examples: number): ReportFacts {
    const typical = [...this.#indices.keys()].flatMap((label) => this.#typical.get(label) ?? []);
    // Beside answers that are known to be right, others are no examples.
    const known = typical.filter(({ judged }) => judged);
    return {
      images: this.#images,
      answers: Array.from(this.#counts, (images, t) => ({
        images,
        confidence: images === 0 ? 0 : this.#confidence[t] / images,
      })),
      undecided: this.#undecided,
      said: this.#said,
      saidJudged: this.#saidJudged,
      given: this.#given,
      judged: this.#truths.length,
      right: this.#right,
      scores: classificationReport(this.#truths, this.#predicted, this.#indices.size),
      confusion: this.#confusion,
      bins: this.#bins,
      changed: this.#changed,
      looks: this.#looks && { ...this.#looks, groups: this.#groups.size },
      wrong: varied(this.#wrong.images, examples),
      typical: spread(known.length > 0 ? known : typical, examples),
      leastSure: this.#leastSure.images.slice(0, examples),
    };
  }
}

/** Of images that come one after the other, those with the highest value; the first of equal ones. */
class Foremost {
  readonly #most: number;
  readonly #worth: (image: ExportedImage) => number;
  readonly #kept: { readonly image: ExportedImage; readonly value: number }[] = [];

  constructor(most: number, worth: (image: ExportedImage) => number) {
    this.#most = most;
    this.#worth = worth;
  }

  add(image: ExportedImage): void {
    const value = this.#worth(image);
    const last = this.#kept.at(-1);
    if (this.#kept.length === this.#most && value <= last!.value) return;
    let [from, to] = [0, this.#kept.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#kept[middle].value >= value) from = middle + 1;
      else to = middle;
    }
    this.#kept.splice(from, 0, { image, value });
    if (this.#kept.length > this.#most) this.#kept.pop();
  }

  get images(): readonly ExportedImage[] {
    return this.#kept.map(({ image }) => image);
  }
}

/** The first images, of two labels that are taken for each other at most two. */
function varied(images: readonly ExportedImage[], most: number): readonly ExportedImage[] {
  const seen = new Map<string, number>();
  return images
    .filter((image) => {
      const pair = JSON.stringify([knownLabel(image), image.answer]);
      const count = (seen.get(pair) ?? 0) + 1;
      seen.set(pair, count);
      return count <= 2;
    })
    .slice(0, most);
}

/** So many of all, from the first to the last. */
function spread<One>(all: readonly One[], most: number): readonly One[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]);
}
