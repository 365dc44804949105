import type { Schedule } from '../runs/trainRecipes.ts';

/** Changes parameters along a gradient. Its state is all that a later step depends on. */
export interface Optimiser {
  /** In place: one step of descent. */
  update(parameters: Float32Array, gradient: Float32Array, rate: number): void;
  /** Forgets in which direction it moved. */
  calm(): void;
  /** Arrays as long as the parameters, by name; kept in checkpoints. */
  readonly moments: Readonly<Record<string, Float32Array>>;
  /** Steps done. */
  steps: number;
}

/** Adam (Kingma and Ba, 2015): beta1 = .9, beta2 = .999, epsilon = 1e-8, with bias correction. */
export class Adam implements Optimiser {
  readonly moments: { readonly first: Float32Array; readonly second: Float32Array };
  steps = 0;

  constructor(length: number) {
    this.moments = { first: new Float32Array(length), second: new Float32Array(length) };
  }

  calm(): void {
    this.moments.first.fill(0);
  }

  update(parameters: Float32Array, gradient: Float32Array, rate: number): void {
    const { first, second } = this.moments;
    this.steps++;
    const firstCorrection = 1 - 0.9 ** this.steps;
    const secondCorrection = 1 - 0.999 ** this.steps;
    for (let i = 0; i < parameters.length; i++) {
      const g = gradient[i];
      const m = 0.9 * first[i] + 0.1 * g;
      const v = 0.999 * second[i] + 0.001 * g * g;
      first[i] = m;
      second[i] = v;
      parameters[i] -= (rate * (m / firstCorrection)) / (Math.sqrt(v / secondCorrection) + 1e-8);
    }
  }
}

/** Stochastic gradient descent with momentum .9, as PyTorch's: v = .9 v + g, p -= rate v. */
export class Sgd implements Optimiser {
  readonly moments: { readonly velocity: Float32Array };
  steps = 0;

  constructor(length: number) {
    this.moments = { velocity: new Float32Array(length) };
  }

  calm(): void {
    this.moments.velocity.fill(0);
  }

  update(parameters: Float32Array, gradient: Float32Array, rate: number): void {
    const { velocity } = this.moments;
    this.steps++;
    for (let i = 0; i < parameters.length; i++) {
      velocity[i] = 0.9 * velocity[i] + gradient[i];
      parameters[i] -= rate * velocity[i];
    }
  }
}

/** Parameters that stand one after another, and how they are trained. */
export interface ParameterGroup {
  readonly name: string;
  readonly length: number;
  /** A factor on the rate. */
  readonly rate: number;
  /** Where they are drawn back to, by `decay` x rate of the way each step (decoupled, as AdamW's); absent = nowhere. */
  readonly home?: Float32Array | undefined;
  readonly decay?: number | undefined;
}

/** One optimiser for each group of parameters. */
export class GroupedOptimiser implements Optimiser {
  readonly #parts: readonly {
    readonly group: ParameterGroup;
    readonly from: number;
    readonly own: Optimiser;
  }[];

  /** @param make the optimiser of a group, by its length */
  constructor(groups: readonly ParameterGroup[], make: (length: number) => Optimiser) {
    let from = 0;
    this.#parts = groups.map((group) => {
      const part = { group, from, own: make(group.length) };
      from += group.length;
      return part;
    });
  }

  update(parameters: Float32Array, gradient: Float32Array, rate: number): void {
    for (const { group, from, own } of this.#parts) {
      const to = from + group.length;
      const part = parameters.subarray(from, to);
      const step = rate * group.rate;
      own.update(part, gradient.subarray(from, to), step);
      const { home, decay = 0 } = group;
      if (home && decay > 0)
        for (let i = 0; i < part.length; i++) part[i] -= step * decay * (part[i] - home[i]);
    }
  }

  calm(): void {
    for (const { own } of this.#parts) own.calm();
  }

  /** Those of the first group go by their own names. */
  get moments(): Readonly<Record<string, Float32Array>> {
    return Object.fromEntries(
      this.#parts.flatMap(({ group, own }, i) =>
        Object.entries(own.moments).map(([name, values]) => [
          i === 0 ? name : `${group.name}.${name}`,
          values,
        ]),
      ),
    );
  }

  get steps(): number {
    return this.#parts[0]?.own.steps ?? 0;
  }

  set steps(steps: number) {
    for (const { own } of this.#parts) own.steps = steps;
  }
}

/**
 * The rate after `done` epochs (with fractions) of `epochs`. `steps`: times .1 from 50% and again from 72% of the epochs
 * on. `cosine`: rises over the first epoch, then falls to nothing at the end; `plain-cosine` only falls.
 */
export function rateAt(done: number, epochs: number, rate: number, schedule: Schedule): number {
  if (schedule === 'steps') {
    const share = Math.floor(done) / epochs;
    return rate * (share >= 0.72 ? 0.01 : share >= 0.5 ? 0.1 : 1);
  }
  const rise = schedule === 'cosine' ? Math.min(1, done) : 1;
  return rate * rise * 0.5 * (1 + Math.cos((Math.PI * done) / epochs));
}
