import type { Prediction } from '../core/evidence/imageScorer.ts';
import type { SkippedImage } from '../core/runs/run.ts';
import { imageCount, percent } from '../core/text/numbers.ts';
import { say, textsInEnglish } from '../core/text/text.ts';
import type { ClassifyProgress } from '../protocol/classification.ts';
import { cautionOptions } from './cautionArguments.ts';
import { type Arguments, UsageError, written } from './commandLine.ts';
import { settleOptions } from './settleArguments.ts';
import { printable, type Terminal } from './terminal.ts';

/** Options for answers that wait for all images. */
const TOGETHER = Object.keys({ ...settleOptions, ...cautionOptions }).filter((name) => name !== 'no-settle');

/** @throws {UsageError} for options that say how images decide together: watched ones are answered as they come */
export function refuseTogether(args: Arguments): void {
  const given = TOGETHER.find((name) => args.has(name));
  if (given === undefined) return;
  throw new UsageError(
    `${written(given)} cannot be used with --watch, which answers for every image alone.`,
    'Leave out --watch to let the images decide together.',
  );
}

/** What is printed of watched folders: a line for each answer and for whatever else happens, as it comes. */
export class WatchedAnswers {
  readonly #terminal: Terminal;
  readonly #labels: readonly string[];
  readonly #asJson: boolean;
  readonly #answers = new Map<string, Prediction>();
  readonly #unread = new Set<string>();
  #paused: string | undefined;
  #waiting = false;

  constructor(terminal: Terminal, labels: readonly string[], asJson: boolean) {
    this.#terminal = terminal;
    this.#labels = labels;
    this.#asJson = asJson;
  }

  /** What is said of the images that are there. */
  get predictions(): readonly Prediction[] {
    return [...this.#answers.values()];
  }

  show({ predictions, skipped, gone = [], paused, waiting }: ClassifyProgress): void {
    for (const prediction of predictions) this.#answer(prediction);
    for (const image of skipped) this.#skip(image);
    for (const path of gone) this.#forget(path);
    this.#pause(paused && say(paused));
    if (waiting && !this.#waiting) {
      this.#waiting = true;
      const images = this.#answers.size;
      const where = `${say(imageCount(images))} classified. Waiting for more; press Ctrl+C to end.`;
      if (this.#asJson) this.#line({ event: 'waiting', images });
      else this.#terminal.err(`${where}\n`);
    }
  }

  /** The last line, for programs. */
  end(summary: Readonly<Record<string, unknown>>): void {
    this.#line({ event: 'end', ...summary });
  }

  #answer(prediction: Prediction): void {
    const { path, target, confidence, truth } = prediction;
    const before = this.#answers.get(path);
    this.#answers.set(path, prediction);
    this.#unread.delete(path);
    // A new engine finds again what the one before said.
    if (before && before.target === target && before.confidence === confidence) return;
    const label = this.#labels[target] ?? '';
    if (this.#asJson) this.#line({ event: 'answer', path, label, confidence, truth: this.#labels[truth] });
    else this.#terminal.out(`${percent(confidence).padStart(6)}  ${printable(label)}  ${printable(path)}\n`);
  }

  #skip({ path, reason, folder }: SkippedImage): void {
    this.#answers.delete(path);
    if (this.#unread.has(path)) return;
    this.#unread.add(path);
    if (this.#asJson) this.#line({ event: 'unreadable', path, reason, folder });
    else this.#terminal.err(`Cannot read ${printable(path)}: ${printable(say(reason))}\n`);
  }

  #forget(path: string): void {
    this.#answers.delete(path);
    this.#unread.delete(path);
    if (this.#asJson) this.#line({ event: 'gone', path });
    else this.#terminal.err(`Gone: ${printable(path)}\n`);
  }

  #pause(paused: string | undefined): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (this.#asJson)
      this.#line(paused === undefined ? { event: 'resumed' } : { event: 'paused', reason: paused });
    else this.#terminal.err(`${printable(paused ?? 'Continuing.')}\n`);
  }

  #line(value: unknown): void {
    this.#terminal.out(`${JSON.stringify(value, textsInEnglish)}\n`);
  }
}
