/** Each is made larger by itself, so that there are never two of all of them. */
const TABLES = 64;
/** Share of the slots of a table that are taken, at most. */
const MOST_FULL = 0.8;
const GROWTH = 1.25;

/** Which paths there were, in 10 to 13 bytes each: two of ten million are taken for one by a chance of three in a million. */
export class PathSet {
  readonly #tables = Array.from({ length: TABLES }, () => new Table());

  /** @returns whether it was not there before */
  add(path: string): boolean {
    const [high, low] = hashes(path);
    return this.#tables[high % TABLES].add(high, low);
  }
}

/** Pairs of numbers, in the first free slot from where the second one belongs; an empty slot begins with 0. */
class Table {
  #slots = new Uint32Array(2 * 64);
  #size = 0;

  add(high: number, low: number): boolean {
    if (!this.#put(high, low)) return false;
    this.#size++;
    if (this.#size * 2 > this.#slots.length * MOST_FULL) this.#grow();
    return true;
  }

  #put(high: number, low: number): boolean {
    const slots = this.#slots;
    const end = slots.length;
    for (let at = 2 * Math.floor((low / 2 ** 32) * (end / 2)); ; at = at + 2 === end ? 0 : at + 2) {
      if (slots[at] === 0) {
        slots[at] = high;
        slots[at + 1] = low;
        return true;
      }
      if (slots[at] === high && slots[at + 1] === low) return false;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(2 * Math.ceil((before.length / 2) * GROWTH));
    for (let at = 0; at < before.length; at += 2) if (before[at] !== 0) this.#put(before[at], before[at + 1]);
  }
}

/** Two independent hashes of a text, the first never 0 (cyrb53 by bryc, both halves). */
function hashes(text: string): readonly [high: number, low: number] {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return [a >>> 0 || 1, b >>> 0];
}
