/** Numbers row by row, one row for each image. */
export interface Rows {
  readonly count: number;
  readonly values: Float32Array;
}

/** What a reference is of the values that a graph gives. `log` is up to a constant for each image. */
export const REFERENCE_FORMS = ['same', 'softmax', 'sigmoid', 'log-softmax', 'log'] as const;
export type ReferenceForm = (typeof REFERENCE_FORMS)[number];

/** How a reference has what a graph gives. */
export interface ReferenceReading {
  readonly form: ReferenceForm;
  /** Outputs that the reference leaves out before its first one, as a background class may be; after its last one. */
  readonly before: number;
  readonly after: number;
}

/** How far two sets of rows are from one another. */
export interface RowsDistance {
  /** Root mean square of the differences, as a share of that of the reference's own spread. */
  readonly relative: number;
  /** The largest difference. */
  readonly largest: number;
  /** Share of the images with the same strongest output. */
  readonly sameTop: number;
}

/** What is nearer is the same but for rounding. */
export const SAME = 0.01;
/** Found settings may leave so much: libraries round pixels in other places. */
export const SAME_BUT_PIXELS = 0.02;
const LEAST_SHARE = 1e-6;
/** A later form must be so much nearer than one before it. */
const PLAINLY = 0.9;

/** The reading under which a reference is nearest to what a graph gives; undefined where the numbers of outputs do not fit. */
export function nearestReading(
  given: Rows,
  reference: Rows,
): { readonly reading: ReferenceReading; readonly distance: RowsDistance } | undefined {
  const left = widthOf(given) - widthOf(reference);
  // One class more or less is a background; anything else is another model.
  if (left !== 0 && left !== 1) return undefined;
  const places =
    left === 0
      ? [{ before: 0, after: 0 }]
      : [
          { before: 1, after: 0 },
          { before: 0, after: 1 },
        ];
  let nearest: ReturnType<typeof nearestReading>;
  for (const place of places) {
    for (const form of REFERENCE_FORMS) {
      const reading = { form, ...place };
      const distance = distanceBetween(given, reference, reading);
      if (!nearest || distance.relative < nearest.distance.relative * PLAINLY)
        nearest = { reading, distance };
    }
  }
  return nearest;
}

/**
 * Of which of the images each row of a reference is, where all are of them in another order; undefined where they are not, or
 * are too many to try.
 */
export function otherOrder(given: Rows, reference: Rows): readonly number[] | undefined {
  const width = widthOf(given);
  const { count } = reference;
  if (count < 2 || count > MOST_ORDERED || width !== widthOf(reference)) return undefined;
  const rowOf = ({ values }: Rows, i: number): Rows => ({
    count: 1,
    values: values.subarray(i * width, (i + 1) * width),
  });
  for (const form of REFERENCE_FORMS) {
    const reading = { form, before: 0, after: 0 };
    const order: number[] = [];
    for (let i = 0; i < count; i++) {
      const own = rowOf(reference, i);
      const apart = Array.from({ length: count }, (_, of) => distanceBetween(rowOf(given, of), own, reading));
      const nearest = apart.reduce((best, one, of) => (one.relative < apart[best].relative ? of : best), 0);
      if (apart[nearest].relative >= SAME || order.includes(nearest)) break;
      order.push(nearest);
    }
    if (order.length === count && order.some((of, i) => of !== i)) return order;
  }
  return undefined;
}

/** As many are compared each with each. */
const MOST_ORDERED = 100;

/** How far a reference is from what a graph gives, read in one way. */
export function distanceBetween(given: Rows, reference: Rows, reading: ReferenceReading): RowsDistance {
  const width = widthOf(given);
  const own = widthOf(reference);
  let squares = 0;
  let spread = 0;
  let largest = 0;
  let same = 0;
  const middle = reading.form === 'log' ? 0 : meanOf(reference.values);
  for (let i = 0; i < reference.count; i++) {
    const whole = formed(given.values.subarray(i * width, (i + 1) * width), reading.form);
    const row = whole.subarray(reading.before, width - reading.after);
    const wanted = Float64Array.from(reference.values.subarray(i * own, (i + 1) * own));
    if (reading.form === 'log') centre(row, wanted);
    for (let s = 0; s < own; s++) {
      if (Number.isNaN(row[s])) {
        // Left out of logarithms on purpose; anywhere else the graph gave no number.
        if (reading.form !== 'log') squares = Number.POSITIVE_INFINITY;
        continue;
      }
      const apart = Math.abs(row[s] - wanted[s]);
      squares += apart ** 2;
      spread += (wanted[s] - middle) ** 2;
      largest = Math.max(largest, apart);
    }
    if (strongest(row) === strongest(wanted)) same++;
  }
  const relative = Math.sqrt(squares / Math.max(spread, Number.MIN_VALUE));
  // Where nothing is left to compare, nothing was shown.
  const none = squares === 0 && spread === 0;
  return {
    relative: none || !Number.isFinite(relative) ? 1e9 : relative,
    largest,
    sameTop: same / reference.count,
  };
}

export function widthOf({ count, values }: Rows): number {
  return values.length / count;
}

function formed(row: Float32Array, form: ReferenceForm): Float64Array {
  const values = Float64Array.from(row);
  if (form === 'same') return values;
  if (form === 'sigmoid') return values.map((value) => 1 / (1 + Math.exp(-value)));
  // Shares that round to zero have no logarithm that says anything.
  if (form === 'log') {
    // Of what is no share there is none.
    const areShares = values.every((value) => value >= 0 && value <= 1.001);
    if (!areShares) return values.fill(Number.POSITIVE_INFINITY);
    return values.map((value) => (value > LEAST_SHARE ? Math.log(value) : Number.NaN));
  }
  const top = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const total = values.reduce((sum, value) => sum + Math.exp(value - top), 0);
  return form === 'softmax'
    ? values.map((value) => Math.exp(value - top) / total)
    : values.map((value) => value - top - Math.log(total));
}

/** Takes the mean of what is compared off both. */
function centre(row: Float64Array, wanted: Float64Array): void {
  let count = 0;
  let [own, other] = [0, 0];
  for (let s = 0; s < row.length; s++) {
    if (Number.isNaN(row[s])) continue;
    count++;
    own += row[s];
    other += wanted[s];
  }
  for (let s = 0; s < row.length; s++) {
    row[s] -= own / count;
    wanted[s] -= other / count;
  }
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function strongest(row: Float64Array): number {
  let best = -1;
  for (let s = 0; s < row.length; s++) if (!(row[s] <= row[best])) best = Number.isNaN(row[s]) ? best : s;
  return best;
}
