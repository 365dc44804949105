export type Wish = 'pause' | 'resume' | 'leave' | 'stop';

/** What a person wants of the run in progress, heard between two steps. */
export class Control {
  #wish: Wish = 'resume';
  #changed: () => void = () => {};

  get wish(): Wish {
    return this.#wish;
  }

  set(wish: Wish): void {
    // What ends a run is final.
    if (this.#wish === 'leave' || this.#wish === 'stop') return;
    this.#wish = wish;
    this.#changed();
  }

  /** What is wanted, a pause waited for. */
  async heeded(): Promise<{ readonly waited: boolean; readonly wish: Exclude<Wish, 'pause'> }> {
    for (let waited = false; ; waited = true) {
      const wish = this.#wish;
      if (wish !== 'pause') return { waited, wish };
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}
