import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { mustFit } from '../../core/alignments/alignmentFit.ts';
import { partDocument, partsOf } from '../../core/alignments/members.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import type { BackboneSidecar } from '../../core/backbones/backboneSidecar.ts';
import { invalidArgument, SemapError, toSemapError } from '../../core/errors.ts';
import { ImageScorer } from '../../core/evidence/imageScorer.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import type { Head } from '../../core/heads/head.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import { phrase } from '../../core/text/text.ts';
import type { BackboneRef } from '../../protocol/models.ts';
import { backboneRefOf } from '../backbones/backboneRef.ts';
import { joinedBackbone } from '../backbones/joinedBackbone.ts';
import { usable } from '../features/features.ts';
import type { Caches } from '../outputs/outputCaches.ts';
import type { OutputStore } from '../outputs/outputStore.ts';
import type { BackboneServices } from '../services.ts';
import { type FolderTruths, plannedTruths } from '../truths/truthTables.ts';
import { documentHead } from './documentHead.ts';
import { promptedBackbone } from './promptedBackbone.ts';

/** What answers under an alignment, ready. */
export interface PreparedBackbone {
  /** With the alignment's prompt in its input; several as one. */
  readonly backbone: BackboneDescription;
  readonly head: Head | undefined;
  readonly outputs: OutputStore;
  /** Where these are, and other features. */
  readonly caches: Caches;
  /** Where the features are that the head reads; undefined where it reads none. */
  readonly features: OutputStore | undefined;
}

type Parts = Omit<BackboneServices, 'pools'>;

interface Asked {
  readonly backbone: BackboneRef;
  readonly sidecar?: BackboneSidecar | undefined;
  readonly alignment: AlignmentDocument;
  /** As {@link ImageFolders} has it. */
  readonly job?: string | undefined;
}

/**
 * Backbone, head and caches of an alignment.
 * @param described is told of the backbone before anything else is looked at
 * @throws {SemapError} where something does not fit the other
 */
export async function prepareBackbone(
  { backbones, outputs, jobs }: Omit<Parts, 'wordnet' | 'truths'>,
  { backbone: ref, sidecar, alignment, job: folder }: Asked,
  described: (backbone: BackboneDescription) => void = () => {},
): Promise<PreparedBackbone> {
  const job = folder === undefined ? undefined : await jobs.of(folder);
  const known = job?.backbonesOf(alignment);
  if (known) return prepareDescribed(job ?? outputs, alignment, known, described);
  const parts = partsOf(alignment);
  const bare: BackboneDescription[] = [];
  for (const [at, part] of parts.entries()) {
    // Under several prompts it is one file several times.
    const isFirst = part.backbone.sha256 === alignment.backbone.sha256;
    const asked = isFirst ? { ref, sidecar } : { ref: backboneRefOf(part), sidecar: undefined };
    // Of several of one name, it is the one that the alignment was made with.
    const { name, sha256 } = part.backbone;
    const file = asked.ref === name ? await backbones.find(name, sha256) : asked.ref;
    const own = backbones.describeFor(part, file, asked.sidecar).then((described) => {
      mustFit(partDocument(alignment, at), described);
      return described;
    });
    bare.push(await (parts.length > 1 ? own.catch((error) => missing(part.backbone.name, error)) : own));
    if (at > 0 && part.head) throw ownHead(part.backbone.name);
  }
  return prepareDescribed(outputs, alignment, bare, described);
}

/** The same of backbones that are known. @param bare those of the alignment's parts, without prompts */
export async function prepareDescribed(
  caches: Caches,
  alignment: AlignmentDocument,
  bare: readonly BackboneDescription[],
  described: (backbone: BackboneDescription) => void = () => {},
): Promise<PreparedBackbone> {
  const parts = partsOf(alignment);
  for (const at of parts.keys()) mustFit(partDocument(alignment, at), bare[at]);
  described(joinedBackbone(bare));
  const prompted = await Promise.all(parts.map((part, at) => promptedBackbone(bare[at], part)));
  const backbone = joinedBackbone(prompted);
  const tapped = alignment.head && usable(await caches.reading(backbone));
  const head = await documentHead(alignment, backbone, tapped?.width);
  return {
    backbone,
    head,
    outputs: await caches.open(backbone),
    caches,
    features: tapped && head?.reads === 'features' ? await caches.openFeatures(backbone, tapped) : undefined,
  };
}

/** A head of one of several backbones decides nothing: it would be ignored. */
function ownHead(name: string): SemapError {
  return invalidArgument(phrase('{0} has a head of its own, but several backbones answer together.', name), {
    hint: phrase('Remove "head" from this entry of "members", then learn one for all of them.'),
  });
}

/** @throws {SemapError} what became of one of several backbones, by name, and the way out */
function missing(name: string, error: unknown): never {
  const { reason, text } = toSemapError(error);
  throw new SemapError(reason, phrase('{0}, one of the backbones of the alignment: {1}', name, text), {
    hint: phrase('Add this backbone, or leave it out of the alignment.'),
    cause: error,
  });
}

/** What is said of images now; of those of a job that this machine cannot reach, what was said when it was planned. */
export async function truthsOf(
  { jobs, truths }: Pick<Parts, 'jobs' | 'truths'>,
  asked: ImageFolders & { readonly truths?: string | undefined },
): Promise<FolderTruths> {
  const job = asked.job === undefined ? undefined : await jobs.of(asked.job);
  if (!job || asked.truths !== undefined || (await job.isReachable())) return truths.of(asked, asked.truths);
  return plannedTruths((file) => job.truthOf(file));
}

/** The same with what scores images, and is said of them. @param asked `truths`: a table that stands for persons' own */
export async function prepareAlignment(
  parts: Parts,
  asked: Asked & ImageFolders & { readonly truths?: string | undefined },
  described?: (backbone: BackboneDescription) => void,
): Promise<PreparedBackbone & { readonly scorer: ImageScorer; readonly truths: FolderTruths }> {
  const prepared = await prepareBackbone(parts, asked, described);
  const labels = asked.alignment.targets.map(({ label }) => label);
  const targets = new FolderTargets(labels, await parts.wordnet());
  const truths = await truthsOf(parts, asked);
  return { ...prepared, truths, scorer: new ImageScorer(asked.alignment, targets, truths, prepared.head) };
}
