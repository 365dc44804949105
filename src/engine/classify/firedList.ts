import type { FiredSource } from '../../protocol/classification.ts';

/** Sources that one image may have here. */
const PLACES = 3;
const NONE = -1;

/** The strongest sources of many images, in two lists of numbers: as objects they would take ten times the memory. */
export class FiredList implements Iterable<readonly FiredSource[]> {
  readonly #sources: number[] = [];
  readonly #probabilities: number[] = [];

  /** How many images there are. */
  get length(): number {
    return this.#sources.length / PLACES;
  }

  /** @param fired of the next image, at most three */
  push(fired: readonly FiredSource[]): void {
    for (let place = 0; place < PLACES; place++) {
      this.#sources.push(fired[place]?.source ?? NONE);
      this.#probabilities.push(fired[place]?.probability ?? 0);
    }
  }

  at(image: number): readonly FiredSource[] {
    const fired: FiredSource[] = [];
    for (let i = image * PLACES; i < (image + 1) * PLACES && this.#sources[i] !== NONE; i++) {
      fired.push({ source: this.#sources[i], probability: this.#probabilities[i] });
    }
    return fired;
  }

  slice(from: number, to: number): (readonly FiredSource[])[] {
    return Array.from({ length: Math.min(to, this.length) - from }, (_, i) => this.at(from + i));
  }

  *entries(): Generator<[number, readonly FiredSource[]]> {
    for (let image = 0; image < this.length; image++) yield [image, this.at(image)];
  }

  *[Symbol.iterator](): Generator<readonly FiredSource[]> {
    for (let image = 0; image < this.length; image++) yield this.at(image);
  }
}
