import { SemapError } from '../../errors.ts';
import { listed, phrase } from '../../text/text.ts';
import { type Node, operatorName } from '../graph.ts';

/** A node no gradient goes through, and why when it is not simply the operator. */
export interface Blocker {
  readonly op: string;
  readonly node: string;
  readonly why?: string;
}

export function blockerOf(node: Node, why?: string): Blocker {
  return { op: operatorName(node), node: node.name, ...(why === undefined ? {} : { why }) };
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
        ? phrase("The model's output does not depend on its input in a smooth way.")
        : phrase('No gradient goes through {0}.', listed(names, 5)),
      { hint: phrase('Train the prompt with the gradient-free method, or choose another backbone.') },
    );
    this.blockers = blockers;
  }
}
