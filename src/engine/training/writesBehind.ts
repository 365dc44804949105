/**
 * Writes that go on, in their order, while the training computes. After one that failed none follows: a checkpoint would
 * speak of files that are not there.
 */
export class WritesBehind {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #failure: { readonly error: unknown } | undefined;

  /** Whether any is still to be done. */
  get pending(): boolean {
    return this.#waiting > 0;
  }

  /** @param write begins when those before it are done; what it reads must stay as it is until then */
  add(write: () => Promise<void>): void {
    this.#waiting++;
    this.#last = this.#last.then(async () => {
      try {
        if (!this.#failure) await write();
      } catch (error) {
        this.#failure = { error };
      } finally {
        this.#waiting--;
      }
    });
  }

  /** @throws what the first write threw that failed */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Once all are done. @throws as {@link check} */
  async done(): Promise<void> {
    await this.#last;
    this.check();
  }
}
