import { Information } from '../heads/evidence.ts';
import { type FeatureKind, featureRows, joinFeatures } from '../heads/features.ts';
import { type FolderBasis, folderBasis } from '../heads/folderBasis.ts';
import { fitImageHead } from '../heads/imageHead.ts';
import { settle } from '../heads/settle.ts';
import { scoreByTerms } from '../heads/terms.ts';
import { JoinedScorer, joinRows } from '../mapping/joinedScorer.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { isLearned, type LearnedMethod, learnedMapping } from '../mapping/methods.ts';
import { decidedTarget, MappingScorer } from '../mapping/scoring.ts';
import type { SimilarityMatrix } from '../similarity/similarity.ts';
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

/** What one backbone gives. */
export function reuseData(outputs: ReuseOutputs): ReuseData {
  const { logits, semantic } = outputs;
  const mapped = new MappingScorer(semantic).score(logits);
  return { outputs, mapped, targetCount: semantic.targets.length, joined: false };
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
    { id, way }: FindWay,
    learn: TaughtRows,
    ask: ArrayLike<number>,
    signal?: AbortSignal,
  ): Promise<Int32Array> {
    this.#work = { ...this.#work, signal };
    const scores = await this.#scores(id, way.scores, learn, ask);
    const T = this.#data.targetCount;
    return Int32Array.from({ length: ask.length }, (_, i) => decidedTarget(scores, i * T, T));
  }

  /** Row-major [ask, T]. */
  async #scores(
    id: string,
    scores: FindWay['way']['scores'],
    learn: TaughtRows,
    ask: ArrayLike<number>,
  ): Promise<Float32Array> {
    const { mapped, targetCount: T } = this.#data;
    if (id === 'settled') return picked(await this.#settled({ images: [], targets: [] }), ask, T);
    if (id === 'settled-labels') return picked(await this.#settled(learn), ask, T);
    if (scores === 'prototypes' || scores === 'linear-probe') return this.#byHead(scores, learn, ask);
    if (scores !== 'semap' && isLearned(scores as LearnedMethod))
      return this.#byMapping(scores as LearnedMethod, learn, ask);
    return picked(mapped, ask, T);
  }

  async #byMapping(name: LearnedMethod, learn: TaughtRows, ask: ArrayLike<number>): Promise<Float32Array> {
    const { outputs, targetCount } = this.#data;
    const { logits, semantic, similarity, unused } = outputs;
    const { sourceCount } = semantic;
    const rows = {
      logits: picked(logits, learn.images, sourceCount),
      truths: learn.targets,
      sourceCount,
      targetCount,
    };
    const mapping = await learnedMapping(name, rows, {
      semantic,
      similarity,
      seed: 0,
      unused,
      work: this.#work,
    });
    return new MappingScorer(mapping).score(picked(logits, ask, sourceCount), ask.length);
  }

  async #byHead(
    kind: 'prototypes' | 'linear-probe',
    learn: TaughtRows,
    ask: ArrayLike<number>,
  ): Promise<Float32Array> {
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
    const { terms } = await fitImageHead(taught, this.#work);
    return scoreByTerms(terms, picked(mapped, ask, T), picked(values, ask, width), this.#work);
  }

  async #settled(labelled: TaughtRows): Promise<Float32Array> {
    const { mapped, targetCount: T, outputs } = this.#data;
    this.#basis ??= await folderBasis(this.#source, T, this.#work);
    this.#information ??= new Information(outputs.semantic.sourceCount).add(outputs.logits).value;
    const { scores } = await settle(mapped, T, this.#basis, {
      ...this.#work,
      labelled,
      sourceInformation: Number(this.#information.toFixed(6)),
    });
    return scores;
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

function picked(values: Float32Array, rows: ArrayLike<number>, width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++)
    out.set(values.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
  return out;
}
