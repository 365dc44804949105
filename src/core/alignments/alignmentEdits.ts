import type { SimilarityChoice } from '../encoders/similarityChoice.ts';
import { invalidArgument } from '../errors.ts';
import { withRenamedLabel } from '../expectations/statedExpectations.ts';
import type { Aggregation } from '../mapping/mapping.ts';
import type { GivenParameters, MappingMethod } from '../mapping/methods.ts';
import { checkAggregation, isWithinRange, weightRange } from '../mapping/ranges.ts';
import { phrase } from '../text/text.ts';
import type {
  AlignmentDocument,
  AlignmentMember,
  AlignmentSource,
  AlignmentTarget,
  ExcludedSource,
} from './alignment.ts';
import { withMember, withMemberWeight, withoutMember, withPart } from './memberEdits.ts';
import { marked, partDocument } from './members.ts';

/**
 * What a person changes about an alignment: commands make it, pages send it. Targets and sources go by their indices. Where it
 * has several backbones, `member` says whose sources are meant: absent or 0 are the document's own, then its members.
 */
export type AlignmentEdit = MappingEdit | MeaningEdit;

/** Which backbone's share of an alignment is edited. */
interface OfMember {
  readonly member?: number | undefined;
}

/** An edit of the mapping itself. */
export type MappingEdit =
  /** Maps a source to a target, or changes its weight. */
  | ({ readonly kind: 'map'; readonly target: number; readonly source: AlignmentSource } & OfMember)
  | ({ readonly kind: 'unmap'; readonly target: number; readonly source: number } & OfMember)
  | { readonly kind: 'rename'; readonly target: number; readonly label: string }
  /** Moves a target to the place that `to` has now. */
  | { readonly kind: 'move'; readonly target: number; readonly to: number }
  | { readonly kind: 'remove'; readonly target: number }
  /** Leaves a contested source to one target. */
  | ({ readonly kind: 'award'; readonly target: number; readonly source: number } & OfMember)
  | ({ readonly kind: 'aggregation'; readonly aggregation: Aggregation } & OfMember)
  /** Adds the backbones of another alignment, with their mappings. */
  | { readonly kind: 'join'; readonly alignment: AlignmentDocument }
  /** Leaves a backbone out; of the document's own, the first member takes the place. */
  | { readonly kind: 'leave'; readonly member: number }
  /** How much a backbone counts beside the others; null is as much as the others. */
  | { readonly kind: 'weigh'; readonly member: number; readonly weight: number | null };

/** An edit of what labels mean or how they are compared: they are then aligned again. */
export type MeaningEdit =
  /** Pins a WordNet sense; null leaves the choice to the method again. */
  | { readonly kind: 'sense'; readonly target: number; readonly sense: string | null }
  /** Sets the hint; null takes it away. */
  | ({ readonly kind: 'hint' } & HintEdit)
  /** Sets the hints of several targets. */
  | { readonly kind: 'hints'; readonly hints: readonly HintEdit[] }
  | ({ readonly kind: 'exclude'; readonly source: ExcludedSource } & OfMember)
  | ({ readonly kind: 'include'; readonly source: number } & OfMember)
  /** Adds a target label at the end. */
  | { readonly kind: 'add'; readonly label: string }
  /** Maps one target as if nobody had changed it by hand; `hint` and a pinned sense stay. */
  | { readonly kind: 'again'; readonly target: number }
  /** Another method for all targets. */
  | ({ readonly kind: 'method'; readonly method: MethodChoice } & OfMember);

/** A hint for a target; null: none. */
export interface HintEdit {
  readonly target: number;
  readonly hint: string | null;
}

/** By what method labels are mapped, and by what they are compared. */
export interface MethodChoice extends GivenParameters {
  readonly name: MappingMethod;
  /** Absent: as before. */
  readonly similarity?: SimilarityChoice | undefined;
}

const MEANING: ReadonlySet<string> = new Set<MeaningEdit['kind']>([
  'sense',
  'hint',
  'hints',
  'exclude',
  'include',
  'add',
  'again',
  'method',
]);

/** Whether labels must be aligned again after an edit. */
export function changesMeaning(edit: AlignmentEdit): edit is MeaningEdit {
  return MEANING.has(edit.kind);
}

/**
 * The document with the edit; everything else of it stays as it is. Where the edit changes the meaning, its sources are
 * still the old ones.
 * @throws {SemapError} `invalid-argument` when there is no such target, or the edit makes no sense there
 */
export function withEdit(document: AlignmentDocument, edit: AlignmentEdit): AlignmentDocument {
  return marked(edited(document, edit));
}

function edited(document: AlignmentDocument, edit: AlignmentEdit): AlignmentDocument {
  switch (edit.kind) {
    case 'join':
      return withMember(document, edit.alignment);
    case 'leave':
      return withoutMember(document, edit.member);
    case 'weigh':
      return withMemberWeight(document, edit.member, edit.weight);
  }
  if (!('member' in edit) || !edit.member) return withOwnEdit(document, edit);
  return withPart(document, edit.member, withOwnEdit(partDocument(document, edit.member), edit));
}

/** An edit of the document's own mapping, or of the labels. */
function withOwnEdit(
  document: AlignmentDocument,
  edit: Exclude<AlignmentEdit, { readonly kind: 'join' | 'leave' | 'weigh' }>,
): AlignmentDocument {
  switch (edit.kind) {
    case 'map':
      return withSource(document, edit.target, edit.source);
    case 'unmap':
      return withTarget(document, edit.target, (target) => withoutSource(target, edit.source));
    case 'rename':
      return renamed(document, edit.target, nameOf(edit.label));
    case 'move': {
      mustBeTarget(document, edit.target);
      mustBeTarget(document, edit.to);
      return reordered(document, moved([...document.targets.keys()], edit.target, edit.to));
    }
    case 'remove':
      mustBeTarget(document, edit.target);
      return withoutStrayTargets(
        reordered(
          document,
          [...document.targets.keys()].filter((t) => t !== edit.target),
        ),
      );
    case 'award': {
      mustBeTarget(document, edit.target);
      const uses = ({ sources }: AlignmentTarget) => sources.some(({ index }) => index === edit.source);
      const targets = document.targets.map((target, t) =>
        t !== edit.target && uses(target) ? withoutSource(target, edit.source) : target,
      );
      return withTargets(document, targets);
    }
    case 'aggregation':
      checkAggregation(edit.aggregation);
      return { ...document, aggregation: edit.aggregation };
    case 'sense': {
      const { sense } = edit;
      return withTarget(document, edit.target, ({ sense: _, pinned, gloss, ...target }) =>
        sense === null ? target : { ...target, sense, pinned: true },
      );
    }
    case 'hint':
      return withHint(document, edit);
    case 'hints':
      return edit.hints.reduce(withHint, document);
    case 'exclude':
      return withExcluded(document, [...excludedBut(document, edit.source.index), edit.source]);
    case 'include':
      return withExcluded(document, excludedBut(document, edit.source));
    case 'add':
      return withTargets(document, [
        ...document.targets,
        { label: nameOf(edit.label), expected: 'none', sources: [] },
      ]);
    case 'again':
      return withTarget(document, edit.target, (target) => target);
    case 'method': {
      const { similarity, ...chosen } = edit.method;
      const kept = similarity === undefined ? document.method.encoder : undefined;
      const compared = similarity?.name ?? document.method.similarity;
      return { ...document, method: { ...chosen, similarity: compared, encoder: kept } };
    }
  }
}

function withHint(document: AlignmentDocument, { target: at, hint }: HintEdit): AlignmentDocument {
  const said = hint?.trim();
  return withTarget(document, at, ({ hint: _, ...target }) => (said ? { ...target, hint: said } : target));
}

/** A target under another name. Heads are in files, and know it by the name that it had; members follow. */
function renamed(document: AlignmentDocument, at: number, label: string): AlignmentDocument {
  const before = mustBeTarget(document, at).label;
  const hasHead = document.head !== undefined || document.members?.some(({ head }) => head !== undefined);
  const named = withTarget(document, at, ({ learnedAs = before, ...target }) => ({
    ...target,
    label,
    ...(hasHead && learnedAs !== label && { learnedAs }),
  }));
  const next = isTarget(named, before) ? named : withRenamedMentions(named, before, label);
  if (!document.members || isTarget(next, before)) return next;
  const members = document.members.map((member) => ({
    ...member,
    targets: member.targets.map((target) => (target.label === before ? { ...target, label } : target)),
  }));
  return { ...next, members };
}

/** Labels that are what another is not follow its name, and so does what is expected of it. */
function withRenamedMentions(document: AlignmentDocument, before: string, after: string): AlignmentDocument {
  const targets = document.targets.map((target) => {
    if (target.role?.kind !== 'not' || !target.role.labels.includes(before)) return target;
    const labels = target.role.labels.map((label) => (label === before ? after : label));
    return { ...target, role: { ...target.role, labels } };
  });
  const { expectations } = document;
  return {
    ...document,
    ...(expectations && { expectations: withRenamedLabel(expectations, before, after) }),
    targets,
  };
}

function isTarget({ targets }: AlignmentDocument, label: string): boolean {
  return targets.some((target) => target.label === label);
}

/** The document whose members have no targets that it does not have. */
function withoutStrayTargets(document: AlignmentDocument): AlignmentDocument {
  if (!document.members) return document;
  const members = document.members.map((member) => {
    const kept = [...member.targets.keys()].filter((t) => isTarget(document, member.targets[t].label));
    return reordered(member, kept);
  });
  return { ...document, members };
}

function excludedBut({ excluded = [] }: AlignmentDocument, index: number): readonly ExcludedSource[] {
  return excluded.filter((source) => source.index !== index);
}

function withExcluded(document: AlignmentDocument, excluded: readonly ExcludedSource[]): AlignmentDocument {
  const { excluded: _, targets, ...rest } = document;
  if (excluded.length === 0) return { ...rest, targets };
  return { ...rest, excluded: excluded.toSorted((a, b) => a.index - b.index), targets };
}

/** The weight that a source gets when a person maps it: full, or where weights are cosines, its similarity. */
export function usualWeight(
  { aggregation }: Pick<AlignmentDocument, 'aggregation'>,
  similarity: number,
): number {
  return aggregation.kind === 'conse' && similarity > 0 ? similarity : 1;
}

function withSource(document: AlignmentDocument, at: number, source: AlignmentSource): AlignmentDocument {
  const { weight, index, label } = source;
  if (!Number.isInteger(index) || index < 0 || index >= document.backbone.sourceCount)
    throw invalidArgument(phrase('The backbone has no source {0}.', String(index)));
  const range = weightRange(document.aggregation);
  if (!isWithinRange(weight, range))
    throw invalidArgument(
      phrase(
        'A weight must be from {0} to {1}, not {2}.',
        String(range.from),
        String(range.to),
        String(weight),
      ),
    );
  if (document.excluded?.some((out) => out.index === index)) {
    throw invalidArgument(phrase('{0} is excluded, so no target label may use it.', label), {
      hint: phrase('Include it again first.'),
    });
  }
  return withTarget(document, at, (target) => {
    const known = target.sources.findIndex((each) => each.index === index);
    if (known >= 0)
      return withSources(target, target.sources.with(known, { ...target.sources[known], weight }));
    const lighter = target.sources.findIndex((each) => each.weight < weight);
    const place = lighter < 0 ? target.sources.length : lighter;
    return withSources(target, target.sources.toSpliced(place, 0, source));
  });
}

/** What was measured was measured with other sources. */
function withSources(
  { measured: _, ...target }: AlignmentTarget,
  sources: readonly AlignmentSource[],
): AlignmentTarget {
  return { ...target, sources };
}

function withoutSource(target: AlignmentTarget, source: number): AlignmentTarget {
  return withSources(
    target,
    target.sources.filter(({ index }) => index !== source),
  );
}

/** The document with one of its targets changed. @throws {SemapError} `invalid-argument` when there is no such target */
function withTarget(
  document: AlignmentDocument,
  at: number,
  change: (target: AlignmentTarget) => AlignmentTarget,
): AlignmentDocument {
  return { ...document, targets: document.targets.with(at, change(mustBeTarget(document, at))) };
}

/** The document with other targets; where there is a bias for each, the new ones have none. */
function withTargets(document: AlignmentDocument, targets: readonly AlignmentTarget[]): AlignmentDocument {
  const { aggregation } = document;
  if (aggregation.kind !== 'linear' || targets.length === aggregation.bias.length)
    return { ...document, targets };
  const bias = targets.map((_, t) => aggregation.bias[t] ?? 0);
  return { ...document, aggregation: { ...aggregation, bias }, targets };
}

/** The targets that `order` names, in that order, each with its bias. */
function reordered<Of extends Pick<AlignmentMember, 'aggregation' | 'targets'>>(
  document: Of,
  order: readonly number[],
): Of {
  const { aggregation } = document;
  const targets = order.map((t) => document.targets[t]);
  if (aggregation.kind !== 'linear') return { ...document, targets };
  const bias = order.map((t) => aggregation.bias[t]);
  return { ...document, aggregation: { ...aggregation, bias }, targets };
}

function moved(items: readonly number[], from: number, to: number): number[] {
  return items.toSpliced(from, 1).toSpliced(to, 0, items[from]);
}

/** A label without blanks around it. @throws {SemapError} `invalid-argument` when nothing is left */
function nameOf(label: string): string {
  const name = label.trim();
  if (name === '') throw invalidArgument(phrase('A target label needs a name.'));
  return name;
}

function mustBeTarget({ targets }: AlignmentDocument, at: number): AlignmentTarget {
  const target = targets[at];
  if (!target) throw invalidArgument(phrase('The alignment has no target {0}.', String(at)));
  return target;
}
