import type { BackboneDescription } from '../backbones/backboneDescription.ts';
import type { TextLabels } from '../backbones/textSide.ts';
import type { EncoderRecord } from '../encoders/similarityChoice.ts';
import { invalidArgument } from '../errors.ts';
import { findSources } from '../labels/labelSpace.ts';
import { noTargets, type TargetLabel } from '../labels/targetLabels.ts';
import type { LabelledOutputs } from '../mapping/labelledOutputs.ts';
import type { Aggregation, Mapping } from '../mapping/mapping.ts';
import {
  type GivenParameters,
  type LearnedMethod,
  learnedMapping,
  type MappingMethod,
  mappingByNames,
  mappingMethods,
} from '../mapping/methods.ts';
import { MappingScorer } from '../mapping/scoring.ts';
import type { AdaptiveOptions } from '../mapping/semantic.ts';
import type { Comparison } from '../similarity/similarity.ts';
import { phrase } from '../text/text.ts';
import type { Work } from '../work.ts';
import type { AlignmentDocument, LabelledRecord } from './alignment.ts';
import { documentOf, mappingOf } from './alignmentBuilding.ts';
import { type LabelledSample, measuredOn } from './labelledSample.ts';

/** What labels are aligned by. */
export interface AlignSettings extends GivenParameters {
  readonly targets: readonly TargetLabel[];
  readonly method: MappingMethod;
  /** Absent: as the method has it. */
  readonly aggregation?: Aggregation | undefined;
  /** Source labels that no target may use, by index, wnid or name. */
  readonly excluded?: readonly (number | string)[] | undefined;
}

/** Labels compared in the way that a person chose. */
export interface ComparedLabels {
  readonly comparison: Comparison;
  /**
   * By WordNet, where that is another: what to expect was measured on those similarities, and a cosine of one encoder
   * says nothing about that of another.
   */
  readonly wordnet: Comparison;
  /** How SeMap-adaptive reads the values of the comparison. */
  readonly adaptive: AdaptiveOptions;
  /** For the document. */
  readonly encoder?: EncoderRecord;
}

/**
 * The alignment document of target labels with a backbone, by names.
 * @param backbonePath as the document shall have it; undefined for installed backbones
 * @throws {SemapError} `invalid-labels` without targets, `invalid-argument` for a k that cannot be, or a learned method
 */
export function alignLabels(
  settings: AlignSettings,
  backbone: BackboneDescription,
  backbonePath: string | undefined,
  compared: ComparedLabels,
): AlignmentDocument {
  const { byNames, document } = prepare(settings, backbone, backbonePath, compared);
  const { mapping, parameters } = byNames(settings.method, settings);
  return document(mapping, parameters);
}

/** The same by a method that learns from images, and what it measures on those that it did not learn from. */
export async function learnLabels(
  settings: LearnSettings,
  backbone: BackboneDescription,
  backbonePath: string | undefined,
  compared: ComparedLabels,
  sample: LabelledSample,
  context: LearnContext = {},
): Promise<AlignmentDocument> {
  const { document } = prepare(settings, backbone, backbonePath, compared);
  const mapping = await learnMapping(settings, backbone, compared, sample.learn, {
    ...context,
    seed: sample.seed,
  });
  // What is measured is what the document says, weights rounded.
  const { record, measured } = measuredOn(sample, new MappingScorer(mappingOf(document(mapping, {}))));
  return document(mapping, {}, { labelled: record, measured });
}

type LearnSettings = AlignSettings & { readonly method: LearnedMethod };

interface LearnContext extends Work {
  readonly seed?: number | undefined;
  /** See {@link learnedMapping}. */
  readonly beside?: boolean | undefined;
}

/** The mapping alone that is learned so. */
export async function learnMapping(
  settings: LearnSettings,
  backbone: BackboneDescription,
  compared: ComparedLabels,
  outputs: LabelledOutputs,
  { seed, beside, ...work }: LearnContext,
): Promise<Mapping> {
  const { byNames, unused } = prepare(settings, backbone, undefined, compared);
  return learnedMapping(settings.method, outputs, {
    similarity: compared.comparison,
    semantic: byNames('semap', {}).mapping,
    seed,
    unused,
    work,
    beside,
  });
}

function prepare(
  settings: AlignSettings,
  backbone: BackboneDescription,
  backbonePath: string | undefined,
  { comparison, wordnet, adaptive, encoder }: ComparedLabels,
) {
  const { targets, method, aggregation } = settings;
  if (targets.length === 0) throw noTargets();
  if (aggregation && mappingMethods[method].ownAggregation) {
    throw invalidArgument(phrase('The method {0} has an aggregation of its own.', method), {
      hint: phrase('Leave the aggregation out.'),
    });
  }
  const { labelSpace } = backbone;
  const excluded = findSources(settings.excluded ?? [], labelSpace);
  const unused = [...new Set([...labelSpace.background, ...excluded])];
  if (unused.length === labelSpace.labels.length) {
    throw invalidArgument(phrase('All source labels are excluded.'), {
      hint: phrase('Include at least one.'),
    });
  }
  const byNames = (name: MappingMethod, given: GivenParameters) =>
    mappingByNames(name, comparison, { given, excluded: unused, adaptive });
  const document = (
    mapping: Mapping,
    parameters: GivenParameters,
    {
      labelled,
      measured,
    }: Pick<Parameters<typeof documentOf>[0], 'measured'> & { readonly labelled?: LabelledRecord } = {},
  ) =>
    documentOf({
      targets,
      labelSpace,
      backbone: {
        name: backbone.name,
        path: backbonePath,
        sha256: backbone.sha256,
        texts: textsOf(backbone),
      },
      method: {
        name: method,
        similarity: comparison.name,
        ...parameters,
        encoder,
        ...(labelled && { labelled }),
      },
      mapping: aggregation ? { ...mapping, aggregation } : mapping,
      similarity: comparison,
      excluded,
      wordnet,
      ...(measured && { measured }),
    });
  return { byNames, document, unused };
}

/** How the document has the labels of a dual encoder. */
function textsOf({ text, labelSpace }: BackboneDescription): TextLabels | undefined {
  if (!text) return undefined;
  const { sha256: encoder, templates } = text;
  return { encoder, templates, labels: labelSpace.labels.map(({ name }) => name) };
}
