import { GraphBuilder } from '../builder.ts';
import { consumersOf, type Graph, intsAttribute, type Node, numberAttribute, producersOf } from '../graph.ts';
import { windowOf } from '../outputTypes.ts';
import { removeDead } from './removeNodes.ts';
import {
  fourPhases,
  imageOf,
  type PhaseSum,
  type Phases,
  phaseOf,
  phasesOf,
  winogradConvolution,
} from './winograd.ts';

/**
 * Dense 3 x 3 convolutions by Winograd's minimal filtering (`./winograd.ts`), forward and backward alike, where that is
 * less work. Its images come and go as phases, and what is computed element by element between two such layers is
 * computed of the phases; they are interleaved only for what needs the image as a whole. Strided layers' gradients are
 * phases anyway (`../gradients/phases.ts`).
 */
export function winogradLayers(graph: Graph): Graph {
  const layers = layersOf(graph);
  if (layers.size === 0) return graph;
  const rewrite = new Rewrite(graph, layers);
  const nodes = graph.nodes.flatMap((node) => rewrite.of(node));
  return removeDead(rewrite.b.finish(graph.outputs, [...nodes, ...rewrite.ends(graph.outputs)]));
}

/** Operators that change each element for itself. */
const UNARY = new Set('HardSigmoid HardSwish Relu Sigmoid Tanh Clip Identity'.split(' '));
const BINARY = new Set(['Add', 'Sub', 'Mul']);
/** Channels of a vector: layers with others leave the blocked layout. */
const BLOCK = 16;

/** What transforms cost for each channel of a tile, in the unit of one product; so much they take when measured. */
const TRANSFORM = 400;
/** And what taking phases of an image costs, or interleaving them. */
const TAKING = 300;
/**
 * Kernels of a layer, beyond which it stays as it is: transformed weights are 16/9 as large, there twice (forward and
 * backward), and read from memory for every few images. 512 x 512 at 7 x 7 pixels gain a tenth, and cost 15 MB a layer.
 */
const MOST_KERNELS = 2 ** 17;
/** Share of a plain convolution's work at which it is not worth the nodes. */
const WORTH = 0.93;

/** Values that are looked at for what comes before or behind, and for what needs one as a whole. */
const FAR = 20;
const NEAR = 4;

const isEachElement = ({ op }: Node) => UNARY.has(op) || BINARY.has(op);

/** Whether operators that compute element by element lead from a value to one of some nodes. */
function reaches(
  value: string,
  next: (value: string) => readonly Node[],
  far: (node: Node) => readonly string[],
  isEnd: (node: Node) => boolean,
  most: number,
): boolean {
  const queue = [value];
  for (let i = 0; i < queue.length && i < most; i++) {
    for (const node of next(queue[i])) {
      if (isEnd(node)) return true;
      if (isEachElement(node)) queue.push(...far(node));
    }
  }
  return false;
}

/** Convolutions that are less work this way. */
function layersOf(graph: Graph): Set<Node> {
  const b = new GraphBuilder(graph);
  const about = { producers: producersOf(graph), consumers: consumersOf(graph) };
  let layers = new Set(graph.nodes.filter((node) => isCandidate(b, node)));
  // What one costs depends on the ones around it: those that do not pay go until all do.
  for (;;) {
    const paying = new Set([...layers].filter((layer) => workOf(b, layer, layers, about) <= WORTH));
    if (paying.size === layers.size) return layers;
    layers = paying;
  }
}

/** Work of a layer among others that are in phases, as a share of a plain convolution's. */
function workOf(
  b: GraphBuilder,
  layer: Node,
  layers: ReadonlySet<Node>,
  about: { producers: ReadonlyMap<string, Node>; consumers: ReadonlyMap<string, readonly Node[]> },
): number {
  const [image, weight] = layer.inputs;
  const [result] = layer.outputs;
  const makers = (value: string) => {
    const maker = about.producers.get(value);
    return maker === undefined ? [] : [maker];
  };
  const readers = (value: string) => about.consumers.get(value) ?? [];
  const goes = (isEnd: (node: Node) => boolean, most: number) =>
    reaches(result, readers, ({ outputs }) => outputs, isEnd, most);
  const givesPhases = (node: Node) => layers.has(node) || node.op === 'DepthToSpace';
  const readsPhases = (node: Node) => layers.has(node) || isStrided(node);
  const comes = reaches(image, makers, ({ inputs }) => inputs, givesPhases, FAR);
  const stays = goes(readsPhases, FAR) && !goes((node) => !readsPhases(node) && !isEachElement(node), NEAR);
  const [before, after] = [comes, stays].map((joined) => (joined ? TRANSFORM : TRANSFORM + TAKING));
  const [maps, channels] = b.dims(weight);
  const products = (16 * maps * channels + before * channels + after * maps) / (36 * maps * channels);
  // A last row or column that is not there is computed all the same.
  const [rows, columns] = b
    .dims(result)
    .slice(2)
    .map((size) => (2 * Math.ceil(size / 2)) / size);
  return rows * columns * products;
}

/** Whether a layer reads phases: a plain dense one with stride 2. */
function isStrided(node: Node): boolean {
  return node.op === 'Conv' && String(intsAttribute(node, 'strides')) === '2,2';
}

function isCandidate(b: GraphBuilder, node: Node): boolean {
  if (node.op !== 'Conv' || node.domain !== '') return false;
  const dims = b.dims(node.inputs[0]);
  const weight = b.tensor(node.inputs[1]);
  if (dims.length !== 4 || weight === undefined || weight.type !== 'float32') return false;
  if (node.inputs[2] && b.tensor(node.inputs[2]) === undefined) return false;
  const [maps, channels, ...kernel] = weight.dims;
  const { strides, dilations, pads } = windowOf(node, 2);
  return (
    numberAttribute(node, 'group', 1) === 1 &&
    String(kernel) === '3,3' &&
    [...strides, ...dilations, ...pads].every((one) => one === 1) &&
    [maps, channels].every((count) => count % BLOCK === 0) &&
    maps * channels <= MOST_KERNELS
  );
}

class Rewrite {
  readonly b: GraphBuilder;
  readonly #layers: ReadonlySet<Node>;
  readonly #producers: ReadonlyMap<string, Node>;
  readonly #consumers: ReadonlyMap<string, readonly Node[]>;
  /** Values that are there as phases. */
  readonly #phases = new Map<string, Phases>();
  /** Phases of a value that may take a third summand. */
  readonly #sums = new Map<string, readonly PhaseSum[]>();
  /** Values that are there as a whole, of those that are there as phases. */
  readonly #whole = new Set<string>();

  constructor(graph: Graph, layers: ReadonlySet<Node>) {
    this.b = new GraphBuilder(graph);
    this.#layers = layers;
    this.#producers = producersOf(graph);
    this.#consumers = consumersOf(graph);
  }

  /** @returns the nodes in the place of one */
  of(node: Node): Node[] {
    const { b } = this;
    const [name] = node.outputs;
    if (this.#layers.has(node)) {
      const [image, weight, bias] = node.inputs;
      this.#sums.set(name, winogradConvolution(b, this.#phasesOf(image), b.tensor(weight)!, bias));
      return b.takeNodes();
    }
    if (this.#strided(node)) return b.takeNodes();
    const phases = this.#each(node);
    if (phases !== undefined) {
      this.#phases.set(name, phases);
      return b.takeNodes();
    }
    const wholes = node.inputs.flatMap((input) => this.#interleaved(input));
    this.#noteInterleaved(node);
    return [...wholes, node];
  }

  /** What makes the graph's outputs as wholes. */
  ends(outputs: readonly string[]): Node[] {
    return outputs.flatMap((output) => this.#interleaved(output));
  }

  /** Whether a value leads to a layer that wants its phases. */
  #leads(value: string): boolean {
    const next = (name: string) => this.#consumers.get(name) ?? [];
    return reaches(
      value,
      next,
      ({ outputs }) => outputs,
      (node) => this.#layers.has(node) || isStrided(node),
      FAR,
    );
  }

  #isInPhases(value: string): boolean {
    return this.#phases.has(value) || this.#sums.has(value);
  }

  /** Phases of a value, taken of it where it is there as a whole only. */
  #phasesOf(value: string): Phases {
    const { b } = this;
    let phases = this.#phases.get(value);
    if (phases === undefined) {
      const sums = this.#sums.get(value);
      phases = sums === undefined ? phasesOf(b, value) : fourPhases((index) => phaseOf(b, sums[index]));
      this.#phases.set(value, phases);
      if (sums === undefined) this.#whole.add(value);
    }
    return phases;
  }

  /** The nodes that make a whole of a value's phases, the first time it is asked for. */
  #interleaved(value: string): Node[] {
    if (!this.#isInPhases(value) || this.#whole.has(value)) return [];
    const { b } = this;
    const image = imageOf(b, this.#phasesOf(value), b.dims(value).slice(2));
    b.node('Identity', [image], {}, { outputs: [value] });
    this.#whole.add(value);
    return b.takeNodes();
  }

  /** A value that is interleaved from phases is there as both. */
  #noteInterleaved(node: Node): void {
    if (node.op !== 'DepthToSpace' || numberAttribute(node, 'blocksize', 1) !== 2) return;
    const [value] = node.outputs;
    const stacked = this.#producers.get(node.inputs[0]);
    if (stacked?.op !== 'Concat' || stacked.inputs.length !== 4 || this.b.dims(value)[1] % BLOCK !== 0)
      return;
    this.#phases.set(value, stacked.inputs as unknown as Phases);
    this.#whole.add(value);
  }

  /** What is computed element by element, of the phases: where one operand is made of them. */
  #each({ op, domain, inputs, outputs, attributes }: Node): Phases | undefined {
    const { b } = this;
    const isUnary = UNARY.has(op);
    if (domain !== '' || !(isUnary || BINARY.has(op))) return undefined;
    const operands = isUnary ? inputs.slice(0, 1) : inputs;
    const dims = b.dims(outputs[0]);
    const isSame = (input: string) =>
      b
        .dims(input)
        .slice(-2)
        .every((size) => size === 1);
    if (!operands.some((input) => this.#isInPhases(input))) return undefined;
    // What is there as a whole, too, and leads to nothing that wants phases, is better computed as a whole.
    const isWhole = (input: string) => !this.#isInPhases(input) || this.#whole.has(input);
    const joined = operands.some((input) => !isSame(input) && isWhole(input));
    if (joined && !this.#leads(outputs[0])) return undefined;
    const fits = operands.every((input) => isSame(input) || String(b.dims(input)) === String(dims));
    if (!fits || dims.length !== 4 || dims[1] % BLOCK !== 0) return undefined;
    if (op === 'Add') {
      const sum = operands.find((input) => this.#sums.has(input) && this.#consumers.get(input)!.length === 1);
      if (sum !== undefined && inputs[0] !== inputs[1]) {
        const other = inputs[inputs[0] === sum ? 1 : 0];
        const others = isSame(other) ? undefined : this.#phasesOf(other);
        const sums = this.#sums.get(sum)!.map(({ convolved, added }, i) => ({
          convolved,
          added: added === undefined ? (others?.[i] ?? other) : b.add(added, others?.[i] ?? other),
        }));
        this.#sums.set(outputs[0], sums);
        return this.#phasesOf(outputs[0]);
      }
    }
    const parts = operands.map((input) => (isSame(input) ? undefined : this.#phasesOf(input)));
    const rest = inputs.slice(operands.length);
    return fourPhases((index) => {
      const values = operands.map((input, k) => parts[k]?.[index] ?? input);
      return b.op(op, [...values, ...rest], attributes);
    });
  }

  /**
   * A dense layer with stride 2, of the phases: a pointwise one sees the first only, one of 3 x 3 with a zero around the
   * image is the sum of a convolution of each, with the taps that fall on it.
   */
  #strided(node: Node): boolean {
    const { b } = this;
    const [image, weight, ...bias] = node.inputs;
    if (node.op !== 'Conv' || !this.#isInPhases(image) || b.tensor(weight) === undefined) return false;
    const { strides, dilations, pads } = windowOf(node, 2);
    const kernel = b.dims(weight).slice(2);
    const isDense = numberAttribute(node, 'group', 1) === 1 && strides.every((stride) => stride === 2);
    const isPointwise = String(kernel) === '1,1' && pads.every((pad) => pad === 0);
    const isWide = String(kernel) === '3,3' && [...dilations, ...pads].every((one) => one === 1);
    if (!isDense || !(isPointwise || isWide)) return false;
    const phases = this.#phasesOf(image);
    if (isPointwise) {
      b.node('Conv', [phases[0], weight, ...bias], { kernel_shape: [1, 1] }, { outputs: node.outputs });
      return true;
    }
    const size = b.dims(node.outputs[0]).slice(2);
    const parts = phases.map((phase, index) => {
      const taps = [index >> 1, index & 1].map((odd) => (odd ? [0, 2] : [1]));
      const own = index === 0 ? bias : [];
      return b.op('Conv', [phase, taken(b, weight, taps), ...own], {
        kernel_shape: taps.map(({ length }) => length),
        pads: [
          ...taps.map(({ length }) => length - 1),
          ...taps.map((_, axis) => size[axis] - b.dims(phase)[axis + 2]),
        ],
      });
    });
    const sum = parts.slice(1, 3).reduce((total, part) => b.add(part, total), parts[3]);
    b.node('Add', [parts[0], sum], {}, { outputs: node.outputs });
    return true;
  }
}

/** The taps of a kernel in some rows and columns, [M, C, rows, columns]. */
function taken(b: GraphBuilder, weight: string, [rows, columns]: readonly (readonly number[])[]): string {
  const [maps, channels, , width] = b.dims(weight);
  const from = b.numbers(weight)!;
  const taps = rows.flatMap((row) => columns.map((column) => row * width + column));
  const to = new Float32Array(maps * channels * taps.length);
  for (let i = 0; i < to.length; i++) to[i] = from[9 * Math.floor(i / taps.length) + taps[i % taps.length]];
  return b.floats(to, [maps, channels, rows.length, columns.length]);
}
