import type { GraphBuilder } from '../builder.ts';
import type { DataType } from '../dataType.ts';
import type { Node } from '../graph.ts';
import type { Formulation } from './formulation.ts';

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
  /** Declares that the backward pass needs output `index` of the node, which the model itself may not use. */
  save(index: number, type: DataType, dims: readonly number[]): string;
}

/** Gradients of a node's inputs, in their order; undefined = zero. */
export type GradientRule = (context: RuleContext) => readonly (string | undefined)[];

/** Rules by operator name, `domain.Op` outside of the ONNX standard. */
export type RuleTable = Readonly<Record<string, GradientRule>>;

/** Thrown by a rule for a use of its operator that it does not cover. */
export class UncoveredError extends Error {}
