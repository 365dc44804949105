import type { RunSpec } from './inferenceMessages.ts';

/** To the process that tries an execution provider. */
export interface ProbeRequest {
  readonly provider: string;
  /** An ONNX file, or the bytes of a model. */
  readonly model: string | Uint8Array;
  readonly spec: RunSpec;
  /** Threads of the CPU to compare with. */
  readonly threads: number;
}

/** What it found. Times are milliseconds of one run. */
export type ProbeReply =
  | {
      readonly kind: 'ran';
      readonly milliseconds: number;
      readonly cpuMilliseconds: number;
      /** Largest difference of a score from the CPU's, as a share of the largest score. */
      readonly difference: number;
      /** Whether both find the same class, or one that the other finds as likely. */
      readonly agrees: boolean;
    }
  | { readonly kind: 'failed'; readonly message: string };
