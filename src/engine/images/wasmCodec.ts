import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The WebAssembly files that the build must copy beside the bundled worker, as package paths. */
export const WASM_ASSETS = [
  '@cwasm/jpeg-turbo/jpeg-turbo.wasm',
  '@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm',
  '@jsquash/webp/codec/dec/webp_dec.wasm',
  'lcms-wasm/dist/lcms.wasm',
] as const;

export type WasmAsset = (typeof WASM_ASSETS)[number];

type Factory<T> = (options: Record<string, unknown>) => Promise<T>;

/** Memory of an instance never shrinks; one that a huge picture has blown up is given back after use. */
const KEEP_BYTES = 128 * 2 ** 20;

/**
 * One WebAssembly codec: compiled once, instantiated when first used and again after a call has failed, because an
 * Emscripten module is not usable after its program has exited.
 */
export class WasmCodec<T> {
  readonly #factory: Factory<T>;
  readonly #asset: WasmAsset;
  #compiled: WebAssembly.Module | undefined;
  #instance: T | undefined;
  #memory: WebAssembly.Memory | undefined;
  #messages: string[] = [];

  constructor(factory: unknown, asset: WasmAsset) {
    this.#factory = factory as Factory<T>;
    this.#asset = asset;
  }

  /** Runs `work` on an instance; `messages` are what the codec printed meanwhile, its warnings among them. */
  async run<R>(work: (module: T) => R): Promise<{ result: R; messages: readonly string[] }> {
    this.#instance ??= await this.#instantiate();
    this.#messages = [];
    try {
      const result = work(this.#instance);
      if ((this.#memory?.buffer.byteLength ?? 0) > KEEP_BYTES) this.#drop();
      return { result, messages: this.#messages };
    } catch (error) {
      this.#drop();
      if (error instanceof WasmCodecError) throw error;
      throw new WasmCodecError(this.#messages, error);
    }
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
      this.#messages.push(line);
    };
    return this.#factory({
      noInitialRun: true,
      print,
      printErr: print,
      instantiateWasm: (imports: WebAssembly.Imports, ready: (instance: WebAssembly.Instance) => void) => {
        const instance = new WebAssembly.Instance(compiled, imports);
        this.#memory = Object.values(instance.exports).find((e) => e instanceof WebAssembly.Memory);
        ready(instance);
        return instance.exports;
      },
    });
  }
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
function locate(asset: WasmAsset): string {
  const beside = new URL(asset.slice(asset.lastIndexOf('/') + 1), import.meta.url);
  return fileURLToPath(existsSync(beside) ? beside : import.meta.resolve(asset));
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
