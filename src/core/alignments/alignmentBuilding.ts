import type { LabelSpace } from '../labels/labelSpace.ts';
import type { TargetLabel } from '../labels/targetLabels.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { isLearned, weighsAll } from '../mapping/methods.ts';
import { complementsOf, withComplements } from '../mapping/roles.ts';
import type { ChosenSense, SemanticMatrix } from '../similarity/similarity.ts';
import {
  type AlignmentDocument,
  type AlignmentMethodSettings,
  type AlignmentTarget,
  type ExcludedSource,
  type LabelMatch,
  type MeasuredRecall,
  versionOf,
} from './alignment.ts';
import { scoredTargets } from './answering.ts';
import { qualityOfRecall } from './expectedQuality.ts';
import { withMarks } from './expectedRecall.ts';
import { joinedSources } from './members.ts';

/** Everything an alignment document is made of. */
export interface AlignmentIngredients {
  readonly targets: readonly TargetLabel[];
  readonly labelSpace: LabelSpace;
  readonly backbone: Omit<AlignmentDocument['backbone'], 'labelSpace' | 'sourceCount'>;
  readonly method: AlignmentMethodSettings;
  readonly mapping: Mapping;
  readonly similarity: SemanticMatrix;
  /** Indices of the source labels that a person left out. */
  readonly excluded?: readonly number[] | undefined;
  /**
   * WordNet's similarities, where `similarity` is another: what to expect was measured on those, and a cosine of one
   * encoder says nothing about that of another.
   */
  readonly wordnet?: SemanticMatrix | undefined;
  /** Per target, what was measured on images that a learned mapping did not see. */
  readonly measured?: readonly (MeasuredRecall | undefined)[];
}

/** The document of a mapping. */
export function documentOf(ingredients: AlignmentIngredients): AlignmentDocument {
  const { targets, labelSpace, backbone, method, mapping, similarity, wordnet = similarity } = ingredients;
  const { excluded = [], measured } = ingredients;
  const dense = weighsAll(method.name);
  const least = mapping.aggregation.kind === 'linear' ? Number.MIN_VALUE : LEAST_WEIGHT;
  const document = present<AlignmentDocument>({
    version: 1,
    backbone: backboneOf(backbone, labelSpace),
    method: present(method),
    aggregation: mapping.aggregation,
    excluded: excluded.length === 0 ? undefined : excluded.map((index) => labelAt(labelSpace, index)),
    targets: targets.map((target, t): AlignmentTarget => {
      // A similarity without senses still keeps the one that a person gave.
      const given = [...sensesOf(similarity, t), ...sensesOf(wordnet, t)].find(
        ({ key }) => key === target.sense,
      );
      const sense = given ?? sensesOf(similarity, t)[0];
      const row = similarity.values.subarray(t * similarity.columns, (t + 1) * similarity.columns);
      const scores = wordnet.values.subarray(t * wordnet.columns, (t + 1) * wordnet.columns);
      const kinds = new Set(wordnet.meanings?.descendants[t]);
      return present<AlignmentTarget>({
        label: target.name,
        hint: target.hint,
        sense: sense?.key,
        pinned: sense && sense.key === target.sense ? true : undefined,
        gloss: sense?.gloss,
        match: matchOf(sensesOf(wordnet, t)),
        role: similarity.roles?.[t] ?? wordnet.roles?.[t],
        expected: qualityOfRecall(measured?.[t]?.recall ?? 0),
        expectedRecall: measured?.[t] ? undefined : 0,
        measured: measured?.[t],
        offset: mapping.offsets?.[t] ? rounded(mapping.offsets[t]) : undefined,
        sources: mapping.targets[t].flatMap(({ source, weight }) => {
          const shown = dense ? Number(weight.toPrecision(5)) : rounded(weight);
          if (Math.abs(shown) < least) return [];
          return [
            {
              ...labelAt(labelSpace, source),
              weight: shown,
              similarity: rounded(row[source]),
              ...(wordnet !== similarity && { wordnet: rounded(scores[source]) }),
              ...(kinds.has(source) && { kind: true }),
            },
          ];
        }),
      });
    }),
  });
  return withMarks({ ...document, version: versionOf(document) });
}

function backboneOf(
  { texts, ...backbone }: AlignmentIngredients['backbone'],
  { name, labels }: LabelSpace,
): AlignmentDocument['backbone'] {
  return present({ ...backbone, labelSpace: name, sourceCount: labels.length, texts });
}

/** How much of a label's name has the senses that were chosen. */
function matchOf(senses: readonly ChosenSense[]): LabelMatch | undefined {
  if (senses.length === 0) return undefined;
  return senses.every(({ whole }) => whole) ? 'whole' : 'part';
}

/** Without members that are undefined: in a document they are absent. */
function present<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function sensesOf({ meanings }: SemanticMatrix, t: number): readonly ChosenSense[] {
  return meanings?.senses[t] ?? [];
}

function labelAt({ labels }: LabelSpace, index: number): ExcludedSource {
  const { name, wnid } = labels[index];
  return { label: name, ...(wnid && { wnid }), index };
}

/** The targets of a document as they were given: senses that the method chose are left to it again. */
export function targetLabelsOf({ targets }: AlignmentDocument): TargetLabel[] {
  return targets.map(({ label, hint, sense, pinned }) => ({
    name: label,
    hint,
    sense: pinned ? sense : undefined,
  }));
}

/** The mapping that a document describes. */
export function mappingOf(document: AlignmentDocument): Mapping {
  const mapping = {
    sourceCount: document.backbone.sourceCount,
    targets: document.targets.map((target) =>
      target.sources.map(({ index, weight }) => ({ source: index, weight })),
    ),
    aggregation: document.aggregation,
    ...(document.targets.some((target) => target.offset)
      ? { offsets: document.targets.map((target) => target.offset ?? 0) }
      : {}),
  };
  return withComplements(mapping, complementsOf(document.targets, document.aggregation));
}

/** Lighter sources are left out: they decide nothing. */
const LEAST_WEIGHT = 1e-4;

/** Four decimals: what a person reads is what decides. */
function rounded(value: number): number {
  return Number(value.toFixed(4));
}

/** The labels that something stands for, but little: few of their images will be told. A head knows labels otherwise. */
export function weakTargets({ targets, head }: AlignmentDocument): readonly number[] {
  if (head) return [];
  return [...targets.keys()].filter((t) => {
    const { expected, sources } = targets[t];
    return sources.length > 0 && (expected === 'weak' || expected === 'poor' || expected === 'none');
  });
}

/** What a person should know about an alignment before any image is run. */
export interface AlignmentWarnings {
  /** Labels without a score: they can never be predicted. Not those that stand for none of the others. */
  readonly unmapped: readonly string[];
  /** Source labels that several targets share with at least half of their largest weight, and those targets. */
  readonly shared: readonly {
    readonly source: string;
    /** Index in the backbone's label space; joined where there are several. */
    readonly index: number;
    readonly targets: readonly string[];
  }[];
  /** Target labels that stand more than once. */
  readonly duplicates: readonly string[];
  /** Whether most targets have nothing close among the source labels, so that zero-shot will be near chance. */
  readonly nothingFits: boolean;
}

/** Looks an alignment over. */
export function alignmentWarnings(document: AlignmentDocument): AlignmentWarnings {
  const users = new Map<number, { source: string; index: number; targets: string[] }>();
  const seen = new Set<string>();
  const duplicates = new Set<string>();
  const sources = joinedSources(document);
  for (const [t, target] of document.targets.entries()) {
    if (seen.has(target.label)) duplicates.add(target.label);
    seen.add(target.label);
    const top = sources[t].reduce((most, { weight }) => Math.max(most, weight), 0);
    for (const source of sources[t]) {
      if (source.weight < top / 2) continue;
      const user = users.get(source.index) ?? { source: source.label, index: source.index, targets: [] };
      user.targets.push(target.label);
      users.set(source.index, user);
    }
  }
  const hopeless = document.targets.filter(
    (target) => target.expected === 'poor' || target.expected === 'none',
  );
  const scored = scoredTargets(document);
  return {
    // A head knows labels by images, whatever they are mapped to.
    unmapped: document.head
      ? []
      : document.targets
          .filter(({ role }, t) => !scored[t] && role?.kind !== 'rest')
          .map((target) => target.label),
    shared: [...users.values()].filter((user) => user.targets.length > 1),
    duplicates: [...duplicates],
    nothingFits:
      // A learned mapping says itself what it was measured to be worth.
      !document.head &&
      !isLearned(document.method.name) &&
      document.targets.length > 0 &&
      hopeless.length > document.targets.length / 2,
  };
}
