import { fileSize, timeLeft } from '../text/numbers.ts';
import { phrase, type Text } from '../text/text.ts';
import type { Clock } from './environment.ts';

export interface DownloadProgress {
  readonly stage: 'downloading' | 'copying' | 'installing';
  /** The file at hand, relative. */
  readonly file: string;
  /** Over all files; what an earlier attempt left counts as done. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft?: number | undefined;
}

/** At most this often, in milliseconds. */
const FLOOR = 100;
/** The rate is that of about the last seconds. */
const WINDOW = 5000;

/** Turns "so many bytes of this file are on disk" into progress over all files, at most ten times a second. */
export class ProgressMeter {
  readonly #clock: Clock;
  readonly #total: number;
  readonly #stage: 'downloading' | 'copying';
  readonly #report: (progress: DownloadProgress) => void;
  #before = 0;
  #marks: { at: number; bytes: number }[] = [];
  #last = Number.NEGATIVE_INFINITY;

  constructor(
    clock: Clock,
    total: number,
    stage: 'downloading' | 'copying',
    report: (progress: DownloadProgress) => void,
  ) {
    this.#clock = clock;
    this.#total = total;
    this.#stage = stage;
    this.#report = report;
  }

  /** `onDisk` bytes of `file` are there. */
  bytes(file: string, onDisk: number): void {
    const now = this.#clock.now();
    const done = this.#before + onDisk;
    const first = this.#marks[0];
    // A jump at the start is what an earlier attempt left: it must not count as speed.
    if (!first || done < this.#marks[this.#marks.length - 1].bytes) this.#marks = [{ at: now, bytes: done }];
    else {
      this.#marks.push({ at: now, bytes: done });
      while (this.#marks.length > 2 && now - this.#marks[0].at > WINDOW) this.#marks.shift();
    }
    if (now - this.#last < FLOOR) return;
    this.#last = now;
    const mark = this.#marks[0];
    const seconds = (now - mark.at) / 1000;
    const bytesPerSecond = seconds > 0 ? (done - mark.bytes) / seconds : 0;
    this.#report({
      stage: this.#stage,
      file,
      bytesDone: done,
      bytesTotal: this.#total,
      bytesPerSecond,
      secondsLeft: bytesPerSecond > 0 ? (this.#total - done) / bytesPerSecond : undefined,
    });
  }

  /** `size` bytes of a file are complete; the next file's count from 0. */
  fileDone(size: number): void {
    this.#before += size;
  }

  installing(): void {
    this.#report({
      stage: 'installing',
      file: '',
      bytesDone: this.#total,
      bytesTotal: this.#total,
      bytesPerSecond: 0,
    });
  }
}

/** `12.0 MB of 65.1 MB at 3.0 MB/s, 18 s left`, as far as it is known. */
export function progressText({ bytesDone, bytesTotal, bytesPerSecond, secondsLeft }: DownloadProgress): Text {
  const done = phrase('{0} of {1}', fileSize(bytesDone), fileSize(bytesTotal));
  if (bytesPerSecond <= 0) return done;
  const rate = phrase('{0}/s', fileSize(bytesPerSecond));
  if (secondsLeft === undefined) return phrase('{0} at {1}', done, rate);
  return phrase('{0} at {1}, {2}', done, rate, timeLeft(secondsLeft));
}
