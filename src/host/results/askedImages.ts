import type { ProposedImage } from '../../protocol/settlingView.ts';

/** Labels up to which rounds are short: the first ones teach most. */
const FEW_LABELS = 20;
/** Images drawn at random that a person is asked about at once. */
const RANDOM_IMAGES = 10;

/** Why a person was asked about an image. */
export type Asked = 'proposed' | 'random';

interface AskedImagesParts {
  /** Images whose labels teach most, or such drawn at random. */
  readonly draw: (count: number, random: boolean, signal: AbortSignal) => Promise<readonly ProposedImage[]>;
  /** How many labels were given so far. */
  readonly labels: () => number;
  readonly changed: () => void;
  readonly failed: (error: unknown) => void;
}

/** The images of a run that a person is asked about, round by round. */
export class AskedImages {
  readonly #parts: AskedImagesParts;
  #on = false;
  /** While images are being found. */
  #looking: AbortController | undefined;
  #proposed: readonly ProposedImage[] = [];
  /** Rows that a person was ever asked about. */
  readonly #asked = new Map<number, Asked>();

  constructor(parts: AskedImagesParts) {
    this.#parts = parts;
  }

  /** Whether the person is asked at all. */
  get on(): boolean {
    return this.#on;
  }

  get isLooking(): boolean {
    return this.#looking !== undefined;
  }

  /** Those of this round, the most telling one first. */
  get proposed(): readonly ProposedImage[] {
    return this.#proposed;
  }

  /** Why a person was asked about an image, if so. */
  why(row: number): Asked | undefined {
    return this.#asked.get(row);
  }

  /** Asks about the images whose labels teach most, round by round, or stops to. */
  async ask(on: boolean): Promise<void> {
    this.#on = on;
    this.#proposed = [];
    this.#looking?.abort();
    this.#looking = undefined;
    this.#parts.changed();
    if (on) await this.#nextRound();
  }

  /** Asks about images drawn at random, whose labels only measure. */
  async askRandom(): Promise<void> {
    this.#on = true;
    await this.#look((signal) => this.#parts.draw(RANDOM_IMAGES, true, signal));
  }

  /** @param isGiven whether the person has said what an image is: a round is over when that holds for all of its images */
  labelled(isGiven: (image: number) => boolean): void {
    if (!this.#on || this.#looking || this.#proposed.length === 0) return;
    if (this.#proposed.every(({ image }) => isGiven(image))) void this.#nextRound();
  }

  #nextRound(): Promise<void> {
    const { draw } = this.#parts;
    const labels = this.#parts.labels();
    return this.#look(async (signal) => [
      ...(await draw(labels < FEW_LABELS ? 5 : 10, false, signal)),
      // Sparingly: a label that only measures teaches nothing.
      ...(labels > 0 ? await draw(1, true, signal) : []),
    ]);
  }

  /** Whoever asks last is answered. */
  async #look(draw: (signal: AbortSignal) => Promise<readonly ProposedImage[]>): Promise<void> {
    const { changed, failed } = this.#parts;
    this.#looking?.abort();
    const looking = new AbortController();
    this.#looking = looking;
    changed();
    try {
      const drawn = await draw(looking.signal);
      if (this.#looking !== looking) return;
      this.#proposed = drawn.filter(({ image }, i) => drawn.findIndex((one) => one.image === image) === i);
      for (const { image, random } of this.#proposed) this.#asked.set(image, random ? 'random' : 'proposed');
    } catch (error) {
      if (this.#looking !== looking) return;
      this.#on = false;
      failed(error);
    }
    this.#looking = undefined;
    changed();
  }
}
