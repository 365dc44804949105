import type { Reason } from '../../core/errors.ts';
import type { InputSpec } from '../../core/images/preprocessing.ts';
import type { Text } from '../../core/text/text.ts';
import type { ImageReaderData } from './imageReader.ts';
import type { EncodedImage } from './thumbnail.ts';

/** What one worker is asked to do with one file. */
export type DecodeJob =
  | {
      readonly kind: 'load';
      readonly path: string;
      readonly spec: InputSpec;
      readonly into?: ArrayBuffer;
    }
  | { readonly kind: 'thumbnail'; readonly path: string; readonly size: number };

/** From the pool to a worker; `id` is at least 1. */
export type ToWorker =
  | ({ readonly id: number } & DecodeJob)
  | { readonly kind: 'cancel'; readonly id: number };

/** From a worker to the pool: one for every job that was not cancelled before it began. */
export type FromWorker =
  | { readonly id: number; readonly kind: 'done'; readonly result: ArrayBuffer | EncodedImage }
  | {
      readonly id: number;
      readonly kind: 'failed';
      readonly reason: Reason;
      readonly message: Text;
      readonly hint?: Text | undefined;
    };

/** Given to each worker. */
export interface DecodeWorkerData {
  /** Where it writes the id of the job in work, 0 for none. */
  readonly current: Int32Array;
  readonly images: ImageReaderData;
}
