import type { GraphBuilder } from '../../builder.ts';
import type { Node, ValueType } from '../../graph.ts';

/**
 * Writes a node as simpler ones that have gradient rules.
 * @returns the value of each output; undefined leaves the node as it is
 */
export type Lowering = (context: LoweringContext) => readonly string[] | undefined;

export interface LoweringContext {
  readonly b: GraphBuilder;
  readonly node: Node;
  readonly x: readonly string[];
  /** Type of output `index` in the original graph. */
  output(index: number): ValueType;
  readonly opset: number;
}

/** By operator name, `domain.Op` outside of the ONNX standard. */
export type LoweringTable = Readonly<Record<string, Lowering>>;
