import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { mustFit } from '../../core/alignments/alignmentFit.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import type { BackboneSidecar } from '../../core/backbones/backboneSidecar.ts';
import { ImageScorer } from '../../core/evidence/imageScorer.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import type { Head } from '../../core/heads/head.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import type { BackboneRef } from '../../protocol/models.ts';
import { readFeatures, usable } from '../features/features.ts';
import type { OutputCache } from '../outputs/outputCache.ts';
import type { BackboneServices } from '../services.ts';
import type { FolderTruths } from '../truths/truthTables.ts';
import { documentHead } from './documentHead.ts';
import { promptedBackbone } from './promptedBackbone.ts';

/** What answers under an alignment, ready. */
export interface PreparedBackbone {
  /** With the alignment's prompt in its input. */
  readonly backbone: BackboneDescription;
  readonly head: Head | undefined;
  readonly outputs: OutputCache;
  /** Where the features are that the head reads; undefined where it reads none. */
  readonly features: OutputCache | undefined;
}

type Parts = Omit<BackboneServices, 'pools'> & { readonly cacheFolder: string };

interface Asked {
  readonly backbone: BackboneRef;
  readonly sidecar?: BackboneSidecar | undefined;
  readonly alignment: AlignmentDocument;
}

/**
 * Backbone, head and caches of an alignment.
 * @param described is told of the backbone before anything else is looked at
 * @throws {SemapError} where something does not fit the other
 */
export async function prepareBackbone(
  { backbones, outputs, cacheFolder }: Omit<Parts, 'wordnet'>,
  { backbone: ref, sidecar, alignment }: Asked,
  described: (backbone: BackboneDescription) => void = () => {},
): Promise<PreparedBackbone> {
  const bare = await backbones.describe(ref, sidecar);
  described(bare);
  mustFit(alignment, bare);
  const backbone = await promptedBackbone(bare, alignment);
  const tapped = alignment.head && usable(await readFeatures(cacheFolder, backbone));
  const head = await documentHead(alignment, backbone, tapped?.width);
  return {
    backbone,
    head,
    outputs: await outputs.open(backbone),
    features: tapped && head?.reads === 'features' ? await outputs.openFeatures(backbone, tapped) : undefined,
  };
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
  const truths = await parts.truths.of(asked, asked.truths);
  return { ...prepared, truths, scorer: new ImageScorer(asked.alignment, targets, truths, prepared.head) };
}
