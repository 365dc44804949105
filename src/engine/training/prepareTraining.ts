import os from 'node:os';
import { type AlignmentDocument, withHead } from '../../core/alignments/alignment.ts';
import { mappingOf, targetLabelsOf } from '../../core/alignments/alignmentBuilding.ts';
import { mustBeOfOne, mustFit } from '../../core/alignments/alignmentFit.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { readTargets } from '../../core/labels/targetLabels.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import type { TrainParams } from '../../core/runs/trainingSettings.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import { resolveSettings } from '../../core/training/resolveSettings.ts';
import type { LabelledImage } from '../../core/training/split.ts';
import type { PlainImages, TrainJob } from '../../core/training/trainJob.ts';
import type { AlignParams } from '../../protocol/alignments.ts';
import { askTexts } from '../align/askTexts.ts';
import { sampleOutputs } from '../classify/sampleOutputs.ts';
import { type Features, readFeatures } from '../features/features.ts';
import type { RunServices } from '../services.ts';
import { classesOf } from '../truths/classesOf.ts';

/** What a training works with. */
export interface TrainingServices extends RunServices {
  readonly align: (params: AlignParams, signal: AbortSignal) => Promise<AlignmentDocument>;
  readonly onnxruntime: string;
}

/** What a run needs to know before its images. */
export type PreparedTraining = Pick<
  TrainJob,
  'backbone' | 'settings' | 'document' | 'semantic' | 'similarity' | 'unused' | 'cacheFolder' | 'tap'
> & {
  /** Numbers of an image that are scored: S or D. */
  readonly width: number;
  /** What a person should know of it. */
  readonly remark?: Text | undefined;
};

/** Backbone, labels and the mapping by meaning. */
export async function prepareTraining(
  services: TrainingServices,
  params: Omit<TrainParams, 'runFolder'>,
  signal: AbortSignal,
): Promise<PreparedTraining> {
  const { backbones, align, compare, truths, wordnet, cacheFolder } = services;
  const described = await backbones.describe(params.backbone, params.sidecar);
  let settings = resolveSettings(params.settings, described, os.availableParallelism());
  let document = params.alignment;
  if (document) {
    mustBeOfOne(document);
  } else {
    const names: string[] = [];
    const { layouts, split } = params;
    for (const [i, folder] of params.folders.entries()) {
      for (const { name, empty } of await classesOf(folder, truths, { layout: layouts?.[i], split })) {
        if (!empty && !names.includes(name)) names.push(name);
      }
    }
    const { targets } = readTargets(names, await wordnet());
    const asked = { targets, backbone: described.path, method: 'semap' as const };
    document = await align(asked, signal);
  }
  const backbone = await backbones.asAligned(described, document);
  mustFit(document, backbone);
  // The prompt, and the folders that an alignment was made for, are not those of this training; a head would decide instead
  // of what it learns.
  const { prompt: _, folders: __, ...plain } = withHead(document, undefined);
  const { labelSpace } = backbone;
  let features: Features | undefined;
  let remark: Text | undefined;
  if (settings.mapping === 'linear-probe') {
    const reading = await readFeatures(cacheFolder, backbone);
    ({ features } = reading);
    if (!features) {
      settings = { ...settings, mapping: 'linear' };
      remark = phrase('{0} gives no penultimate features, so the layer reads its logits.', backbone.name);
    }
  }
  const { texts } = plain.backbone;
  const asked = { targets: targetLabelsOf(plain), templates: texts?.templates, before: texts?.labels };
  const { rows, columns, values } = (await askTexts(backbones, compare, backbone, asked)).comparison;
  const excluded = (plain.excluded ?? []).map(({ index }) => index);
  return {
    backbone,
    settings,
    document: plain,
    semantic: mappingOf(plain),
    // Senses and reasons are not needed in the thread.
    similarity: { rows, columns, values },
    unused: [...new Set([...labelSpace.background, ...excluded])],
    tap: features?.tap,
    width: features?.width ?? labelSpace.labels.length,
    remark,
    cacheFolder,
  };
}

const REPORT_MILLISECONDS = 100;

/** Who hears of the images while their outputs are computed. */
interface Listener {
  readonly onDone: (done: number, total: number) => void;
  readonly onSkipped: (image: SkippedImage) => void;
  readonly signal: AbortSignal;
}

/** Outputs of images without a prompt, from the cache where they are there; unreadable images fall out. */
export async function plainOutputs(
  { outputs, pools, cacheFolder }: TrainingServices,
  backbone: BackboneDescription,
  parts: readonly (readonly LabelledImage[])[],
  { onDone, onSkipped, signal }: Listener,
): Promise<PlainImages[]> {
  const { features } = await readFeatures(cacheFolder, backbone);
  const all = parts.flat();
  let done = 0;
  let reported = 0;
  const loan = pools.loan(false);
  try {
    const rows = await sampleOutputs({
      images: all,
      outputs: await outputs.open(backbone),
      features: features && {
        cache: await outputs.openFeatures(backbone, features),
        sameLogits: features.sameLogits,
      },
      open: (withFeatures) => loan.open(backbone, withFeatures ? features?.tap : undefined),
      onImage: () => {
        done++;
        const now = performance.now();
        if (now - reported < REPORT_MILLISECONDS) return;
        reported = now;
        onDone(done, all.length);
      },
      signal,
    });
    for (const image of rows.skipped) onSkipped(image);
    const S = rows.logits.length / Math.max(1, rows.images.length);
    const D = (rows.features?.length ?? 0) / Math.max(1, rows.images.length);
    let start = 0;
    return parts.map((part) => {
      const end = start + part.length;
      const own = [...rows.images.entries()].filter(([, at]) => at >= start && at < end);
      start = end;
      const from = own[0]?.[0] ?? 0;
      const to = from + own.length;
      return {
        images: own.map(([, at]) => all[at]),
        logits: rows.logits.slice(from * S, to * S),
        features: rows.features?.slice(from * D, to * D),
      };
    });
  } finally {
    loan.release();
  }
}
