/** The lines of a list that is being made, as bytes: ten thousand texts that wait would be moved about in memory. */
export class ListText {
  #bytes = Buffer.allocUnsafe(1 << 16);
  #length = 0;
  #lines = 0;

  get lines(): number {
    return this.#lines;
  }

  add(line: string): void {
    // UTF-8 has three bytes for a unit of UTF-16, at most.
    const most = this.#length + line.length * 3;
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(most, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(line, this.#length);
    this.#lines++;
  }

  /** All that was added; valid until more is. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    this.#lines = 0;
    return taken;
  }
}
