import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { SemapError } from '../../core/errors.ts';
import type { GraphRunner, InferredType } from '../../core/onnx/graph.ts';
import { type DataType, type Tensor, typedArrayOf } from '../../core/onnx/tensor.ts';
import { phrase } from '../../core/text/text.ts';
import type { Ort } from '../models/onnxruntime.ts';
import { ortMessage } from '../models/onnxruntime.ts';

/** For graphs that are asked about once: no optimisation, no memory kept. */
const ONCE: InferenceSession.SessionOptions = {
  graphOptimizationLevel: 'disabled',
  enableCpuMemArena: false,
  enableMemPattern: false,
  intraOpNumThreads: 1,
  logSeverityLevel: 4,
};

/** Answers the graph passes' questions with onnxruntime on the CPU. */
export class OrtRunner implements GraphRunner {
  readonly #ort: Ort;

  constructor(ort: Ort) {
    this.#ort = ort;
  }

  async infer(model: Uint8Array): Promise<ReadonlyMap<string, InferredType>> {
    const session = await this.#open(model);
    try {
      return new Map(
        session.outputMetadata.map((output) => {
          if (!output.isTensor) throw refused(`value "${output.name}" is not a tensor`);
          return [output.name, { type: output.type as DataType, dims: [...output.shape] }];
        }),
      );
    } finally {
      await session.release();
    }
  }

  async run(model: Uint8Array, inputs: ReadonlyMap<string, Tensor>): Promise<ReadonlyMap<string, Tensor>> {
    const session = await this.#open(model);
    try {
      const feeds: Record<string, OrtTensor> = {};
      for (const [name, tensor] of inputs) feeds[name] = this.#toOrt(tensor);
      const results = await session.run(feeds);
      return new Map(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]));
    } catch (error) {
      throw refused(ortMessage(error));
    } finally {
      await session.release();
    }
  }

  async #open(model: Uint8Array): Promise<InferenceSession> {
    try {
      return await this.#ort.InferenceSession.create(model, ONCE);
    } catch (error) {
      throw refused(ortMessage(error));
    }
  }

  #toOrt(tensor: Tensor): OrtTensor {
    return new this.#ort.Tensor(tensor.type as 'float32', typedArrayOf(tensor) as Float32Array, [
      ...tensor.dims,
    ]);
  }
}

/** Copied: onnxruntime's memory goes with the session. */
function fromOrt(tensor: OrtTensor): Tensor {
  const data = tensor.data as Float32Array;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return { type: tensor.type as DataType, dims: [...tensor.dims], bytes };
}

function refused(message: string): SemapError {
  return new SemapError(
    'unsupported-model',
    phrase('onnxruntime cannot run this model: {0}', message.split('\n')[0]),
    {
      hint: phrase(
        'The file may be damaged, or use newer operators than this version of onnxruntime supports.',
      ),
    },
  );
}
