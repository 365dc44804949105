import { GraphBuilder } from '../builder.ts';
import {
  emptyPhase,
  hasPhases,
  interleave,
  phaseGradients,
  phaseSize,
  takePhase,
} from '../gradients/phases.ts';
import { consumersOf, type Graph, intsAttribute, type Node, numberAttribute, otherInput } from '../graph.ts';
import { windowOf } from '../outputTypes.ts';
import { sameShape } from '../shapes.ts';
import { removeDead } from './removeNodes.ts';

/**
 * Gradients of strided layers come as phases (`../gradients/phases.ts`), and interleaving them costs as many passes over
 * memory as it does before the layers in front. So it is done as late as possible:
 * - Two gradients that are added are added phase by phase, as where a strided block and its shortcut meet.
 * - A depthwise strided layer behind a pointwise one (MobileNet): the activation's slope and the 1 x 1 convolution in
 *   front of it are applied to the phases, and only its result, of few channels, is interleaved. ConvTranspose, which
 *   such a layer's gradient is written as otherwise, takes two to three times as long.
 */
export function interleaveLate(graph: Graph): Graph {
  const rewrite = new Rewrite(graph);
  const nodes = graph.nodes.flatMap((node) => rewrite.of(node) ?? [node]);
  return removeDead(rewrite.b.finish(graph.outputs, nodes));
}

/** An image as its phases. */
interface Interleaved {
  readonly phases: readonly string[];
  readonly stride: number;
}

/** Operators that change each element for itself. */
const UNARY = new Set(
  'HardSigmoid HardSwish Relu Sigmoid Tanh Erf Exp Neg Abs Sqrt Reciprocal Softplus'.split(' '),
);
const BINARY = new Set(['Add', 'Sub', 'Mul', 'Div']);

class Rewrite {
  readonly b: GraphBuilder;
  readonly #producers = new Map<string, Node>();
  readonly #consumers: ReadonlyMap<string, readonly Node[]>;
  readonly #outputs: ReadonlySet<string>;
  readonly #interleaved = new Map<string, Interleaved>();

  constructor(graph: Graph) {
    this.b = new GraphBuilder(graph);
    this.#consumers = consumersOf(graph);
    this.#outputs = new Set(graph.outputs);
  }

  /** @returns the nodes in the place of one, or undefined where it stays. */
  of(node: Node): Node[] | undefined {
    const made = node.op === 'Add' ? this.#sum(node) : node.op === 'Conv' ? this.#pointwise(node) : undefined;
    for (const output of node.outputs) this.#producers.set(output, node);
    if (made === undefined) return undefined;
    const [name] = node.outputs;
    this.#interleaved.set(name, made);
    const image = interleave(this.b, made.phases, made.stride, this.b.dims(name).slice(2));
    this.b.node('Identity', [image], {}, { outputs: [name] });
    return this.b.takeNodes();
  }

  #isReadOnce(value: string): boolean {
    return this.#consumers.get(value)?.length === 1 && !this.#outputs.has(value);
  }

  /** The phases of a value that nothing else reads, where it is made of phases. */
  #phasesOf(value: string): Interleaved | undefined {
    if (!this.#isReadOnce(value)) return undefined;
    const known = this.#interleaved.get(value);
    if (known !== undefined) return known;
    let maker = this.#producers.get(value);
    if (maker?.op === 'Slice' && this.#isReadOnce(maker.inputs[0]) && this.#cutsEnds(maker))
      maker = this.#producers.get(maker.inputs[0]);
    if (maker?.op !== 'DepthToSpace') return undefined;
    const stride = numberAttribute(maker, 'blocksize', 1);
    const stacked = this.#producers.get(maker.inputs[0]);
    if (stacked?.op !== 'Concat' || stacked.inputs.length !== stride * stride) return undefined;
    return { phases: stacked.inputs, stride };
  }

  /** Whether a Slice takes the first rows and columns, as `interleave` writes it. */
  #cutsEnds({ inputs }: Node): boolean {
    const starts = this.b.numbers(inputs[1]);
    return inputs.length === 4 && starts !== undefined && Array.from(starts).every((start) => start === 0);
  }

  #isEmpty(phase: string): boolean {
    const maker = this.#producers.get(phase);
    return maker?.op === 'Expand' && this.b.scalar(maker.inputs[0]) === 0;
  }

  #sum({ inputs }: Node): Interleaved | undefined {
    const [left, right] = inputs.map((input) => this.#phasesOf(input));
    if (left === undefined || right === undefined || left.stride !== right.stride) return undefined;
    const { b } = this;
    const fit = left.phases.every((phase, i) => sameShape(b.dims(phase), b.dims(right.phases[i])));
    if (!fit || inputs[0] === inputs[1]) return undefined;
    const phases = left.phases.map((phase, i) => {
      const other = right.phases[i];
      return this.#isEmpty(phase) ? other : this.#isEmpty(other) ? phase : b.add(phase, other);
    });
    return { phases, stride: left.stride };
  }

  /** A 1 x 1 convolution to fewer channels, of a depthwise strided layer's gradient, perhaps times something. */
  #pointwise({ op, inputs, attributes, ...rest }: Node): Interleaved | undefined {
    const { b } = this;
    const node = { op, inputs, attributes, ...rest };
    const [value, weight, bias] = inputs;
    const dims = b.dims(value);
    const [fewer, many, ...kernel] = b.dims(weight);
    const { strides, pads } = windowOf(node, kernel.length);
    const isPointwise =
      dims.length === 4 && many === dims[1] && [...kernel, ...strides].every((one) => one === 1) && !bias;
    if (!isPointwise || pads.some((pad) => pad !== 0) || 2 * fewer > many) return undefined;
    if (b.tensor(weight) === undefined || !this.#isReadOnce(value)) return undefined;

    const maker = this.#producers.get(value);
    const operands = maker?.op === 'Mul' ? maker.inputs : [value];
    const gradient = operands.find(
      (operand) => this.#isReadOnce(operand) && this.#strided(operand) !== undefined,
    );
    if (gradient === undefined) return undefined;
    const { stride, phases: parts } = this.#strided(gradient)!();
    const slope = operands.length === 1 ? undefined : otherInput(maker!, gradient);
    const size = dims.slice(2);
    const pick = new PhasesOfValue(b, this.#producers, (name) => this.#isReadOnce(name), stride, size);
    const phases = parts.map((part, index) => {
      if (part === undefined) return emptyPhase(b, [dims[0], fewer, ...phaseSize(size, stride)]);
      const sloped = slope === undefined ? part : b.mul(part, pick.phase(slope, index));
      return b.op('Conv', [sloped, weight], { kernel_shape: [1, 1] });
    });
    return { phases, stride };
  }

  /** What makes the phases of a value that is the gradient of a depthwise strided layer. */
  #strided(value: string): (() => { stride: number; phases: (string | undefined)[] }) | undefined {
    const node = this.#producers.get(value);
    if (node?.op !== 'ConvTranspose' || node.inputs[2]) return undefined;
    const { b } = this;
    const [g, weight] = node.inputs;
    const [channels, perGroup, ...kernel] = b.dims(weight);
    const group = numberAttribute(node, 'group', 1);
    const size = b.dims(value).slice(2);
    const { strides, dilations, pads } = windowOf(node, size.length);
    const geometry = { channels, size, output: b.dims(g).slice(2), kernel, strides, dilations, pads, group };
    const isDepthwise = group === channels && perGroup === 1 && group > 1 && channels % 4 === 0;
    if (!isDepthwise || !hasPhases(geometry) || strides[0] > 4 || b.tensor(weight) === undefined)
      return undefined;
    return () => ({ stride: strides[0], phases: phaseGradients(b, g, weight, geometry) });
  }
}

/**
 * The phases of a value that is computed element by element: the same computation of the phases of what it starts from.
 */
class PhasesOfValue {
  readonly #b: GraphBuilder;
  readonly #producers: ReadonlyMap<string, Node>;
  readonly #isReadOnce: (value: string) => boolean;
  readonly #stride: number;
  readonly #size: readonly number[];
  readonly #known = new Map<string, string>();

  constructor(
    b: GraphBuilder,
    producers: ReadonlyMap<string, Node>,
    isReadOnce: (value: string) => boolean,
    stride: number,
    size: readonly number[],
  ) {
    this.#b = b;
    this.#producers = producers;
    this.#isReadOnce = isReadOnce;
    this.#stride = stride;
    this.#size = size;
  }

  /** @param index row residue times the stride plus column residue */
  phase(value: string, index: number): string {
    const key = `${index} ${value}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const result = this.#make(value, index);
    this.#known.set(key, result);
    return result;
  }

  #make(value: string, index: number): string {
    const b = this.#b;
    // What is the same for every position needs no phases.
    const dims = b.dims(value);
    if (dims.length < 4 ? dims.slice(-2).every((dim) => dim === 1) : dims[2] === 1 && dims[3] === 1)
      return value;
    const maker = this.#producers.get(value);
    if (maker === undefined || maker.domain !== '' || !this.#isReadOnce(value))
      return this.#picked(value, index);
    const { op, inputs, attributes } = maker;
    if (UNARY.has(op)) return b.op(op, [this.phase(inputs[0], index)], attributes);
    if (BINARY.has(op)) {
      const operands = inputs.map((input) => this.phase(input, index));
      return b.op(op, operands, attributes);
    }
    return this.#scaled(maker, index) ?? this.#picked(value, index);
  }

  /** Of a depthwise 1 x 1 convolution: its weights stand in the kernels that take the phase. */
  #scaled(node: Node, index: number): string | undefined {
    const b = this.#b;
    const [value, weight, bias] = node.inputs;
    const kernel = intsAttribute(node, 'kernel_shape');
    const channels = b.dims(value)[1];
    if (node.op !== 'Conv' || numberAttribute(node, 'group', 1) !== channels || String(kernel) !== '1,1')
      return undefined;
    const weights = b.numbers(weight);
    const { strides, pads } = windowOf(node, 2);
    if (weights?.length !== channels || strides.some((s) => s !== 1) || pads.some((p) => p !== 0))
      return undefined;
    return this.#picked(value, index, weights, bias);
  }

  #picked(value: string, index: number, weights?: ArrayLike<number>, bias?: string): string {
    return takePhase(this.#b, value, { index, stride: this.#stride, size: this.#size, weights, bias });
  }
}
