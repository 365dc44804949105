/** An input to try: made of a seed and a number, or given. */
export interface Job {
  readonly target: string;
  readonly input: { readonly seed: number; readonly index: number } | Uint8Array;
}

/** What a worker says about its job. */
export type WorkerMessage =
  /** From here on time counts; `megabytes` is how large the process is. */
  | {
      readonly kind: 'begun';
      readonly megabytes: number;
      /** By how much it may grow. */
      readonly allowed: number;
      /** The input: the worker may not survive it. */
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: 'done';
      /** The largest that the process has ever been. */
      readonly peak: number;
      /** What is not as it must be; undefined when all is. */
      readonly wrong: string | undefined;
    };
