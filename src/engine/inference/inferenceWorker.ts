import { parentPort } from 'node:worker_threads';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { float16Value } from '../../core/images/float16.ts';
import type { InputType } from '../../core/images/preprocessing.ts';
import type { InferenceReply, InferenceRequest, RunSpec, SessionOptions } from './inferenceMessages.ts';

/** Entry of an inference worker: one thread, one session, one run at a time. It is closed, never terminated. */
if (!parentPort) throw new Error('inferenceWorker runs in a worker thread.');
const port = parentPort;

/** The smallest probability that is told apart from zero; keeps log p finite. */
const LEAST_PROBABILITY = 1e-30;

const ARRAY = { float32: Float32Array, float16: Uint16Array, uint8: Uint8Array, int8: Int8Array } as const;

let session: InferenceSession | undefined;
let ort: typeof import('onnxruntime-node') | undefined;

async function load(): Promise<typeof import('onnxruntime-node')> {
  // Read when the library is loaded: its Linux build reports usage home otherwise.
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  ort ??= await import('onnxruntime-node');
  return ort;
}

async function open(path: string, options: SessionOptions): Promise<InferenceSession> {
  const { InferenceSession } = await load();
  return InferenceSession.create(path, {
    executionProviders: [options.provider],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 4,
    // Threads that spin while they wait take the cores from the decoders.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}

async function run(spec: RunSpec, images: ArrayBuffer[]) {
  if (!session || !ort) throw new Error('No model is open.');
  const { type, layout, height, width } = spec.input;
  const batch = spec.fixedBatch ?? images.length;
  const dims = layout === 'nchw' ? [batch, 3, height, width] : [batch, height, width, 3];
  const input = new ort.Tensor(type, batchOf(type, images, batch, 3 * height * width) as Float32Array, dims);
  const results = await session.run({ [spec.inputName]: input }, [spec.outputName]);
  const output = results[spec.outputName];
  const all = floats(output);
  const size = all.length / (output.dims[0] === batch ? batch : 1);
  // A copy of its own: what is handed over must not be onnxruntime's memory.
  const scores = all.slice(0, size * images.length);
  if (spec.output === 'probabilities') {
    for (let i = 0; i < scores.length; i++) {
      // A negative score is no probability; NaN makes the engine say so.
      scores[i] = scores[i] < -1e-3 ? Number.NaN : Math.log(Math.max(scores[i], LEAST_PROBABILITY));
    }
  }
  output.dispose();
  return { scores, dims: output.dims };
}

function batchOf(type: InputType, images: ArrayBuffer[], batch: number, elements: number) {
  if (batch === 1 && images.length === 1) return new ARRAY[type](images[0], 0, elements);
  const whole = new ARRAY[type](batch * elements);
  for (const [i, image] of images.entries()) whole.set(new ARRAY[type](image, 0, elements), i * elements);
  return whole;
}

/** The elements as float32. Half floats come as Float16Array where the runtime has one, else as bit patterns. */
function floats(tensor: Tensor): Float32Array {
  const { data } = tensor;
  if (data instanceof Float32Array) return data;
  if (tensor.type === 'float16') {
    return data instanceof Uint16Array
      ? Float32Array.from(data, float16Value)
      : Float32Array.from(data as ArrayLike<number>);
  }
  throw new Error(`The output holds ${tensor.type}, not floats.`);
}

async function answer(request: InferenceRequest): Promise<[InferenceReply, ArrayBuffer[]]> {
  const { id } = request;
  switch (request.kind) {
    case 'info': {
      const { env, listSupportedBackends } = await load();
      const backends = listSupportedBackends().map(({ name }) => name);
      return [{ kind: 'info', id, version: env.versions.node ?? '', backends }, []];
    }
    case 'open': {
      session = await open(request.path, request.options);
      const values = (metadata: InferenceSession['inputMetadata']) =>
        metadata.map((value) => ({
          name: value.name,
          type: value.isTensor ? value.type : 'no tensor',
          shape: value.isTensor ? [...value.shape] : [],
        }));
      return [
        {
          kind: 'opened',
          id,
          facts: { inputs: values(session.inputMetadata), outputs: values(session.outputMetadata) },
        },
        [],
      ];
    }
    case 'run': {
      const { scores, dims } = await run(request.spec, request.images);
      const reply: InferenceReply = { kind: 'ran', id, scores, dims, images: request.images };
      return [reply, [scores.buffer as ArrayBuffer, ...request.images]];
    }
    case 'close':
      await session?.release();
      session = undefined;
      return [{ kind: 'closed', id }, []];
  }
}

port.on('message', async (request: InferenceRequest) => {
  try {
    const [reply, transfer] = await answer(request);
    port.postMessage(reply, transfer);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const images = request.kind === 'run' ? request.images : [];
    port.postMessage({ kind: 'failed', id: request.id, message, images } satisfies InferenceReply, images);
  }
  if (request.kind === 'close') port.close();
});
