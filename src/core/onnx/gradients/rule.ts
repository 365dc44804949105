import { SemapError } from '../../errors.ts';
import { listed, phrase, say, type Text } from '../../text/text.ts';
import type { GraphBuilder } from '../builder.ts';
import { type Node, operatorName } from '../graph.ts';
import type { DataType } from '../tensor.ts';

/**
 * What a gradient rule sees of a node y = f(x). In the rules' comments g is dL/dy and dx is dL/dx.
 *
 * A gradient has the shape of its value, or one that broadcasts to it: reductions hand their gradient on un-expanded, so
 * that the next product broadcasts it for free. A rule that needs every element asks for `full`.
 */
export interface RuleContext {
  readonly b: GraphBuilder;
  readonly node: Node;
  readonly formulation: Formulation;
  readonly x: readonly string[];
  readonly y: readonly string[];
  /** Gradient of the first output. */
  readonly g: string;
  /** Gradient of output `index`, or undefined when nothing reads it. */
  gradient(index: number): string | undefined;
  /** Gradient of the first output, expanded to its shape. */
  full(): string;
  /** Whether input `index` leads back to something a gradient is wanted for. */
  wants(index: number): boolean;
  /** The node that makes a value of the forward pass; none makes inputs and constants. */
  maker(value: string): Node | undefined;
  /** The nodes of the forward pass that read a value. */
  readers(value: string): readonly Node[];
  /** Gradient of a value of the forward pass that is computed of this node's; undefined where it has none. */
  gradientOf(value: string): string | undefined;
  /** Gradients that are 0 already wherever their value is not positive: a rectifier need not mask them. */
  readonly masked: Set<string>;
  /** Declares that the backward pass needs output `index` of the node, which the model itself may not use. */
  save(index: number, type: DataType, dims: readonly number[]): string;
}

/** Gradients of a node's inputs, in their order; undefined = zero. */
export type GradientRule = (context: RuleContext) => readonly (string | undefined)[];

/** Rules by operator name, `domain.Op` outside of the ONNX standard. */
export type RuleTable = Readonly<Record<string, GradientRule>>;

/** Thrown by a rule for a use of its operator that it does not cover: `why` names it. */
export class UncoveredError extends Error {
  readonly why: Text;

  constructor(why: Text) {
    super(say(why));
    this.why = why;
  }
}

/**
 * Ways to write the same gradient. Kernels differ between execution providers, in speed and in what they get wrong;
 * docs/reference/gradients.md shows both side by side.
 */
export interface Formulation {
  readonly name: 'cpu' | 'portable';
  /**
   * Where the largest element of a max-pooling window was. 'fused': found by convolutions that onnxruntime's CPU fuses with
   * what follows, or from the forward pass's own Indices output where that does not apply. 'taps': by comparing the
   * window's taps with plain operators (for providers whose MaxPool has no Indices).
   */
  readonly maxPool: 'fused' | 'taps';
  /** Transposed products by com.microsoft.FusedMatMul, or by Transpose and MatMul. */
  readonly fusedMatMul: boolean;
  /** Strided convolutions as several unstrided ones, interleaved; else ConvTranspose. */
  readonly polyphase: boolean;
  /** Masks of a range by what onnxruntime fuses into convolutions, or by two steps multiplied. */
  readonly blockedMasks: boolean;
  /** Mean and inverse deviation from LayerNormalization's further outputs, or computed again. */
  readonly layerNormStatistics: boolean;
}

/** For onnxruntime's CPU provider. */
export const CPU_FORMULATION: Formulation = {
  name: 'cpu',
  maxPool: 'fused',
  fusedMatMul: true,
  polyphase: true,
  blockedMasks: true,
  layerNormStatistics: true,
};

/** Only plain operators that WebGPU, CUDA, DirectML and CoreML have kernels for. */
export const PORTABLE_FORMULATION: Formulation = {
  name: 'portable',
  maxPool: 'taps',
  fusedMatMul: false,
  polyphase: false,
  blockedMasks: false,
  layerNormStatistics: false,
};

/** The formulation for an execution provider, by its onnxruntime name. */
export function formulationFor(provider: string): Formulation {
  return provider === 'cpu' ? CPU_FORMULATION : PORTABLE_FORMULATION;
}

/** A node no gradient goes through, and why when it is not simply the operator. */
export interface Blocker {
  readonly op: string;
  readonly node: string;
  readonly why?: Text | undefined;
}

export function blockerOf(node: Node, why?: Text): Blocker {
  return { op: operatorName(node), node: node.name, why };
}

/** Names every node that stops the gradient, not only the first. */
export class GradientBlockedError extends SemapError {
  readonly blockers: readonly Blocker[];

  /** @param blockers none where the output does not depend on the input at all */
  constructor(blockers: readonly Blocker[]) {
    const names = blockers.map(({ op, node, why }) =>
      why === undefined
        ? phrase('{0} (node "{1}")', op, node)
        : phrase('{0} (node "{1}", {2})', op, node, why),
    );
    super(
      'unsupported-model',
      blockers.length === 0
        ? phrase('The model output has no gradient with respect to its input.')
        : phrase('Cannot compute gradients through {0}.', listed(names, 5)),
      { hint: phrase('Use the gradient-free method, or choose another backbone.') },
    );
    this.blockers = blockers;
  }
}
