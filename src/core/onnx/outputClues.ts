import { withoutWeightFiles } from './featureTap.ts';
import { type Graph, type Node, numberAttribute, operatorName, producersOf } from './graph.ts';
import type { ModelProto } from './protobuf/schema.ts';
import { capturedValues } from './readGraph.ts';
import { computesInHalf } from './roundedArithmetic.ts';
import { numbersOf } from './tensor.ts';

/** A value of a graph that may be its class scores. */
export interface OutputClue {
  readonly name: string;
  /** It is no output of the graph. */
  readonly inner?: true;
  /** The operator that makes it, past those that leave numbers as they are. */
  readonly madeBy: string;
  /** What the sigmoid at its end takes. */
  readonly beforeSigmoid?: string | undefined;
  /** Others of which it is made. */
  readonly madeOf: readonly string[];
  /** Another of which it is only a softmax, a sigmoid or the like. */
  readonly sameAs?: string | undefined;
  /** Labels that the graph gives with it. */
  readonly labels?: readonly string[] | undefined;
}

/** What a graph tells about its outputs. */
export interface OutputClues {
  readonly candidates: readonly OutputClue[];
  /** An operator that leaves only the best class of the scores that it takes. */
  readonly picked?: { readonly op: string; readonly from: string } | undefined;
  /** Operators that answer otherwise every time, or otherwise in the company of other images. */
  readonly training: readonly string[];
  /** Whether it computes in half precision. */
  readonly isHalf: boolean;
}

/** Operators that leave the numbers what they are, on the way to an output. */
const CARRIERS = new Set(
  'Identity Reshape Flatten Squeeze Unsqueeze Transpose Cast QuantizeLinear DequantizeLinear'.split(' '),
);
/** Operators after which the same class is the best. */
const ENDINGS = new Set('Softmax LogSoftmax Sigmoid HardSigmoid Clip ai.onnx.ml.Normalizer'.split(' '));
/** Operators that leave only which class is the best. */
const PICKERS = new Set(
  'ArgMax TopK Hardmax ai.onnx.ml.LabelEncoder ai.onnx.ml.ArrayFeatureExtractor'.split(' '),
);
/** Of more outputs, nobody can say which is made of which: they are taken as they are. */
const MOST_RELATED = 200;
/** How far a value is followed through operators that change little: beyond, it counts as made by what is there. */
const MOST_STEPS = 100;
const RANDOM = /^(?:Random\w+|Bernoulli|Multinomial)$/;

/**
 * Reads what a graph tells about its outputs. Weights in other files are not needed.
 * @param value a value inside the graph that somebody named
 * @throws {SemapError} `not-onnx`, `unsupported-model` for a graph that cannot be read
 */
export function readOutputClues(model: ModelProto, value?: string): OutputClues {
  const { graph } = withoutWeightFiles(model);
  const producers = producersOf(graph);
  const isInner = new Set<string>();
  const labelsOf = new Map<string, readonly string[]>();
  const names: string[] = [];
  for (const output of graph.outputs) {
    const maker = producers.get(output);
    if (maker?.op === 'ZipMap') {
      const [scores] = maker.inputs;
      if (!graph.outputs.includes(scores)) isInner.add(scores);
      const labels = labelsIn(maker);
      if (labels) labelsOf.set(scores, labels);
      names.push(scores);
    } else if (!isPicked(output, producers)) {
      names.push(output);
      const labels = maker && labelsIn(maker);
      if (labels && maker.outputs[0] !== output) labelsOf.set(output, labels);
    }
  }
  if (value !== undefined && !names.includes(value) && producers.has(value)) {
    if (!graph.outputs.includes(value)) isInner.add(value);
    names.push(value);
  }
  const all = [...new Set(names)];
  const related = all.length <= MOST_RELATED ? all : [];
  const roots = new Map(related.map((name) => [name, rootOf(name, producers)]));
  const candidates = all.map((name): OutputClue => {
    const before = related.length > 1 ? valuesBefore(roots.get(name)!, producers) : new Set<string>();
    const last = endOf(name, producers);
    const cut = last?.op === 'Sigmoid' && !isTurned(name, producers) ? last.inputs[0] : undefined;
    const labels = labelsOf.get(name);
    return {
      name,
      ...(isInner.has(name) && { inner: true as const }),
      madeBy: last ? operatorName(last) : '',
      beforeSigmoid: cut,
      madeOf: related.filter((other) => other !== name && before.has(roots.get(other)!)),
      sameAs: related.find(
        (other, at) => other !== name && isEndingOf(name, other, at < related.indexOf(name), producers),
      ),
      ...(labels && { labels }),
    };
  });
  return {
    candidates,
    picked: graph.outputs.map((output) => isPicked(output, producers)).find((one) => one !== undefined),
    training: trainingIn(graph),
    isHalf: computesInHalf(graph),
  };
}

/** The nodes that make a value, back along first inputs, for as long as `passes` says. The last one is none of those. */
function* makersOf(
  value: string,
  producers: ReadonlyMap<string, Node>,
  passes: (node: Node) => boolean = isCarrier,
): Generator<Node> {
  let node = producers.get(value);
  for (let steps = 0; node && steps < MOST_STEPS; steps++) {
    yield node;
    if (!passes(node)) return;
    node = producers.get(node.inputs[0]);
  }
}

const isCarrier = ({ op }: Node) => CARRIERS.has(op);

/** The node that makes a value, past those that leave numbers as they are. */
function endOf(value: string, producers: ReadonlyMap<string, Node>): Node | undefined {
  for (const node of makersOf(value, producers)) if (!isCarrier(node)) return node;
  return undefined;
}

/** Whether numbers stand in another order at the end than before what {@link endOf} finds. */
function isTurned(value: string, producers: ReadonlyMap<string, Node>): boolean {
  for (const { op } of makersOf(value, producers)) if (op === 'Transpose') return true;
  return false;
}

function isPicked(
  output: string,
  producers: ReadonlyMap<string, Node>,
): { op: string; from: string } | undefined {
  for (let node = producers.get(output), steps = 0; node && steps < 8; steps++) {
    const op = operatorName(node);
    // Of the best values themselves no class can be told, too.
    if (op === 'ArgMax' || op === 'TopK' || op === 'Hardmax') return { op, from: node.inputs[0] };
    if (!CARRIERS.has(node.op) && !PICKERS.has(op) && node.op !== 'Gather') return undefined;
    node = producers.get(node.inputs.at(op.endsWith('ArrayFeatureExtractor') ? 1 : 0) ?? '');
  }
  return undefined;
}

function labelsIn(node: Node): readonly string[] | undefined {
  for (const name of ['classlabels_strings', 'classlabels_int64s', 'classlabels_ints']) {
    const attribute = node.attributes[name];
    if (attribute?.kind === 'strings' && attribute.value.length > 1) return attribute.value;
    if (attribute?.kind === 'ints' && attribute.value.length > 1) return attribute.value.map(String);
  }
  return undefined;
}

/** The value of which one is a copy in another shape. */
function rootOf(value: string, producers: ReadonlyMap<string, Node>): string {
  let root = value;
  for (const node of makersOf(value, producers)) if (isCarrier(node)) [root] = node.inputs;
  return root;
}

/** All that a value is made of. */
function valuesBefore(value: string, producers: ReadonlyMap<string, Node>): ReadonlySet<string> {
  const seen = new Set<string>();
  const waiting = [value];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const node = producers.get(name);
    if (!node) continue;
    for (const input of [...node.inputs, ...capturedValues(node)]) {
      if (!input || seen.has(input)) continue;
      seen.add(input);
      waiting.push(input);
    }
  }
  return seen;
}

/** Whether a value is the other one behind a softmax or the like; of two copies, the `later` one is. */
function isEndingOf(
  value: string,
  other: string,
  later: boolean,
  producers: ReadonlyMap<string, Node>,
): boolean {
  const [from, to] = [rootOf(value, producers), rootOf(other, producers)];
  if (from === to) return later;
  const passes = (node: Node) => isCarrier(node) || ENDINGS.has(operatorName(node));
  for (const node of makersOf(from, producers, passes))
    if (passes(node) && node.inputs[0] === to) return true;
  return false;
}

/** Dropout and batch normalization in training mode, and random numbers. */
function trainingIn({ nodes, constants, opsets }: Graph): string[] {
  const opset = opsets.get('') ?? 0;
  const found = new Set<string>();
  for (const node of nodes) {
    if (node.domain !== '') continue;
    const isTest = opset >= 7 || numberAttribute(node, 'is_test', 0) === 1;
    const mode = node.op === 'Dropout' ? constants.get(node.inputs[2] ?? '') : undefined;
    const isTraining =
      RANDOM.test(node.op) ||
      (node.op === 'Dropout' && (mode ? numbersOf(mode)[0] !== 0 : opset < 12 && !isTest)) ||
      (node.op === 'BatchNormalization' &&
        (opset >= 14
          ? numberAttribute(node, 'training_mode', 0) === 1
          : opset >= 7
            ? node.outputs.filter((name) => name !== '').length > 1
            : !isTest));
    if (isTraining) found.add(node.op);
  }
  return [...found];
}
