import { SemapError } from '../errors.ts';
import type { Aggregation } from '../mapping/mapping.ts';
import { checkAggregation, isWithinRange, rangeText, weightRange } from '../mapping/ranges.ts';
import { phrase } from '../text/text.ts';
import type { AlignmentDocument, AlignmentSource, AlignmentTarget } from './alignment.ts';

/** What a person changes about the mapping itself; nothing is aligned again. */
export type MappingEdit =
  /** Maps a source to a target, or changes its weight. */
  | { readonly kind: 'map'; readonly target: number; readonly source: AlignmentSource }
  | { readonly kind: 'unmap'; readonly target: number; readonly source: number }
  | { readonly kind: 'rename'; readonly target: number; readonly label: string }
  /** Moves a target to the place that `to` has now. */
  | { readonly kind: 'move'; readonly target: number; readonly to: number }
  | { readonly kind: 'remove'; readonly target: number }
  /** Leaves a contested source to one target. */
  | { readonly kind: 'award'; readonly target: number; readonly source: number }
  | { readonly kind: 'aggregation'; readonly aggregation: Aggregation };

/**
 * The document with the edit; everything else of it stays as it is.
 * @throws {SemapError} `invalid-argument` when there is no such target, or the edit makes no sense there
 */
export function withMappingEdit(document: AlignmentDocument, edit: MappingEdit): AlignmentDocument {
  switch (edit.kind) {
    case 'map':
      return withSource(document, edit.target, edit.source);
    case 'unmap':
      return withTarget(document, edit.target, (target) =>
        withSources(
          target,
          target.sources.filter(({ index }) => index !== edit.source),
        ),
      );
    case 'rename':
      return withTarget(document, edit.target, (target) => ({ ...target, label: nameOf(edit.label) }));
    case 'move': {
      mustBeTarget(document, edit.target);
      mustBeTarget(document, edit.to);
      return reordered(document, moved([...document.targets.keys()], edit.target, edit.to));
    }
    case 'remove':
      mustBeTarget(document, edit.target);
      return reordered(
        document,
        [...document.targets.keys()].filter((t) => t !== edit.target),
      );
    case 'award': {
      mustBeTarget(document, edit.target);
      return withTargets(
        document,
        document.targets.map((target, t) =>
          t === edit.target || target.sources.every(({ index }) => index !== edit.source)
            ? target
            : withSources(
                target,
                target.sources.filter(({ index }) => index !== edit.source),
              ),
        ),
      );
    }
    case 'aggregation':
      checkAggregation(edit.aggregation);
      return { ...document, aggregation: edit.aggregation };
  }
}

/** The weight that a source gets when a person maps it: full, or where weights are cosines, its similarity. */
export function usualWeight({ aggregation }: AlignmentDocument, similarity: number): number {
  return aggregation.kind === 'conse' && similarity > 0 ? similarity : 1;
}

function withSource(document: AlignmentDocument, at: number, source: AlignmentSource): AlignmentDocument {
  const { weight, index, label } = source;
  const range = weightRange(document.aggregation);
  if (!isWithinRange(weight, range)) {
    throw new SemapError(
      'invalid-argument',
      phrase('A weight must be {0}, not {1}.', rangeText(range), weight),
    );
  }
  if (document.excluded?.some((out) => out.index === index)) {
    throw new SemapError('invalid-argument', phrase('{0} is excluded: no target may use it.', label), {
      hint: phrase('Include it again first.'),
    });
  }
  return withTarget(document, at, (target) => {
    const known = target.sources.findIndex((each) => each.index === index);
    if (known >= 0) {
      return withSources(target, target.sources.with(known, { ...target.sources[known]!, weight }));
    }
    const lighter = target.sources.findIndex((each) => each.weight < weight);
    const place = lighter < 0 ? target.sources.length : lighter;
    return withSources(target, target.sources.toSpliced(place, 0, source));
  });
}

/** What was measured was measured with other sources. */
function withSources(
  { measured: _, ...target }: AlignmentTarget,
  sources: AlignmentTarget['sources'],
): AlignmentTarget {
  return { ...target, sources };
}

/** The document with one of its targets changed. @throws {SemapError} `invalid-argument` when there is no such target */
export function withTarget(
  document: AlignmentDocument,
  at: number,
  change: (target: AlignmentTarget) => AlignmentTarget,
): AlignmentDocument {
  return { ...document, targets: document.targets.with(at, change(mustBeTarget(document, at))) };
}

/** The document with other targets; where there is a bias for each, the new ones have none. */
export function withTargets(
  document: AlignmentDocument,
  targets: readonly AlignmentTarget[],
): AlignmentDocument {
  const { aggregation } = document;
  if (aggregation.kind !== 'linear' || targets.length === aggregation.bias.length) {
    return { ...document, targets };
  }
  const bias = targets.map((_, t) => aggregation.bias[t] ?? 0);
  return { ...document, aggregation: { ...aggregation, bias }, targets };
}

/** The targets that `order` names, in that order, each with its bias. */
function reordered(document: AlignmentDocument, order: readonly number[]): AlignmentDocument {
  const { aggregation } = document;
  const targets = order.map((t) => document.targets[t]!);
  if (aggregation.kind !== 'linear') return { ...document, targets };
  const bias = order.map((t) => aggregation.bias[t]!);
  return { ...document, aggregation: { ...aggregation, bias }, targets };
}

function moved(items: readonly number[], from: number, to: number): number[] {
  return items.toSpliced(from, 1).toSpliced(to, 0, items[from]!);
}

/** A label without blanks around it. @throws {SemapError} `invalid-argument` when nothing is left */
export function nameOf(label: string): string {
  const name = label.trim();
  if (name === '') throw new SemapError('invalid-argument', phrase('A target label needs a name.'));
  return name;
}

function mustBeTarget({ targets }: AlignmentDocument, at: number): AlignmentTarget {
  const target = targets[at];
  if (!target)
    throw new SemapError('invalid-argument', phrase('There is no target {0} in the alignment.', at));
  return target;
}
