import { invalidArgument, type SemapError } from '../errors.ts';
import { seededRandom } from '../random.ts';
import type { SemanticMatrix, SimilarityMatrix } from '../similarity/similarity.ts';
import { phrase, type Text, verbatim } from '../text/text.ts';
import type { Work } from '../work.ts';
import { bayesianMapping, bayesianPlusMapping } from './bayesian.ts';
import { fewLabelsMapping } from './fewLabels.ts';
import { frequencyMapping } from './frequency.ts';
import type { LabelledOutputs } from './labelledOutputs.ts';
import { linearMapping } from './linear.ts';
import { type Mapping, massOf } from './mapping.ts';
import { type AdaptiveOptions, conseMapping, randomMapping, semap, semap1, semapK } from './semantic.ts';

/** A whole number that a method is told. */
export interface WholeNumber {
  readonly usual: number;
  readonly least: number;
  /** Not more than there are source labels that may be used. */
  readonly ofSources?: true;
}

/** What a person may tell a method. */
export interface MethodParameters {
  readonly k?: WholeNumber;
  readonly seed?: WholeNumber;
  /** Whether two targets may share a source. */
  readonly shared?: { readonly usual: boolean };
  /** Labelled images of each label to learn from, at most. */
  readonly perClass?: WholeNumber;
}

/** What was told, and for the rest what is usual. */
interface ParameterValues {
  /** semap-k: how many. */
  readonly k: number;
  /** random: the seed. */
  readonly seed: number;
  /** semap-1: whether two targets may share a source. */
  readonly shared: boolean;
}

/** What a mapping by names is made of. */
export interface NameIngredients extends ParameterValues {
  readonly excluded: readonly number[];
  /** How SeMap reads the values of the matrix. */
  readonly adaptive: AdaptiveOptions;
}

/** What a mapping learned from labelled images may lean on besides. */
export interface LearningContext {
  /** The mapping by meaning. */
  readonly semantic: Mapping;
  /** Decides between sources that fired equally often. */
  readonly similarity: SimilarityMatrix;
  readonly seed?: number | undefined;
  readonly work?: Work;
}

interface Described {
  readonly title: Text;
  readonly summary: Text;
  readonly parameters: MethodParameters;
  /** The method decides itself how logits become scores. */
  readonly ownAggregation?: true;
}

/** A method that needs names only, or embeddings of them. */
interface NameMethod extends Described {
  readonly needs: 'names' | 'embeddings';
  /** To compare others with: it looks at nothing. */
  readonly baseline?: true;
  readonly make: (similarity: SemanticMatrix, ingredients: NameIngredients) => Mapping;
}

/** A method that learns from backbone outputs of labelled images. */
interface ImageMethod extends Described {
  readonly needs: 'images';
  /** Names take part, not only where images leave a tie. */
  readonly usesNames?: true;
  /** Sums of logits decide, whatever their probabilities are. */
  readonly linear?: true;
  readonly learn: (outputs: LabelledOutputs, context: LearningContext) => Mapping | Promise<Mapping>;
}

const SEED: WholeNumber = { usual: 0, least: 0 };
const LEARNED: MethodParameters = { perClass: { usual: 20, least: 1 }, seed: SEED };

/** Every way to make a mapping, in the order in which people are offered them. */
const nameMethods = {
  semap: {
    title: phrase('SeMap adaptive'),
    summary: phrase('All kinds of the label, or the closest source labels if there are none'),
    needs: 'names',
    parameters: {},
    make: (similarity, { adaptive, excluded }) => semap(similarity, { ...adaptive, excluded }),
  },
  'semap-1': {
    title: verbatim('SeMap-1'),
    summary: phrase('The most similar source label'),
    needs: 'names',
    parameters: { shared: { usual: true } },
    make: semap1,
  },
  'semap-k': {
    title: verbatim('SeMap-k'),
    summary: phrase('The k most similar source labels'),
    needs: 'names',
    parameters: { k: { usual: 5, least: 1, ofSources: true } },
    make: (similarity, { k, excluded }) => semapK(similarity, k, { excluded }),
  },
  random: {
    title: phrase('Random'),
    summary: phrase('Random baseline (seeded)'),
    needs: 'names',
    baseline: true,
    parameters: { seed: SEED },
    make: ({ rows, columns }, { seed, excluded }) =>
      randomMapping(rows, columns, seededRandom(seed), { excluded }),
  },
  conse: {
    title: verbatim('ConSE'),
    summary: phrase(
      'Averages the strongest source labels of each image; the label nearest to that average wins',
    ),
    needs: 'embeddings',
    parameters: { k: { usual: 10, least: 1 } },
    ownAggregation: true,
    make: (similarity, { k, excluded }) => withoutSources(conseMapping(similarity, { top: k }), excluded),
  },
} as const satisfies Record<string, NameMethod>;

const imageMethods = {
  'semap-labels': {
    title: phrase('SeMap + Few Labels'),
    summary: phrase('Starts from the meaning and moves toward what the backbone sees in your images'),
    needs: 'images',
    usesNames: true,
    parameters: LEARNED,
    ownAggregation: true,
    linear: true,
    learn: (outputs, { semantic, work }) => fewLabelsMapping(semantic, outputs, work),
  },
  'blm+': {
    title: verbatim('BLM+'),
    summary: phrase('Weighs source labels by their probability on the images of a label (Bayesian-guided)'),
    needs: 'images',
    parameters: LEARNED,
    ownAggregation: true,
    learn: (outputs) => bayesianPlusMapping(outputs),
  },
  blm: {
    title: verbatim('BLM'),
    summary: phrase('Weighs source labels by how often they are predicted for a label (Bayesian-guided)'),
    needs: 'images',
    parameters: LEARNED,
    ownAggregation: true,
    learn: (outputs) => bayesianMapping(outputs),
  },
  flm: {
    title: verbatim('FLM'),
    summary: phrase('One source label each: the one predicted most often (frequency)'),
    needs: 'images',
    parameters: LEARNED,
    learn: (outputs, { similarity }) => frequencyMapping(outputs, { similarity }),
  },
  linear: {
    title: phrase('Linear'),
    summary: phrase('Logistic regression over all source labels. Needs the most images'),
    needs: 'images',
    parameters: LEARNED,
    ownAggregation: true,
    linear: true,
    learn: (outputs, { seed }) => linearMapping(outputs, { seed }),
  },
} as const satisfies Record<string, ImageMethod>;

/** Names of the methods that learn from labelled images. */
export type LearnedMethod = keyof typeof imageMethods;
/** Names of all mapping methods, as documents and options have them. */
export type MappingMethod = keyof typeof nameMethods | LearnedMethod;

/** The table of mapping methods: host, command line, schema and settings offer what it has. */
export const mappingMethods: Readonly<Record<MappingMethod, NameMethod | ImageMethod>> = {
  ...nameMethods,
  ...imageMethods,
};
export const methodNames = Object.keys(mappingMethods) as readonly MappingMethod[];
export const learnedMethods = Object.keys(imageMethods) as readonly LearnedMethod[];

export function isLearned(method: MappingMethod): method is LearnedMethod {
  return method in imageMethods;
}

/** Whether it weighs every source, so that small weights count, too. */
export function weighsAll(name: MappingMethod): boolean {
  return mappingMethods[name].needs !== 'names';
}

/** Whether labels are compared on the way, so that it matters how. */
export function comparesLabels(name: MappingMethod): boolean {
  const method = mappingMethods[name];
  return method.needs === 'images' ? method.usesNames === true : method.baseline !== true;
}

/** Parameters as a person or a document has them. */
export type GivenParameters = {
  readonly [Name in keyof ParameterValues]?: ParameterValues[Name] | undefined;
};

/**
 * The mapping of a method that needs no images, with the parameters that it had.
 * @param excluded source labels that no target may use
 * @throws {SemapError} `invalid-argument` for a k that cannot be, or a method that needs images
 */
export function mappingByNames(
  name: MappingMethod,
  similarity: SemanticMatrix,
  {
    given,
    excluded,
    adaptive,
  }: { given: GivenParameters; excluded: readonly number[]; adaptive: AdaptiveOptions },
): { readonly mapping: Mapping; readonly parameters: GivenParameters } {
  const method = mappingMethods[name];
  if (method.needs === 'images') throw needsImages(name);
  const { k, seed, shared } = method.parameters;
  const values = {
    k: given.k ?? k?.usual ?? 0,
    seed: given.seed ?? seed?.usual ?? 0,
    shared: given.shared ?? shared?.usual ?? true,
  };
  if (k?.ofSources) {
    const most = similarity.columns - excluded.length;
    if (!Number.isInteger(values.k) || values.k < k.least || values.k > most) {
      throw invalidArgument(
        phrase('k must be a whole number from {0} to {1}, not {2}.', k.least, most, String(values.k)),
      );
    }
  }
  return {
    mapping: method.make(similarity, { ...values, excluded, adaptive }),
    parameters: {
      ...(k && { k: values.k }),
      ...(seed && { seed: values.seed }),
      ...(shared && { shared: values.shared }),
    },
  };
}

/** A method was asked for that learns from images, and there are none. */
export function needsImages(name: MappingMethod): SemapError {
  return invalidArgument(phrase('The method {0} learns from labeled images, but none were given.', name), {
    hint: phrase('Give a folder whose subfolders are the labels.'),
  });
}

/** A logit whose probability is zero. */
const NEVER = -1e30;

/** The optimal assignment by frequency: only training asks for it. */
const ilm = (outputs: LabelledOutputs, { similarity }: LearningContext): Mapping =>
  frequencyMapping(outputs, { assignment: 'hungarian', similarity });

/**
 * The mapping that a method learns from outputs of labelled images.
 * @param unused sources that no target may use: the background, and what a person left out
 * @param beside whether it stands beside mappings of other backbones: a linear one is then the same for logits and
 *   log-probabilities, which differ by a number per image
 */
export async function learnedMapping(
  name: LearnedMethod | 'ilm',
  outputs: LabelledOutputs,
  context: LearningContext & { readonly unused: readonly number[]; readonly beside?: boolean | undefined },
): Promise<Mapping> {
  const method: Pick<ImageMethod, 'learn' | 'linear'> = name === 'ilm' ? { learn: ilm } : imageMethods[name];
  const { unused } = context;
  const level = context.beside === true && method.linear === true;
  if (unused.length === 0 && !level) return method.learn(outputs, context);
  // As if the backbone never answered with these, or always alike, so that a linear mapping learns nothing from them.
  const logits = outputs.logits.slice();
  const S = outputs.sourceCount;
  const used = usedSources(S, unused);
  for (let row = 0; row < logits.length; row += S) {
    if (level) {
      const mean = used.reduce((sum, source) => sum + logits[row + source], 0) / used.length;
      for (const source of used) logits[row + source] -= mean;
    }
    for (const source of unused) logits[row + source] = method.linear ? 0 : NEVER;
  }
  const mapping = withoutSources(await method.learn({ ...outputs, logits }, context), unused);
  return level ? levelled(mapping, used) : mapping;
}

function usedSources(sourceCount: number, unused: readonly number[]): number[] {
  const banned = new Set(unused);
  return Array.from({ length: sourceCount }, (_, source) => source).filter((source) => !banned.has(source));
}

/** What a linear mapping makes of levelled logits, for logits as they are: weights of a target that sum to zero. */
function levelled(mapping: Mapping, used: readonly number[]): Mapping {
  return {
    ...mapping,
    targets: mapping.targets.map((sources) => {
      if (sources.length === 0) return sources;
      const weights = new Map(sources.map(({ source, weight }) => [source, weight]));
      const mean = massOf(sources) / used.length;
      return used
        .map((source) => ({ source, weight: (weights.get(source) ?? 0) - mean }))
        .sort((a, b) => b.weight - a.weight || a.source - b.source);
    }),
  };
}

/** Sums of weights beside their size that rounding leaves in a document. */
const LEVEL = 1e-3;

/** Whether a mapping gives the same answers for logits and log-probabilities, so that it can stand beside others. */
export function isLevel({ aggregation, targets }: Pick<Mapping, 'aggregation' | 'targets'>): boolean {
  if (aggregation.kind !== 'linear') return true;
  return targets.every((sources) => {
    return (
      Math.abs(massOf(sources)) <= LEVEL * sources.reduce((total, { weight }) => total + Math.abs(weight), 0)
    );
  });
}

function withoutSources(mapping: Mapping, sources: readonly number[]): Mapping {
  const banned = new Set(sources);
  return {
    ...mapping,
    targets: mapping.targets.map((all) => all.filter(({ source }) => !banned.has(source))),
  };
}
