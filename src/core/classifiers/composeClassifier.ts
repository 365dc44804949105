import type { AlignmentDocument } from '../alignments/alignment.ts';
import { mappingOf } from '../alignments/alignmentBuilding.ts';
import { joinedScorer } from '../alignments/alignmentScorer.ts';
import { scoredTargets } from '../alignments/answering.ts';
import type { BackboneDescription } from '../backbones/backboneDescription.ts';
import { labelColumns } from '../backbones/projectedRows.ts';
import { hasLabels, type LabelledSide, rowWidth } from '../backbones/textSide.ts';
import { unsupportedModel } from '../errors.ts';
import type { Head } from '../heads/head.ts';
import type { Graph, GraphInput } from '../onnx/graph.ts';
import { constantInputs } from '../onnx/passes/constantInputs.ts';
import { removeDead } from '../onnx/passes/removeNodes.ts';
import { upgradeOpset } from '../onnx/passes/upgradeOpset.ts';
import type { Penultimate } from '../onnx/penultimate.ts';
import { MAX_MODEL_BYTES } from '../onnx/protobuf/decode.ts';
import { encodeModel } from '../onnx/protobuf/encode.ts';
import { givenKind, LEAST_PROBABILITY, MOST_PROBABILITY } from '../onnx/scoreReading.ts';
import { codeOf, type Tensor } from '../onnx/tensor.ts';
import { graphToModel } from '../onnx/writeGraph.ts';
import { fileSize } from '../text/numbers.ts';
import { listed, phrase } from '../text/text.ts';
import {
  CLASSIFIER_INPUT,
  CLASSIFIER_OUTPUTS,
  type ClassifierForm,
  type ClassifierOptions,
  classifierTargets,
} from './classifierOptions.ts';
import { headScores, joinedFeatures, joinedRows, knownTargets } from './headNodes.ts';
import { InputNodes } from './inputNodes.ts';
import { joinedScores, mappedScores } from './mappingNodes.ts';
import { mustBeMovable, prefixed } from './memberGraph.ts';
import { Sketch } from './sketch.ts';

/** A backbone of a classifier, with the alignment's prompt in its input. */
export interface ClassifierMember {
  readonly backbone: BackboneDescription;
  /** With its features among the outputs, where a head reads them. */
  readonly graph: Graph;
  /** Where its features are. */
  readonly features?:
    | { readonly output: string; readonly axis: Penultimate['axis']; readonly width: number }
    | undefined;
}

/** What a classifier is made of. */
export interface ClassifierParts {
  /** In the order of the alignment's backbones. */
  readonly members: readonly ClassifierMember[];
  readonly alignment: AlignmentDocument;
  readonly head?: Head | undefined;
  readonly options: ClassifierOptions;
  /** Key and value pairs of the file. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ComposedClassifier {
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  readonly form: ClassifierForm;
  readonly opset: number;
  readonly input: { readonly name: string; readonly shape: readonly (number | string)[] };
}

/** The least operator sets of the forms. */
const OPSETS: Record<ClassifierForm, number> = { modern: 18, portable: 13 };

/** What a file holds beside its weights, at most. */
const BESIDE_WEIGHTS = 16 << 20;

/**
 * The classifier that an alignment describes as one ONNX file: pictures in, probabilities of its labels out. The same parts
 * give the same bytes.
 * @throws {SemapError} `unsupported-model` for backbones that cannot be in one graph, and for 2 GiB and more
 */
export function composeClassifier(parts: ClassifierParts): ComposedClassifier {
  const { members, alignment, head, options, metadata } = parts;
  const { form } = classifierTargets[options.target];
  const versions = members.map(({ graph }) => graph.opsets.get('') ?? 0);
  const opset = Math.max(OPSETS[form], ...versions);
  const batch = batchOf(members);
  const { size } = options;
  const shape = [batch ?? 'N', size?.height ?? 'H', size?.width ?? 'W', 3];
  const s = new Sketch(opset);
  const inputs = new InputNodes(s, form, { value: CLASSIFIER_INPUT, size });
  const opsets = new Map<string, number>();
  const constants = new Map<string, Tensor>();
  const outputs = members.map((member, m) => {
    const { backbone } = member;
    const wanted = [backbone.outputName, ...(member.features ? [member.features.output] : [])];
    const own = constantInputs(member.graph, backbone.extraInputs);
    const kept = removeDead({ ...own, outputs: [...new Set(wanted)] });
    mustBeMovable(kept, opset, backbone.name);
    const fed = inputs.input(backbone.input);
    const prefix = `m${m}/`;
    const moved = prefixed(upgradeOpset(kept, opset), prefix, new Map([[backbone.inputName, fed]]));
    s.append(moved.nodes);
    for (const [name, tensor] of moved.constants) constants.set(name, tensor);
    for (const [domain, version] of moved.opsets)
      opsets.set(domain, Math.max(version, opsets.get(domain) ?? 0));
    return outputsOf(s, member, (name) => (name === backbone.inputName ? fed : prefix + name));
  });
  opsets.set('', opset);
  const scores = scoresOf(s, alignment, head, outputs);
  decide(s, scores, options);
  const graph: Graph = {
    inputs: [{ name: CLASSIFIER_INPUT, type: 'uint8', dims: shape }],
    outputs: Object.values(CLASSIFIER_OUTPUTS),
    nodes: s.nodes,
    constants: new Map([...constants, ...s.constants]),
    types: new Map(),
    irVersion: irVersionOf(opset),
    opsets,
  };
  const kept = removeDead(graph);
  mustBeOneFile(kept, members);
  const model = graphToModel(kept);
  const rows = batch ?? 'N';
  const targets = alignment.targets.length;
  model.graph = { ...model.graph, name: 'classifier', output: outputInfos(rows, targets) };
  model.metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  return { bytes: encodeModel(model), form, opset, input: { name: CLASSIFIER_INPUT, shape } };
}

/** @throws {SemapError} `unsupported-model` where there is more than one ONNX file can hold */
function mustBeOneFile({ constants }: Graph, members: readonly ClassifierMember[]): void {
  let bytes = 0;
  for (const tensor of constants.values()) bytes += tensor.bytes.length;
  if (bytes > MAX_MODEL_BYTES - BESIDE_WEIGHTS)
    throw unsupportedModel(
      phrase(
        'The classifier has {0} of weights, and one ONNX file holds 2 GiB: {1}.',
        fileSize(bytes),
        listed(members.map(({ backbone }) => backbone.name)),
      ),
      { hint: phrase('Choose a smaller backbone.') },
    );
}

/** The number of images that a run takes; undefined = any. */
function batchOf(members: readonly ClassifierMember[]): number | undefined {
  const fixed = members.filter(({ backbone }) => backbone.fixedBatch !== undefined);
  const [first] = fixed;
  const other = fixed.find(({ backbone }) => backbone.fixedBatch !== first.backbone.fixedBatch);
  if (other)
    throw unsupportedModel(
      phrase(
        '{0} takes {1} images a run and {2} takes {3}. Both cannot be in one file.',
        first.backbone.name,
        first.backbone.fixedBatch!,
        other.backbone.name,
        other.backbone.fixedBatch!,
      ),
      { hint: phrase('Leave one of the backbones out of the alignment.') },
    );
  return first?.backbone.fixedBatch;
}

/** What a backbone says of every image. */
interface MemberOutputs {
  /** [N, S] */
  readonly logits: string;
  /** [N, D] */
  readonly features?: string | undefined;
}

function outputsOf(
  s: Sketch,
  { backbone, features }: ClassifierMember,
  nameOf: (name: string) => string,
): MemberOutputs {
  const logits = logitsOf(s, backbone, s.cast(nameOf(backbone.outputName), 'float32'));
  if (!features) return { logits };
  const value = s.cast(nameOf(features.output), 'float32');
  const { width, axis } = features;
  const images = s.op('Slice', [s.op('Shape', [CLASSIFIER_INPUT]), s.ints(0), s.ints(1)]);
  const shape = axis === 'second' ? [s.ints(width), s.ints(-1)] : [s.ints(-1), s.ints(width)];
  const positions = s.op('Reshape', [value, s.op('Concat', [images, ...shape], { axis: 0 })]);
  return { logits, features: s.reduce('ReduceMean', positions, [axis === 'second' ? 2 : 1], false) };
}

/** [N, S], as `scoreRows` has them. */
function logitsOf(s: Sketch, backbone: BackboneDescription, value: string): string {
  const { classesFirst, binary, fixedBatch: batch = -1, text } = backbone;
  const sources = binary ? 1 : rowWidth(backbone);
  const rows = classesFirst
    ? s.op('Transpose', [s.op('Reshape', [value, s.ints(sources, batch)])], { perm: [1, 0] })
    : s.op('Reshape', [value, s.ints(batch, sources)]);
  if (hasLabels(text)) return cosines(s, rows, text);
  const kind = givenKind(backbone);
  if (kind === 'probabilities' && !binary)
    return s.op('Log', [s.op('Max', [rows, s.float(LEAST_PROBABILITY)])]);
  const logits = kind === 'logits' ? rows : odds(s, rows);
  return binary ? s.op('Concat', [s.op('Mul', [logits, s.float(0)]), logits], { axis: 1 }) : logits;
}

/** Logits over its labels of the embeddings of a dual encoder. */
function cosines(s: Sketch, embeddings: string, side: LabelledSide): string {
  const { values, labels } = labelColumns(side);
  const length = s.op('Sqrt', [s.reduce('ReduceSum', s.op('Mul', [embeddings, embeddings]), [1], true)]);
  const unit = s.op('Div', [embeddings, length]);
  const scaled = s.op('MatMul', [unit, s.floats(values, [side.width, labels])]);
  return side.bias === 0 ? scaled : s.op('Add', [scaled, s.float(side.bias)]);
}

/** ln p / (1 - p). */
function odds(s: Sketch, p: string): string {
  const above = s.op('Max', [p, s.float(LEAST_PROBABILITY)]);
  const within = s.op('Min', [above, s.float(MOST_PROBABILITY)]);
  return s.op('Sub', [s.op('Log', [within]), s.op('Log', [s.op('Sub', [s.float(1), within])])]);
}

interface Scores {
  /** [N, T]; any finite number for a target that is never the answer. */
  readonly value: string;
  readonly answers: readonly boolean[];
}

function scoresOf(
  s: Sketch,
  alignment: AlignmentDocument,
  head: Head | undefined,
  outputs: readonly MemberOutputs[],
): Scores {
  const logits = outputs.map((one) => one.logits);
  const isJoined = logits.length > 1;
  const carried = scoredTargets(alignment);
  const mapped = isJoined
    ? joinedScores(s, joinedScorer(alignment), logits)
    : mappedScores(s, mappingOf(alignment), logits[0]);
  if (!head) return { value: mapped, answers: carried };
  const all = outputs.map(({ features }) => features).filter((one) => one !== undefined);
  const read =
    head.reads === 'logits'
      ? isJoined
        ? joinedRows(s, logits)
        : logits[0]
      : isJoined
        ? joinedFeatures(s, all)
        : all[0];
  return { value: headScores(s, head, { read, mapped, carried }), answers: knownTargets(head, carried) };
}

/** Probabilities, the label that they decide, and the scores, as `decidedTarget` and `answerOf` have them. */
function decide(s: Sketch, { value, answers }: Scores, { threshold }: ClassifierOptions): void {
  const some = [...answers.keys()].filter((t) => answers[t]);
  if (some.length === 0)
    throw unsupportedModel(
      phrase('No label of the alignment has a source label, so there is nothing to export.'),
      {
        hint: phrase('Map source labels to its labels, or align again.'),
      },
    );
  const isAll = some.length === answers.length;
  const never = answers.map((answer) => (answer ? 0 : Number.NEGATIVE_INFINITY));
  const scores = isAll ? value : s.op('Add', [value, s.floats(never, [1, never.length])]);
  const probabilities = s.op('Softmax', [scores], { axis: 1 });
  let label = s.op('ArgMax', [scores], { axis: 1, keepdims: 0 });
  const conditions: string[] = [];
  if (some.length > 1) {
    const own = isAll ? value : s.gather(value, some, 1);
    const [top, least] = ['ReduceMax', 'ReduceMin'].map((op) => s.reduce(op, own, [1], false));
    conditions.push(s.op('Greater', [top, least]));
  }
  if (threshold !== undefined && threshold > 0) {
    const confidence = s.reduce('ReduceMax', probabilities, [1], false);
    conditions.push(s.op('Not', [s.op('Less', [confidence, s.float(threshold)])]));
  }
  if (conditions.length > 0) {
    const isDecided = conditions.reduce((a, b) => s.op('And', [a, b]));
    label = s.op('Where', [isDecided, label, s.ints(-1)]);
  }
  s.name(probabilities, CLASSIFIER_OUTPUTS.probabilities);
  s.name(label, CLASSIFIER_OUTPUTS.label);
  s.name(scores, CLASSIFIER_OUTPUTS.scores);
}

function outputInfos(rows: number | string, targets: number) {
  const info = (name: string, type: GraphInput['type'], dims: readonly (number | string)[]) => ({
    name,
    type: {
      tensorType: {
        elemType: codeOf(type),
        shape: {
          dim: dims.map((one) => (typeof one === 'number' ? { dimValue: BigInt(one) } : { dimParam: one })),
        },
      },
    },
  });
  return [
    info(CLASSIFIER_OUTPUTS.probabilities, 'float32', [rows, targets]),
    info(CLASSIFIER_OUTPUTS.label, 'int64', [rows]),
    info(CLASSIFIER_OUTPUTS.scores, 'float32', [rows, targets]),
  ];
}

/** The least version of the file format that may state an operator set, so that older programs read it. */
function irVersionOf(opset: number): number {
  const least = [
    [13, 7],
    [15, 8],
    [19, 9],
    [21, 10],
    [23, 11],
    [24, 12],
  ] as const;
  return least.findLast(([from]) => opset >= from)?.[1] ?? 7;
}
