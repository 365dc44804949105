import { type ImageScorer, Outcome, type Prediction } from '../../core/evidence/imageScorer.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { GrowingFolder, type Walk } from '../folders/growingFolder.ts';
import type { FoundImage } from '../folders/imageWalk.ts';
import type { ImageState } from '../outputs/outputIndex.ts';

/** A file that cannot be read and was not touched for so long is not being written any more. */
const DOUBT_MILLISECONDS = 10_000;

interface Answered {
  readonly image: FoundImage;
  readonly prediction: Pick<Prediction, 'target' | 'truth'>;
}

interface Doubtful {
  readonly image: SkippedImage;
  readonly since: number;
}

/** What is said of each image of folders that are watched, as long as it is there as it was. */
export class WatchedImages {
  readonly growing: GrowingFolder;
  readonly #answered = new Map<string, Answered>();
  /** Paths of answers that do not hold any more, of which nothing else was told yet. */
  readonly #withdrawn = new Set<string>();
  /** Paths of what was told to be unreadable. */
  readonly #unread = new Set<string>();
  readonly #doubtful = new Map<string, Doubtful>();
  #begun = false;
  #other = false;

  constructor(walk: Walk) {
    this.growing = new GrowingFolder(walk);
  }

  /** Everything that was there is done. */
  begin(unread: readonly SkippedImage[]): void {
    this.#begun = true;
    for (const { path } of unread) {
      this.told(path);
      this.growing.wasTold(path);
    }
  }

  /** Something was told to be unreadable. */
  told(path: string): void {
    this.#unread.add(path);
  }

  /** Images that are there and were told of. */
  get count(): number {
    return this.#answered.size + this.#unread.size;
  }

  /** Whether an image was answered that is another by now, or is gone. */
  get isOther(): boolean {
    return this.#other;
  }

  isUnread(path: string): boolean {
    return this.#unread.has(path) || !this.#begun;
  }

  answered(image: FoundImage, state: ImageState, { target, truth }: Prediction): void {
    if (this.#answered.has(image.path)) this.#other = true;
    this.#answered.set(image.path, { image, prediction: { target, truth } });
    this.#withdrawn.delete(image.path);
    this.#unread.delete(image.path);
    this.#doubtful.delete(image.path);
    this.growing.knows(image.path, state);
  }

  /** Whether an image that cannot be read may only not be whole yet: then it is told later, if it must. */
  isDoubtful(image: SkippedImage, state: ImageState | undefined): boolean {
    this.growing.knows(image.path, state);
    if (!this.#begun) return false;
    if (this.#answered.delete(image.path)) {
      this.#withdrawn.add(image.path);
      this.#other = true;
    }
    // Of what was told once, nothing is told again.
    if (!this.#unread.has(image.path)) this.#doubtful.set(image.path, { image, since: performance.now() });
    return true;
  }

  /** Images that cannot be read and are not written to any more. */
  unreadForLong(): SkippedImage[] {
    const told = [...this.#doubtful.values()].filter(
      ({ since }) => performance.now() - since >= DOUBT_MILLISECONDS,
    );
    for (const { image } of told) {
      this.#doubtful.delete(image.path);
      this.#withdrawn.delete(image.path);
      this.#unread.add(image.path);
    }
    return told.map(({ image }) => image);
  }

  /** Images that are gone. @returns those that were told of */
  forget(paths: readonly string[]): readonly string[] {
    const told = paths.filter((path) =>
      [this.#answered, this.#withdrawn, this.#unread].some((those) => those.has(path)),
    );
    for (const path of paths) {
      if (this.#answered.delete(path)) this.#other = true;
      this.#withdrawn.delete(path);
      this.#unread.delete(path);
      this.#doubtful.delete(path);
    }
    return told;
  }

  /** What is said of all that are there. */
  outcome(scorer: ImageScorer): Outcome {
    const outcome = new Outcome(scorer);
    for (const { image, prediction } of this.#answered.values()) outcome.add(image, prediction);
    return outcome;
  }
}
