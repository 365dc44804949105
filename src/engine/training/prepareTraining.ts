import os from 'node:os';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { mappingOf, targetLabelsOf } from '../../core/alignments/alignmentBuilding.ts';
import { mustFit } from '../../core/alignments/alignmentFit.ts';
import { readTargets } from '../../core/labels/targetLabels.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import type { DeviceInfo } from '../../core/runs/run.ts';
import type { TrainParams } from '../../core/runs/trainingRecord.ts';
import type { Similarity } from '../../core/similarity/similarity.ts';
import type { TrainJob } from '../../core/training/trainJob.ts';
import { resolveSettings } from '../../core/training/trainSettings.ts';
import type { AlignParams } from '../../protocol/alignments.ts';
import type { Backbones } from '../backbones/backbones.ts';
import type { FeatureCaches } from '../features/featureCaches.ts';
import type { FeatureTaps } from '../features/featureTaps.ts';
import { listClassFolders } from '../folders/imageWalk.ts';
import type { InferencePools } from '../inference/inferencePools.ts';
import type { OutputCaches } from '../outputs/outputCaches.ts';

/** What a training works with. */
export interface TrainingServices {
  readonly backbones: Backbones;
  readonly pools: InferencePools;
  readonly outputs: OutputCaches;
  readonly features: FeatureCaches;
  readonly taps: FeatureTaps;
  readonly wordnet: () => Promise<WordNet>;
  readonly similarity: () => Promise<Similarity>;
  readonly align: (params: AlignParams, signal: AbortSignal) => Promise<AlignmentDocument>;
  readonly device: DeviceInfo;
  readonly onnxruntime: string;
  readonly cacheFolder: string;
}

/** What a run needs to know before its images. */
export type PreparedTraining = Pick<
  TrainJob,
  'backbone' | 'settings' | 'document' | 'semantic' | 'similarity' | 'unused' | 'cacheFolder'
>;

/** Backbone, labels and the mapping by meaning. */
export async function prepareTraining(
  services: TrainingServices,
  params: Omit<TrainParams, 'runFolder'>,
  signal: AbortSignal,
): Promise<PreparedTraining> {
  const { backbones, align, similarity, wordnet, cacheFolder } = services;
  const backbone = await backbones.describe(params.backbone, params.sidecar);
  const settings = resolveSettings(params.settings, backbone, os.availableParallelism());
  let document = params.alignment;
  if (document) mustFit(document, backbone);
  else {
    const names: string[] = [];
    for (const folder of params.folders) {
      for (const { name, images } of await listClassFolders(folder)) {
        if (images > 0 && !names.includes(name)) names.push(name);
      }
    }
    const { targets } = readTargets(names, await wordnet());
    const asked = { targets, backbone: backbone.path, method: 'semap' as const };
    document = await align(asked, signal);
  }
  const { prompt: _, ...plain } = document;
  const { labelSpace } = backbone;
  const matrix = (await similarity()).compare(targetLabelsOf(plain), labelSpace);
  const excluded = (plain.excluded ?? []).map(({ index }) => index);
  return {
    backbone,
    settings,
    document: plain,
    semantic: mappingOf(plain),
    // Senses and reasons are not needed in the thread.
    similarity: {
      rows: matrix.rows,
      columns: matrix.columns,
      values: matrix.values,
      descendants: [],
      senses: [],
    },
    unused: [...new Set([...labelSpace.background, ...excluded])],
    cacheFolder,
  };
}
