import { invalidArgument } from '../errors.ts';
import { phrase, type Text } from '../text/text.ts';
import {
  type AlignmentDocument,
  type AlignmentMember,
  type AlignmentSource,
  type AlignmentTarget,
  type ExcludedSource,
  type LearnedRecord,
  type MemberTarget,
  type NamedBackbone,
  versionOf,
} from './alignment.ts';
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

/** Whether all that answers under an alignment is one file, several times: each time with a prompt of its own. */
export function isOfOneFile({ backbone, members = [] }: AnsweringBackbones): boolean {
  return members.every((member) => member.backbone.sha256 === backbone.sha256);
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
  all: readonly {
    readonly name: string;
    readonly sha256: string;
    readonly license?: string | undefined;
  }[],
): NamedBackbone {
  const [{ name: _, ...first }, ...members] = all.map(({ name, sha256, license }) => ({
    name,
    sha256,
    ...(license !== undefined && { license }),
  }));
  // One that is there several times has each time a prompt of its own.
  const names = new Map<string, { readonly name: string; times: number }>();
  for (const { name, sha256 } of all) {
    const known = names.get(sha256);
    if (known) known.times++;
    else names.set(sha256, { name, times: 1 });
  }
  const shown = [...names.values()].map(({ name, times }) => (times === 1 ? name : `${times} x ${name}`));
  return { name: shown.join(' + '), ...first, ...(members.length > 0 && { members }) };
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

/** Where they are not. @param backbone what people call it */
export function otherFileText(backbone: string): Text {
  return phrase('{0} is not the file that the labels were aligned with.', backbone);
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
export function placesOf(targets: readonly Pick<MemberTarget, 'label'>[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [at, { label }] of targets.entries()) places.set(label, [...(places.get(label) ?? []), at]);
  return places;
}

/**
 * The groups of source labels of an alignment; one where it has one backbone. Of one that is there several times, each with
 * a prompt of its own, the further ones have a number behind their name.
 */
export function sourceGroups(document: AlignmentDocument): readonly SourceGroup[] {
  let from = 0;
  const times = new Map<string, number>();
  return [document, ...(document.members ?? [])].map(({ backbone }, member) => {
    const { name, sha256, sourceCount } = backbone;
    const before = times.get(sha256) ?? 0;
    times.set(sha256, before + 1);
    const group = { member, name: before === 0 ? name : `${name} #${before + 1}`, from, count: sourceCount };
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
      const { offset: _, sources: __, measured: ___, weight: ____, ...about } = target;
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

/** What labelled images taught an alignment, and how good it is on others: all its backbones together, or its mapping. */
export function learnedRecordOf({
  weighed,
  method,
  members = [],
}: Pick<AlignmentDocument, 'weighed' | 'method' | 'members'>): LearnedRecord | undefined {
  return weighed ?? (members.length === 0 ? method.labelled : undefined);
}

/** @throws {SemapError} `invalid-argument` where there is no such backbone */
export function mustBePart(document: AlignmentDocument, at: number): AlignmentPart {
  const part = partsOf(document)[at];
  if (!part) throw invalidArgument(phrase('The alignment has no backbone {0}.', String(at + 1)));
  return part;
}
