import { SemapError } from '../../core/errors.ts';
import { gradientName } from '../../core/onnx/gradientGraph.ts';
import { productOf } from '../../core/onnx/shapes.ts';
import { phrase } from '../../core/text/text.ts';
import type { Feeds, GradientSession } from './gradientSession.ts';

/**
 * Rows that a graph takes at once where it may take any number: their activations stay in the cache, and are a fraction
 * of the memory. 16 rows in fours cost 0.89 (MobileNetV2), 0.95 (SqueezeNet) and 1.00 (ResNet-18) of 16 at once.
 */
const ROWS_AT_ONCE = 4;

/** How many rows a graph shall have for steps of `rows` rows: few, and such that little is filled up. */
export function microRows(rows: number): number {
  return Math.ceil(rows / Math.ceil(rows / ROWS_AT_ONCE));
}

/** What a run of a gradient graph needs and gives; {@link GradientSession} is one. */
type Graph = Pick<GradientSession, 'inputs' | 'each' | 'release'>;

/** Where rows are in what a graph takes and gives. */
export interface RowNames {
  /** Inputs with a row for each image; their gradients have one, too. All others are the same for all rows. */
  readonly inputs: readonly string[];
  /** Outputs with a row for each image, as logits; all others are sums over the rows, as loss and gradients. */
  readonly outputs: readonly string[];
}

/**
 * A gradient graph of few rows that runs steps of any number of rows, in as many runs as that takes. As the loss is a
 * sum over rows, each with a weight, losses and gradients add up: numbers are those of one run with all rows, up to the
 * order of sums. The last run is filled up with rows of weight 0.
 */
export class MicroBatches {
  readonly #graph: Graph;
  /** Rows of the graph. */
  readonly rows: number;
  /** Elements of a row, for each input with rows. */
  readonly #rowSizes: ReadonlyMap<string, number>;
  readonly #rowOutputs: ReadonlySet<string>;
  /** Rows of the last run where it is not full. */
  readonly #filled = new Map<string, Float32Array | Int32Array>();

  /**
   * @param rows of the graph
   */
  constructor(graph: Graph, rows: number, { inputs, outputs }: RowNames) {
    this.#graph = graph;
    this.rows = rows;
    const rowed = new Set(inputs);
    this.#rowSizes = new Map(
      graph.inputs
        .filter(({ name }) => rowed.has(name))
        .map(({ name, dims }) => [name, productOf(dims as readonly number[]) / rows]),
    );
    this.#rowOutputs = new Set([...outputs, ...inputs.map(gradientName)]);
  }

  /**
   * @param feeds inputs with rows hold as many as the step has; `weights` are 1 / (rows of the whole step)
   * @param fetch names of the outputs to compute
   * @returns their elements, in arrays of their own
   */
  async run(feeds: Feeds, fetch: readonly string[]): Promise<Record<string, Float32Array>> {
    const total = this.#rowsOf(feeds);
    const whole: Record<string, Float32Array> = {};
    for (let start = 0; start < total; start += this.rows) {
      const count = Math.min(this.rows, total - start);
      await this.#graph.each(this.#part(feeds, start, count), fetch, (name, values) => {
        if (this.#rowOutputs.has(name)) {
          const size = values.length / this.rows;
          whole[name] ??= new Float32Array(total * size);
          whole[name].set(values.subarray(0, count * size), start * size);
        } else if (whole[name] === undefined) whole[name] = values.slice();
        else addTo(whole[name], values);
      });
    }
    return whole;
  }

  release(): Promise<void> {
    return this.#graph.release();
  }

  #rowsOf(feeds: Feeds): number {
    const counts = [...this.#rowSizes].map(([name, size]) => (feeds[name]?.length ?? 0) / size);
    if (counts.some((count) => count !== counts[0]) || !Number.isInteger(counts[0])) {
      throw new SemapError('internal', phrase('The inputs of a step have different numbers of rows.'));
    }
    return counts[0];
  }

  /** Feeds of one run. */
  #part(feeds: Feeds, start: number, count: number): Feeds {
    const part = { ...feeds };
    for (const [name, size] of this.#rowSizes) {
      const rows = feeds[name].subarray(start * size, (start + count) * size);
      part[name] = count === this.rows ? rows : this.#fill(name, rows, this.rows * size);
    }
    return part;
  }

  /** Rows with the first of them again behind them, which no graph trips over, and with weights of 0. */
  #fill(name: string, rows: Float32Array | Int32Array, length: number): Float32Array | Int32Array {
    let filled = this.#filled.get(name);
    if (filled === undefined) {
      filled = rows instanceof Int32Array ? new Int32Array(length) : new Float32Array(length);
      this.#filled.set(name, filled);
    }
    filled.set(rows as Float32Array);
    if (name === 'weights') filled.fill(0, rows.length);
    else
      for (let at = rows.length; at < length; at += length / this.rows)
        filled.set(rows.subarray(0, length / this.rows) as Float32Array, at);
    return filled;
  }
}

function addTo(sum: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}
