import type { CurvePoint } from '../../src/protocol/trainingView.ts';

/** What a curve is drawn of. */
export type Measure = Exclude<keyof CurvePoint, 'epoch'>;

/** A value and where it stands. */
export interface Sample {
  readonly epoch: number;
  readonly value: number;
}

/** The finite values of one measure, in order. */
export function samplesOf(points: readonly CurvePoint[], measure: Measure): Sample[] {
  const samples: Sample[] = [];
  for (const point of points) {
    const value = point[measure];
    if (value !== undefined && Number.isFinite(value)) samples.push({ epoch: point.epoch, value });
  }
  return samples;
}

/**
 * At most about two samples per pixel column: the lowest and the highest of each, so that no peak disappears.
 * @param columns pixel columns
 */
export function thinned(samples: readonly Sample[], columns: number): readonly Sample[] {
  if (samples.length <= 2 * columns || columns < 1) return samples;
  const first = samples[0].epoch;
  const span = samples[samples.length - 1].epoch - first || 1;
  const kept: Sample[] = [];
  let column = -1;
  let [low, high]: Sample[] = [samples[0], samples[0]];
  const flush = () => {
    if (column < 0) return;
    kept.push(...(low === high ? [low] : low.epoch <= high.epoch ? [low, high] : [high, low]));
  };
  for (const sample of samples) {
    const at = Math.min(columns - 1, Math.floor(((sample.epoch - first) / span) * columns));
    if (at === column) {
      if (sample.value < low.value) low = sample;
      if (sample.value > high.value) high = sample;
      continue;
    }
    flush();
    column = at;
    low = sample;
    high = sample;
  }
  flush();
  return kept;
}

/** The sample nearest to an epoch; the later one of two equally near. */
export function nearest(samples: readonly Sample[], epoch: number): Sample | undefined {
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle].epoch < epoch) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [samples[low - 1], samples[low]];
  if (!before || !after) return after ?? before;
  return epoch - before.epoch < after.epoch - epoch ? before : after;
}

/** The whole epochs that have a value, for the text table. */
export function epochRows(points: readonly CurvePoint[]): readonly CurvePoint[] {
  return points.filter(
    (point) => point.validationAccuracy !== undefined || point.validationLoss !== undefined,
  );
}

/** Curves as they grow: points are asked for from where the known ones end, one request at a time. */
export class GrowingCurve {
  readonly #load: (from: number) => Promise<readonly CurvePoint[]>;
  readonly #changed: () => void;
  #points: CurvePoint[] = [];
  #wanted = 0;
  #loading = false;

  constructor(load: (from: number) => Promise<readonly CurvePoint[]>, changed: () => void) {
    this.#load = load;
    this.#changed = changed;
  }

  get points(): readonly CurvePoint[] {
    return this.#points;
  }

  /** There are so many points now; fewer than before means that the run went back to a checkpoint. */
  grownTo(count: number): void {
    if (count < this.#points.length) this.#points = this.#points.slice(0, count);
    this.#wanted = count;
    void this.#fetch();
  }

  async #fetch(): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    try {
      while (this.#points.length < this.#wanted) {
        const from = this.#points.length;
        const more = await this.#load(from);
        if (more.length === 0) break;
        // Went back meanwhile: what came belongs to points that are gone.
        if (this.#points.length === from) this.#points.push(...more);
        this.#changed();
      }
    } catch {
      // The next report of the state asks again.
    } finally {
      this.#loading = false;
    }
  }
}
