import { invalidArgument } from '../errors.ts';
import { isLearned, isLevel } from '../mapping/methods.ts';
import { phrase } from '../text/text.ts';
import {
  type AlignmentDocument,
  type AlignmentMember,
  type AlignmentSource,
  type AlignmentTarget,
  type ExcludedSource,
  type LearnedRecord,
  type MeasuredRecall,
  type MemberTarget,
  type NamedBackbone,
  versionOf,
} from './alignment.ts';
import { qualityOfRecall } from './expectedQuality.ts';
import { expectedRecalls, hasRecalls, withMarksAgain, withRecalls } from './expectedRecall.ts';

/*
 * An alignment of several backbones. The document is the first of them, its members are the others; each has a mapping of its
 * own to the same target labels. Joined, their source labels stand one after the other: the sources of member 0 (the document
 * itself), those of member 1, ... A joined index names a source among all of them.
 */

/** One backbone of an alignment, with a target for each of the document's, in its order. */
export interface AlignmentPart extends Pick<AlignmentDocument, 'backbone' | 'aggregation' | 'method'> {
  /** Joined index of its first source. */
  readonly from: number;
  readonly prompt?: string | undefined;
  readonly head?: AlignmentDocument['head'];
  readonly excluded?: AlignmentMember['excluded'];
  /** How much it counts beside the others, above 0. */
  readonly weight: number;
  /** Those that it does not carry have no sources. */
  readonly targets: readonly MemberTarget[];
}

/** The source labels of one backbone among the joined ones, as a grid shows them. */
export interface SourceGroup {
  /** Which backbone: 0 is the document's own, then its members. */
  readonly member: number;
  readonly name: string;
  /** Joined index of its first source. */
  readonly from: number;
  readonly count: number;
}

/** How many backbones answer under an alignment. */
export function backboneCount({ members = [] }: Pick<AlignmentDocument, 'members'>): number {
  return 1 + members.length;
}

/** The backbones of an alignment as figures name them. */
export function backbonesOf({
  backbone,
  members = [],
}: Pick<AlignmentDocument, 'backbone' | 'members'>): NamedBackbone {
  const all = [backbone, ...members.map((member) => member.backbone)];
  return namedBackbones(all);
}

/** Some backbones as figures name them. */
export function namedBackbones(
  all: readonly { readonly name: string; readonly sha256: string }[],
): NamedBackbone {
  const [{ sha256 }, ...members] = all.map(({ name, sha256 }) => ({ name, sha256 }));
  return { name: all.map(({ name }) => name).join(' + '), sha256, ...(members.length > 0 && { members }) };
}

/** The files that answer under an alignment. */
export interface AnsweringBackbones {
  readonly backbone: { readonly sha256: string };
  readonly members?: readonly Pick<AnsweringBackbones, 'backbone'>[] | undefined;
}

/** Whether both are answered by the same files in the same order. */
export function areSameBackbones(one: AnsweringBackbones, other: AnsweringBackbones): boolean {
  const hashes = ({ backbone, members = [] }: AnsweringBackbones) =>
    [backbone.sha256, ...members.map((member) => member.backbone.sha256)].join(' ');
  return hashes(one) === hashes(other);
}

/** Whether figures were made by the backbones of an alignment. */
export function areOfBackbones(
  { sha256, members = [] }: NamedBackbone,
  alignment: AnsweringBackbones,
): boolean {
  return areSameBackbones(
    { backbone: { sha256 }, members: members.map((backbone) => ({ backbone })) },
    alignment,
  );
}

/** The backbones of an alignment: the document's own, then its members. */
export function partsOf(document: AlignmentDocument): readonly AlignmentPart[] {
  const { backbone, aggregation, method, prompt, excluded, weight = 1, targets, members = [] } = document;
  // Where there are several, a head is that of all of them.
  const head = members.length === 0 ? document.head : undefined;
  let from = backbone.sourceCount;
  return [
    { from: 0, backbone, aggregation, method, prompt, head, excluded, weight, targets },
    ...members.map((member): AlignmentPart => {
      const own = { ...matched(targets, member), from, method: member.method ?? method };
      from += member.backbone.sourceCount;
      return own;
    }),
  ];
}

/** A member, its targets and their biases in the order of the document's. */
function matched(targets: readonly AlignmentTarget[], member: AlignmentMember) {
  const { aggregation, weight = 1, method: _, ...rest } = member;
  const places = placesOf(member.targets);
  const order = targets.map(({ label }) => places.get(label)?.shift() ?? -1);
  return {
    ...rest,
    weight,
    aggregation:
      aggregation.kind === 'linear'
        ? { ...aggregation, bias: order.map((at) => aggregation.bias[at] ?? 0) }
        : aggregation,
    targets: order.map((at, t) => member.targets[at] ?? { label: targets[t].label, sources: [] }),
  };
}

/** Where each label stands; labels that stand twice are told apart by their order. */
function placesOf(targets: readonly Pick<MemberTarget, 'label'>[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [at, { label }] of targets.entries()) places.set(label, [...(places.get(label) ?? []), at]);
  return places;
}

/** The groups of source labels of an alignment; one where it has one backbone. */
export function sourceGroups(document: AlignmentDocument): readonly SourceGroup[] {
  let from = 0;
  return [document, ...(document.members ?? [])].map(({ backbone: { name, sourceCount } }, member) => {
    const group = { member, name, from, count: sourceCount };
    from += sourceCount;
    return group;
  });
}

/** The backbone that a joined source is of, and its index there. */
export function placeOfSource(
  groups: readonly SourceGroup[],
  joined: number,
): { readonly member: number; readonly index: number } {
  const group = groups.find(({ from, count }) => joined >= from && joined < from + count) ?? groups[0];
  return { member: group.member, index: joined - group.from };
}

/** The sources of each target in all backbones, with joined indices: the document's own, then those of each member. */
export function joinedSources(document: AlignmentDocument): readonly (readonly AlignmentSource[])[] {
  const parts = partsOf(document);
  if (parts.length === 1) return document.targets.map(({ sources }) => sources);
  return document.targets.map((_, t) =>
    parts.flatMap(({ from, targets }) =>
      targets[t].sources.map((source) => ({ ...source, index: from + source.index })),
    ),
  );
}

/** The source labels that no target may use, in all backbones, with joined indices. */
export function joinedExcluded(document: AlignmentDocument): readonly ExcludedSource[] {
  return partsOf(document).flatMap(({ from, excluded = [] }) =>
    excluded.map((source) => ({ ...source, index: from + source.index })),
  );
}

/**
 * One backbone's share of an alignment as an alignment of its own: what edits and aligning again work on. Senses, hints and
 * marks are the document's.
 */
export function partDocument(document: AlignmentDocument, at: number): AlignmentDocument {
  const {
    members: _,
    weight: __,
    head: ___,
    prompt: ____,
    excluded: _____,
    weighed: ______,
    ...rest
  } = document;
  const { backbone, aggregation, method, prompt, head, excluded, targets } = mustBePart(document, at);
  const alone: AlignmentDocument = {
    ...rest,
    version: versionOf({ head, targets: document.targets }),
    backbone,
    method,
    aggregation,
    ...(prompt !== undefined && { prompt }),
    ...(head && { head }),
    ...(excluded && { excluded }),
    targets: document.targets.map((target, t) => {
      if (backboneCount(document) === 1) return target;
      // What was measured was measured with all of them.
      const { offset: _, sources: __, measured: ___, ...about } = target;
      return { ...about, ...targets[t] };
    }),
  };
  return backboneCount(document) > 1 ? withMarksAgain(alone) : alone;
}

/** The document with marks that are of its sources as they are now: of several backbones, the best for each target. */
export function marked(document: AlignmentDocument): AlignmentDocument {
  if (backboneCount(document) === 1 || !hasRecalls(document)) return withMarksAgain(document);
  const recalls = partsOf(document).map((_, at) => expectedRecalls(partDocument(document, at)));
  return withRecalls(
    document,
    document.targets.map((_, t) => Math.max(...recalls.map((own) => own[t]))),
  );
}

/** The document with one backbone's share of it replaced by an alignment of that backbone alone, of the same targets. */
export function withPart(
  document: AlignmentDocument,
  at: number,
  part: AlignmentDocument,
): AlignmentDocument {
  mustBePart(document, at);
  if (at === 0) {
    const { members, weight, head, weighed } = document;
    const several = backboneCount(document) > 1;
    return arranged({ ...part, head: several ? head : part.head, weight, weighed, members });
  }
  const before = document.members![at - 1];
  const member = { ...memberOf(part), backbone: before.backbone, weight: before.weight };
  return arranged({ ...document, members: document.members!.with(at - 1, member) });
}

/**
 * The document with another backbone. Labels that only the other alignment has come after the others, with what it says of
 * them. A head of the one is none of both: it is left out. What only one of them knows is left to it.
 * @throws {SemapError} `invalid-argument` where both are of the same backbone, or one cannot be combined
 */
export function withMember(document: AlignmentDocument, other: AlignmentDocument): AlignmentDocument {
  const known = partsOf(document);
  const added = Array.from({ length: backboneCount(other) }, (_, at) => partDocument(other, at));
  for (const part of [...known, ...added]) mustBeCombinable(part);
  for (const { backbone, prompt } of added) {
    if (!known.some((one) => one.backbone.sha256 === backbone.sha256 && one.prompt === prompt)) continue;
    throw invalidArgument(phrase('{0} is in the alignment already.', backbone.name));
  }
  return withoutStrangers(joined(document, other, added));
}

function joined(
  document: AlignmentDocument,
  other: AlignmentDocument,
  added: readonly AlignmentDocument[],
): AlignmentDocument {
  const { head: _, weighed: __, ...rest } = document;
  const places = placesOf(document.targets);
  const further = other.targets.filter(({ label }) => places.get(label)?.shift() === undefined);
  return arranged({
    ...rest,
    // What was measured was measured with one backbone.
    targets: [
      ...document.targets.map(({ measured: _, ...target }) => target),
      ...further.map(({ offset: _, measured: __, ...target }) => ({ ...target, sources: [] })),
    ],
    members: [
      ...(document.members ?? []),
      ...added.map((part, at) => ({ ...memberOf(part), weight: weightsOf(other)[at] })),
    ],
  });
}

/**
 * A source that is no kind of the target and less similar has little to do with it: a mapping of one backbone takes it where
 * there is nothing else, but a net of birds should not be heard about cats beside one that knows some.
 */
const LEAST_CARRIED = 0.18;

/**
 * The document in which no backbone carries a target by strangers that another one has something for.
 * @param targets the places of those that are looked at; absent: all
 */
export function withoutStrangers(
  document: AlignmentDocument,
  targets: readonly number[] = [...document.targets.keys()],
): AlignmentDocument {
  const parts = partsOf(document);
  // What was learned from images says more than names do.
  const known = parts.map(({ method, targets }) =>
    targets.map(({ sources }) => sources.some(isLearned(method.name) ? () => true : isNear)),
  );
  const left = targets.filter((t) => known.some((own) => own[t]));
  return parts.reduce((next, _, at) => {
    const strange = new Set(left.filter((t) => !known[at][t]));
    if (strange.size === 0) return next;
    const part = partDocument(next, at);
    const kept = part.targets.map((target, t) => {
      if (!strange.has(t)) return target;
      const { offset: _, ...about } = target;
      return { ...about, sources: [] };
    });
    return withPart(next, at, { ...part, targets: kept });
  }, document);
}

function isNear({ kind, similarity, wordnet = similarity }: AlignmentSource): boolean {
  return kind === true || wordnet >= LEAST_CARRIED;
}

/** One alignment of the backbones of several. @throws {SemapError} as {@link withMember} */
export function joinAlignments(documents: readonly AlignmentDocument[]): AlignmentDocument {
  return documents.reduce(withMember);
}

/**
 * The document without one of its backbones; without its own, the first member is the document's own from then on. A head of
 * all of them is left out.
 * @throws {SemapError} `invalid-argument` where it has but one
 */
export function withoutMember(document: AlignmentDocument, at: number): AlignmentDocument {
  mustBePart(document, at);
  if (backboneCount(document) === 1)
    throw invalidArgument(phrase('The alignment has no other backbone than {0}.', document.backbone.name));
  const { head: _, ...rest } = unweighed(document);
  const members = document.members!;
  if (at > 0) return arranged({ ...rest, members: members.toSpliced(at - 1, 1) });
  return arranged({ ...partDocument(document, 1), weight: members[0].weight, members: members.slice(1) });
}

/** The document with another weight of one of its backbones; null takes it away, which is 1. */
export function withMemberWeight(
  document: AlignmentDocument,
  at: number,
  weight: number | null,
): AlignmentDocument {
  mustBePart(document, at);
  const given = weight === null || weight === 1 ? undefined : weight;
  if (given !== undefined && !(given >= LEAST_MEMBER_WEIGHT && given <= 1 / LEAST_MEMBER_WEIGHT)) {
    throw invalidArgument(
      phrase(
        'A weight must be from {0} to {1}, not {2}.',
        String(LEAST_MEMBER_WEIGHT),
        String(1 / LEAST_MEMBER_WEIGHT),
        String(given),
      ),
    );
  }
  const rest = unweighed(document);
  if (at === 0) return arranged({ ...rest, weight: given });
  const member = { ...document.members![at - 1], weight: given };
  return arranged({ ...rest, members: document.members!.with(at - 1, member) });
}

/** The document with a weight for each of its backbones. */
export function withMemberWeights(
  document: AlignmentDocument,
  weights: readonly number[],
  learned?: { readonly record: LearnedRecord; readonly measured?: readonly (MeasuredRecall | undefined)[] },
): AlignmentDocument {
  const weighed = weights.reduce((next, weight, at) => withMemberWeight(next, at, weight), document);
  if (!learned) return weighed;
  const { record, measured } = learned;
  return arranged({
    ...weighed,
    weighed: record,
    targets: weighed.targets.map((target, t) => {
      const own = measured?.[t];
      return own ? { ...target, expected: qualityOfRecall(own.recall), measured: own } : target;
    }),
  });
}

/** The document without what labelled images said of all its backbones together. */
function unweighed(document: AlignmentDocument): AlignmentDocument {
  const { weighed, targets, ...rest } = document;
  if (!weighed) return document;
  return { ...rest, targets: targets.map(({ measured: _, ...target }) => target) };
}

/** What labelled images taught an alignment, and how good it is on others: all its backbones together, or its mapping. */
export function learnedRecordOf({
  weighed,
  method,
  members = [],
}: Pick<AlignmentDocument, 'weighed' | 'method' | 'members'>): LearnedRecord | undefined {
  return weighed ?? (members.length === 0 ? method.labelled : undefined);
}

const LEAST_MEMBER_WEIGHT = 1e-6;

function weightsOf({ weight, members = [] }: AlignmentDocument): readonly (number | undefined)[] {
  return [weight, ...members.map((member) => member.weight)];
}

/** An alignment of one backbone as a member of another. Targets without sources need not be there. */
function memberOf(part: AlignmentDocument): AlignmentMember {
  const { backbone, method, aggregation, prompt, head, excluded, targets } = part;
  return {
    backbone,
    method,
    aggregation,
    prompt,
    head,
    excluded,
    targets: targets
      .filter(({ sources }) => sources.length > 0 || aggregation.kind === 'linear')
      .map(({ label, offset, sources }) => defined({ label, offset, sources })),
  };
}

/** @throws {SemapError} `invalid-argument` for what was learned from the outputs of one backbone and stands beside no other */
function mustBeCombinable({
  backbone,
  head,
  aggregation,
  targets,
}: Pick<AlignmentPart, 'backbone' | 'head' | 'aggregation' | 'targets'>) {
  if (head) {
    throw invalidArgument(
      phrase('The alignment of {0} has a head, which was learned for this backbone alone.', backbone.name),
      { hint: phrase('Remove "head" from it, join the backbones, then learn one for all of them.') },
    );
  }
  const weights = targets.map(({ sources }) =>
    sources.map(({ index, weight }) => ({ source: index, weight })),
  );
  if (isLevel({ aggregation, targets: weights })) return;
  throw invalidArgument(
    phrase(
      'The mapping of {0} is linear: its scores cannot be combined with those of others.',
      backbone.name,
    ),
    {
      hint: phrase(
        'Align the labels with all backbones at once: then their mappings are learned from the same images, for one another.',
      ),
    },
  );
}

/** @throws {SemapError} `invalid-argument` where there is no such backbone */
function mustBePart(document: AlignmentDocument, at: number): AlignmentPart {
  const part = partsOf(document)[at];
  if (!part) throw invalidArgument(phrase('The alignment has no backbone {0}.', String(at + 1)));
  return part;
}

/** What there is decides the version; fields that a person reads first come first, and none is undefined. */
function arranged({
  version: _,
  backbone,
  folders,
  method,
  aggregation,
  prompt,
  head,
  weight,
  weighed,
  members = [],
  excluded,
  targets,
  ...rest
}: AlignmentDocument): AlignmentDocument {
  const several = members.length > 0;
  const document = defined({
    version: versionOf({ head, members, targets }),
    backbone,
    folders,
    method,
    aggregation,
    prompt,
    head,
    weight: several ? weight : undefined,
    weighed: several ? weighed : undefined,
    ...rest,
    excluded,
    targets,
    members: several ? members.map(defined) : undefined,
  });
  return marked(document);
}

function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
