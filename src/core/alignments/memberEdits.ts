import { invalidArgument } from '../errors.ts';
import { isLearned, isLevel } from '../mapping/methods.ts';
import { phrase } from '../text/text.ts';
import {
  type AlignmentDocument,
  type AlignmentMember,
  type AlignmentSource,
  type LearnedRecord,
  type MeasuredRecall,
  versionOf,
} from './alignment.ts';
import { qualityOfRecall } from './expectedQuality.ts';
import {
  type AlignmentPart,
  backboneCount,
  marked,
  mustBePart,
  partDocument,
  partsOf,
  placesOf,
} from './members.ts';

/*
 * Edits of an alignment of several backbones (`members.ts`): joined, taken apart, weighed. Each gives a document whose version,
 * order of fields and marks are right.
 */

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
  // The labels of a dual encoder are the alignment's.
  const backbone = part.backbone.texts ? part.backbone : before.backbone;
  const member = { ...memberOf(part), backbone, weight: before.weight };
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
  learned?: LearnedTogether,
): AlignmentDocument {
  const weighed = weights.reduce((next, weight, at) => withMemberWeight(next, at, weight), document);
  return learned ? withLearned(weighed, learned) : weighed;
}

/** What labelled images taught all backbones of a document together. */
interface LearnedTogether {
  readonly record: LearnedRecord;
  readonly measured?: readonly (MeasuredRecall | undefined)[] | undefined;
}

function withLearned(document: AlignmentDocument, { record, measured }: LearnedTogether): AlignmentDocument {
  return arranged({
    ...document,
    weighed: record,
    targets: document.targets.map((target, t) => {
      const own = measured?.[t];
      return own ? { ...target, expected: qualityOfRecall(own.recall), measured: own } : target;
    }),
  });
}

/** The document with a weight for each of its backbones and each label. @param weights of each backbone [T] */
export function withTargetWeights(
  document: AlignmentDocument,
  weights: readonly (readonly number[])[],
  learned: LearnedTogether,
): AlignmentDocument {
  const weighed = weights.reduce((next, own, at) => {
    const part = partDocument(next, at);
    return withPart(next, at, {
      ...part,
      targets: part.targets.map((target, t) => ({
        ...target,
        weight: Math.max(LEAST_MEMBER_WEIGHT, own[t]),
      })),
    });
  }, document);
  return withLearned(weighed, learned);
}

/** The document without what labelled images said of all its backbones together. */
function unweighed(document: AlignmentDocument): AlignmentDocument {
  const { weighed, targets, ...rest } = document;
  if (!weighed) return document;
  return { ...rest, targets: targets.map(({ measured: _, ...target }) => target) };
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
      .map(({ label, offset, weight, sources }) => defined({ label, offset, weight, sources })),
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
    // Of one backbone none counts more than others.
    targets: several ? targets : targets.map(({ weight: _, ...target }) => target),
    members: several ? members.map(defined) : undefined,
  });
  return marked(document);
}

function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
