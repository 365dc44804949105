/** What listens or holds something, until it is disposed. */
export interface Listening {
  dispose(): unknown;
}

/** Those who want to hear of something. Its owner gives out {@link on} and keeps {@link tell} to itself. */
export class Listeners<T = void> {
  readonly #all = new Set<(value: T) => void>();

  /** Calls `listener` from now on, until what is returned is disposed. */
  readonly on = (listener: (value: T) => void): Listening => {
    this.#all.add(listener);
    return { dispose: () => this.#all.delete(listener) };
  };

  get size(): number {
    return this.#all.size;
  }

  /** Those who come or leave meanwhile make no difference to this call. */
  tell(value: T): void {
    for (const listener of [...this.#all]) listener(value);
  }

  clear(): void {
    this.#all.clear();
  }
}

/** A place for one thing that listens: the next one ends what was there. */
export class DisposableValue<T extends Listening = Listening> {
  #value: T | undefined;

  get value(): T | undefined {
    return this.#value;
  }

  set value(next: T | undefined) {
    this.#value?.dispose();
    this.#value = next;
  }

  /** Lets go of the value without disposing of it: whoever gets it does. */
  release(): T | undefined {
    const value = this.#value;
    this.#value = undefined;
    return value;
  }

  dispose(): void {
    this.value = undefined;
  }
}
