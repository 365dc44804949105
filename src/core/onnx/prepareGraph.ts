import { invalidArgument, unsupportedModel } from '../errors.ts';
import { phrase } from '../text/text.ts';
import { GRADIENT_RULES } from './gradients/backward.ts';
import { type Blocker, blockerOf, GradientBlockedError } from './gradients/rule.ts';
import { type Graph, type GraphRunner, neededValues, operatorName, SHAPE_READERS } from './graph.ts';
import { foldConstants } from './passes/foldConstants.ts';
import { foldBatchNormalization } from './passes/fusions/batchNormalization.ts';
import { fuseGelu } from './passes/fusions/gelu.ts';
import { foldLayerNormScale, fuseLayerNormalization } from './passes/fusions/layerNormalization.ts';
import { inferTypes, probeTypes } from './passes/inferTypes.ts';
import { inlineBranches } from './passes/inlineBranches.ts';
import { fixInput, floatInput, renameValues } from './passes/input.ts';
import { LOWERINGS, lower } from './passes/lower.ts';
import { propagateShapes } from './passes/propagateShapes.ts';
import { readPositions } from './passes/readPositions.ts';
import { removeDead, removeIdentity } from './passes/removeNodes.ts';
import { toFloat32 } from './passes/toFloat32.ts';
import { upgradeOpset } from './passes/upgradeOpset.ts';
import { explicitPads } from './passes/windowPads.ts';
import { capturedValues } from './readGraph.ts';
import { checkRank, productOf } from './shapes.ts';

/** A branch that is inlined may hold further shape arithmetic, which may settle a further branch. */
const MAX_ROUNDS = 4;
/** Asked for the type of every value, onnxruntime takes quadratic time. Image classifiers have hundreds to thousands. */
const MAX_NODES = 30_000;
/** Of one value in a run. */
const MAX_VALUE = 2 ** 31;

/**
 * Brings a model's graph into the form that the gradient rules expect: one float32 input of fixed shape, one operator
 * set, everything constant folded, every value typed, attributes explicit, operators without a rule written as ones with.
 * @param dims shape of the input, batch first
 * @param output whose graph
 * @param more further outputs to keep, behind it
 * @throws GradientBlockedError for operators that will never have a gradient, SemapError for graphs out of reach
 */
export async function prepareGraph(
  model: Graph,
  dims: readonly number[],
  runner: GraphRunner,
  output = model.outputs[0],
  more: readonly string[] = [],
): Promise<Graph> {
  const outputs = [output, ...more];
  const missing = outputs.find((name) => !model.outputs.includes(name));
  if (missing !== undefined) throw invalidArgument(phrase('The model has no output "{0}".', missing));
  let graph = removeDead(fixInput({ ...model, outputs }, dims));
  if (graph.nodes.length > MAX_NODES) {
    throw unsupportedModel(
      phrase('The graph has {0} nodes; the limit for gradients is {1}.', graph.nodes.length, MAX_NODES),
    );
  }
  graph = upgradeOpset(toFloat32(graph));
  const blockers = unknownOperators(graph);
  if (blockers.length > 0) throw new GradientBlockedError(blockers);
  graph = removeIdentity(floatInput(graph));
  graph = removeDead(await resolve(graph, runner));
  refuseHuge(graph);
  graph = lower(explicitPads(graph));
  return removeDead(fuse(renameValues(removeDead(graph))));
}

/** @throws SemapError `unsupported-model` for a value that no machine holds, as attributes that are damaged ask for */
function refuseHuge({ types }: Graph): void {
  for (const [name, { dims }] of types) {
    checkRank(dims.length, name);
    if (productOf(dims) <= MAX_VALUE) continue;
    throw unsupportedModel(
      phrase(
        'Value "{0}" of shape [{1}] is too large: the limit is {2} elements.',
        name,
        dims.join(', '),
        MAX_VALUE,
      ),
    );
  }
}

/** Folding and shapes feed each other: known shapes make constants, constants make shapes known. */
async function resolve(start: Graph, runner: GraphRunner): Promise<Graph> {
  let graph = await settle(start, runner);
  for (let round = 0; round < MAX_ROUNDS && graph.nodes.some(({ op }) => op === 'If'); round++) {
    graph = await settle(removeIdentity(inlineBranches(graph)), runner);
  }
  const inferred = await inferTypes(graph, runner);
  const open = inferred.nodes.some((node) =>
    node.outputs.some((output) => output && !inferred.types.has(output)),
  );
  // What is still open depends on how a runtime sees it: its inference first, then one run on zeros.
  if (!open) return inferred.nodes.some(({ op }) => op === 'Shape') ? settle(inferred, runner) : inferred;
  const probed = await probeTypes(inferred, runner);
  return settle(probed, runner);
}

async function settle(graph: Graph, runner: GraphRunner): Promise<Graph> {
  return removeDead(await foldConstants(propagateShapes(removeDead(graph)), runner));
}

/** Operators whose results no gradient is taken of: positions, comparisons, shapes, and constants of some shape. */
const NOT_DIFFERENTIATED = new Set(
  (
    'Shape Size ArgMax ArgMin Equal Greater GreaterOrEqual Less LessOrEqual And Or Not Xor IsInf IsNaN NonZero OneHot ' +
    'Range ConstantOfShape EyeLike CastLike BitShift BitwiseAnd BitwiseOr BitwiseNot BitwiseXor Mod Unique Hardmax Constant'
  ).split(' '),
);

const LOOPS = new Set(['Loop', 'Scan', 'SequenceMap']);

/**
 * The nodes between input and outputs that SeMap knows it cannot differentiate, found without asking a runtime (which
 * would not load a model with custom operators at all). A node that depends on the input's shape only does not count.
 */
export function unknownOperators(graph: Graph): Blocker[] {
  const needed = neededValues(graph, graph.outputs);
  const dependent = new Set(graph.inputs.map(({ name }) => name));
  const blockers: Blocker[] = [];
  for (const node of graph.nodes) {
    if (SHAPE_READERS.has(node.op) && node.domain === '') continue;
    const inputs = [...node.inputs, ...capturedValues(node)];
    // A loop over constants only may still be one without an end.
    const foreign = (node.domain !== '' && node.domain !== 'com.microsoft') || LOOPS.has(node.op);
    const onPath = inputs.some((input) => dependent.has(input));
    if (!onPath && !foreign) continue;
    if (onPath) for (const output of node.outputs) dependent.add(output);
    if (!node.outputs.some((output) => needed.has(output))) continue;
    const name = operatorName(node);
    // A branch on something of fixed shape is settled later.
    if (node.op === 'If' && !dependent.has(node.inputs[0])) continue;
    if (!(name in GRADIENT_RULES) && !(name in LOWERINGS) && !NOT_DIFFERENTIATED.has(name)) {
      blockers.push(blockerOf(node));
    }
  }
  return blockers;
}

/** Rewrites that give the same result with a backward pass of fewer and faster nodes. Needs types. */
function fuse(graph: Graph): Graph {
  const passes = [
    removeIdentity,
    foldBatchNormalization,
    fuseLayerNormalization,
    fuseGelu,
    foldLayerNormScale,
    readPositions,
  ];
  return passes.reduce((current, pass) => removeDead(pass(current)), graph);
}
