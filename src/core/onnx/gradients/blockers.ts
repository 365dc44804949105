import { SemapError } from '../../errors.ts';
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
    const shown = blockers
      .slice(0, 5)
      .map(({ op, node, why }) => `${op} (node "${node}"${why === undefined ? '' : `, ${why}`})`);
    const more = blockers.length > shown.length ? ` and ${blockers.length - shown.length} more` : '';
    const message =
      blockers.length === 0
        ? "The model's output does not depend on its input in a smooth way."
        : `No gradient goes through ${shown.join(', ')}${more}.`;
    super('unsupported-model', message, {
      hint: 'Train the prompt with the gradient-free method, or choose another backbone.',
    });
    this.blockers = blockers;
  }
}
