/** A source label that fired on an image. */
export interface FiredSource {
  readonly source: number;
  readonly probability: number;
}

/** How many source labels are kept of an image. */
const FIRED = 3;
const NONE = -1;

/** The strongest sources of logits [S] and their softmax probabilities. */
export function firedSources(logits: Float32Array): readonly FiredSource[] {
  const best: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (let s = 0; s < logits.length; s++) {
    if (best.length === FIRED && !(logits[s] > least)) continue;
    let at = Math.min(best.length, FIRED - 1);
    while (at > 0 && logits[s] > logits[best[at - 1]]) {
      best[at] = best[at - 1];
      at--;
    }
    best[at] = s;
    if (best.length === FIRED) least = logits[best[FIRED - 1]];
  }
  const top = logits[best[0]];
  let sum = 0;
  for (let s = 0; s < logits.length; s++) sum += Math.exp(logits[s] - top);
  return best.map((source) => ({ source, probability: Math.exp(logits[source] - top) / sum }));
}

/** The strongest sources of many images, in two lists of numbers: as objects they would take ten times the memory. */
export class FiredList implements Iterable<readonly FiredSource[]> {
  readonly #sources: number[] = [];
  readonly #probabilities: number[] = [];

  /** How many images there are. */
  get length(): number {
    return this.#sources.length / FIRED;
  }

  /** @param fired of the next image, at most three */
  push(fired: readonly FiredSource[]): void {
    for (let place = 0; place < FIRED; place++) {
      this.#sources.push(fired[place]?.source ?? NONE);
      this.#probabilities.push(fired[place]?.probability ?? 0);
    }
  }

  at(image: number): readonly FiredSource[] {
    const fired: FiredSource[] = [];
    for (let i = image * FIRED; i < (image + 1) * FIRED && this.#sources[i] !== NONE; i++) {
      fired.push({ source: this.#sources[i], probability: this.#probabilities[i] });
    }
    return fired;
  }

  *entries(): Generator<[number, readonly FiredSource[]]> {
    for (let image = 0; image < this.length; image++) yield [image, this.at(image)];
  }

  *[Symbol.iterator](): Generator<readonly FiredSource[]> {
    for (let image = 0; image < this.length; image++) yield this.at(image);
  }
}
