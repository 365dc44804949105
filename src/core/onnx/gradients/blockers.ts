import { SemapError } from '../../errors.ts';
import { listed, phrase, type Text } from '../../text/text.ts';
import { type Node, operatorName } from '../graph.ts';

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
