import path from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { SemapError } from '../../core/errors.ts';
import { MAX_MODEL_BYTES } from '../../core/onnx/protobuf/decode.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import type { DeviceChoice } from '../../protocol/device.ts';
import { loadWasmRuntime } from './wasmRuntime.ts';

export type Ort = typeof import('onnxruntime-node');

/** Set to `wasm`, onnxruntime runs as WebAssembly wherever it would load; `native` is never replaced by that. */
const RUNTIME_VARIABLE = 'SEMAP_RUNTIME';

/** How onnxruntime runs here. */
export interface LoadedOrt {
  readonly ort: Ort;
  readonly kind: 'native' | 'wasm';
  /** Why it is WebAssembly, where nobody chose that. */
  readonly instead?: Text;
}

const setByPerson = process.env[RUNTIME_VARIABLE];

/** What threads and processes that start from now on load. */
export function useRuntime(wanted: DeviceChoice): void {
  const kind = wanted === 'wasm' ? 'wasm' : setByPerson;
  if (kind === undefined) Reflect.deleteProperty(process.env, RUNTIME_VARIABLE);
  else process.env[RUNTIME_VARIABLE] = kind;
}

let loaded: Promise<LoadedOrt> | undefined;

/**
 * onnxruntime, with what its defaults get wrong put right before it loads:
 * - its Linux build reports usage home;
 * - where the runtime has a Float16Array (V8 13.6: Node 24, Electron 36) its JavaScript puts half floats into one, which its
 *   native half takes for an empty input ("expected 301056, got 0"). Without it half floats are bit patterns in a
 *   Uint16Array, everywhere.
 *
 * Where it has no binary for this computer, or its binary does not load, it is the one in WebAssembly.
 */
export async function loadOrt(): Promise<Ort> {
  return (await loadRuntime()).ort;
}

/** The same, with how it runs. */
export function loadRuntime(): Promise<LoadedOrt> {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  Reflect.deleteProperty(globalThis, 'Float16Array');
  loaded ??= load(process.env[RUNTIME_VARIABLE]).then((runtime) => {
    // What bundled libraries that bring an onnxruntime of their own get instead of it; see scripts/build.ts.
    Reflect.set(globalThis, Symbol.for('semap.onnxruntime'), runtime.ort);
    return runtime;
  });
  return loaded;
}

async function load(wanted: string | undefined): Promise<LoadedOrt> {
  if (wanted === 'wasm') return { ort: await chosenWasm(), kind: 'wasm' };
  let why: unknown = isMusl() ? new Error('musl') : undefined;
  if (why === undefined) {
    try {
      return { ort: await import('onnxruntime-node'), kind: 'native' };
    } catch (error) {
      if (wanted === 'native') throw error;
      why = error;
    }
  }
  const ort = await loadWasmRuntime().catch(() => {
    throw why;
  });
  return { ort, kind: 'wasm', instead: whyNotNative(why) };
}

async function chosenWasm(): Promise<Ort> {
  try {
    return await loadWasmRuntime();
  } catch (cause) {
    throw new SemapError('device-failed', phrase('This package of SeMap has no WebAssembly runtime.'), {
      hint: phrase('Install the package without a platform in its name, or choose another device.'),
      cause,
    });
  }
}

/** A binary that was linked with glibc may load on musl, with a layer that imitates it, and crash later. */
function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report = process.report as (typeof process.report & { excludeNetwork?: boolean }) | undefined;
  if (!report) return false;
  report.excludeNetwork = true;
  const { header } = report.getReport() as unknown as { header?: { glibcVersionRuntime?: string } };
  return header !== undefined && header.glibcVersionRuntime === undefined;
}

function whyNotNative(error: unknown): Text {
  const platform = `${process.platform}-${process.arch}`;
  const { code, message } = error as NodeJS.ErrnoException;
  if (message === 'musl')
    return phrase('onnxruntime has no binary for Linux with musl, such as Alpine ({0}).', platform);
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND')
    return phrase('There is no binary of onnxruntime for {0} here.', platform);
  return phrase('The binary of onnxruntime for {0} does not load: {1}', platform, ortSentence(error));
}

/** @param append more of the file, as `outputOf` and a feature tap have it */
export async function openSession(
  { InferenceSession }: Ort,
  file: string,
  options: InferenceSession.SessionOptions,
  append: Uint8Array | undefined,
): Promise<InferenceSession> {
  if (!append) return InferenceSession.create(file, options);
  const { session = {}, ...extra } = (options.extra ?? {}) as { session?: object };
  // A model that is given as bytes does not say where its weight files are.
  const place = { model_external_initializers_file_folder_path: path.dirname(file) };
  const bytes = Buffer.concat([await readRegularFile(file, { limit: MAX_MODEL_BYTES }), append]);
  return InferenceSession.create(bytes, {
    ...options,
    extra: { ...extra, session: { ...session, ...place } },
  });
}

/** A file of onnxruntime's own sources with a line, and the C++ function there: `void f(const std::string&, int) const`. */
const PLACE = /\S*onnxruntime[_\w]*[/\\]\S+?\.(?:h|cc|cpp|hpp|cu|inc):\d+\s*/g;
const SIGNATURE =
  /^[\w:<>,&*~\s[\]=]*?[\w~>\])]+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)(?:\s*const)?(?:::<lambda\([^()]*\)>)?\s*(?:\[with [^\]]*\]\s*)?/;
/** The same from a build that names files without their folders: `pool.cc:226 Compute `. */
const SHORT_PLACE = /\b[\w-]+\.(?:h|cc|cpp|hpp|cu|inc):\d+\s+[\w~:]+\s+/g;
/** `x == y was false. ` and the like: a condition of its sources. */
const CONDITION = /^(?:\S.{0,200}? was false\.\s+)/;

/** What its build in WebAssembly puts before what it says. */
const WASM_PREFIX = /^(?:Can't create a session|failed to call \w+\(\))\. ERROR_CODE: \d+, ERROR_MESSAGE: /;

/** What onnxruntime says is wrong, without the place in its sources: what a person can do something with. */
export function ortMessage(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(WASM_PREFIX, '');
  const [start = '', ...rest] = message.split(PLACE);
  const said = rest.map((part) => {
    const bare = part.replace(SIGNATURE, '');
    return bare.replace(CONDITION, '') || bare;
  });
  return [start, ...said].join('').replace(SHORT_PLACE, '').trim() || message;
}

/** The first line of it, as a sentence. */
export function ortSentence(error: unknown): string {
  const line = ortMessage(error)
    .split('\n')[0]
    .replace(/^OrtSessionOptionsAppendExecutionProvider_\w+:\s*/, '')
    .trim()
    .slice(0, 300);
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

/**
 * What onnxruntime's refusal to load a model means to a person.
 * @param message what it threw
 */
export function loadError(message: string, file: string): SemapError {
  const name = path.basename(file);
  const cause = new Error(message);
  if (/file doesn't exist|no such file/i.test(message) && !/\.data|_data/i.test(message)) {
    return new SemapError('not-found', phrase('{0} no longer exists.', name), {
      hint: phrase('Restore it, or add the backbone again.'),
      cause,
    });
  }
  const external = /external data|external_data|ExternalData|external initializer|\.onnx[._]data/i.test(
    message,
  );
  if (external) {
    const missing = /["'\s/\\]([^"'\s/\\]+\.(?:onnx[._])?(?:data|bin|weights?))\b/i.exec(message)?.[1];
    return new SemapError(
      'not-found',
      missing
        ? phrase('{0} keeps its weights in {1}, which is missing or incomplete.', name, missing)
        : phrase('{0} keeps its weights in another file, which is missing or incomplete.', name),
      { hint: phrase('Copy that file into the same folder.'), cause },
    );
  }
  if (/protobuf parsing failed|does not have a graph|InvalidProtobuf/i.test(message)) {
    return new SemapError('not-onnx', phrase('{0} is not an ONNX model, or is incomplete.', name), {
      hint: phrase('Copy or download it again.'),
      cause,
    });
  }
  if (/bad_alloc|failed to allocate|out of memory/i.test(message)) {
    return new SemapError('out-of-memory', phrase('There is not enough memory to load {0}.', name), {
      hint: phrase('Close other programs, or use a smaller backbone.'),
      cause,
    });
  }
  const opset = /opset\s+(\d+)\s+is under development[\s\S]*?till opset\s+(\d+)/i.exec(message);
  if (opset) {
    return new SemapError(
      'unsupported-model',
      phrase('{0} uses ONNX opset {1}. The newest supported is {2}.', name, opset[1], opset[2]),
      { hint: phrase('Export it again with an older opset (17 is a safe choice).'), cause },
    );
  }
  const ir = /Unsupported model IR version:\s*(\d+), max supported IR version:\s*(\d+)/i.exec(message);
  if (ir) {
    return new SemapError(
      'unsupported-model',
      phrase('{0} uses ONNX IR version {1}. The newest supported is {2}.', name, ir[1], ir[2]),
      { hint: phrase('Export it again with an older version of ONNX, or update SeMap.'), cause },
    );
  }
  const plain = message.replace(/^Load model from .* failed:\s*/, '').split('\n')[0];
  return new SemapError('unsupported-model', phrase('onnxruntime cannot load {0}: {1}', name, plain), {
    hint: phrase('Export it again with standard ONNX operators (opset 17 is a safe choice).'),
    cause,
  });
}
