import { GIVEN } from '../../src/core/truths/imageTruths.ts';
import type { GivenColumns } from '../../src/protocol/labelling.ts';

/** How an image got what is known of it. */
export type How = 'left' | 'labeled' | 'accepted' | 'none';

/** How many images are labeled, by the way they were. */
export type HowCounts = Readonly<Record<How, number>>;

/** What a person said of the images of a run, in columns that grow; counts follow every change. */
export class GivenLabels {
  #given = new Int32Array(1024);
  #accepted = new Uint8Array(1024);
  #length = 0;
  readonly #perLabel: number[] = [];
  readonly #perHow = { left: 0, labeled: 0, accepted: 0, none: 0 };

  get length(): number {
    return this.#length;
  }

  /** Index of the label, or one of {@link GIVEN}. */
  given(image: number): number {
    return image < this.#length ? this.#given[image] : GIVEN.nothing;
  }

  how(image: number): How {
    const given = this.given(image);
    if (given === GIVEN.nothing) return 'left';
    if (given === GIVEN.noneOfThese) return 'none';
    return this.#accepted[image] === 1 ? 'accepted' : 'labeled';
  }

  get counts(): HowCounts {
    return this.#perHow;
  }

  /** Images that have a label. */
  countOf(label: number): number {
    return this.#perLabel[label] ?? 0;
  }

  append({ given, accepted }: GivenColumns): void {
    const from = this.#length;
    const length = from + given.length;
    if (length > this.#given.length) {
      const capacity = Math.max(length, 2 * this.#given.length);
      this.#given = withRoom(this.#given, new Int32Array(capacity));
      this.#accepted = withRoom(this.#accepted, new Uint8Array(capacity));
    }
    this.#given.set(given, from);
    this.#accepted.set(accepted, from);
    this.#length = length;
    for (let image = from; image < length; image++) this.#count(image, 1);
  }

  /** @returns whether it is another than before */
  set(image: number, given: number, accepted: boolean): boolean {
    if (image >= this.#length) return false;
    const flag = accepted ? 1 : 0;
    if (this.#given[image] === given && this.#accepted[image] === flag) return false;
    this.#count(image, -1);
    this.#given[image] = given;
    this.#accepted[image] = flag;
    this.#count(image, 1);
    return true;
  }

  #count(image: number, by: 1 | -1): void {
    const given = this.#given[image];
    this.#perHow[this.how(image)] += by;
    if (given >= 0) this.#perLabel[given] = (this.#perLabel[given] ?? 0) + by;
  }
}

function withRoom<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
