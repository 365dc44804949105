import type { AlignmentDocument, MemberTarget } from './alignment.ts';
import { type AlignmentPart, partsOf } from './members.ts';

/** A cell that two alignments weigh differently; weight 0 = not mapped. */
export interface CellDifference {
  /** Label of the target. */
  readonly target: string;
  readonly source: string;
  readonly weights: readonly [first: number, second: number];
  /** Where the cell is in each document, by indices of target and source; undefined where there is no such target. */
  readonly places: readonly [Cell | undefined, Cell | undefined];
}

/** A cell of an alignment. */
export interface Cell {
  /** Index in the document. */
  readonly target: number;
  /** Index among the source labels of all its backbones. */
  readonly source: number;
}

export interface AlignmentDifference {
  /** By targets of the first document, then those that only the second has; the largest difference first. */
  readonly cells: readonly CellDifference[];
  /** Target labels that only one of the two has. */
  readonly onlyTargets: readonly [first: readonly string[], second: readonly string[]];
  /** Cells that both map alike. */
  readonly alike: number;
  /** What makes answers differ where no cell does. */
  readonly beside: readonly BesideCells[];
}

/** A part of an alignment beside its cells; of several backbones, that of any. */
export type BesideCells = 'head' | 'first-head' | 'second-head' | 'prompt' | 'aggregation' | 'weight';

/** Weights nearer than this are written alike in documents. */
const ALIKE = 1e-6;

/** A source of either alignment: what it is called, and where it is in each document. */
interface FoundSource {
  readonly source: string;
  /** Among the sources of all backbones; undefined where the document's backbones have no such source. */
  readonly indices: readonly [number | undefined, number | undefined];
  readonly weights: [number, number];
}

/**
 * Where two alignments differ. Targets are the same when they are called the same; so are sources of other backbones. Sources
 * of a backbone that both have are the same where they are at the same place of it.
 */
export function differenceOf(first: AlignmentDocument, second: AlignmentDocument): AlignmentDifference {
  const sides = [first, second] as const;
  const [a, b] = sides.map(byLabel);
  const parts = [partsOf(first), partsOf(second)] as const;
  const cells: CellDifference[] = [];
  let alike = 0;
  for (const label of new Set([...a!.keys(), ...b!.keys()])) {
    const indices = [a!.get(label), b!.get(label)] as const;
    const found = new Map<string, FoundSource>();
    for (const side of [0, 1] as const) {
      const at = indices[side];
      for (const [p, part] of at === undefined ? [] : parts[side].entries()) {
        const twin = twinOf(parts, side, p);
        for (const { label: source, index, weight } of part.targets[at!].sources) {
          const key = twin
            ? `${side === 0 ? part.from : twin.from} ${side === 0 ? twin.from : part.from} ${index}`
            : `${p} ${source}`;
          const own = part.from + index;
          const known = found.get(key);
          const others = known?.indices[1 - side] ?? (twin && twin.from + index);
          const weights: [number, number] = known?.weights ?? [0, 0];
          weights[side] = weight;
          found.set(key, {
            source: known?.source ?? source,
            indices: side === 0 ? [own, others] : [others, own],
            weights,
          });
        }
      }
    }
    const differing = [...found.values()].filter(({ weights }) => Math.abs(weights[0] - weights[1]) > ALIKE);
    alike += found.size - differing.length;
    differing.sort((x, y) => gap(y.weights) - gap(x.weights));
    for (const { source, indices: own, weights } of differing) {
      const place = (side: 0 | 1): Cell | undefined => {
        const [target, index] = [indices[side], own[side]];
        return target === undefined || index === undefined ? undefined : { target, source: index };
      };
      cells.push({ target: label, source, weights, places: [place(0), place(1)] });
    }
  }
  const only = (mine: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>) =>
    [...mine.keys()].filter((label) => !other.has(label));
  return { cells, alike, onlyTargets: [only(a!, b!), only(b!, a!)], beside: besideCells(parts) };
}

function besideCells(
  parts: readonly [readonly AlignmentPart[], readonly AlignmentPart[]],
): readonly BesideCells[] {
  const differs = (of: (part: AlignmentPart) => unknown) => {
    const [first, second] = parts.map((side) => JSON.stringify(side.map((part) => of(part) ?? null)));
    return first !== second;
  };
  const [first, second] = parts.map((side) => side.some(({ head }) => head !== undefined));
  const head = first === second ? 'head' : first ? 'first-head' : 'second-head';
  return [
    ...(differs((part) => part.head?.sha256) ? [head as BesideCells] : []),
    ...(differs(({ prompt }) => prompt) ? ['prompt' as const] : []),
    ...(differs(({ aggregation }) => aggregation) ? ['aggregation' as const] : []),
    ...(differs(({ weight }) => weight) ? ['weight' as const] : []),
  ];
}

/**
 * The backbone of the other alignment that has the same sources in the same places. One that is there several times, each
 * with a prompt of its own, has its twins in their order.
 */
function twinOf(
  parts: readonly [readonly AlignmentPart[], readonly AlignmentPart[]],
  side: 0 | 1,
  at: number,
): AlignmentPart | undefined {
  const { backbone } = parts[side][at];
  const before = parts[side].slice(0, at).filter((one) => one.backbone.sha256 === backbone.sha256).length;
  const others = parts[1 - side].filter(
    ({ backbone: { labelSpace, sourceCount, texts } }) =>
      labelSpace === backbone.labelSpace &&
      sourceCount === backbone.sourceCount &&
      JSON.stringify(texts?.labels) === JSON.stringify(backbone.texts?.labels),
  );
  const isAlone = parts.every(({ length }) => length === 1);
  return isAlone ? others[0] : others.filter((other) => other.backbone.sha256 === backbone.sha256)[before];
}

function byLabel({ targets }: AlignmentDocument): ReadonlyMap<string, number> {
  return new Map(
    [...targets.entries()]
      .reverse()
      .map(([t, { label }]) => [label, t] as const)
      .reverse(),
  );
}

function gap([a, b]: readonly [number, number]): number {
  return Math.abs(a - b);
}

/**
 * What of an alignment decides predictions and truths of its backbone's outputs, as a text to compare. A changed hint,
 * or the name of a sense, changes no score.
 */
export function decidingText(alignment: AlignmentDocument): string {
  const { targets, aggregation, method, head, weight, weighed, members = [] } = alignment;
  return JSON.stringify([
    aggregation,
    method.labelled?.learned,
    targets.map((target) => [
      ...scoreOf(target),
      ...(head ? [target.learnedAs] : []),
      ...(target.role ? [target.role] : []),
    ]),
    // Absent where there is none: records of before were made without.
    ...(head ? [[head.kind, head.sha256, head.learned.learned]] : []),
    ...textsOf(alignment),
    ...(members.length === 0
      ? []
      : [
          weight,
          weighed?.learned,
          members.map((member) => [
            member.backbone.sha256,
            member.prompt,
            member.head?.sha256,
            member.method?.labelled?.learned,
            member.weight,
            member.aggregation,
            member.targets.map(scoreOf),
            ...textsOf(member),
          ]),
        ]),
  ]);
}

/** What a dual encoder is asked. */
function textsOf({ backbone: { texts } }: Pick<AlignmentDocument, 'backbone'>): unknown[] {
  return texts ? [[texts.encoder, texts.templates, texts.labels]] : [];
}

function scoreOf({ label, offset, weight: counts, sources }: MemberTarget): unknown[] {
  const scored = [label, offset ?? 0, sources.map(({ index, weight }) => [index, weight])];
  // Absent where there is none: records of before were made without.
  return counts === undefined ? scored : [...scored, counts];
}

/** The same with what decides the outputs themselves: two versions of an alignment with the same text answer alike. */
export function answeringText(alignment: AlignmentDocument): string {
  return JSON.stringify([alignment.backbone.sha256, alignment.prompt, decidingText(alignment)]);
}
