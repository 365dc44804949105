import { duration } from '../core/text/numbers.ts';
import { say } from '../core/text/text.ts';
import type { ClassifyProgress } from '../protocol/classification.ts';
import { printable, type Terminal } from './terminal.ts';

const BAR = 24;

/** A line on the terminal that is rewritten while images are classified; silent where there is no terminal. */
export class ProgressBar {
  readonly #terminal: Terminal;
  readonly #measures: boolean;
  #paused: string | undefined;
  #judged = 0;
  #right = 0;

  /** @param measures whether accuracy says something: more than one label can be predicted */
  constructor(terminal: Terminal, measures = true) {
    this.#terminal = terminal;
    this.#measures = measures;
  }

  show(progress: ClassifyProgress): void {
    for (const { truth, target } of progress.predictions) {
      if (truth < 0) continue;
      this.#judged++;
      if (truth === target) this.#right++;
    }
    this.#tellPause(progress.paused && say(progress.paused));
    if (this.#terminal.interactive) this.#terminal.rewrite(this.#line(progress));
  }

  /** That nothing happens, and that it goes on, is told without a terminal, too. */
  #tellPause(paused: string | undefined): void {
    if (paused === this.#paused) return;
    this.clear();
    this.#terminal.err(`${printable(paused ?? 'Continuing.')}\n`);
    this.#paused = paused;
  }

  /** Removes the line. */
  clear(): void {
    this.#terminal.rewrite('');
  }

  #line({ done, total, listed, mixed, imagesPerSecond, secondsLeft }: ClassifyProgress): string {
    const share = total > 0 ? done / total : 0;
    const full = Math.round(share * BAR);
    const parts = [
      `${'━'.repeat(full)}${'╌'.repeat(BAR - full)}`,
      `${done.toLocaleString('en')} of ${total.toLocaleString('en')}${listed ? '' : '+'}`,
      `${Math.round(imagesPerSecond)} img/s`,
      ...(secondsLeft !== undefined && done < total ? [say(duration(secondsLeft))] : []),
      ...(this.#judged > 0 && this.#measures && mixed
        ? [
            `accuracy ${((100 * this.#right) / this.#judged).toFixed(1)}% of ${this.#judged.toLocaleString('en')}`,
          ]
        : []),
    ];
    return parts.join('  ');
  }
}
