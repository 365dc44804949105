import type { BackboneDescription } from '../backbones/backboneDescription.ts';
import type { EncoderRecord } from '../encoders/similarityChoice.ts';
import { SemapError } from '../errors.ts';
import { findSources } from '../labels/labelSpace.ts';
import type { TargetLabel } from '../labels/targetLabels.ts';
import type { Aggregation, Mapping } from '../mapping/mapping.ts';
import {
  type AdaptiveOptions,
  conseMapping,
  randomMapping,
  semap,
  semap1,
  semapK,
} from '../mapping/semantic.ts';
import { seededRandom } from '../random.ts';
import type { Similarity, SimilarityMatrix } from '../similarity/similarity.ts';
import { phrase } from '../text/text.ts';
import {
  type AlignmentDocument,
  type AlignmentMethod,
  type AlignmentMethodSettings,
  hasOwnAggregation,
  isLearned,
} from './alignment.ts';
import { documentOf, mappingOf } from './alignmentBuilding.ts';
import { type LabelledSample, learnedMapping, measuredOn } from './labelledSample.ts';

const DEFAULT_K = 5;
const DEFAULT_SEED = 0;
/** ConSE: how many of an image's strongest sources speak. */
const CONSE_TOP = 10;

/** What labels are aligned by. */
export interface AlignSettings {
  readonly targets: readonly TargetLabel[];
  readonly method: AlignmentMethod;
  readonly k?: number | undefined;
  readonly seed?: number | undefined;
  /** semap-1: whether two targets may share a source; absent = they may. */
  readonly shared?: boolean | undefined;
  /** Absent: as the method has it. */
  readonly aggregation?: Aggregation | undefined;
  /** Source labels that no target may use, by index, wnid or name. */
  readonly excluded?: readonly (number | string)[] | undefined;
}

/** A similarity that is ready to compare these targets with these sources. */
export interface ChosenSimilarity {
  readonly similarity: Similarity;
  /** How SeMap-adaptive reads its values. */
  readonly adaptive: AdaptiveOptions;
  /** What to expect of the targets is read from this one, where it is another. */
  readonly marks?: Similarity;
  /** For the document. */
  readonly encoder?: EncoderRecord;
}

/**
 * The alignment document of target labels with a backbone.
 * @param backbonePath as the document shall have it; undefined for installed backbones
 * @throws {SemapError} `invalid-labels` without targets, `invalid-argument` for a k that cannot be
 */
export function alignLabels(
  params: AlignSettings,
  backbone: BackboneDescription,
  backbonePath: string | undefined,
  {
    similarity,
    adaptive,
    encoder,
    marks,
    sample,
  }: ChosenSimilarity & { readonly sample?: LabelledSample | undefined },
): AlignmentDocument {
  const { targets, method } = params;
  if (targets.length === 0) {
    throw new SemapError('invalid-labels', phrase('There are no target labels.'), {
      hint: phrase('Give at least one label, or a folder whose class folders are the labels.'),
    });
  }
  const { labelSpace } = backbone;
  const excluded = findSources(params.excluded ?? [], labelSpace);
  const unused = [...new Set([...labelSpace.background, ...excluded])];
  if (unused.length === labelSpace.labels.length) {
    throw new SemapError('invalid-argument', phrase('All source labels are excluded.'), {
      hint: phrase('Leave some in.'),
    });
  }
  const matrix = similarity.compare(targets, labelSpace);
  const settings = settingsOf(params, similarity.name, labelSpace.labels.length - unused.length);
  const mapping =
    isLearned(method) && sample
      ? learnedMapping(method, sample, matrix, semap(matrix, { ...adaptive, excluded: unused }), unused)
      : MAPPINGS[method](matrix, settings, unused, adaptive);
  const ingredients = {
    targets,
    labelSpace,
    backbone: {
      name: backbone.name,
      ...(backbonePath === undefined ? {} : { path: backbonePath }),
      sha256: backbone.sha256,
    },
    method: encoder ? { ...settings, encoder } : settings,
    mapping: withAggregation(mapping, params),
    similarity: matrix,
    excluded,
    ...(marks ? { wordnet: marks.compare(targets, labelSpace) } : {}),
  };
  const document = documentOf(ingredients);
  if (!sample) return document;
  // What is measured is what the document says, weights rounded.
  const { record, measured } = measuredOn(sample, mappingOf(document));
  return documentOf({ ...ingredients, method: { ...ingredients.method, labelled: record }, measured });
}

function withAggregation(mapping: Mapping, { method, aggregation }: AlignSettings): Mapping {
  if (!aggregation) return mapping;
  if (hasOwnAggregation(method)) {
    throw new SemapError(
      'invalid-argument',
      phrase('The method {0} has an aggregation of its own.', method),
      {
        hint: phrase('Leave the aggregation out.'),
      },
    );
  }
  return { ...mapping, aggregation };
}

const learned = (): never => {
  throw new SemapError(
    'invalid-argument',
    phrase('The method learns from labelled images, and there are none.'),
  );
};

const MAPPINGS: Record<
  AlignSettings['method'],
  (
    matrix: SimilarityMatrix,
    settings: AlignmentMethodSettings,
    excluded: readonly number[],
    adaptive: AdaptiveOptions,
  ) => Mapping
> = {
  semap: (matrix, _, excluded, adaptive) => semap(matrix, { ...adaptive, excluded }),
  'semap-1': (matrix, { shared = true }, excluded) => semap1(matrix, { shared, excluded }),
  'semap-k': (matrix, { k = DEFAULT_K }, excluded) => semapK(matrix, k, { excluded }),
  random: ({ rows, columns }, { seed = DEFAULT_SEED }, excluded) =>
    randomMapping(rows, columns, seededRandom(seed), { excluded }),
  conse: (matrix, { k = CONSE_TOP }, excluded) => withoutSources(conseMapping(matrix, { top: k }), excluded),
  flm: learned,
  blm: learned,
  'blm+': learned,
  'semap-labels': learned,
  linear: learned,
};

function withoutSources(mapping: Mapping, excluded: readonly number[]): Mapping {
  const banned = new Set(excluded);
  return {
    ...mapping,
    targets: mapping.targets.map((all) => all.filter(({ source }) => !banned.has(source))),
  };
}

function settingsOf(params: AlignSettings, similarity: string, mappable: number): AlignmentMethodSettings {
  const settings = { name: params.method, similarity };
  switch (params.method) {
    case 'semap':
    case 'flm':
    case 'blm':
    case 'blm+':
    case 'semap-labels':
    case 'linear':
      return settings;
    case 'conse':
      return { ...settings, k: params.k ?? CONSE_TOP };
    case 'semap-1':
      return { ...settings, shared: params.shared ?? true };
    case 'semap-k': {
      const { k = DEFAULT_K } = params;
      if (!Number.isInteger(k) || k < 1 || k > mappable) {
        throw new SemapError(
          'invalid-argument',
          phrase('k must be a whole number from 1 to {0}, not {1}.', mappable, k),
        );
      }
      return { ...settings, k };
    }
    case 'random':
      return { ...settings, seed: params.seed ?? DEFAULT_SEED };
  }
}
