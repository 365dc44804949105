import { GradientBlockedError } from './gradients/blockers.ts';
import type { Graph } from './graph.ts';
import { explicitPads } from './passes/explicitPads.ts';
import { fixInput } from './passes/fixInput.ts';
import { floatInput } from './passes/floatInput.ts';
import { foldConstants } from './passes/foldConstants.ts';
import { fuse } from './passes/fuse.ts';
import { inferTypes, probeTypes } from './passes/inferTypes.ts';
import { inlineBranches } from './passes/inlineBranches.ts';
import { lower } from './passes/lower.ts';
import { unknownOperators } from './passes/refuseUnknown.ts';
import { removeDead } from './passes/removeDead.ts';
import { removeIdentity } from './passes/removeIdentity.ts';
import { renameValues } from './passes/renameValues.ts';
import { toFloat32 } from './passes/toFloat32.ts';
import { upgradeOpset } from './passes/upgradeOpset.ts';
import type { GraphRunner } from './runner.ts';

/** Shape arithmetic that feeds on shapes that feed on shape arithmetic: each round resolves one layer of it. */
const MAX_ROUNDS = 6;

/**
 * Brings a model's graph into the form that the gradient rules expect: one float32 input of fixed shape, one operator
 * set, everything constant folded, every value typed, attributes explicit, operators without a rule written as ones with.
 * @param dims shape of the input, batch first
 * @throws GradientBlockedError for operators that will never have a gradient, SemapError for graphs out of reach
 */
export async function prepareGraph(
  model: Graph,
  dims: readonly number[],
  runner: GraphRunner,
): Promise<Graph> {
  let graph = removeDead(fixInput(model, dims));
  const blockers = unknownOperators(graph);
  if (blockers.length > 0) throw new GradientBlockedError(blockers);
  graph = removeIdentity(floatInput(upgradeOpset(toFloat32(graph))));
  graph = removeDead(await resolve(graph, runner));
  graph = lower(explicitPads(graph));
  return removeDead(fuse(renameValues(removeDead(graph))));
}

/** Folding and type inference feed each other: known shapes make constants, constants make shapes known. */
async function resolve(start: Graph, runner: GraphRunner): Promise<Graph> {
  let graph = await foldConstants(start, runner);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    graph = await inferTypes(removeIdentity(inlineBranches(graph)), runner);
    const before = graph.nodes.length;
    graph = removeDead(await foldConstants(graph, runner));
    if (graph.nodes.length === before) break;
  }
  graph = await inferTypes(graph, runner);
  const probed = await probeTypes(graph, runner);
  return probed === graph ? graph : await foldConstants(probed, runner);
}
