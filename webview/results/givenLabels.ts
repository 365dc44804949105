import { GIVEN } from '../../src/core/truths/imageTruths.ts';
import { GIVEN_HOW, type GivenColumns } from '../../src/protocol/labelling.ts';

/** How an image got what is known of it; `agent`: its label, or that it has none, is not a person's yet. */
export type How = 'left' | 'labeled' | 'accepted' | 'none' | 'agent';

/** How many images are labeled, by the way they were. */
export type HowCounts = Readonly<Record<How, number>>;

/** What was said of the images of a run, in columns that grow; counts follow every change. */
export class GivenLabels {
  #given = new Int32Array(1024);
  #how = new Uint8Array(1024);
  #length = 0;
  readonly #perLabel: number[] = [];
  readonly #perHow = { left: 0, labeled: 0, accepted: 0, none: 0, agent: 0 };

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
    const how = this.#how[image];
    if (how === GIVEN_HOW.agent) return 'agent';
    if (given === GIVEN.noneOfThese) return 'none';
    return how === GIVEN_HOW.accepted ? 'accepted' : 'labeled';
  }

  /** The same as a column has it: one of {@link GIVEN_HOW}. */
  code(image: number): number {
    return image < this.#length ? this.#how[image] : GIVEN_HOW.labeled;
  }

  get counts(): HowCounts {
    return this.#perHow;
  }

  /** Images that have a label. */
  countOf(label: number): number {
    return this.#perLabel[label] ?? 0;
  }

  /** Images whose label an agent gave, in their order. */
  get ofAgents(): readonly number[] {
    if (this.#perHow.agent === 0) return [];
    return Array.from({ length: this.#length }, (_, image) => image).filter(
      (image) => this.how(image) === 'agent',
    );
  }

  append({ given, how }: GivenColumns): void {
    const from = this.#length;
    const length = from + given.length;
    if (length > this.#given.length) {
      const capacity = Math.max(length, 2 * this.#given.length);
      this.#given = withRoom(this.#given, new Int32Array(capacity));
      this.#how = withRoom(this.#how, new Uint8Array(capacity));
    }
    this.#given.set(given, from);
    this.#how.set(how, from);
    this.#length = length;
    for (let image = from; image < length; image++) this.#count(image, 1);
  }

  /** @param how one of {@link GIVEN_HOW}. @returns whether it is another than before */
  set(image: number, given: number, how: number): boolean {
    if (image >= this.#length) return false;
    if (this.#given[image] === given && this.#how[image] === how) return false;
    this.#count(image, -1);
    this.#given[image] = given;
    this.#how[image] = how;
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
