import type { Prediction } from '../../core/evidence/imageScorer.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import type { Text } from '../../core/text/text.ts';
import type { ClassifyProgress } from '../../protocol/classification.ts';

const REPORT_MILLISECONDS = 100;
/** The rate is that of the last few seconds: a first image that waits for the model to load does not count for long. */
const WINDOW_MILLISECONDS = 4000;

/**
 * Collects what a run does and reports what is new, at most ten times a second. What is reported has been kept before:
 * a person who saw a prediction does not wait for it a second time, whatever happens to the engine.
 */
export class ProgressMeter {
  total = 0;
  listed = false;
  cached = 0;
  /** Whether what is done is a mixture of all images. */
  mixed = false;
  #paused: Text | undefined;
  #waiting = false;
  #done = 0;
  #changed = true;
  #sending: Promise<void> | undefined;
  #predictions: Prediction[] = [];
  #places: number[] = [];
  #skipped: SkippedImage[] = [];
  #gone: string[] = [];
  readonly #report: (progress: ClassifyProgress) => void;
  readonly #keep: () => Promise<void>;
  readonly #history: { at: number; done: number }[];
  readonly #timer: NodeJS.Timeout;

  /** @param keep writes the outputs of what was predicted so far; never rejects */
  constructor(report: (progress: ClassifyProgress) => void, keep: () => Promise<void>) {
    this.#report = report;
    this.#keep = keep;
    this.#history = [{ at: performance.now(), done: 0 }];
    this.#timer = setInterval(() => this.#tick(), REPORT_MILLISECONDS);
  }

  /** @param place of the image in the folders */
  predicted(prediction: Prediction, place: number): void {
    this.#predictions.push(prediction);
    this.#places.push(place);
    this.#done++;
    this.#changed = true;
  }

  skipped(image: SkippedImage): void {
    this.#skipped.push(image);
    this.#done++;
    this.#changed = true;
  }

  /** Says why nothing happens; with nothing, that it goes on. */
  pause(why: Text | undefined): void {
    this.#paused = why;
    this.#changed = true;
  }

  /** Images that were answered and are no longer there. */
  gone(paths: readonly string[]): void {
    this.#gone.push(...paths);
    this.#changed = true;
  }

  /** Everything is done, and more may come. @param done how many images there are by now */
  wait(done: number): void {
    if (this.#waiting && done === this.#done && done === this.total) return;
    this.#waiting = true;
    this.total = done;
    this.#done = done;
    this.#changed = true;
  }

  /** So many more images are to be run. */
  more(count: number): void {
    if (count === 0) return;
    this.#waiting = false;
    this.total += count;
    this.#changed = true;
  }

  /** Reports what is left and stops. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sending;
    this.#changed = true;
    await this.#send();
  }

  #tick(): void {
    if (!this.#changed || this.#sending) return;
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  async #send(): Promise<void> {
    const imagesPerSecond = this.#rate();
    const left = this.total - this.#done;
    const progress: ClassifyProgress = {
      total: this.total,
      listed: this.listed,
      done: this.#done,
      cached: this.cached,
      mixed: this.mixed,
      paused: this.#paused,
      waiting: this.#waiting || undefined,
      predictions: this.#predictions,
      places: this.#places,
      skipped: this.#skipped,
      gone: this.#gone.length > 0 ? this.#gone : undefined,
      imagesPerSecond,
      secondsLeft: this.listed && !this.#waiting && imagesPerSecond > 0 ? left / imagesPerSecond : undefined,
    };
    this.#predictions = [];
    this.#places = [];
    this.#skipped = [];
    this.#gone = [];
    this.#changed = false;
    await this.#keep();
    this.#report(progress);
  }

  #rate(): number {
    const now = performance.now();
    this.#history.push({ at: now, done: this.#done });
    while (this.#history.length > 2 && this.#history[1].at < now - WINDOW_MILLISECONDS) this.#history.shift();
    const [first] = this.#history;
    return now > first.at ? (Math.max(0, this.#done - first.done) * 1000) / (now - first.at) : 0;
  }
}
