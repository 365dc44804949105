/** Which paths there were, in 8 bytes each and a little more: two of ten million are taken for one by a chance of three in a million. */
export class PathSet {
  #table = new Uint32Array(1 << 12);
  #size = 0;

  /** @returns whether it was not there before */
  add(path: string): boolean {
    const [high, low] = hashes(path);
    if (!put(this.#table, high, low)) return false;
    this.#size++;
    if (this.#size * 3 > this.#table.length) this.#grow();
    return true;
  }

  #grow(): void {
    const before = this.#table;
    this.#table = new Uint32Array(before.length * 2);
    for (let at = 0; at < before.length; at += 2)
      if (before[at] !== 0) put(this.#table, before[at], before[at + 1]);
  }
}

function put(table: Uint32Array, high: number, low: number): boolean {
  const mask = table.length / 2 - 1;
  for (let at = low & mask; ; at = (at + 1) & mask) {
    if (table[2 * at] === 0) {
      table[2 * at] = high;
      table[2 * at + 1] = low;
      return true;
    }
    if (table[2 * at] === high && table[2 * at + 1] === low) return false;
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
