import {
  type AlignmentDocument,
  type AlignmentMethodSettings,
  hasOwnAggregation,
  isLearned,
} from '../../core/alignments/alignment.ts';
import { documentOf, mappingOf } from '../../core/alignments/alignmentBuilding.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { SemapError } from '../../core/errors.ts';
import { findSources } from '../../core/labels/sourceReferences.ts';
import { conseMapping } from '../../core/mapping/conse.ts';
import type { Mapping } from '../../core/mapping/mapping.ts';
import { type AdaptiveOptions, randomMapping, semap, semap1, semapK } from '../../core/mapping/semantic.ts';
import { seededRandom } from '../../core/random.ts';
import type { SimilarityMatrix } from '../../core/similarity/similarity.ts';
import { phrase } from '../../core/text/text.ts';
import type { AlignParams } from '../../protocol/alignments.ts';
import { type LabelledSample, learnedMapping, measuredOn } from './labelledSample.ts';
import type { ChosenSimilarity } from './similarities.ts';

const DEFAULT_K = 5;
const DEFAULT_SEED = 0;
/** ConSE: how many of an image's strongest sources speak. */
const CONSE_TOP = 10;

/**
 * The alignment document of target labels with a backbone.
 * @param backbonePath as the document shall have it; undefined for installed backbones
 * @throws {SemapError} `invalid-labels` without targets, `invalid-argument` for a k that cannot be
 */
export function alignLabels(
  params: AlignParams,
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

function withAggregation(mapping: Mapping, { method, aggregation }: AlignParams): Mapping {
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
  AlignParams['method'],
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

function settingsOf(params: AlignParams, similarity: string, mappable: number): AlignmentMethodSettings {
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
