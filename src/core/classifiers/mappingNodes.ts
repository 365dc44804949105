import type { JoinedScorer } from '../mapping/joinedScorer.ts';
import { type Mapping, massOf, type SourceWeight } from '../mapping/mapping.ts';
import type { Sketch } from './sketch.ts';

/** More weights than this are not written as a whole matrix where most of them are zero. */
const DENSE = 1 << 22;

/** Keeps the logarithm of a sum that vanished finite. */
const LEAST = 1e-38;

/** What `MappingScorer` keeps a mean of cosines above. */
const LEAST_COSINE = -0.999999;

/**
 * Scores [N, T] of a mapping, as `MappingScorer` gives them; those of targets without sources are any finite number.
 * @param logits [N, S]
 */
export function mappedScores(s: Sketch, mapping: Mapping, logits: string): string {
  const { targets, aggregation } = mapping;
  const offsets = targets.map((_, t) => mapping.offsets?.[t] ?? 0);
  const plus = (scores: string, added: readonly number[]) =>
    added.every((one) => one === 0) ? scores : s.op('Add', [scores, s.floats(added, [1, added.length])]);
  switch (aggregation.kind) {
    case 'log-mean-exp': {
      const means = targets.map((sources) =>
        sources.length > 0 ? -aggregation.alpha * Math.log(massOf(sources)) : 0,
      );
      // Of the sources in use: those that are far below all of them decide nothing.
      const used = usedOf(targets);
      const own = columns(s, logits, used, mapping.sourceCount);
      const top = s.reduce('ReduceMax', own, [1]);
      const places = new Map(used.map((source, at) => [source, at]));
      const inUse = targets.map((sources) =>
        sources.map(({ source, weight }) => ({ source: places.get(source)!, weight })),
      );
      const mass = weightedSum(s, s.op('Exp', [s.op('Sub', [own, top])]), inUse, used.length);
      const sums = s.op('Add', [s.op('Log', [s.op('Max', [mass, s.float(LEAST)])]), top]);
      return plus(
        sums,
        means.map((mean, t) => mean + offsets[t]),
      );
    }
    case 'mean-logits': {
      const shares = targets.map((sources) => {
        const mass = massOf(sources);
        return sources.map(({ source, weight }) => ({ source, weight: weight / mass }));
      });
      return plus(weightedSum(s, logits, shares, mapping.sourceCount), offsets);
    }
    case 'max': {
      const longest = Math.max(1, ...targets.map(({ length }) => length));
      const listed = targets.flatMap((sources) =>
        Array.from({ length: longest }, (_, at) => (sources[at] ?? sources[0])?.source ?? 0),
      );
      return plus(
        s.reduce('ReduceMax', lists(s, logits, listed, targets.length, longest), [2], false),
        offsets,
      );
    }
    case 'conse':
      return plus(conse(s, mapping, logits, aggregation.top), offsets);
    case 'linear': {
      const sums = weightedSum(s, logits, targets, mapping.sourceCount);
      return plus(
        sums,
        targets.map((_, t) => aggregation.bias[t] + offsets[t]),
      );
    }
  }
}

function usedOf(targets: Mapping['targets']): number[] {
  return [...new Set(targets.flat().map(({ source }) => source))].sort((a, b) => a - b);
}

function columns(s: Sketch, values: string, wanted: readonly number[], count: number): string {
  return wanted.length === count ? values : s.gather(values, wanted, 1);
}

/** [N, targets * longest] of listed columns as [N, targets, longest]. */
function lists(s: Sketch, values: string, listed: readonly number[], count: number, longest: number): string {
  return s.op('Reshape', [s.gather(values, listed, 1), s.ints(0, count, longest)]);
}

/** Of each target the weighted sum of its sources' values, [N, T]. @param values [N, count] */
function weightedSum(
  s: Sketch,
  values: string,
  targets: readonly (readonly SourceWeight[])[],
  count: number,
): string {
  const used = usedOf(targets);
  const longest = Math.max(1, ...targets.map(({ length }) => length));
  if (used.length * targets.length <= Math.max(DENSE, 2 * longest * targets.length)) {
    const places = new Map(used.map((source, at) => [source, at]));
    const matrix = new Float32Array(used.length * targets.length);
    for (const [t, sources] of targets.entries())
      for (const { source, weight } of sources) matrix[places.get(source)! * targets.length + t] += weight;
    return s.op('MatMul', [columns(s, values, used, count), s.floats(matrix, [used.length, targets.length])]);
  }
  const listed = targets.flatMap((sources) =>
    Array.from({ length: longest }, (_, at) => sources[at]?.source ?? 0),
  );
  const weights = targets.flatMap((sources) =>
    Array.from({ length: longest }, (_, at) => sources[at]?.weight ?? 0),
  );
  const terms = s.op('Mul', [
    lists(s, values, listed, targets.length, longest),
    s.floats(weights, [1, targets.length, longest]),
  ]);
  return s.reduce('ReduceSum', terms, [2], false);
}

/** ln of 1 plus the weighted mean of the strongest sources' probabilities. */
function conse(s: Sketch, { targets, sourceCount }: Mapping, logits: string, top: number): string {
  const k = Math.min(top, sourceCount);
  const [strongest, which] = s.two('TopK', [s.op('Softmax', [logits], { axis: 1 }), s.ints(k)], { axis: 1 });
  const shares = s.op('Div', [strongest, s.reduce('ReduceSum', strongest, [1])]);
  const matrix = new Float32Array(sourceCount * targets.length);
  for (const [t, sources] of targets.entries())
    for (const { source, weight } of sources) matrix[source * targets.length + t] += weight;
  const weights = s.op('Gather', [s.floats(matrix, [sourceCount, targets.length]), which], { axis: 0 });
  const terms = s.op('Mul', [weights, s.op('Unsqueeze', [shares, s.ints(2)])]);
  const sums = s.reduce('ReduceSum', terms, [1], false);
  return s.op('Log', [s.op('Add', [s.op('Max', [sums, s.float(LEAST_COSINE)]), s.float(1)])]);
}

/** ln of the sum of e^x over some columns, [N, 1]. */
function logSumExp(s: Sketch, scores: string, some: readonly number[], count: number): string {
  const own = columns(s, scores, some, count);
  const top = s.reduce('ReduceMax', own, [1]);
  const sum = s.reduce('ReduceSum', s.op('Exp', [s.op('Sub', [own, top])]), [1]);
  return s.op('Add', [s.op('Log', [sum]), top]);
}

/**
 * Scores [N, T] of several backbones, as `JoinedScorer` gives them; those of targets that none carries are any finite number.
 * @param logits of each, [N, its sources]
 */
export function joinedScores(s: Sketch, scorer: JoinedScorer, logits: readonly string[]): string {
  const { parts, shares, followed, targetCount: T } = scorer.plan;
  const said = parts.map(({ mapping }, p) => {
    const scores = mappedScores(s, mapping, s.op('LogSoftmax', [logits[p]], { axis: 1 }));
    if (mapping.aggregation.kind !== 'linear') return scores;
    const carried = [...mapping.targets.keys()].filter((t) => mapping.targets[t].length > 0);
    return carried.length === 0 ? scores : s.op('Sub', [scores, logSumExp(s, scores, carried, T)]);
  });
  const weighted = said.map((scores, p) => {
    const more = followed[p].map(({ part, shared }) => {
      const [theirs, own] = [said[part], scores].map((one) => logSumExp(s, one, shared, T));
      const { weight } = parts[part];
      return { weight, value: s.op('Mul', [s.op('Sub', [theirs, own]), s.float(weight)]) };
    });
    let total = scores;
    if (more.length > 0) {
      const sum = more.map(({ value }) => value).reduce((a, b) => s.op('Add', [a, b]));
      const weights = more.reduce((all, { weight }) => all + weight, 0);
      total = s.op('Add', [scores, s.op('Div', [sum, s.float(weights)])]);
    }
    return s.op('Mul', [total, s.floats(shares[p], [1, T])]);
  });
  return weighted.reduce((a, b) => s.op('Add', [a, b]));
}
