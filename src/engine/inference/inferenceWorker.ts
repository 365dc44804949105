import { workerData } from 'node:worker_threads';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { GraphFacts } from '../../core/backbones/backboneDescription.ts';
import { type Problem, problemOf, SemapError } from '../../core/errors.ts';
import { float16Values } from '../../core/float16.ts';
import { type ImageFacts, lookOf } from '../../core/images/imageFacts.ts';
import type { InputSpec } from '../../core/images/preprocessing.ts';
import { fillInput, type InputArray, inputBytes, inputView, leastScale } from '../../core/images/tensor.ts';
import { type FeatureTap, poolFeatures } from '../../core/onnx/featureTap.ts';
import type { ExtraInput } from '../../core/onnx/passes/constantInputs.ts';
import { type RowForm, scoreRows } from '../../core/onnx/scoreReading.ts';
import { inputPrompt } from '../../core/prompts/promptInput.ts';
import { phrase, type Text, verbatim } from '../../core/text/text.ts';
import { digestOf, type FileState } from '../../files/fileState.ts';
import { type Call, moving } from '../../protocol/rpc.ts';
import { ImageReader, type ImageReaderData, type PictureMemoryApi } from '../images/imageReader.ts';
import { warmUp } from '../images/warmUp.ts';
import {
  type LoadedOrt,
  loadOrt,
  loadRuntime,
  type Ort,
  openSession,
  ortMessage,
} from '../models/onnxruntime.ts';
import { serveStarter } from '../threads/serveStarter.ts';
import { Turns } from '../threads/turns.ts';
import { extraTensors, imageTensor } from './feeds.ts';
import { MaskedInput } from './maskedInput.ts';

/** Entry of an inference worker: one thread, one session, one run at a time. It is closed, never terminated in a run. */

/** How a session is made. */
export interface SessionOptions {
  /** Threads inside one run. */
  readonly threads: number;
  /** Execution provider, in the words of onnxruntime. */
  readonly provider: string;
  /** Appended to the bytes of the model; see {@link FeatureTap}. */
  readonly append?: Uint8Array | undefined;
}

/** What a run needs to know beside the pixels. */
export interface RunSpec {
  readonly inputName: string;
  readonly input: InputSpec;
  readonly extraInputs?: readonly ExtraInput[] | undefined;
  readonly outputName: string;
  readonly scores: RowForm;
  /** Images per run when the graph insists on a number; the rest is filled with zeros. */
  readonly fixedBatch: number | undefined;
  /** Few images are run, and none is decoded: nothing is warmed up for them. */
  readonly cold?: true | undefined;
  /** Asks for penultimate features too. */
  readonly features?: Pick<FeatureTap, 'output' | 'axis'> | undefined;
}

/** What the library on this machine offers. */
export interface RuntimeInfo {
  readonly version: string;
  readonly kind: LoadedOrt['kind'];
  /** Why it is WebAssembly, where nobody chose that. */
  readonly instead?: Text | undefined;
  /** Execution providers that were compiled in; whether they work is another matter. */
  readonly backends: readonly string[];
}

/** What a run gives. */
export interface RunScores {
  /** Row-major [n, S] for the n images given. */
  readonly scores: Float32Array;
  /** Dimensions of the output as the graph gives it. */
  readonly dims: readonly number[];
  /** Row-major [n, D], where they were asked for. */
  readonly features?: Float32Array;
  /** The input buffers, to be used again. */
  readonly images: ArrayBuffer[];
}

/** What a lane sees of an image file beside its scores. */
export interface SeenFile {
  /** Of its bytes. */
  readonly digest: string;
  readonly facts: ImageFacts;
  readonly state: FileState;
}

/** What became of some image files. */
export interface FileScores extends Pick<RunScores, 'dims'> {
  /** In the order of the files; of the first ones only, where they took long. */
  readonly files: readonly (SeenFile | { readonly problem: Problem })[];
  /** Row-major [n, S] for the n files without a problem, in their order; then nothing that is of use. */
  readonly scores: Float32Array;
  /** Row-major [n, D], likewise. */
  readonly features?: Float32Array | undefined;
  /** How long they took. */
  readonly milliseconds: number;
}

/** What an inference worker offers; everything but `info` one after the other. */
export interface InferenceApi {
  info: Call<undefined, RuntimeInfo>;
  open: Call<{ readonly path: string; readonly options: SessionOptions }, GraphFacts>;
  /** How the runs that follow are made. */
  prepare: Call<RunSpec>;
  /**
   * Reads, decodes and runs image files, the first of them under the ticket; no more of them once that has taken
   * {@link LONGEST_MILLISECONDS}. What it throws is the session's failure.
   */
  files: Call<{ readonly ticket: number; readonly paths: readonly string[] }, FileScores>;
  /** Runs images that were decoded elsewhere: one buffer each, filled as the spec says. */
  images: Call<{ readonly images: ArrayBuffer[] }, RunScores>;
}

/** So long a lane may be at what it was given, and cannot be given anything else. */
const LONGEST_MILLISECONDS = 100;

const WARM_RUNS = 3;
/** Slow backbones lose less by a slow first run than by waiting for it. */
const WARM_MILLISECONDS = 20;

let ort: Ort | undefined;
let session: InferenceSession | undefined;
let runner: Runner | undefined;

async function load(): Promise<Ort> {
  ort ??= await loadOrt();
  return ort;
}

async function open(path: string, options: SessionOptions): Promise<InferenceSession> {
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
      },
    },
  };
  return openSession(await load(), path, settings, options.append);
}

/** Runs images through a session as a spec says. */
class Runner {
  readonly #ort: Ort;
  readonly #session: InferenceSession;
  readonly #spec: RunSpec;
  /** Input of one image, filled again for every file. */
  readonly #own: InputArray;
  readonly #extras: Readonly<Record<string, Tensor>>;
  /** Makes the backbone's input of what images filled, where a prompt has a mask. */
  readonly #mask: MaskedInput | undefined;

  private constructor(library: Ort, model: InferenceSession, spec: RunSpec, mask: MaskedInput | undefined) {
    this.#ort = library;
    this.#session = model;
    this.#spec = spec;
    this.#own = inputView(spec.input, new ArrayBuffer(inputBytes(spec.input)));
    this.#extras = extraTensors(library, spec.extraInputs);
    this.#mask = mask;
  }

  static async open(library: Ort, model: InferenceSession, spec: RunSpec): Promise<Runner> {
    const { input } = spec;
    const mask = input.prompt?.network
      ? await MaskedInput.open(library, input, inputPrompt(input, input.prompt))
      : undefined;
    return new Runner(library, model, spec, mask);
  }

  /** Decodes a file into this worker's own input. @returns what else is seen of it */
  fill(path: string, ticket: number): Promise<SeenFile> {
    const { input } = this.#spec;
    return reader.use(
      path,
      ticket,
      (image, { bytes, state }) => {
        const look = lookOf(fillInput(image, input, this.#own));
        const { width, height } = image.reduced ?? image;
        return { digest: digestOf(bytes), facts: { width, height, ...look }, state };
      },
      { least: leastScale(input) },
    );
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

  async close(): Promise<void> {
    await this.#mask?.close();
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
    const { input, inputName, outputName, fixedBatch, features } = this.#spec;
    const batch = fixedBatch ?? count;
    const feed = this.#mask
      ? await this.#mask.run(pixels as Float32Array, batch)
      : imageTensor(this.#ort, input, pixels, batch);
    const wanted = features ? [outputName, features.output] : [outputName];
    const results = await this.#session.run({ ...this.#extras, [inputName]: feed }, wanted);
    const result = results[outputName];
    const scores = scoreRows(floats(result), batch, count, this.#spec.scores);
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
  if (data instanceof Float64Array) return Float32Array.from(data);
  if (tensor.type === 'float16') return float16Values(data as Uint16Array);
  throw new SemapError('device-failed', phrase('The output holds {0}, not floats.', tensor.type));
}

/** Scores go to the starter without a copy, and input buffers that came from it go back. */
function handedOver(result: RunScores): RunScores {
  const { scores, features, images } = result;
  return moving(result, [scores.buffer, ...(features ? [features.buffer] : []), ...images]);
}

/** What onnxruntime says when it cannot do something. */
async function ofOrt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SemapError) throw error;
    throw new SemapError('device-failed', verbatim(ortMessage(error)), { cause: error });
  }
}

function prepared(): Runner {
  if (!runner) throw new SemapError('internal', phrase('No run was prepared.'));
  return runner;
}

function valuesOf(metadata: InferenceSession['inputMetadata']) {
  return metadata.map((value) => ({
    name: value.name,
    type: value.isTensor ? value.type : 'no tensor',
    shape: value.isTensor ? [...value.shape] : [],
  }));
}

async function runFiles(paths: readonly string[], ticket: number): Promise<FileScores> {
  const started = performance.now();
  const files: (SeenFile | { problem: Problem })[] = [];
  let scores = new Float32Array();
  let features: Float32Array | undefined;
  let dims: readonly number[] = [];
  let ran = 0;
  for (const [i, path] of paths.entries()) {
    if (i > 0 && performance.now() - started > LONGEST_MILLISECONDS) break;
    try {
      files.push(await prepared().fill(path, ticket + i));
    } catch (error) {
      files.push({ problem: problemOf(error) });
      continue;
    }
    const run = await ofOrt(() => prepared().runOwn());
    if (ran === 0) {
      ({ dims } = run);
      scores = new Float32Array(run.scores.length * paths.length);
      features = run.features && new Float32Array(run.features.length * paths.length);
    }
    scores.set(run.scores, ran * run.scores.length);
    if (run.features) features?.set(run.features, ran * run.features.length);
    ran++;
  }
  const milliseconds = performance.now() - started;
  return moving({ files, scores, features, dims, milliseconds }, [
    scores.buffer,
    ...(features ? [features.buffer] : []),
  ]);
}

const turns = new Turns();

const starter = serveStarter<InferenceApi, PictureMemoryApi>(
  {
    info: () =>
      ofOrt(async () => {
        const { ort, kind, instead } = await loadRuntime();
        const { env, listSupportedBackends } = ort;
        return {
          version: env.versions.node ?? env.versions.common,
          kind,
          instead,
          backends: listSupportedBackends().map(({ name }) => name),
        };
      }),
    open: ({ path, options }) =>
      turns.take(() =>
        ofOrt(async () => {
          session = await open(path, options);
          return { inputs: valuesOf(session.inputMetadata), outputs: valuesOf(session.outputMetadata) };
        }),
      ),
    prepare: (spec) =>
      turns.take(async () => {
        if (!session) throw new SemapError('internal', phrase('No model is open.'));
        await runner?.close();
        runner = await Runner.open(await load(), session, spec);
        // What fails here fails again at the first image, which says why.
        if (!spec.cold) await runner.warmUp().catch(() => {});
        return undefined;
      }),
    files: ({ paths, ticket }) => turns.take(() => runFiles(paths, ticket)),
    images: ({ images }) => turns.take(async () => handedOver(await ofOrt(() => prepared().run(images)))),
  },
  () =>
    turns.take(async () => {
      await runner?.close();
      await session?.release();
      session = undefined;
      runner = undefined;
    }),
);
const reader = new ImageReader(workerData as ImageReaderData, starter);
