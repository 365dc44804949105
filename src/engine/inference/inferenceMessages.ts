import type { GraphFacts, OutputKind } from '../../core/documents/backboneDescription.ts';
import type { InputSpec } from '../../core/images/preprocessing.ts';

/** How a session is made. */
export interface SessionOptions {
  /** Threads inside one run. */
  readonly threads: number;
  readonly provider: 'cpu';
}

/** What a run needs to know beside the pixels. */
export interface RunSpec {
  readonly inputName: string;
  readonly input: Pick<InputSpec, 'type' | 'layout' | 'height' | 'width'>;
  readonly outputName: string;
  /** `probabilities` come back as log p; undefined = the scores as they are. */
  readonly output: OutputKind | undefined;
  /** Images per run when the graph insists on a number; the rest is filled with zeros. */
  readonly fixedBatch: number | undefined;
}

/** What the library on this machine offers. */
export interface RuntimeInfo {
  readonly version: string;
  /** Execution providers that were compiled in; whether they work is another matter. */
  readonly backends: readonly string[];
}

/** To an inference worker. */
export type InferenceRequest =
  | { readonly kind: 'info'; readonly id: number }
  | { readonly kind: 'open'; readonly id: number; readonly path: string; readonly options: SessionOptions }
  | { readonly kind: 'run'; readonly id: number; readonly spec: RunSpec; readonly images: ArrayBuffer[] }
  | { readonly kind: 'close'; readonly id: number };

/** What a run gives. */
export interface RunScores {
  /** Row-major [n, S] for the n images given. */
  readonly scores: Float32Array;
  /** Dimensions of the output, batch first. */
  readonly dims: readonly number[];
  /** The input buffers, to be used again. */
  readonly images: ArrayBuffer[];
}

/** From an inference worker. */
export type InferenceReply =
  | { readonly kind: 'opened'; readonly id: number; readonly facts: GraphFacts }
  | ({ readonly kind: 'info'; readonly id: number } & RuntimeInfo)
  | ({ readonly kind: 'ran'; readonly id: number } & RunScores)
  | { readonly kind: 'closed'; readonly id: number }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly message: string;
      /** Of a failed run: the input buffers, to be used again. */
      readonly images?: ArrayBuffer[];
    };
