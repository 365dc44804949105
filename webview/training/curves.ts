import type { CurvePoint } from '../../src/protocol/trainingView.ts';
import type { Sample } from '../common/chart/samples.ts';

/** What a curve is drawn of. */
export type Measure = Exclude<keyof CurvePoint, 'epoch'>;

/** The finite values of one measure, in order. */
export function samplesOf(points: readonly CurvePoint[], measure: Measure): Sample[] {
  const samples: Sample[] = [];
  for (const point of points) {
    const value = point[measure];
    if (value !== undefined && Number.isFinite(value)) samples.push({ at: point.epoch, value });
  }
  return samples;
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
