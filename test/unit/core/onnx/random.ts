/** A small seeded generator (mulberry32): the same seed, the same cases. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)];
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [result[i], result[j]] = [result[j], result[i]];
    }
    return result;
  }

  dims(rank: number, low = 1, high = 4): number[] {
    return Array.from({ length: rank }, () => this.int(low, high));
  }

  /** Floats that single precision holds exactly. */
  floats(count: number, low = -1, high = 1): Float32Array {
    return Float32Array.from({ length: count }, () => this.between(low, high));
  }

  /**
   * Values in (low, high), all different and none closer to another than a twentieth of their even spacing: an order
   * between them survives a small step, so no difference quotient straddles a kink at a tie.
   */
  distinct(count: number, low: number, high: number): Float64Array {
    const spacing = (high - low) / count;
    const slots = this.shuffle(Array.from({ length: count }, (_, i) => i));
    return Float64Array.from(slots, (slot) => Math.fround(low + (slot + this.between(0.05, 0.95)) * spacing));
  }
}
