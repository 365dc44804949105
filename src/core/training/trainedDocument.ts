import type { AlignmentDocument, AlignmentTarget, LabelledRecord } from '../alignments/alignment.ts';
import { qualityOfRecall } from '../alignments/expectedQuality.ts';
import { withMarksAgain } from '../alignments/expectedRecall.ts';
import { largest } from '../largest.ts';
import { learnedKey } from '../mapping/labelledOutputs.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { MappingMethod } from '../mapping/methods.ts';
import { complementsOf } from '../mapping/roles.ts';
import { storedShare } from '../metrics/storedShare.ts';
import type { Confusion } from '../runs/trainingRecord.ts';
import { isLayer, type TrainMapping } from '../runs/trainingSettings.ts';
import type { LabelledImage } from './split.ts';
import type { TrainJob } from './trainJob.ts';

/** A layer is a head over the mapping that there was. */
const METHOD: Record<TrainMapping, MappingMethod> = {
  semap: 'semap',
  ilm: 'flm',
  flm: 'flm',
  blm: 'blm',
  'blm+': 'blm+',
  'semap-labels': 'semap-labels',
  linear: 'semap',
  'linear-probe': 'semap',
};

/** Lighter sources are left out: they decide nothing. A linear mapping's are as small as the scores of its backbone are large. */
const LEAST_WEIGHT = 1e-4;

/**
 * An alignment document with a trained mapping.
 * @param prompt file of the prompt, relative to the document; undefined without one
 */
export function trainedDocument(
  job: Pick<TrainJob, 'document' | 'settings' | 'train' | 'similarity' | 'backbone'>,
  mapping: Mapping,
  { counts }: Pick<Confusion, 'counts'>,
  prompt: string | undefined,
): AlignmentDocument {
  const { document, settings, similarity, backbone } = job;
  const { labels } = backbone.labelSpace;
  const T = document.targets.length;
  const learned = settings.mapping !== 'semap';
  const validated = Array.from({ length: T }, (_, t) => {
    const row = Array.from(counts).slice(t * T, (t + 1) * T);
    return { hits: row[t], images: row.reduce((sum, count) => sum + count, 0) };
  });
  const images = validated.reduce((sum, one) => sum + one.images, 0);
  const hits = validated.reduce((sum, one) => sum + one.hits, 0);
  const accuracy = images === 0 ? null : storedShare(hits / images);
  const { offsets } = mapping;
  const least = mapping.aggregation.kind === 'linear' ? Number.MIN_VALUE : LEAST_WEIGHT;
  const complements = complementsOf(document.targets, mapping.aggregation);
  const trained: AlignmentDocument = {
    ...document,
    method: {
      name: METHOD[settings.mapping],
      similarity: document.method.similarity,
      ...(document.method.encoder ? { encoder: document.method.encoder } : {}),
      labelled: trainedRecord(job, { images, accuracy }),
    },
    aggregation: mapping.aggregation,
    ...(prompt === undefined ? {} : { prompt }),
    targets: document.targets.map(
      ({ offset: _, measured: __, expectedRecall, ...target }, t): AlignmentTarget => {
        const { hits: right, images: all } = validated[t];
        const recall = all === 0 ? undefined : storedShare(right / all);
        // What the others leave is made of theirs; only a mapping that was learned has sources for it.
        const left = !learned && complements[t].length > 0;
        const before = new Map(target.sources.map((one) => [one.index, one]));
        return {
          ...target,
          ...(recall === undefined
            ? { expectedRecall }
            : { expected: qualityOfRecall(recall), measured: { recall, images: all } }),
          ...(!left && offsets?.[t] ? { offset: offsets[t] } : {}),
          sources: (left ? [] : mapping.targets[t]).flatMap(({ source, weight }) => {
            const shown = learned ? Number(weight.toPrecision(5)) : weight;
            if (Math.abs(shown) < least) return [];
            const { name, wnid } = labels[source];
            const like = similarity.values[t * similarity.columns + source];
            return [
              {
                ...before.get(source),
                label: name,
                ...(wnid ? { wnid } : {}),
                index: source,
                weight: shown,
                similarity: Number(like.toFixed(4)),
              },
            ];
          }),
        };
      },
    ),
  };
  return withMarksAgain(trained);
}

/** What the mapping of a document and its prompt learned from: a prompt has seen the images even where the mapping has not. */
export function trainedRecord(
  { document, settings, train }: Pick<TrainJob, 'document' | 'settings' | 'train'>,
  validation: LabelledRecord['validation'],
): LabelledRecord {
  const perClass = new Array<number>(document.targets.length).fill(0);
  for (const { truth } of train.images) perClass[truth]++;
  const stays = settings.mapping === 'semap' || isLayer(settings.mapping);
  const before = stays ? (document.method.labelled?.learned.split(' ') ?? []) : [];
  const learned = new Set([...before, ...learnedKeysOf(train.images).split(' ')]);
  return {
    perClass: largest(perClass),
    seed: settings.seed,
    images: train.images.length,
    validation,
    learned: [...learned].sort().join(' '),
  };
}

/** Keys of the images of a training, as documents keep them. */
export function learnedKeysOf(images: readonly LabelledImage[]): string {
  return images
    .map(({ key }) => learnedKey(key))
    .sort()
    .join(' ');
}
