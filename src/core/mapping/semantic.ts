import { invalidArgument } from '../errors.ts';
import { largest } from '../largest.ts';
import type { SemanticMatrix, SimilarityMatrix, TargetMeanings } from '../similarity/similarity.ts';
import { phrase } from '../text/text.ts';
import { assign } from './hungarian.ts';
import { type Aggregation, type Mapping, massOf, type SourceWeight } from './mapping.ts';
import { withContexts, withoutTheirs } from './roles.ts';

/** log-mean-exp with alpha = 1: the log of the mean probability of a target's sources. */
export const defaultAggregation: Aggregation = { kind: 'log-mean-exp', alpha: 1 };

/** Settings of the adaptive mapping; the defaults suit WordNet's scores. */
export interface AdaptiveOptions {
  /** A source whose score is so much below the best one weighs 1 / e. */
  readonly temperature?: number;
  /** At most so many sources besides those below the target. */
  readonly limit?: number;
  /** Weight of the closest other source where there are sources below the target, which weigh 1. */
  readonly neighbours?: number;
  /** Lighter sources are left out. */
  readonly leastWeight?: number;
  /** Strength of the offset for targets of which the sources show only few kinds; 0 for none. */
  readonly breadth?: number;
}

/** Weight of the closest other source where the only source below the target is but one of its kinds. */
const NARROW = 0.3;

/** By how much, in ln, a target that is a source itself is ahead of one that borrows this source. */
const AHEAD = 0.5;

/** Targets with at most so many sources below them own these. */
const OWNED = 2;

/** SeMap-1: per target the most similar source (none where nothing is similar at all); one-to-one by Hungarian assignment unless sharing is allowed. */
export function semap1(
  similarity: SimilarityMatrix,
  { shared = true, excluded = [] }: { shared?: boolean; excluded?: readonly number[] } = {},
): Mapping {
  if (shared) return semapK(similarity, 1, { excluded });
  const values = similarity.values.slice();
  for (const s of excluded) {
    for (let t = 0; t < similarity.rows; t++) values[t * similarity.columns + s] = -1e6;
  }
  const columns = assign(values, similarity.rows, similarity.columns);
  const banned = new Set(excluded);
  return mappingOf(
    similarity,
    [...columns].map((s, t) => (s < 0 || banned.has(s) || valueAt(similarity, t, s) <= 0 ? [] : [s])),
  );
}

/** SeMap-k: per target the k most similar sources. */
export function semapK(
  similarity: SimilarityMatrix,
  k: number,
  { excluded = [] }: { excluded?: readonly number[] } = {},
): Mapping {
  if (!Number.isInteger(k) || k < 1)
    throw invalidArgument(phrase('k is {0}; it must be a whole number of at least {1}.', String(k), 1));
  const banned = new Set(excluded);
  const sets = Array.from({ length: similarity.rows }, (_, t) => strongest(similarity, t, banned, k));
  return mappingOf(similarity, sets);
}

/** How SeMap reads the centred cosines of a text encoder, which are flatter than WordNet's scores. */
export const embeddingOptions: AdaptiveOptions = { temperature: 0.1, limit: 60, leastWeight: 0.02 };

/** The encoder's say in a combined mapping: its share of a target's weights, and how sharply it picks sources. */
const secondOpinion = {
  withDescendants: 0.25,
  withoutDescendants: 0.4,
  options: { ...embeddingOptions, temperature: 0.06 },
} as const;

/**
 * SeMap: per target all sources below it in WordNet, and, much lighter, their closest neighbours, because a backbone
 * mistakes a thing for its relatives; without sources below it, those close to the best one. Weights of both fall as
 * exp((score - best) / temperature).
 *
 * A target that covers many kinds of thing of which the backbone knows only a few (person: ballplayer, groom, scuba
 * diver) often shows something that its sources do not: its score is raised by breadth * ln(kinds / known kinds). A
 * person is seen by clothes instead, which weigh as much as the closest neighbour.
 */
export function semap(
  similarity: SemanticMatrix,
  {
    temperature = 0.02467,
    limit = 8,
    neighbours = 0.05,
    leastWeight = 0.03,
    breadth = 0.12,
    excluded = [],
  }: AdaptiveOptions & { excluded?: readonly number[] } = {},
): Mapping {
  const { opinions, meanings } = similarity;
  if (opinions) {
    const first = semap(opinions.wordnet, { temperature, limit, neighbours, leastWeight, breadth, excluded });
    const second = semap(opinions.encoder, { ...secondOpinion.options, excluded });
    return mixed(first, second, (t) =>
      (opinions.wordnet.meanings?.descendants[t].length ?? 0) > 0
        ? secondOpinion.withDescendants
        : secondOpinion.withoutDescendants,
    );
  }
  const banned = new Set(excluded);
  const offsets: number[] = [];
  const targets = Array.from({ length: similarity.rows }, (_, t): SourceWeight[] => {
    const below = (meanings?.descendants[t] ?? []).filter((s) => !banned.has(s));
    const kinds = meanings?.kinds[t] ?? 0;
    const worn = (meanings?.worn?.[t] ?? []).filter((s) => !banned.has(s));
    // What the sources of a person do not show is seen by what people wear.
    const unseen = worn.length > 0 ? 1 : kinds / Math.max(1, below.length);
    offsets.push(breadth * Math.log(Math.max(1, unseen)));
    const near = strongest(similarity, t, new Set([...excluded, ...below]), limit);
    const best = valueAt(similarity, t, near[0] ?? 0);
    const top = below.length === 0 ? 1 : meanings?.narrow?.[t] ? NARROW : neighbours;
    const weighted = near
      .map((source) => ({
        source,
        weight: top * Math.exp((valueAt(similarity, t, source) - best) / temperature),
      }))
      .filter(({ weight }) => weight >= leastWeight);
    const taken = new Set([...below, ...weighted.map(({ source }) => source)]);
    const clothes = worn.flatMap((source) => (taken.has(source) ? [] : [{ source, weight: neighbours }]));
    return [...kindsOf(similarity, t, below), ...weighted, ...clothes];
  });
  if (meanings) letOwnersWin(meanings.descendants, targets, offsets);
  const mapping = { sourceCount: similarity.columns, targets, aggregation: defaultAggregation };
  return byRoles(
    offsets.some((offset) => offset !== 0) ? { ...mapping, offsets } : mapping,
    similarity,
    banned,
  );
}

/** The mapping of labels that say something by way of the others; the same where none does. */
function byRoles(
  mapping: Mapping,
  { roles, contexts }: SemanticMatrix,
  excluded: ReadonlySet<number>,
): Mapping {
  const told = contexts ? withContexts(mapping, contexts, excluded) : mapping;
  return roles ? withoutTheirs(told, (t) => roles[t]?.kind === 'rest') : told;
}

/** Lowers the offset of a target without sources of its own until an image of a source that it borrows goes to its owner. */
function letOwnersWin(
  descendants: TargetMeanings['descendants'],
  targets: readonly (readonly SourceWeight[])[],
  offsets: number[],
): void {
  const owners = new Map<number, number>();
  for (const [t, below] of descendants.entries())
    if (below.length <= OWNED) for (const s of below) owners.set(s, t);
  /** The score of an image that is source `s` and nothing else. */
  const scoreOf = (t: number, s: number) => {
    const sum = massOf(targets[t]);
    return Math.log((targets[t].find(({ source }) => source === s)?.weight ?? 0) / sum) + offsets[t];
  };
  for (const [t, sources] of targets.entries()) {
    if (descendants[t].length > 0) continue;
    const excess = sources.map(({ source }) => {
      const owner = owners.get(source);
      return owner === undefined ? 0 : scoreOf(t, source) - scoreOf(owner, source) + AHEAD;
    });
    offsets[t] -= largest(excess, 0);
  }
}

/** The weights of two mappings, each scaled to a sum of one per target, with a share for the second; the largest is 1. */
function mixed(first: Mapping, second: Mapping, shareOf: (t: number) => number): Mapping {
  const scaled = (sources: readonly SourceWeight[], share: number) => {
    const sum = massOf(sources);
    return sources.map(({ source, weight }) => ({ source, weight: (share * weight) / sum }));
  };
  const targets = first.targets.map((sources, t) => {
    const other = second.targets[t];
    const share = sources.length === 0 ? 1 : other.length === 0 ? 0 : shareOf(t);
    const weights = new Map<number, number>();
    for (const { source, weight } of [...scaled(sources, 1 - share), ...scaled(other, share)]) {
      if (weight > 0) weights.set(source, (weights.get(source) ?? 0) + weight);
    }
    const most = largest(weights.values());
    return [...weights]
      .map(([source, weight]) => ({ source, weight: weight / most }))
      .sort((a, b) => b.weight - a.weight || a.source - b.source);
  });
  return { ...first, targets };
}

/** Random one-to-one mapping (RMap, RLM); with more targets than sources the sources go round again. */
export function randomMapping(
  targetCount: number,
  sourceCount: number,
  random: () => number,
  { excluded = [] }: { excluded?: readonly number[] } = {},
): Mapping {
  const banned = new Set(excluded);
  const free = Array.from({ length: sourceCount }, (_, s) => s).filter((s) => !banned.has(s));
  // A partial Fisher-Yates shuffle: only as many as are needed.
  const targets = Array.from({ length: targetCount }, (_, t): SourceWeight[] => {
    const at = t % free.length;
    const pick = at + Math.floor(random() * (free.length - at));
    [free[at], free[pick]] = [free[pick], free[at]];
    return [{ source: free[at], weight: 1 }];
  });
  return { sourceCount, targets, aggregation: defaultAggregation };
}

function valueAt(similarity: SimilarityMatrix, t: number, s: number): number {
  return similarity.values[t * similarity.columns + s] ?? 0;
}

/** The `count` sources of the highest similarity above 0, the highest first, ties by index. */
function strongest(
  { values, columns }: SimilarityMatrix,
  t: number,
  excluded: ReadonlySet<number>,
  count: number,
): number[] {
  const row = values.subarray(t * columns, (t + 1) * columns);
  const best: number[] = [];
  for (let s = 0; s < columns; s++) {
    const value = row[s];
    if (!(value > (best.length < count ? 0 : row[best[count - 1]])) || excluded.has(s)) continue;
    let at = best.length;
    while (at > 0 && row[best[at - 1]] < value) at--;
    best.splice(at, 0, s);
    if (best.length > count) best.pop();
  }
  return best;
}

function mappingOf(similarity: SimilarityMatrix, sets: readonly (readonly number[])[]): Mapping {
  const targets = sets.map((set, t) => strongestFirst(similarity, t, set));
  return { sourceCount: similarity.columns, targets, aggregation: defaultAggregation };
}

/** A label of which WordNet knows the head only (`wheaten terrier`): a kind whose score is so much lower weighs 1 / e. */
const HEAD_TEMPERATURE = 0.15;

/** The sources below a target: all the same, unless the target is one kind among them that WordNet cannot tell. */
function kindsOf(similarity: SemanticMatrix, t: number, below: readonly number[]): SourceWeight[] {
  const kinds = strongestFirst(similarity, t, below);
  const senses = similarity.meanings?.senses[t] ?? [];
  if (senses.length === 0 || senses.some(({ whole }) => whole)) return kinds;
  const best = valueAt(similarity, t, kinds[0]?.source ?? 0);
  return kinds.map(({ source }) => ({
    source,
    weight: Math.exp((valueAt(similarity, t, source) - best) / HEAD_TEMPERATURE),
  }));
}

function strongestFirst(similarity: SimilarityMatrix, t: number, set: readonly number[]): SourceWeight[] {
  return [...set]
    .sort((a, b) => valueAt(similarity, t, b) - valueAt(similarity, t, a) || a - b)
    .map((source) => ({ source, weight: 1 }));
}

/**
 * ConSE (Norouzi et al., 2014): f(x) = sum over the top-T0 sources of p_s e_s / sum p_s, answer argmax_t cos(f, e_t).
 * The length of f is the same for all targets, so with cosines C[s,t] as weights the score is sum of p_s C[s,t] over
 * those sources; with `top` = S it is a dense mapping on probabilities.
 * @param similarity cosines of source and target embeddings.
 */
export function conseMapping(similarity: SimilarityMatrix, { top = 10 }: { top?: number } = {}): Mapping {
  const { rows, columns, values } = similarity;
  const targets = Array.from({ length: rows }, (_, t) =>
    Array.from({ length: columns }, (_, source) => ({ source, weight: values[t * columns + source] })).sort(
      (a, b) => b.weight - a.weight || a.source - b.source,
    ),
  );
  return { sourceCount: columns, targets, aggregation: { kind: 'conse', top } };
}
