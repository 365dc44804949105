import { type AlignmentDocument, withHead } from '../alignments/alignment.ts';
import { encodeHead } from '../heads/headFile.ts';
import { layerOf } from '../heads/layers.ts';
import { storedShare } from '../metrics/storedShare.ts';
import type { LearnedLayer } from './baselines.ts';
import { learnedKeysOf, trainedRecord } from './trainedDocument.ts';
import type { TrainJob } from './trainJob.ts';

/** A layer that was learned beside a training, as a document with a head. */
export interface LayerHead {
  /** Bytes of the head's file. */
  readonly head: Uint8Array;
  /** @param sha256 of these bytes, and the name of their `file` beside the document */
  readonly document: (file: string, sha256: string) => AlignmentDocument;
}

/**
 * @param accuracy on the validation images; null where it is unknown
 * @param prompt that it was learned with: SHA-256 of its bytes, and the name of their file beside the document
 */
export function layerHead(
  job: Pick<TrainJob, 'document' | 'settings' | 'train' | 'validation' | 'backbone'>,
  { kind, mapping }: LearnedLayer,
  accuracy: number | null,
  prompt?: { readonly file: string; readonly sha256: string },
): LayerHead {
  const { document, train, backbone } = job;
  const validation = {
    images: job.validation.images.length,
    accuracy: accuracy === null ? null : storedShare(accuracy),
  };
  // The prompt stays when another head takes the place of this one, and has seen the images then, too.
  const prompted = (file: string): AlignmentDocument => ({
    ...document,
    method: { ...document.method, labelled: trainedRecord(job, validation) },
    prompt: file,
  });
  const { terms, targets } = layerOf(mapping, kind === 'linear-probe' ? 'features' : 'logits');
  return {
    head: encodeHead({
      kind,
      backbone: backbone.sha256,
      prompt: prompt?.sha256 ?? '',
      targets: targets.map((t) => document.targets[t].label),
      terms,
    }),
    document: (file, sha256) =>
      withHead(prompt ? prompted(prompt.file) : document, {
        kind,
        file,
        sha256,
        learned: {
          images: train.images.length,
          validation,
          learned: learnedKeysOf(train.images),
        },
      }),
  };
}
