import type { AlignmentDocument, AlignmentTarget } from '../../src/core/alignments/alignment.ts';
import { LEAST_SIMILARITY } from '../../src/core/alignments/expectedQuality.ts';
import type { SimilarityView } from '../../src/protocol/alignments.ts';
import { groupOfSource, type JoinedDocument, type ShownGroup } from './joinedDocument.ts';

/** How labels are put in order. */
export type Order = 'tree' | 'similarity' | 'name';

/** An alignment document and, where they can be had, the similarities of all T x S pairs. */
export interface AlignmentModel {
  readonly targets: readonly AlignmentTarget[];
  /** Its backbones; their sources stand one after the other. */
  readonly groups: readonly ShownGroup[];
  /** Source labels by their index in the model; `sourceIndex` gives that among the sources of all backbones. */
  readonly sources: readonly string[];
  /** Of the sources that are synsets. */
  readonly wnids: readonly (string | undefined)[];
  /** Model index to index among the sources of all backbones: in the label space, where there is one. */
  readonly sourceIndex: Uint32Array;
  /** Row-major [T, S]; NaN where unknown. */
  readonly values: Float32Array;
  /** Row-major [T, S]; 0 = not mapped. */
  readonly weights: Float32Array;
  /** Sources that no target may use, by the same indices. */
  readonly excluded: ReadonlySet<number>;
  /** Per target the sources that are it or a kind of it, by the same indices; empty where unknown. */
  readonly kinds: readonly ReadonlySet<number>[];
  /** Rank of a source along the WordNet tree; undefined without similarities. */
  readonly treeRank: Uint32Array | undefined;
  /** Largest similarity; at least 1. */
  readonly maximum: number;
  /** Whether all S sources are there, or only the mapped ones. */
  readonly complete: boolean;
}

/** What a page shows of a model. */
export interface Arrangement {
  readonly order: Order;
  /** All sources instead of those that matter. */
  readonly all: boolean;
  /** All sources of these backbones. */
  readonly allOf?: readonly string[];
  readonly search: string;
}

/** Model indices of targets and sources in the order in which they are shown. */
export interface Arranged {
  readonly targets: readonly number[];
  readonly sources: readonly number[];
}

/** Sources shown for a target besides its mapped ones: the most similar. */
const NEAREST = 5;

export function buildModel(
  { document, groups }: JoinedDocument,
  view: SimilarityView | undefined,
): AlignmentModel {
  const { targets } = document;
  const T = targets.length;
  const known = view ? view.sources.map((source) => source.name) : [];
  const sourceIndex = view ? Uint32Array.from(known.keys()) : mappedIndices(document);
  const S = sourceIndex.length;
  const sources = view ? known : Array.from(sourceIndex, String);
  const wnids = view ? view.sources.map((source) => source.wnid) : [];
  const modelIndex = new Map(Array.from(sourceIndex, (index, s) => [index, s]));
  const values = new Float32Array(T * S).fill(Number.NaN);
  if (view && view.values.length === values.length) values.set(view.values);
  const weights = new Float32Array(T * S);
  targets.forEach((target, t) => {
    for (const source of target.sources) {
      const s = modelIndex.get(source.index);
      if (s === undefined) continue;
      weights[t * S + s] = source.weight;
      if (!view) {
        sources[s] = source.label;
        values[t * S + s] = source.similarity;
      }
    }
  });
  let treeRank: Uint32Array | undefined;
  if (view) {
    treeRank = new Uint32Array(S);
    for (let rank = 0; rank < view.treeOrder.length; rank++) treeRank[view.treeOrder[rank]] = rank;
  }
  let maximum = 1;
  for (const value of values) if (value > maximum) maximum = value;
  const excluded = new Set(document.excluded?.map(({ index }) => index));
  const complete = view !== undefined;
  return {
    targets,
    groups,
    sources,
    wnids,
    sourceIndex,
    values,
    weights,
    excluded,
    kinds: targets.map((_, t) => new Set(view?.kinds?.[t])),
    treeRank,
    maximum,
    complete,
  };
}

function mappedIndices(document: AlignmentDocument): Uint32Array {
  const indices = new Set<number>();
  for (const target of document.targets) for (const source of target.sources) indices.add(source.index);
  return Uint32Array.from([...indices].sort((a, b) => a - b));
}

/** Which labels are shown, and in which order. */
export function arrange(model: AlignmentModel, { order, all, search, allOf = [] }: Arrangement): Arranged {
  const wanted = search.trim().toLocaleLowerCase();
  const everyTarget = [...model.targets.keys()];
  const matchingTargets = everyTarget.filter((t) => contains(model.targets[t].label, wanted));
  const matchingSources =
    wanted === '' ? [] : [...model.sources.keys()].filter((s) => contains(model.sources[s], wanted));
  if (wanted !== '' && matchingTargets.length === 0 && matchingSources.length === 0) {
    return { targets: [], sources: [] };
  }
  // A side on which nothing matches is left as it is, so that what was found is seen against everything.
  const targets = matchingTargets.length > 0 ? matchingTargets : everyTarget;
  const sources =
    matchingSources.length > 0
      ? matchingSources
      : all
        ? [...model.sources.keys()]
        : sourcesThatMatter(model, targets, allOf);
  return inOrder(model, targets, sources, order);
}

/**
 * Which label of a changed document is which of the one before, by their indices: those of the same name, in order;
 * what is left over was renamed.
 * @returns for each target before its index now, undefined for one that is gone
 */
export function sameTargets(
  before: readonly { readonly label: string }[],
  now: readonly { readonly label: string }[],
): (number | undefined)[] {
  const left = new Map<string, number[]>();
  for (const [index, { label }] of now.entries()) left.set(label, [...(left.get(label) ?? []), index]);
  const found = before.map(({ label }) => left.get(label)?.shift());
  if (before.length !== now.length) return found;
  const others = [...left.values()].flat().sort((a, b) => a - b);
  return found.map((index) => index ?? others.shift());
}

/**
 * What is shown of a model that has changed under the eyes of a person: labels stay where they are, new ones come
 * beside those that they belong to.
 * @param before what was shown, by the indices of `model`
 */
export function rearranged(before: Arranged, model: AlignmentModel, arrangement: Arrangement): Arranged {
  const { targets, sources } = arrange(model, arrangement);
  return {
    // In the order of the document, that is where they belong.
    targets: arrangement.order === 'similarity' ? targets : merged(before.targets, targets),
    sources: merged(before.sources, sources),
  };
}

/** `old` with those of `fresh` that it lacks, each behind the one that it follows there. */
function merged(old: readonly number[], fresh: readonly number[]): number[] {
  const had = new Set(old);
  const result = [...old];
  for (const [at, each] of fresh.entries()) {
    if (!had.has(each)) result.splice(at === 0 ? 0 : result.indexOf(fresh[at - 1]) + 1, 0, each);
  }
  return result;
}

function contains(label: string, wanted: string): boolean {
  return label.toLocaleLowerCase().includes(wanted);
}

/** Whether little speaks for a cell: a label this unlike another one is only related to it from afar. */
export function isDoubtful(model: AlignmentModel, target: number, source: number): boolean {
  return model.values[target * model.sources.length + source] < LEAST_SIMILARITY;
}

/** The mapped sources of `targets` and the few most similar ones of each, by index. */
function sourcesThatMatter(
  model: AlignmentModel,
  targets: readonly number[],
  allOf: readonly string[],
): number[] {
  const S = model.sources.length;
  const matter = new Uint8Array(S);
  const several = model.groups.length > 1;
  for (const t of targets) {
    for (let s = 0; s < S; s++) if (model.weights[t * S + s] > 0) matter[s] = 1;
    for (const group of several ? model.groups : [undefined]) {
      for (const s of mostSimilar(model, t, NEAREST, group)) matter[s] = 1;
    }
  }
  for (const { from, count } of model.groups.filter(({ name }) => allOf.includes(name))) {
    for (let s = 0; s < S; s++) {
      if (model.sourceIndex[s] >= from && model.sourceIndex[s] < from + count) matter[s] = 1;
    }
  }
  return [...matter.keys()].filter((s) => matter[s] === 1);
}

/** The `count` sources most similar to target `t`, most similar first: of all, or of one backbone. */
export function mostSimilar(
  model: AlignmentModel,
  t: number,
  count: number,
  of?: Pick<ShownGroup, 'from' | 'count'>,
): number[] {
  const S = model.sources.length;
  const best: number[] = [];
  const value = (s: number) => model.values[t * S + s];
  for (let s = 0; s < S; s++) {
    if (Number.isNaN(value(s))) continue;
    if (of && !(model.sourceIndex[s] >= of.from && model.sourceIndex[s] < of.from + of.count)) continue;
    if (best.length === count && value(s) <= value(best[count - 1])) continue;
    let at = best.length;
    while (at > 0 && value(best[at - 1]) < value(s)) at--;
    best.splice(at, 0, s);
    if (best.length > count) best.pop();
  }
  return best;
}

function inOrder(model: AlignmentModel, targets: number[], sources: number[], order: Order): Arranged {
  if (order === 'name') {
    return {
      targets: sortedBy(targets, (a, b) => compareNames(model.targets[a].label, model.targets[b].label)),
      sources: sortedBy(sources, (a, b) => compareNames(model.sources[a], model.sources[b])),
    };
  }
  if (order === 'tree' && model.treeRank) {
    const rank = model.treeRank;
    const home = homes(model, rank);
    return {
      targets: sortedBy(targets, (a, b) => home[a] - home[b]),
      sources: sortedBy(sources, (a, b) => rank[a] - rank[b]),
    };
  }
  // By similarity: every source stands at the target that it is most like, so that a diagonal appears.
  const S = model.sources.length;
  const place = new Map(
    sources.map((s) => {
      let best = { at: targets.length, value: Number.NEGATIVE_INFINITY, mapped: 0 };
      targets.forEach((t, at) => {
        const value = model.values[t * S + s];
        const mapped = model.weights[t * S + s] > 0 ? 1 : 0;
        if (mapped > best.mapped || (mapped === best.mapped && value > best.value))
          best = { at, value, mapped };
      });
      return [s, best];
    }),
  );
  return {
    targets,
    sources: sortedBy(sources, (a, b) => {
      const [x, y] = [place.get(a)!, place.get(b)!];
      return x.at - y.at || y.mapped - x.mapped || y.value - x.value;
    }),
  };
}

/**
 * Where a target belongs along the tree: the median rank of its mapped sources in the first backbone that has some, else the
 * rank of the most similar.
 */
function homes(model: AlignmentModel, rank: Uint32Array): number[] {
  const S = model.sources.length;
  return model.targets.map((_, t) => {
    const ranks: number[] = [];
    for (let s = 0; s < S; s++) if (model.weights[t * S + s] > 0) ranks.push(rank[s]);
    if (ranks.length === 0) return rank[mostSimilar(model, t, 1)[0] ?? 0] ?? 0;
    ranks.sort((a, b) => a - b);
    // The ranks of a backbone come before those of the next.
    const { from, count } = groupOfSource(model.groups, ranks[0]);
    while (ranks[ranks.length - 1] >= from + count) ranks.pop();
    return ranks[ranks.length >> 1];
  });
}

function sortedBy(items: readonly number[], compare: (a: number, b: number) => number): number[] {
  return [...items].sort((a, b) => compare(a, b) || a - b);
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

function compareNames(a: string, b: string): number {
  return collator.compare(a, b);
}
