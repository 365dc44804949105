import { invalidArgument, type SemapError } from '../errors.ts';
import { Information } from '../heads/evidence.ts';
import { type FeatureKind, featureRows, joinFeatures } from '../heads/features.ts';
import { type FolderBasis, folderBasis } from '../heads/folderBasis.ts';
import { fitImageHead } from '../heads/imageHead.ts';
import type { LearnedHeadKind } from '../heads/learnHead.ts';
import { type Settled, settle } from '../heads/settle.ts';
import { type MixtureTerms, scoreByTerms } from '../heads/terms.ts';
import { JoinedScorer, joinRows } from '../mapping/joinedScorer.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { type LearnedMethod, learnedMapping } from '../mapping/methods.ts';
import { decidedTarget, MappingScorer } from '../mapping/scoring.ts';
import type { SimilarityMatrix } from '../similarity/similarity.ts';
import { phrase } from '../text/text.ts';
import type { Work } from '../work.ts';
import type { FindWay } from './findWays.ts';

/** What a backbone makes of the images of a search. */
export interface ReuseOutputs {
  /** Row-major [N, S]. */
  readonly logits: Float32Array;
  /** Row-major [N, D]; absent where the backbone has no penultimate features. */
  readonly features?: Float32Array | undefined;
  /** The mapping by meaning. */
  readonly semantic: Mapping;
  /** Decides between sources that fired equally often. */
  readonly similarity: SimilarityMatrix;
  /** Sources that no target may use. */
  readonly unused: readonly number[];
}

/** The same as heads read it, of one backbone or of several side by side. */
export interface ReuseData {
  readonly outputs: ReuseOutputs;
  /** Scores of the mapping by meaning, row-major [N, T]. */
  readonly mapped: Float32Array;
  readonly targetCount: number;
  /** Of several: no mapping is learned of their logits. */
  readonly joined: boolean;
}

/** Images whose labels are learned from, by their rows. */
export interface TaughtRows {
  readonly images: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
}

/** A head as it is kept. */
export interface LearnedTerms {
  readonly kind: LearnedHeadKind;
  readonly terms: MixtureTerms;
}

const NO_LABELS: TaughtRows = { images: [], targets: [] };

/** What one backbone gives. */
export function reuseData(outputs: ReuseOutputs): ReuseData {
  const { logits, semantic } = outputs;
  const mapped = new MappingScorer(semantic).score(logits);
  return { outputs, mapped, targetCount: semantic.targets.length, joined: false };
}

/** The same of some of the images, in this order. */
export function pickedData({ outputs, ...data }: ReuseData, rows: ArrayLike<number>): ReuseData {
  const { logits, features } = outputs;
  const of = (values: Float32Array) => picked(values, rows, widthOf(values, outputs).width);
  return {
    ...data,
    outputs: { ...outputs, logits: of(logits), features: features && of(features) },
    mapped: picked(data.mapped, rows, data.targetCount),
  };
}

/** What several backbones give together, as an alignment with members has it. */
export function joinedData(members: readonly ReuseData[]): ReuseData {
  const [{ outputs: first, targetCount }] = members;
  const scorer = new JoinedScorer(
    members.map(({ outputs: { semantic } }) => ({ mapping: semantic, weight: 1 })),
  );
  const logits = joinedRows(
    members.map(({ outputs }) => widthOf(outputs.logits, outputs)),
    joinRows,
  );
  const features = members.map(({ outputs }) => outputs.features && widthOf(outputs.features, outputs));
  const mapped = scorer.score(logits);
  const semantic = { ...first.semantic, sourceCount: scorer.sourceCount };
  const whole = features.filter((one) => one !== undefined);
  return {
    outputs: {
      ...first,
      semantic,
      logits,
      features: whole.length === members.length ? joinedRows(whole, joinFeatures) : undefined,
    },
    mapped,
    targetCount,
    joined: true,
  };
}

interface Rows {
  readonly values: Float32Array;
  readonly width: number;
}

function widthOf(values: Float32Array, { logits, semantic }: ReuseOutputs): Rows {
  const count = logits.length / semantic.sourceCount;
  return { values, width: count === 0 ? 0 : values.length / count };
}

function joinedRows(
  parts: readonly Rows[],
  join: (rows: readonly Float32Array[], into: Float32Array) => Float32Array,
): Float32Array {
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const count = parts[0].width === 0 ? 0 : parts[0].values.length / parts[0].width;
  const out = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const rows = parts.map(({ values, width: own }) => values.subarray(i * own, (i + 1) * own));
    join(rows, out.subarray(i * width, (i + 1) * width));
  }
  return out;
}

/** Learns a way from some images and answers others; what a folder is made into once is kept. */
export class WayLearner {
  readonly #data: ReuseData;
  #work: Work;
  #basis: FolderBasis | undefined;
  #information: number | undefined;

  constructor(data: ReuseData, work: Work = {}) {
    this.#data = data;
    this.#work = work;
  }

  /**
   * @param learn labeled images; what does not learn from labels leaves them alone
   * @param ask rows to answer
   * @param signal ends it
   * @returns of each a target, -1 where nothing is decided
   * @throws {SemapError} `invalid-argument` where there is nothing to learn from; cancelled
   */
  async answers(
    { id, way, least }: FindWay,
    learn: TaughtRows,
    ask: ArrayLike<number>,
    signal?: AbortSignal,
  ): Promise<Int32Array> {
    if (least > 0 && learn.images.length === 0) throw nothingToLearn();
    this.#work = { ...this.#work, signal };
    const scores = await this.#scores({ id, way }, learn, ask);
    const T = this.#data.targetCount;
    return Int32Array.from({ length: ask.length }, (_, i) => decidedTarget(scores, i * T, T));
  }

  /**
   * What is kept of a head: terms that answer an image alone.
   * @returns undefined where a folder said too little about itself, so that the mapping answers
   */
  async head(
    { id, way, least }: FindWay,
    learn: TaughtRows,
    signal?: AbortSignal,
  ): Promise<LearnedTerms | undefined> {
    if (least > 0 && learn.images.length === 0) throw nothingToLearn();
    this.#work = { ...this.#work, signal };
    const { scores } = way;
    if (scores === 'prototypes' || scores === 'linear-probe') return this.#fitted(scores, learn);
    const { terms } = await this.#settle(id === 'settled' ? NO_LABELS : learn);
    return terms && { kind: 'mixture', terms };
  }

  /** Row-major [ask, T]. */
  async #scores(
    { id, way }: Pick<FindWay, 'id' | 'way'>,
    learn: TaughtRows,
    ask: ArrayLike<number>,
  ): Promise<Float32Array> {
    const { mapped, targetCount: T, outputs } = this.#data;
    const { scores } = way;
    if (way.settled) return picked((await this.#settle(id === 'settled' ? NO_LABELS : learn)).scores, ask, T);
    if (scores === 'prototypes' || scores === 'linear-probe') {
      const { values, width } = this.#features;
      const { terms } = await this.#fitted(scores, learn);
      return scoreByTerms(terms, picked(mapped, ask, T), picked(values, ask, width), this.#work);
    }
    if (scores === 'semap') return picked(mapped, ask, T);
    const mapping = await this.#learned(scores as LearnedMethod, learn);
    const rows = picked(outputs.logits, ask, outputs.semantic.sourceCount);
    return new MappingScorer(mapping).score(rows, ask.length);
  }

  #learned(name: LearnedMethod, learn: TaughtRows): Promise<Mapping> {
    const { outputs, targetCount } = this.#data;
    const { logits, semantic, similarity, unused } = outputs;
    const { sourceCount } = semantic;
    const rows = {
      logits: picked(logits, learn.images, sourceCount),
      truths: learn.targets,
      sourceCount,
      targetCount,
    };
    return learnedMapping(name, rows, { semantic, similarity, seed: 0, unused, work: this.#work });
  }

  #fitted(kind: 'prototypes' | 'linear-probe', learn: TaughtRows): Promise<LearnedTerms> {
    const { mapped, targetCount: T } = this.#data;
    const { values, width, kind: reads } = this.#features;
    const taught = {
      kind: reads,
      features: picked(values, learn.images, width),
      scores: picked(mapped, learn.images, T),
      targets: learn.targets,
      targetCount: T,
      prototypes: kind === 'prototypes',
    };
    return fitImageHead(taught, this.#work);
  }

  async #settle(labelled: TaughtRows): Promise<Settled> {
    const { mapped, targetCount: T, outputs } = this.#data;
    this.#basis ??= await folderBasis(this.#source, T, this.#work);
    this.#information ??= new Information(outputs.semantic.sourceCount).add(outputs.logits).value;
    return settle(mapped, T, this.#basis, {
      ...this.#work,
      labelled,
      sourceInformation: Number(this.#information.toFixed(6)),
    });
  }

  get #source() {
    const { values, width, kind } = this.#features;
    return featureRows(values, width, kind);
  }

  get #features(): Rows & { readonly kind: FeatureKind } {
    const { outputs } = this.#data;
    const { features, logits } = outputs;
    return features
      ? { ...widthOf(features, outputs), kind: 'features' }
      : { ...widthOf(logits, outputs), kind: 'logits' };
  }
}

function nothingToLearn(): SemapError {
  return invalidArgument(
    phrase('The only labeled images left to learn from are near-duplicates of those that measure.'),
  );
}

function picked(values: Float32Array, rows: ArrayLike<number>, width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++)
    out.set(values.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
  return out;
}
