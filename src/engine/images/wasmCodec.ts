import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { SemapError } from '../../core/errors.ts';

/** The WebAssembly files that the build must copy beside the bundled worker, as package paths. */
export const WASM_ASSETS = [
  '@cwasm/jpeg-turbo/jpeg-turbo.wasm',
  '@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm',
  '@jsquash/webp/codec/dec/webp_dec.wasm',
  'lcms-wasm/dist/lcms.wasm',
  '@jsquash/avif/codec/dec/avif_dec.wasm',
  '@jsquash/jxl/codec/dec/jxl_dec.wasm',
] as const;

/**
 * Codecs that the build copies beside the bundles as they are, under these names: their JavaScript wants to be CommonJS,
 * and libheif must be a file of its own that a person may replace (LGPL).
 */
export const WHOLE_CODECS = {
  'libheif.cjs': 'libheif-js/libheif-wasm/libheif.js',
  'libheif.wasm': 'libheif-js/libheif-wasm/libheif.wasm',
  'openjpeg.cjs': '@cornerstonejs/codec-openjpeg/decodewasmjs',
  'openjpeg.wasm': '@cornerstonejs/codec-openjpeg/decodewasm',
} as const;

export type WasmAsset = (typeof WASM_ASSETS)[number] | Extract<keyof typeof WHOLE_CODECS, `${string}.wasm`>;

/** What an Emscripten module is made with. */
export interface FactoryOptions {
  readonly noInitialRun: boolean;
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
  /** Makes an instance and hands it to `ready` before it returns. */
  readonly instantiateWasm: (
    imports: WebAssembly.Imports,
    ready: (instance: WebAssembly.Instance) => void,
  ) => WebAssembly.Exports;
}

type Factory<T> = (options: FactoryOptions) => Promise<T>;

/** A damaged picture can be worth a line for every block of it. */
const MOST_MESSAGES = 1000;

/** Memory of an instance never shrinks; one that a huge picture has blown up is given back after use. */
const KEEP_BYTES = 128 * 2 ** 20;

/**
 * One WebAssembly codec: compiled once, instantiated when first used and again after a call has failed, because an
 * Emscripten module is not usable after its program has exited.
 */
export class WasmCodec<T> {
  readonly #factory: Factory<T>;
  readonly #asset: WasmAsset;
  readonly #once: boolean;
  #compiled: WebAssembly.Module | undefined;
  #instance: T | undefined;
  #memory: WebAssembly.Memory | undefined;
  #messages: string[] = [];
  /** Bytes of a new instance, and to how many it may grow now. */
  #least = 0;
  #most = Number.POSITIVE_INFINITY;

  /** @param once whether an instance serves one call only */
  constructor(factory: unknown, asset: WasmAsset, { once = false } = {}) {
    this.#once = once;
    this.#factory = factory as Factory<T>;
    this.#asset = asset;
  }

  /**
   * Runs `work` on an instance; `messages` are what the codec printed meanwhile, its warnings among them.
   * @param most bytes that it may take beside the instance itself, whatever the file makes of what its header said
   */
  async run<R>(
    work: (module: T) => R,
    most = Number.POSITIVE_INFINITY,
  ): Promise<{ result: R; messages: readonly string[] }> {
    this.#instance ??= await this.#instantiate();
    this.#most = this.#least + most;
    this.#messages = [];
    try {
      const result = work(this.#instance);
      if (this.#once || (this.#memory?.buffer.byteLength ?? 0) > KEEP_BYTES) this.#drop();
      return { result, messages: this.#messages };
    } catch (error) {
      this.#drop();
      if (error instanceof WasmCodecError || error instanceof SemapError) throw error;
      throw new WasmCodecError(this.#messages, error);
    }
  }

  /** Memory is asked of JavaScript, which may say no; the codec then fails as if the machine had no more. */
  #limit(memory: WebAssembly.Memory): void {
    this.#least = memory.buffer.byteLength;
    memory.grow = (pages) => {
      if (memory.buffer.byteLength + pages * 65_536 > this.#most) throw new RangeError('allocation failed');
      return WebAssembly.Memory.prototype.grow.call(memory, pages);
    };
  }

  #drop(): void {
    this.#instance = undefined;
    this.#memory = undefined;
  }

  async #instantiate(): Promise<T> {
    installImageData();
    this.#compiled ??= new WebAssembly.Module(readFileSync(locate(this.#asset)));
    const compiled = this.#compiled;
    const print = (line: string): void => {
      if (this.#messages.length < MOST_MESSAGES) this.#messages.push(line);
    };
    return this.#factory({
      noInitialRun: true,
      print,
      printErr: print,
      instantiateWasm: (imports, ready) => {
        const instance = new WebAssembly.Instance(compiled, imports);
        const memory = Object.values(instance.exports).find((e) => e instanceof WebAssembly.Memory);
        if (memory) this.#limit(memory);
        this.#memory = memory;
        ready(instance);
        return instance.exports;
      },
    });
  }
}

/** What a file exports that is used without the JavaScript that comes with it: for {@link WasmCodec}. */
export function bareInstance<T>({ instantiateWasm }: FactoryOptions, imports: WebAssembly.Imports): T {
  return instantiateWasm(imports, () => {}) as T;
}

/** A codec gave up; `messages` are its reasons. */
export class WasmCodecError extends Error {
  readonly outOfMemory: boolean;

  constructor(messages: readonly string[], cause: unknown) {
    super(messages.join(' ') || String(cause), { cause });
    this.outOfMemory = /Insufficient memory|OOM|enlarge memory|allocation failed/i.test(
      `${this.message} ${cause}`,
    );
  }
}

/** Beside the bundle, or in node_modules when run from the sources. */
function locate(asset: WasmAsset | keyof typeof WHOLE_CODECS): string {
  const beside = new URL(asset.slice(asset.lastIndexOf('/') + 1), import.meta.url);
  const inPackage = WHOLE_CODECS[asset as keyof typeof WHOLE_CODECS] ?? asset;
  return fileURLToPath(existsSync(beside) ? beside : import.meta.resolve(inPackage));
}

/** A codec that lies beside the bundles as it is, read when its first picture comes. */
export function wholeCodec<T>(
  name: 'libheif' | 'openjpeg',
  options?: { readonly once: boolean },
): WasmCodec<T> {
  const factory: Factory<T> = (settings) => createRequire(import.meta.url)(locate(`${name}.cjs`))(settings);
  return new WasmCodec<T>(factory, `${name}.wasm`, options);
}

/** The codecs return an `ImageData`, which Node does not have. */
function installImageData(): void {
  const scope = globalThis as { ImageData?: unknown };
  scope.ImageData ??= class {
    readonly data: Uint8ClampedArray;
    readonly width: number;
    readonly height: number;

    constructor(data: Uint8ClampedArray, width: number, height: number) {
      this.data = data;
      this.width = width;
      this.height = height;
    }
  };
}
