import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import { withMemberWeights } from '../core/alignments/memberEdits.ts';
import type { BackboneSidecar } from '../core/backbones/backboneSidecar.ts';
import type { SimilarityChoice } from '../core/encoders/similarityChoice.ts';
import { SemapError } from '../core/errors.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import type { TargetLabel } from '../core/labels/targetLabels.ts';
import type { Aggregation } from '../core/mapping/mapping.ts';
import { isLearned, type MappingMethod } from '../core/mapping/methods.ts';
import { phrase, plural } from '../core/text/text.ts';
import type { AlignmentMethods } from '../protocol/alignments.ts';
import type { BackboneRef } from '../protocol/models.ts';
import { runImages } from './runImages.ts';
import type { Progress, Session } from './session.ts';

/** What backbone somebody gets who names none. */
export const DEFAULT_BACKBONE = 'starter';

/** How labels are mapped. */
export interface MethodSettings {
  readonly method: MappingMethod;
  readonly similarity?: SimilarityChoice | undefined;
  readonly k?: number | undefined;
  readonly seed?: number | undefined;
  /** Images of each label to learn from. */
  readonly perClass?: number | undefined;
  readonly shared?: boolean | undefined;
  readonly aggregation?: Aggregation | undefined;
  readonly excluded?: readonly string[] | undefined;
}

/** What is said about the meaning of single labels, by label. */
export interface GivenMeanings {
  readonly hints: ReadonlyMap<string, string>;
  readonly senses: ReadonlyMap<string, string>;
}

export interface AlignLabelsParams {
  readonly targets: readonly TargetLabel[];
  readonly about?: GivenMeanings | undefined;
  /** The first is the document's own, the others answer together with it. */
  readonly backbones: readonly BackboneRef[];
  readonly sidecar?: BackboneSidecar | undefined;
  readonly settings: MethodSettings;
  /** What a learned mapping is learned from; absent: nothing is known. */
  readonly images?: ImageFolders | undefined;
  /** Learns how much each backbone counts from the images. */
  readonly weigh?: boolean | undefined;
}

/**
 * An alignment of target labels with those of backbones. How far it is is reported.
 * @throws {SemapError} `invalid-argument` for a note about a label that is not among the targets; what the engine says
 */
export async function alignLabels(
  { targets, about, backbones, sidecar, settings, images, weigh }: AlignLabelsParams,
  session: Session,
): Promise<AlignmentDocument> {
  const { engine, signal, report } = session;
  const { perClass, ...mapping } = settings;
  const { method, seed } = mapping;
  const labelled = isLearned(method) && images ? { ...images, perClass, seed } : undefined;
  const [backbone = DEFAULT_BACKBONE, ...beside] = backbones;
  const aligned = await engine.call(
    'align',
    { targets: withMeanings(targets, about), backbone, beside, sidecar, ...mapping, labelled },
    { signal, onProgress: (progress) => report(stepOf(progress)) },
  );
  if (!weigh || !images || isLearned(method)) return aligned;
  const all = { ...images, alignment: aligned, backbone };
  await runImages(all, session);
  const { weights, learned } = await engine.call('memberWeights', all, { signal });
  return withMemberWeights(aligned, weights, learned && { record: learned });
}

function stepOf({ done, total, what }: AlignmentMethods['align']['progress']): Progress {
  return {
    ...(total > 0 && { share: done / total }),
    message:
      what === 'images'
        ? plural(total, '{1} of {0} labeled image', '{1} of {0} labeled images', done)
        : plural(total, '{1} of {0} text encoded', '{1} of {0} texts encoded', done),
  };
}

export function withMeanings(
  targets: readonly TargetLabel[],
  { hints, senses }: GivenMeanings = { hints: new Map(), senses: new Map() },
): TargetLabel[] {
  const names = new Set(targets.map(({ name }) => name));
  for (const label of [...hints.keys(), ...senses.keys()]) {
    if (!names.has(label))
      throw new SemapError('invalid-argument', phrase('There is no label "{0}".', label));
  }
  return targets.map((target) => ({
    ...target,
    hint: hints.get(target.name) ?? target.hint,
    sense: senses.get(target.name) ?? target.sense,
  }));
}
