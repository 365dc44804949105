import type { BackboneDescription } from '../backbones/backboneDescription.ts';
import { JoinedScorer, ownRows } from '../mapping/joinedScorer.ts';
import type { LabelledOutputs } from '../mapping/labelledOutputs.ts';
import { labelledWeights } from '../mapping/labelledWeights.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { LearnedMethod } from '../mapping/methods.ts';
import { wholeGroups } from '../wholeGroups.ts';
import type { Work } from '../work.ts';
import { type AlignSettings, type ComparedLabels, learnLabels, learnMapping } from './alignLabels.ts';
import type { AlignmentDocument, LearnedRecord } from './alignment.ts';
import { mappingOf } from './alignmentBuilding.ts';
import { alignmentScorer } from './alignmentScorer.ts';
import { type LabelledSample, measuredOn } from './labelledSample.ts';
import { joinAlignments, withMemberWeights } from './memberEdits.ts';
import { partDocument, partsOf } from './members.ts';

/** One of several backbones, and the labels compared with its own. */
export interface LearningBackbone {
  readonly backbone: BackboneDescription;
  /** As the document shall have it; undefined for installed backbones. */
  readonly path: string | undefined;
  readonly compared: ComparedLabels;
}

/**
 * The alignment document of target labels with several backbones, whose mappings are learned from the same images. How much
 * each counts is learned from each half of these images, with mappings that are learned from the other.
 * @param sample with rows of all backbones, as `joinRows` makes them
 */
export async function learnTogether(
  settings: AlignSettings & { readonly method: LearnedMethod },
  backbones: readonly LearningBackbone[],
  sample: LabelledSample,
  work: Work = {},
): Promise<AlignmentDocument> {
  const widths = backbones.map(({ backbone }) => backbone.labelSpace.labels.length);
  const documents: AlignmentDocument[] = [];
  for (const [m, { backbone, path, compared }] of backbones.entries()) {
    const [learn, measure] = [sample.learn, sample.measure].map((rows) => ownOutputs(rows, widths, m));
    const own = { ...sample, learn, measure };
    documents.push(await learnLabels(settings, backbone, path, compared, own, { ...work, beside: true }));
  }
  const halves = halvesOf(sample.learn);
  const seen: { readonly mappings: readonly Mapping[]; readonly rows: LabelledOutputs }[] = [];
  for (const [h, rows] of halves.entries()) {
    const others = halves[1 - h];
    // Of one label nothing can be learned.
    if (new Set(Array.from(others.truths)).size < 2) continue;
    const mappings: Mapping[] = [];
    for (const [m, { backbone, compared }] of backbones.entries()) {
      const own = ownOutputs(others, widths, m);
      const context = { ...work, seed: sample.seed, beside: true };
      mappings.push(await learnMapping(settings, backbone, compared, own, context));
    }
    seen.push({ mappings, rows });
  }
  const document = joinAlignments(documents);
  const { weights, record, measured } = weighed(document, seen, sample);
  return withMemberWeights(document, weights, { record, measured });
}

/**
 * What labelled images say of how much each backbone of an alignment should count, and what its answers are then worth;
 * undefined where they have fewer than two labels.
 */
export function weightsByLabels(
  document: AlignmentDocument,
  sample: LabelledSample,
): { readonly weights: readonly number[]; readonly record: LearnedRecord } | undefined {
  if (new Set(Array.from(sample.learn.truths)).size < 2) return undefined;
  const mappings = partsOf(document).map((_, at) => mappingOf(partDocument(document, at)));
  const { weights, record } = weighed(document, [{ mappings, rows: sample.learn }], sample);
  return { weights, record };
}

function weighed(
  document: AlignmentDocument,
  seen: readonly { readonly mappings: readonly Mapping[]; readonly rows: LabelledOutputs }[],
  sample: LabelledSample,
) {
  const said = seen.map(({ mappings, rows: { logits, truths } }) =>
    new JoinedScorer(mappings.map((mapping) => ({ mapping, weight: 1 }))).said(logits, truths.length),
  );
  const weights = labelledWeights({
    said: partsOf(document).map((_, m) => joined(said.map((own) => own[m]))),
    truths: seen.flatMap(({ rows }) => Array.from(rows.truths)),
    targetCount: document.targets.length,
  });
  const { record, measured } = measuredOn(sample, alignmentScorer(withMemberWeights(document, weights)));
  const { perClass: _, seed: __, ...learned } = record;
  const known: LearnedRecord = learned;
  return { weights, record: known, measured };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Labelled outputs of one of several backbones. */
function ownOutputs(rows: LabelledOutputs, widths: readonly number[], member: number): LabelledOutputs {
  const logits = ownRows(rows.logits, rows.truths.length, widths, member);
  return { ...rows, logits, sourceCount: widths[member] };
}

/** Labelled images in two parts with as many of each label, near-duplicates in one. */
function halvesOf(rows: LabelledOutputs): readonly [LabelledOutputs, LabelledOutputs] {
  const { truths, groups, targetCount } = rows;
  const halves: [number[], number[]] = [[], []];
  // Where one has more of a label, it has fewer of another.
  const more = new Array<number>(targetCount).fill(0);
  const units = wholeGroups(new Array(truths.length).keys(), (i) => groups?.[i] ?? -1);
  for (const unit of units) {
    const t = truths[unit[0]];
    const half = more[t] > 0 || (more[t] === 0 && t % 2 === 1) ? 1 : 0;
    halves[half].push(...unit);
    more[t] += half === 0 ? unit.length : -unit.length;
  }
  return [rowsAt(rows, halves[0]), rowsAt(rows, halves[1])];
}

function rowsAt(rows: LabelledOutputs, chosen: readonly number[]): LabelledOutputs {
  const { logits, truths, sourceCount: S, groups } = rows;
  const own = new Float32Array(chosen.length * S);
  for (const [k, i] of chosen.entries()) own.set(logits.subarray(i * S, (i + 1) * S), k * S);
  return {
    ...rows,
    logits: own,
    truths: chosen.map((i) => truths[i]),
    groups: groups && chosen.map((i) => groups[i]),
  };
}
