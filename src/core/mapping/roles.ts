import type { LabelRole } from '../labels/labelRole.ts';
import { type Aggregation, type Mapping, massOf, type SourceWeight } from './mapping.ts';

/*
 * Labels that are defined by the others (`labelRole.ts`), in a mapping. A complement is scored by what the backbone says
 * besides the others' sources, so it has no sources of its own to keep: a document names the others, and whoever scores
 * gets the weights from theirs as they are now.
 */

/**
 * A label wins over its complement when its sources have more than this share of the backbone's probability. A half would
 * be far too much: a backbone of 1,000 labels divides what it sees among many.
 */
const COMPLEMENT = 0.01;

/** With more labels than this, what is left says little: none of these is then found by a threshold or by labels. */
const FEW = 10;

/** What a role is read from. */
export interface RoleTarget {
  readonly label: string;
  readonly role?: LabelRole | undefined;
  readonly sources: readonly unknown[];
}

/** Whether scores are those of shares of probability, so that there is something left. */
function readsShares({ kind }: Pick<Aggregation, 'kind'>): boolean {
  return kind === 'log-mean-exp' || kind === 'max';
}

/**
 * Per target the places of the targets whose complement it is; empty for those that are scored by their own sources, and for
 * all under an aggregation by which nothing is left.
 */
export function complementsOf(
  targets: readonly RoleTarget[],
  aggregation: Pick<Aggregation, 'kind'>,
): readonly (readonly number[])[] {
  if (!readsShares(aggregation)) return targets.map(() => []);
  const mapped = [...targets.keys()].filter((t) => targets[t].sources.length > 0);
  return targets.map(({ role, sources }) => {
    if (sources.length > 0) return [];
    if (role?.kind === 'not') return mapped.filter((t) => role.labels.includes(targets[t].label));
    return role?.kind === 'rest' && mapped.length <= FEW ? mapped : [];
  });
}

/**
 * Per target the place of another complement that gets its images: what leaves more labels out is part of what leaves fewer,
 * and of two that leave out the same ones the first wins. Undefined for all others.
 */
export function shadowsOf(complements: readonly (readonly number[])[]): readonly (number | undefined)[] {
  return complements.map((own, t) => {
    if (own.length === 0) return undefined;
    const at = complements.findIndex(
      (other, o) =>
        o !== t &&
        other.length > 0 &&
        other.every((place) => own.includes(place)) &&
        (other.length < own.length || o < t),
    );
    return at < 0 ? undefined : at;
  });
}

/**
 * The mapping whose complements have sources: all that the others leave, with an offset such that the score is the log of
 * what is left, times {@link COMPLEMENT}, on the scale of the others' scores.
 */
export function withComplements(mapping: Mapping, complements: readonly (readonly number[])[]): Mapping {
  const { aggregation, sourceCount } = mapping;
  if (!readsShares(aggregation) || complements.every((others) => others.length === 0)) return mapping;
  const alpha = aggregation.kind === 'log-mean-exp' ? aggregation.alpha : 0;
  const mean = (sources: readonly SourceWeight[]) => alpha * Math.log(massOf(sources));
  const offsets = mapping.targets.map((_, t) => mapping.offsets?.[t] ?? 0);
  const targets = mapping.targets.map((sources, t) => {
    const others = complements[t];
    if (others.length === 0) return sources;
    const taken = new Float64Array(sourceCount);
    let scale = 0;
    for (const other of others) {
      for (const { source, weight } of mapping.targets[other])
        taken[source] = Math.max(taken[source], Math.min(1, weight));
      scale += ((mapping.offsets?.[other] ?? 0) - mean(mapping.targets[other])) / others.length;
    }
    const left: SourceWeight[] = [];
    for (let source = 0; source < sourceCount; source++) {
      if (taken[source] < 1) left.push({ source, weight: 1 - taken[source] });
    }
    // The others have every source to themselves: then it is never the answer.
    if (left.length === 0) return left;
    offsets[t] = scale + Math.log(COMPLEMENT) + mean(left);
    return left;
  });
  return { ...mapping, targets, offsets };
}

/** Share of the weight that what is around the head gets: it decides between labels with one head, and no more. */
const CONTEXT = 0.3;

/** Sources of the context that are looked at. */
const CONTEXT_SOURCES = 3;

/**
 * The mapping of targets some of which are told from others with the same head by what is around it: their scores rise with
 * the mean probability of the sources that their context has.
 * @param contexts per target the similarities [S] of its context; undefined where it has none
 */
export function withContexts(
  mapping: Mapping,
  contexts: readonly (Float32Array | undefined)[],
  excluded: ReadonlySet<number>,
): Mapping {
  const offsets = mapping.targets.map((_, t) => mapping.offsets?.[t] ?? 0);
  const targets = mapping.targets.map((sources, t) => {
    const row = contexts[t];
    const own = new Set(sources.map(({ source }) => source));
    if (!row) return sources;
    const near = [...row.keys()]
      .filter((s) => row[s] > 0 && !own.has(s) && !excluded.has(s))
      .sort((a, b) => row[b] - row[a] || a - b)
      .slice(0, CONTEXT_SOURCES);
    if (near.length === 0) return sources;
    // Of a head that nothing is known of, what is around it is all that can be seen.
    if (own.size === 0) return near.map((source) => ({ source, weight: 1 }));
    const mass = massOf(sources);
    // In the mean, the context would lower what it should raise.
    offsets[t] += Math.log((mass + CONTEXT) / mass);
    return [...sources, ...near.map((source) => ({ source, weight: CONTEXT / near.length }))];
  });
  return { ...mapping, targets, offsets };
}

/** `other vehicles` beside `car`: its kinds but those that the other targets have. Empty where nothing is left. */
export function withoutTheirs(mapping: Mapping, isRest: (t: number) => boolean): Mapping {
  const theirs = new Set(
    mapping.targets.flatMap((sources, t) => {
      const most = sources.reduce((top, { weight }) => Math.max(top, weight), 0);
      return isRest(t) ? [] : sources.filter(({ weight }) => weight >= most / 2).map(({ source }) => source);
    }),
  );
  const targets = mapping.targets.map((sources, t) =>
    isRest(t) ? sources.filter(({ source }) => !theirs.has(source)) : sources,
  );
  return { ...mapping, targets };
}
