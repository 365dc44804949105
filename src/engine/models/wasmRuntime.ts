import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Native from 'onnxruntime-node';
import { SemapError } from '../../core/errors.ts';
import { externalLocations } from '../../core/onnx/externalData.ts';
import { decodeModel, MAX_MODEL_BYTES } from '../../core/onnx/protobuf/decode.ts';
import { phrase } from '../../core/text/text.ts';
import { readRegularFile } from '../../files/regularFile.ts';

type SessionOptions = Native.InferenceSession.SessionOptions;

/** Of onnxruntime-web, what is used of it here: the rest is the same as in onnxruntime-node. */
interface WebRuntime {
  readonly env: Native.Env;
  readonly Tensor: typeof Native.Tensor;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: SessionOptions & { readonly externalData?: readonly ExternalFile[] },
    ): Promise<Native.InferenceSession>;
  };
}

/** A file beside a model, under the name that the model has for it. */
interface ExternalFile {
  readonly path: string;
  readonly data: Uint8Array;
}

/** Where onnxruntime is told the folder of a model that it gets as bytes. */
const FOLDER = 'model_external_initializers_file_folder_path';

/**
 * onnxruntime as WebAssembly, for computers that it has no binary for, behind the interface of the native one: its only
 * provider answers to `cpu`, and a model may be a file. It runs in the thread that asks, alone: the engine has a thread
 * for each lane anyway.
 *
 * A model and the files beside it are read whole, into memory of 4 GB at most for each thread, which never shrinks.
 *
 * @throws {Error} where onnxruntime-web is not there, as in the packages of platforms that have a binary
 */
export async function loadWasmRuntime(): Promise<typeof Native> {
  const { resolve } = createRequire(import.meta.url);
  const at = (name: string) => pathToFileURL(resolve(`onnxruntime-web/${name}`)).href;
  const { env, Tensor, InferenceSession } = (await import('onnxruntime-web')) as unknown as WebRuntime;
  env.wasm.numThreads = 1;
  env.wasm.proxy = false;
  // Stated: who finds none sets an address on the web, as Transformers.js does.
  env.wasm.wasmPaths = {
    mjs: at('ort-wasm-simd-threaded.mjs'),
    wasm: at('ort-wasm-simd-threaded.wasm'),
  };
  const create = async (
    model: string | Uint8Array,
    { externalData: _, ...options }: SessionOptions = {},
  ): Promise<Native.InferenceSession> => {
    const { session = {}, ...extra } = (options.extra ?? {}) as { session?: Record<string, unknown> };
    const { [FOLDER]: folder, ...settings } = session;
    const [bytes, beside] =
      typeof model === 'string'
        ? [await readRegularFile(model, { limit: MAX_MODEL_BYTES }), path.dirname(model)]
        : [model, folder as string | undefined];
    const externalData = beside === undefined ? [] : await filesBeside(bytes, beside);
    return InferenceSession.create(bytes, {
      ...options,
      executionProviders: ['wasm'],
      intraOpNumThreads: 1,
      extra: { ...extra, session: settings },
      ...(externalData.length > 0 && { externalData }),
    });
  };
  const listSupportedBackends = () => [{ name: 'wasm', bundled: true }];
  return { env, Tensor, InferenceSession: { create }, listSupportedBackends } as unknown as typeof Native;
}

/** @throws {SemapError} `not-found`, `unsupported-model` for more than a WebAssembly memory takes */
async function filesBeside(model: Uint8Array, folder: string): Promise<readonly ExternalFile[]> {
  let room = MAX_MODEL_BYTES - model.length;
  const files: ExternalFile[] = [];
  for (const location of locationsOf(model)) {
    const data = await readRegularFile(path.join(folder, location), { limit: room }).catch((cause) => {
      if (cause instanceof SemapError && cause.reason === 'not-found')
        throw new SemapError(
          'not-found',
          phrase("The model's weights are in {0}, which is missing.", location),
          { hint: phrase('Copy that file into the same folder.'), cause },
        );
      throw cause;
    });
    room -= data.length;
    files.push({ path: location, data });
  }
  return files;
}

/** None of what is no model: onnxruntime says what is wrong with it. */
function locationsOf(model: Uint8Array): readonly string[] {
  let decoded: ReturnType<typeof decodeModel>;
  try {
    decoded = decodeModel(model);
  } catch {
    return [];
  }
  return externalLocations(decoded);
}
