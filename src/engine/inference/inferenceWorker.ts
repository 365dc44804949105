import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { toSemapError } from '../../core/errors.ts';
import { float16Value } from '../../core/float16.ts';
import { fillInput, type InputArray, inputBytes, inputView } from '../../core/images/tensor.ts';
import { poolFeatures } from '../../core/onnx/featureTap.ts';
import { MAX_MODEL_BYTES } from '../../core/onnx/protobuf/decode.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import { digestOf } from '../fileDigest.ts';
import { ImageReader } from '../images/imageReader.ts';
import { warmUp } from '../images/warmUp.ts';
import { loadOrt, type Ort, ortMessage } from '../models/onnxruntime.ts';
import type {
  InferenceReply,
  InferenceRequest,
  InferenceWorkerData,
  RunScores,
  RunSpec,
  SessionOptions,
} from './inferenceMessages.ts';

/** Entry of an inference worker: one thread, one session, one run at a time. It is closed, never terminated in a run. */

type Reply = readonly [InferenceReply, ArrayBuffer[]];

/** The smallest probability that is told apart from zero; keeps log p finite. */
const LEAST_PROBABILITY = 1e-30;

const WARM_RUNS = 3;
/** Slow backbones lose less by a slow first run than by waiting for it. */
const WARM_MILLISECONDS = 20;

const { decoding, images } = workerData as InferenceWorkerData;
const reader = new ImageReader(images);
const port = parentPort!;

let ort: Ort | undefined;
let session: InferenceSession | undefined;
let runner: Runner | undefined;

async function load(): Promise<Ort> {
  ort ??= await loadOrt();
  return ort;
}

async function open(path: string, options: SessionOptions): Promise<InferenceSession> {
  const { InferenceSession } = await load();
  const settings: InferenceSession.SessionOptions = {
    executionProviders: [options.provider],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 4,
    // As fast without the arena, which grows to one block that Electron's limit on allocations does not allow.
    enableCpuMemArena: false,
    extra: {
      session: {
        // Threads that spin while they wait take the cores from the decoders.
        intra_op: { allow_spinning: '0' },
        // A model that is given as bytes does not say where its weight files are.
        ...(options.append ? { model_external_initializers_file_folder_path: dirname(path) } : {}),
      },
    },
  };
  if (!options.append) return InferenceSession.create(path, settings);
  return InferenceSession.create(
    Buffer.concat([await readRegularFile(path, { limit: MAX_MODEL_BYTES }), options.append]),
    settings,
  );
}

/** Runs images through a session as a spec says. */
class Runner {
  readonly #ort: Ort;
  readonly #session: InferenceSession;
  readonly #spec: RunSpec;
  /** Input of one image, filled again for every file. */
  readonly #own: InputArray;

  constructor(library: Ort, model: InferenceSession, spec: RunSpec) {
    this.#ort = library;
    this.#session = model;
    this.#spec = spec;
    this.#own = inputView(spec.input, new ArrayBuffer(inputBytes(spec.input)));
  }

  /** Decodes a file into this worker's own input. @returns the digest of its bytes */
  fill(path: string): Promise<string> {
    return reader.use(path, (image, content) => {
      fillInput(image, this.#spec.input, this.#own);
      return digestOf(content);
    });
  }

  /** The first runs of a session reserve their memory, and are slower for it. */
  async warmUp(): Promise<void> {
    await warmUp(this.#spec.input, this.#own);
    const started = performance.now();
    for (let i = 0; i < WARM_RUNS && performance.now() - started < WARM_MILLISECONDS; i++)
      await this.runOwn();
  }

  async runOwn(): Promise<RunScores> {
    const { fixedBatch = 1 } = this.#spec;
    return this.#run(fixedBatch === 1 ? this.#own : this.#batchOf([this.#own]), 1, []);
  }

  async run(images: ArrayBuffer[]): Promise<RunScores> {
    const views = images.map((image) => inputView(this.#spec.input, image));
    const whole = views.length === 1 && (this.#spec.fixedBatch ?? 1) === 1;
    return this.#run(whole ? views[0] : this.#batchOf(views), images.length, images);
  }

  /** The images behind each other, followed by zeros up to the batch that the graph takes. */
  #batchOf(views: readonly InputArray[]): InputArray {
    const { input, fixedBatch } = this.#spec;
    const size = inputBytes(input);
    const bytes = new Uint8Array(size * (fixedBatch ?? views.length));
    for (const [i, view] of views.entries()) {
      bytes.set(new Uint8Array(view.buffer, view.byteOffset, size), i * size);
    }
    const count = bytes.length / views[0].BYTES_PER_ELEMENT;
    return new (views[0].constructor as new (buffer: ArrayBuffer, at: number, count: number) => InputArray)(
      bytes.buffer,
      0,
      count,
    );
  }

  async #run(pixels: InputArray, count: number, images: ArrayBuffer[]): Promise<RunScores> {
    const { input, inputName, outputName, output, fixedBatch, features } = this.#spec;
    const batch = fixedBatch ?? count;
    const { height, width } = input;
    const dims = input.layout === 'nchw' ? [batch, 3, height, width] : [batch, height, width, 3];
    const feed = new this.#ort.Tensor(input.type, pixels as Float32Array, dims);
    const wanted = features ? [outputName, features.output] : [outputName];
    const results = await this.#session.run({ [inputName]: feed }, wanted);
    const result = results[outputName];
    const all = floats(result);
    const size = all.length / (result.dims[0] === batch ? batch : 1);
    // A copy of its own: what is handed over must not be onnxruntime's memory.
    const scores = all.slice(0, size * count);
    if (output === 'probabilities') logarithms(scores);
    const shape = [...result.dims];
    result.dispose();
    if (!features) return { scores, dims: shape, images };
    const inner = results[features.output];
    const pooled = poolFeatures(floats(inner), inner.dims, features.axis, batch, count);
    inner.dispose();
    return { scores, dims: shape, features: pooled, images };
  }
}

/** The elements as float32; half floats come as bit patterns. */
function floats(tensor: Tensor): Float32Array {
  const { data } = tensor;
  if (data instanceof Float32Array) return data;
  if (tensor.type === 'float16') return Float32Array.from(data as Uint16Array, float16Value);
  throw new Error(`The output holds ${tensor.type}, not floats.`);
}

function logarithms(scores: Float32Array): void {
  for (let i = 0; i < scores.length; i++) {
    // A negative score is no probability; NaN makes the engine say so.
    scores[i] = scores[i] < -1e-3 ? Number.NaN : Math.log(Math.max(scores[i], LEAST_PROBABILITY));
  }
}

async function answer(request: InferenceRequest): Promise<Reply> {
  const { id } = request;
  switch (request.kind) {
    case 'info': {
      const { env, listSupportedBackends } = await load();
      const backends = listSupportedBackends().map(({ name }) => name);
      return [{ kind: 'info', id, version: env.versions.node ?? '', backends }, []];
    }
    case 'open': {
      session = await open(request.path, request.options);
      const facts = { inputs: valuesOf(session.inputMetadata), outputs: valuesOf(session.outputMetadata) };
      return [{ kind: 'opened', id, facts }, []];
    }
    case 'prepare':
      if (!session) throw new Error('No model is open.');
      runner = new Runner(await load(), session, request.spec);
      // What fails here fails again at the first image, which says why.
      await runner.warmUp().catch(() => {});
      return [{ kind: 'done', id }, []];
    case 'file':
      return file(id, request.path);
    case 'images': {
      if (!runner) throw new Error('No run was prepared.');
      const result = await runner.run(request.images);
      return [{ kind: 'ran', id, ...result }, [...buffersOf(result), ...result.images]];
    }
    case 'close':
      await session?.release();
      session = undefined;
      runner = undefined;
      return [{ kind: 'done', id }, []];
  }
}

async function file(id: number, path: string): Promise<Reply> {
  if (!runner) throw new Error('No run was prepared.');
  Atomics.store(decoding, 0, id);
  let digest: string;
  try {
    digest = await runner.fill(path);
  } catch (error) {
    const { reason, message } = toSemapError(error);
    return [{ kind: 'unreadable', id, reason, message }, []];
  } finally {
    Atomics.store(decoding, 0, 0);
  }
  const result = await runner.runOwn();
  return [{ kind: 'ran', id, ...result, digest }, buffersOf(result)];
}

function buffersOf({ scores, features }: RunScores): ArrayBuffer[] {
  return (features ? [scores, features] : [scores]).map(({ buffer }) => buffer as ArrayBuffer);
}

function valuesOf(metadata: InferenceSession['inputMetadata']) {
  return metadata.map((value) => ({
    name: value.name,
    type: value.isTensor ? value.type : 'no tensor',
    shape: value.isTensor ? [...value.shape] : [],
  }));
}

let working: Promise<void> = Promise.resolve();

port.on('message', (request: InferenceRequest) => {
  working = working.then(() => serve(request));
});

async function serve(request: InferenceRequest): Promise<void> {
  try {
    port.postMessage(...(await answer(request)));
  } catch (error) {
    port.postMessage({ kind: 'failed', id: request.id, message: ortMessage(error) } satisfies InferenceReply);
  }
  if (request.kind === 'close') port.close();
}
