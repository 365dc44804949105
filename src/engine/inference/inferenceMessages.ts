import type { GraphFacts, OutputKind } from '../../core/backbones/backboneDescription.ts';
import type { Reason } from '../../core/errors.ts';
import type { InputSpec } from '../../core/images/preprocessing.ts';
import type { FeatureTap } from '../../core/onnx/featureTap.ts';
import type { ImageReaderData } from '../images/imageReader.ts';

/** How a session is made. */
export interface SessionOptions {
  /** Threads inside one run. */
  readonly threads: number;
  /** Execution provider, in the words of onnxruntime. */
  readonly provider: string;
  /** Appended to the bytes of the model; see {@link FeatureTap}. */
  readonly append?: Uint8Array;
}

/** What a run needs to know beside the pixels. */
export interface RunSpec {
  readonly inputName: string;
  readonly input: InputSpec;
  readonly outputName: string;
  /** `probabilities` come back as log p; undefined = the scores as they are. */
  readonly output: OutputKind | undefined;
  /** Images per run when the graph insists on a number; the rest is filled with zeros. */
  readonly fixedBatch: number | undefined;
  /** Asks for penultimate features too. */
  readonly features?: Pick<FeatureTap, 'output' | 'axis'>;
}

/** What the library on this machine offers. */
export interface RuntimeInfo {
  readonly version: string;
  /** Execution providers that were compiled in; whether they work is another matter. */
  readonly backends: readonly string[];
}

/** To an inference worker; answered in order. */
export type InferenceRequest =
  | { readonly kind: 'info'; readonly id: number }
  | { readonly kind: 'open'; readonly id: number; readonly path: string; readonly options: SessionOptions }
  /** How the runs that follow are made. */
  | { readonly kind: 'prepare'; readonly id: number; readonly spec: RunSpec }
  /** Reads, decodes and runs one image file. */
  | { readonly kind: 'file'; readonly id: number; readonly path: string }
  /** Runs images that were decoded elsewhere. */
  | { readonly kind: 'images'; readonly id: number; readonly images: ArrayBuffer[] }
  | { readonly kind: 'close'; readonly id: number };

/** What a run gives. */
export interface RunScores {
  /** Row-major [n, S] for the n images given. */
  readonly scores: Float32Array;
  /** Dimensions of the output, batch first. */
  readonly dims: readonly number[];
  /** Row-major [n, D], where they were asked for. */
  readonly features?: Float32Array;
  /** Of the image file's bytes, where the lane read one. */
  readonly digest?: string;
  /** The input buffers, to be used again. */
  readonly images: ArrayBuffer[];
}

/** From an inference worker. */
export type InferenceReply =
  | ({ readonly kind: 'info'; readonly id: number } & RuntimeInfo)
  | { readonly kind: 'opened'; readonly id: number; readonly facts: GraphFacts }
  | ({ readonly kind: 'ran'; readonly id: number } & RunScores)
  | { readonly kind: 'done'; readonly id: number }
  /** An image file that cannot be read: its own trouble, not the backbone's. */
  | {
      readonly kind: 'unreadable';
      readonly id: number;
      readonly reason: Reason;
      readonly message: string;
    }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

/** Given to each worker. */
export interface InferenceWorkerData {
  /** Where it writes the id of the request whose file it decodes, 0 for none. */
  readonly decoding: Int32Array;
  readonly images: ImageReaderData;
}
