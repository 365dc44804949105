import { cancelled } from '../../core/errors.ts';

/** What a search may do next. */
export type Leave = 'go' | 'stop';

/**
 * Time and wishes of a search: pauses do not count, a pause is waited for between two pieces of work, and what has to end
 * ends there.
 */
export class FindClock {
  readonly #budget: number;
  readonly #signal: AbortSignal;
  readonly #onChange: () => void;
  #before: number;
  #since: number | undefined = performance.now();
  #wish: 'go' | 'pause' | 'stop' = 'go';
  #wake: () => void = () => {};
  readonly #hearers = new Set<(wish: 'go' | 'pause' | 'stop') => void>();

  /** @param budget in seconds @param before seconds that the search took until now @param onChange told of a pause and its end */
  constructor(budget: number, before: number, signal: AbortSignal, onChange: () => void) {
    this.#budget = budget;
    this.#before = before;
    this.#signal = signal;
    this.#onChange = onChange;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  get seconds(): number {
    return this.#before + (this.#since === undefined ? 0 : (performance.now() - this.#since) / 1000);
  }

  get left(): number {
    return Math.max(0, this.#budget - this.seconds);
  }

  get paused(): boolean {
    return this.#wish === 'pause';
  }

  get stopped(): boolean {
    return this.#wish === 'stop';
  }

  /** Whether there is no time left, or a person ended it. */
  get over(): boolean {
    return this.stopped || this.left === 0;
  }

  set(wish: 'go' | 'pause' | 'stop'): void {
    // What ends a search is final.
    if (this.#wish === 'stop' || this.#wish === wish) return;
    this.#wish = wish;
    if (wish === 'pause') {
      this.#before = this.seconds;
      this.#since = undefined;
    } else {
      this.#since ??= performance.now();
    }
    this.#wake();
    for (const hear of this.#hearers) hear(wish);
    this.#onChange();
  }

  /** For work that takes long. @returns what ends that */
  onWish(hear: (wish: 'go' | 'pause' | 'stop') => void): () => void {
    this.#hearers.add(hear);
    return () => void this.#hearers.delete(hear);
  }

  /** To be asked between two pieces of work: a pause is waited for. @throws {SemapError} cancelled */
  async next(): Promise<Leave> {
    while (this.#wish === 'pause' && !this.#signal.aborted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (this.#signal.aborted) throw cancelled();
    return this.over ? 'stop' : 'go';
  }
}
