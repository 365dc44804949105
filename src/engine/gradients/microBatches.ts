import { SemapError } from '../../core/errors.ts';
import { gradientName } from '../../core/onnx/gradientGraph.ts';
import type { Graph, GraphInput, Node } from '../../core/onnx/graph.ts';
import { productOf } from '../../core/onnx/shapes.ts';
import { phrase } from '../../core/text/text.ts';
import type { Feeds, GradientSession } from './gradientSession.ts';

/**
 * Of images of 224 x 224 pixels a graph of convolutions takes four at once where it may take any number: their activations
 * stay in the cache, and are a fraction of the memory. 16 rows in fours cost 0.89 (MobileNetV2), 0.95 (SqueezeNet) and 1.00
 * (ResNet-18) of 16 at once. Of small images it takes more, as every run has a price of its own: 16 images of 64 x 64
 * pixels cost 1.07 in fours and 1.01 in eights.
 */
const PIXELS_OF_CONVOLUTIONS = 4 * 224 * 224;
/**
 * In matrix products an image's tokens or positions are rows enough, and fewer values stay in the cache more easily: one
 * by one images cost 0.93 to 0.96 of four at once (ViT-S, ConvNeXt-T).
 */
const PIXELS_OF_PRODUCTS = 224 * 224;
/** More rows gain nothing, and leave nothing for a second thread. */
const MOST_ROWS = 8;

const PRODUCTS = new Set('MatMul Gemm Einsum FusedMatMul Attention MultiHeadAttention'.split(' '));

/**
 * How many rows a graph shall have for steps of `rows` rows: few, and such that little is filled up.
 * @param pixels of an image
 * @param model whose graph it is
 */
export function microRows(rows: number, pixels: number, { nodes }: Pick<Graph, 'nodes'>): number {
  const most = areMostlyProducts(nodes) ? PIXELS_OF_PRODUCTS : PIXELS_OF_CONVOLUTIONS;
  const atOnce = Math.min(MOST_ROWS, Math.max(1, Math.floor(most / pixels)));
  return Math.ceil(rows / Math.ceil(rows / atOnce));
}

function areMostlyProducts(nodes: readonly Node[]): boolean {
  const count = (isOne: (op: string) => boolean) => nodes.filter(({ op }) => isOne(op)).length;
  return count((op) => PRODUCTS.has(op)) > count((op) => op.includes('Conv'));
}

/** Where rows are in what a graph takes and gives. */
export interface RowNames {
  /** Inputs with a row for each image; their gradients have one, too. All others are the same for all rows. */
  readonly inputs: readonly string[];
  /** Outputs with a row for each image, as logits; all others are sums over the rows, as loss and gradients. */
  readonly outputs: readonly string[];
}

/** Runs a gradient graph for steps of any number of rows. */
export interface Steps {
  /**
   * @param feeds inputs with rows hold as many as the step has; `weights` are 1 / (rows of the whole step)
   * @param fetch names of the outputs to compute
   * @returns their elements, in arrays of their own
   */
  run(feeds: Feeds, fetch: readonly string[]): Promise<Record<string, Float32Array>>;
  release(): Promise<void>;
}

/** How the rows of a step are parted among runs of a graph of few rows. */
export class RowParts {
  /** Rows of the graph. */
  readonly rows: number;
  /** Elements of a row, for each input with rows. */
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #outputs: ReadonlySet<string>;
  /** Inputs of a run that cannot be views. */
  readonly #own = new Map<string, Float32Array | Int32Array>();

  /** @param rows of the graph that has these inputs */
  constructor(inputs: readonly GraphInput[], rows: number, names: RowNames) {
    this.rows = rows;
    const rowed = inputs.filter(({ name }) => names.inputs.includes(name));
    const sizes = rowed.map(({ name, dims }) => [name, productOf(dims as readonly number[]) / rows] as const);
    this.#sizes = new Map(sizes);
    this.#outputs = new Set([...names.outputs, ...names.inputs.map(gradientName)]);
  }

  /** Rows of a step. */
  total(feeds: Feeds): number {
    const counts = [...this.#sizes].map(([name, size]) => (feeds[name]?.length ?? 0) / size);
    if (counts.some((count) => count !== counts[0]) || !Number.isInteger(counts[0])) {
      throw new SemapError('internal', phrase('The inputs of a step have different numbers of rows.'));
    }
    return counts[0];
  }

  /** Whether an output has a row for each image. */
  hasRows(output: string): boolean {
    return this.#outputs.has(output);
  }

  /** Feeds of a run, which hold until the next one is asked for. */
  feeds(step: Feeds, part: number): Feeds {
    const feeds = { ...step };
    for (const [name, size] of this.#sizes) {
      const rows = step[name].subarray(part * this.rows * size, (part + 1) * this.rows * size);
      const isWhole = rows.length === this.rows * size;
      // onnxruntime takes no memory that threads share.
      feeds[name] = isWhole && rows.buffer instanceof ArrayBuffer ? rows : this.#copy(name, rows, size);
    }
    return feeds;
  }

  /** Rows with the first of them again where some are missing, which no graph trips over, and with weights of 0. */
  #copy(name: string, rows: Float32Array | Int32Array, size: number): Float32Array | Int32Array {
    const length = this.rows * size;
    const copy = this.#own.get(name) ?? new (rows instanceof Int32Array ? Int32Array : Float32Array)(length);
    this.#own.set(name, copy);
    copy.set(rows as Float32Array);
    if (name === 'weights') copy.fill(0, rows.length);
    else for (let at = rows.length; at < length; at += size) copy.copyWithin(at, 0, size);
    return copy;
  }
}

/**
 * Outputs of a step, put together of those of its parts. As the loss is a sum over rows, each with a weight, losses and
 * gradients add up. They do so in the order of the parts, whichever was over first: the same step gives the same numbers.
 */
export class StepOutputs {
  readonly #parts: RowParts;
  readonly #total: number;
  readonly #whole: Record<string, Float32Array> = {};
  readonly #sums = new Map<string, Float32Array[]>();

  constructor(parts: RowParts, total: number) {
    this.#parts = parts;
    this.#total = total;
  }

  /** @param values of a part's output; those of sums are kept */
  add(part: number, name: string, values: Float32Array): void {
    if (!this.#parts.hasRows(name)) {
      const sums = this.#sums.get(name) ?? [];
      this.#sums.set(name, sums);
      sums[part] = values;
      return;
    }
    const { rows } = this.#parts;
    const size = values.length / rows;
    this.#whole[name] ??= new Float32Array(this.#total * size);
    const count = Math.min(rows, this.#total - part * rows);
    this.#whole[name].set(values.subarray(0, count * size), part * rows * size);
  }

  /** Once every part is there. */
  all(): Record<string, Float32Array> {
    for (const [name, [sum, ...others]] of this.#sums) {
      for (const other of others) for (let i = 0; i < sum.length; i++) sum[i] += other[i];
      this.#whole[name] = sum;
    }
    return this.#whole;
  }
}

/**
 * A gradient graph of few rows that runs steps of any number of rows, in as many runs as that takes: numbers are those of
 * one run with all rows, up to the order of sums.
 */
export class MicroBatches implements Steps {
  readonly parts: RowParts;
  readonly #session: GradientSession;

  /** @param rows of the session's graph */
  constructor(session: GradientSession, rows: number, names: RowNames) {
    this.#session = session;
    this.parts = new RowParts(session.inputs, rows, names);
  }

  async run(feeds: Feeds, fetch: readonly string[]): Promise<Record<string, Float32Array>> {
    const total = this.parts.total(feeds);
    const outputs = new StepOutputs(this.parts, total);
    for (let part = 0; part * this.parts.rows < total; part++) {
      await this.runPart(feeds, part, fetch, (name, values) =>
        outputs.add(part, name, this.parts.hasRows(name) ? values : values.slice()),
      );
    }
    return outputs.all();
  }

  /** @param use an output's elements, which hold during the call only */
  runPart(
    feeds: Feeds,
    part: number,
    fetch: readonly string[],
    use: (name: string, values: Float32Array) => void,
  ): Promise<void> {
    return this.#session.each(this.parts.feeds(feeds, part), fetch, use);
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
