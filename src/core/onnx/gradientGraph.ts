import { invalidArgument, SemapError, unsupportedModel } from '../errors.ts';
import { phrase } from '../text/text.ts';
import { GraphBuilder } from './builder.ts';
import type { FeatureTap } from './featureTap.ts';
import { differentiate } from './gradients/backward.ts';
import { CPU_FORMULATION, type Formulation } from './gradients/rule.ts';
import type { Graph, GraphInput, GraphRunner, ValueType } from './graph.ts';
import { centerWeights } from './passes/centerWeights.ts';
import { freeTransposes } from './passes/fusions/freeTransposes.ts';
import { joinPads } from './passes/fusions/joinPads.ts';
import { fuseScaledProducts } from './passes/fusions/scaledProduct.ts';
import { transposeDepthToSpace } from './passes/fusions/transposedDepthToSpace.ts';
import { interleaveLate } from './passes/interleaveLate.ts';
import { removeDead, removeIdentity } from './passes/removeNodes.ts';
import { sumBeforeLinear } from './passes/sumBeforeLinear.ts';
import { winogradLayers } from './passes/winogradLayers.ts';
import { prepareGraph } from './prepareGraph.ts';
import type { OutputKind, RowForm } from './scoreReading.ts';
import { classScores } from './scores.ts';
import { productOf, ShapeError } from './shapes.ts';
import { writeGraph } from './writeGraph.ts';

/** Values a hook hands back under the names by which a run feeds or fetches them. */
export interface GradientGraphOptions {
  /** Shape of the model's input, batch N first. */
  readonly dims: readonly number[];
  /** N, where that is not the first of `dims`. */
  readonly images?: number | undefined;
  readonly runner: GraphRunner;
  /** Name of the output with the scores; the model's first by default. */
  readonly output?: string | undefined;
  /** A further output [N, D], [N, D, H, W] or [N, L, D] that holds penultimate features, for `after`. */
  readonly features?: Pick<FeatureTap, 'output' | 'axis'> | undefined;
  /** Whether a run gives the logits; absent: it does. What only they need is then left out. */
  readonly withLogits?: boolean | undefined;
  /** How to write the backward pass; the CPU's by default. */
  readonly formulation?: Formulation | undefined;
  /** What the model's output is. Undefined: probabilities where the graph ends in a Softmax, else logits. */
  readonly scores?: OutputKind | undefined;
  /** How it holds them, where that is not one row of S numbers for each image. */
  readonly rows?: Pick<RowForm, 'classesFirst' | 'binary'> | undefined;
  /**
   * Makes the model's input out of further graph inputs (declared with `b.input`).
   * Absent: the model's input is an input of the graph, under its own name.
   * @param dims shape of the model's input
   * @returns the value that becomes the model's input
   */
  readonly before?: ((b: GraphBuilder, dims: readonly number[]) => string) | undefined;
  /**
   * Makes the loss out of the model's logits [N, S]: one element, whose gradient is taken.
   * @param features [N, D], the mean over all positions, where `features` names them
   * @returns the loss, and further values to return from a run by the names they shall have
   */
  readonly after: (b: GraphBuilder, logits: string, features?: string) => LossValues;
  /** Graph inputs whose gradients a run returns, as `grad:<name>`. Empty: a forward graph only. */
  readonly sources?: readonly string[] | undefined;
}

export interface LossValues {
  readonly loss: string;
  readonly values?: Readonly<Record<string, string>> | undefined;
}

/** What a gradient graph takes and gives. */
export interface GradientGraphFacts {
  /** What a run must be fed. Every dimension is a number. */
  readonly inputs: readonly GraphInput[];
  /** What a run gives: `loss` [], `logits` [N, S] unless these were left out, `grad:<source>`, and what `after` named. */
  readonly outputs: ReadonlyMap<string, ValueType>;
  readonly scores: OutputKind;
}

/** An ONNX model whose run gives a loss and its gradients. */
export interface GradientGraph extends GradientGraphFacts {
  readonly bytes: Uint8Array;
}

/** Name of the output that holds the gradient with respect to a graph input. */
export function gradientName(source: string): string {
  return `grad:${source}`;
}

/**
 * Composes before + model + after into one graph and appends the gradient of the loss with respect to `sources`
 * (reverse-mode differentiation of the whole composition, so `before` and `after` may use every operator that has a
 * rule).
 * @param model a classifier with one input and one output of N x S scores
 * @throws GradientBlockedError naming every node without a gradient; SemapError for models out of reach
 */
export async function buildGradientGraph(
  model: Graph,
  options: GradientGraphOptions,
): Promise<GradientGraph> {
  try {
    const { dims, runner, output, features } = options;
    // Where features are the scores themselves, the output is one and the same.
    const more = features && features.output !== (output ?? model.outputs[0]) ? [features.output] : [];
    const prepared = await prepareGraph(model, dims, runner, output, more);
    return composeGradientGraph(prepared, options);
  } catch (cause) {
    if (!(cause instanceof RangeError) && !(cause instanceof TypeError)) throw cause;
    // The builder checks every shape and type; what does not fit there did not fit in the model.
    throw unsupportedModel(
      phrase(
        'The shapes in the model do not match: {0}.',
        cause instanceof ShapeError ? cause.text : cause.message,
      ),
      { hint: phrase('The file may be damaged. Export it again.'), cause },
    );
  }
}

/** The composition itself, of a graph that `prepareGraph` has made. */
function composeGradientGraph(
  prepared: Graph,
  options: Omit<GradientGraphOptions, 'runner' | 'dims'>,
): GradientGraph {
  const formulation = options.formulation ?? CPU_FORMULATION;
  const [input] = prepared.inputs;
  const dims = input.dims as readonly number[];
  const { before, sources = [] } = options;

  const head = new GraphBuilder(before === undefined ? prepared : { ...prepared, inputs: [] });
  let graph = prepared;
  if (before !== undefined) {
    const value = before(head, dims);
    if (String(head.dims(value)) !== String(dims)) {
      throw new SemapError(
        'internal',
        phrase(
          'The prompt has shape [{0}]; the model expects [{1}].',
          head.dims(value).join(', '),
          dims.join(', '),
        ),
      );
    }
    const renamed = prepared.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((name) => (name === input.name ? value : name)),
    }));
    graph = head.finish(prepared.outputs, [...head.takeNodes(), ...renamed]);
  }

  const tail = new GraphBuilder(graph);
  const { logits, kind } = classScores(tail, graph, { ...options.rows, kind: options.scores });
  const { images = dims[0] } = options;
  if (tail.dims(logits)[0] !== images) {
    throw invalidArgument(
      dims.length === 4
        ? phrase(
            'The model returns {0} rows of scores for {1} images: its batch size is fixed.',
            tail.dims(logits)[0],
            images,
          )
        : phrase(
            'Shape [{0}] is not a batch of images: it has {1} dimensions instead of 4.',
            dims.join(', '),
            dims.length,
          ),
    );
  }
  const features = options.features && pooled(tail, prepared.outputs.at(-1)!, options.features.axis, images);
  const { loss, values = {} } = options.after(tail, logits, features);
  const named: Record<string, string> = {
    loss,
    ...(options.withLogits === false ? {} : { logits }),
    ...values,
  };
  graph = removeDead(tail.finish(Object.values(named)));

  if (sources.length > 0) {
    const { graph: whole, gradients } = differentiate(graph, loss, sources, formulation);
    const joined = joinPads(centerWeights({ ...whole, outputs: [...graph.outputs, ...gradients.values()] }));
    graph = sumBeforeLinear(formulation.polyphase ? interleaveLate(joined) : joined);
    for (const [source, gradient] of gradients) named[gradientName(source)] = gradient;
  }
  if (formulation.polyphase)
    graph = transposeDepthToSpace(winogradLayers({ ...graph, outputs: Object.values(named) }));
  if (formulation.fusedMatMul) graph = fuseScaledProducts({ ...graph, outputs: Object.values(named) });

  graph = freeTransposes(graph);
  const end = new GraphBuilder(graph);
  const outputs = new Map<string, ValueType>();
  for (const [name, value] of Object.entries(named)) {
    end.node('Identity', [value], {}, { outputs: [name] });
    outputs.set(name, end.typeOf(name));
  }
  const finished = removeDead(removeIdentity(end.finish([...outputs.keys()])));
  const inputs = finished.inputs;
  return { bytes: writeGraph(finished), inputs, outputs, scores: kind };
}

/** Features [N, D]: the mean over all positions. */
function pooled(b: GraphBuilder, value: string, axis: FeatureTap['axis'], images: number): string {
  const dims = b.dims(value);
  const width = axis === 'second' ? dims[1] : dims[dims.length - 1];
  const positions = productOf(dims) / (images * width);
  if (axis === 'second')
    return b.reshape(b.mean(b.reshape(value, [images, width, positions]), [2]), [images, width]);
  return b.reshape(b.mean(b.reshape(value, [images, positions, width]), [1]), [images, width]);
}
