import type { SimilarityChoice } from '../encoders/similarityChoice.ts';
import { isLearned, type MappingMethod } from '../mapping/methods.ts';
import type { AlignmentDocument, AlignmentTarget, ExcludedSource } from './alignment.ts';
import { nameOf, withTarget, withTargets } from './mappingEdits.ts';

/** What a person changes about the meaning of an alignment; the labels are then aligned again. */
export type AlignmentEdit =
  /** Pins a WordNet sense; null leaves the choice to the method again. */
  | { readonly kind: 'sense'; readonly target: number; readonly sense: string | null }
  /** Sets the hint; null takes it away. */
  | { readonly kind: 'hint'; readonly target: number; readonly hint: string | null }
  | { readonly kind: 'exclude'; readonly source: ExcludedSource }
  | { readonly kind: 'include'; readonly source: number }
  /** Adds a target label at the end. */
  | { readonly kind: 'add'; readonly label: string }
  /** Maps one target as if nobody had changed it by hand; `hint` and a pinned sense stay. */
  | { readonly kind: 'again'; readonly target: number }
  /** Another method for all targets. */
  | { readonly kind: 'method'; readonly method: MethodChoice };

/** By what method labels are mapped, and by what they are compared. */
export interface MethodChoice {
  readonly name: MappingMethod;
  readonly k?: number;
  readonly seed?: number;
  readonly shared?: boolean;
  /** Absent: as before. */
  readonly similarity?: SimilarityChoice;
}

/**
 * The document with what the person said; its sources are still the old ones.
 * @throws {SemapError} `invalid-argument` when there is no such target
 */
export function withEdit(document: AlignmentDocument, edit: AlignmentEdit): AlignmentDocument {
  switch (edit.kind) {
    case 'sense': {
      const { sense } = edit;
      return withTarget(document, edit.target, ({ sense: _, pinned, gloss, ...target }) =>
        sense === null ? target : { ...target, sense, pinned: true },
      );
    }
    case 'hint': {
      const hint = edit.hint?.trim();
      return withTarget(document, edit.target, ({ hint: _, ...target }) =>
        hint ? { ...target, hint } : target,
      );
    }
    case 'exclude':
      return withExcluded(document, [...withoutSource(document, edit.source.index), edit.source]);
    case 'include':
      return withExcluded(document, withoutSource(document, edit.source));
    case 'add':
      return withTargets(document, [
        ...document.targets,
        { label: nameOf(edit.label), expected: 'none', sources: [] },
      ]);
    case 'again':
      return withTarget(document, edit.target, (target) => target);
    case 'method': {
      const { name, k, seed, shared, similarity } = edit.method;
      const { similarity: compared, encoder } = document.method;
      return {
        ...document,
        method: {
          name,
          similarity: similarity?.name ?? compared,
          ...(encoder === undefined || similarity !== undefined ? {} : { encoder }),
          ...(k === undefined ? {} : { k }),
          ...(seed === undefined ? {} : { seed }),
          ...(shared === undefined ? {} : { shared }),
        },
      };
    }
  }
}

function withoutSource({ excluded = [] }: AlignmentDocument, index: number): readonly ExcludedSource[] {
  return excluded.filter((source) => source.index !== index);
}

function withExcluded(document: AlignmentDocument, excluded: readonly ExcludedSource[]): AlignmentDocument {
  const { excluded: _, targets, ...rest } = document;
  if (excluded.length === 0) return { ...rest, targets };
  return { ...rest, excluded: excluded.toSorted((a, b) => a.index - b.index), targets };
}

/**
 * An edited document aligned again without losing what a person did to it: unknown fields, the aggregation and the
 * sources that they changed by hand stay.
 *
 * @param edited the document with the edit, its sources still as they were
 * @param before what the method made of the document before the edit: sources that differ from it are the person's
 * @param after what the method makes of the edited document
 * @param edit what was edited: its target is aligned anew in any case, and another method comes with what belongs to it
 */
export function mergeAligned(
  edited: AlignmentDocument,
  before: AlignmentDocument,
  after: AlignmentDocument,
  edit: AlignmentEdit,
): AlignmentDocument {
  const target = edit.kind === 'add' ? edited.targets.length - 1 : 'target' in edit ? edit.target : undefined;
  // What was learned from images says more than names do.
  const keepAll = isLearned(edited.method.name);
  const banned = new Set(edited.excluded?.map(({ index }) => index));
  const method = edit.kind === 'method' ? { method: after.method, aggregation: after.aggregation } : {};
  return {
    ...edited,
    ...method,
    targets: edited.targets.map((mine, t) => {
      const { label, hint, sense: _, pinned, gloss, expected, offset, sources, ...unknown } = mine;
      const next = after.targets[t]!;
      if (!keepAll && (t === target || sameSources(mine, before.targets[t]!))) return { ...next, ...unknown };
      const { offset: _offset, sources: _sources, ...about } = next;
      return {
        ...about,
        ...(keepAll ? { expected } : {}),
        ...(offset === undefined ? {} : { offset }),
        sources: sources.filter(({ index }) => !banned.has(index)),
        ...unknown,
      };
    }),
  };
}

function sameSources(a: AlignmentTarget, b: AlignmentTarget): boolean {
  return (
    (a.offset ?? 0) === (b.offset ?? 0) &&
    a.sources.length === b.sources.length &&
    a.sources.every(
      ({ index, weight }, i) => index === b.sources[i]!.index && weight === b.sources[i]!.weight,
    )
  );
}
