import type { IccProfile } from './iccProfile.ts';
import { bareInstance, type FactoryOptions, WasmCodec } from './wasmCodec.ts';

/** What the WebAssembly file of lcms-wasm exports of Little CMS and of its own memory. */
interface LcmsModule {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  emscripten_stack_init(): void;
  __wasm_call_ctors(): void;
  malloc(bytes: number): number;
  free(at: number): void;
  cmsOpenProfileFromMem(at: number, bytes: number): number;
  cmsCreate_sRGBProfile(): number;
  cmsCloseProfile(profile: number): void;
  cmsCreateTransform(
    from: number,
    format: number,
    to: number,
    format2: number,
    intent: number,
    flags: number,
  ): number;
  cmsDeleteTransform(transform: number): void;
  cmsDoTransform(transform: number, from: number, to: number, pixels: number): void;
}

const codec = new WasmCodec<LcmsModule>(instantiate, 'lcms-wasm/dist/lcms.wasm');

/** Colors that a profile of tables is asked for, and what they are in sRGB; linear in between. */
export interface ColorGrid {
  /** 1, 3 or 4. */
  readonly channels: number;
  /** Nodes along each channel. */
  readonly edge: number;
  /** Red, green and blue of each node, 0 to 255; the last channel is the one that changes from node to node. */
  readonly nodes: Float32Array;
}

/** Of one, three and four channels: as many as Little CMS takes for 8 bits a channel. */
const EDGES: Readonly<Record<number, number>> = { 1: 256, 3: 33, 4: 17 };
const CHANNELS: Readonly<Record<IccProfile['space'], number>> = { grey: 1, rgb: 3, cmyk: 4 };
/** Little CMS's numbers of the spaces, in its descriptions of pixels. */
const SPACES: Readonly<Record<IccProfile['space'], number>> = { grey: 3, rgb: 4, cmyk: 6 };

/** Of 16-bit samples. */
const format = (space: number, channels: number): number => (space << 16) | (channels << 3) | 2;
const PERCEPTUAL = 0;
/** Each node exactly, and none for the next one. */
const NO_CACHE_NO_OPTIMIZATION = 0x0140;

/** What Little CMS makes of a profile's colors, by perceptual intent, its black to black; of CMYK 65,535 is full ink. Undefined where it cannot. */
export async function readColorGrid(
  icc: Uint8Array,
  space: IccProfile['space'],
): Promise<ColorGrid | undefined> {
  const channels = CHANNELS[space];
  const edge = EDGES[channels];
  const count = edge ** channels;
  const { result } = await codec.run((lcms) => {
    const file = place(lcms, icc);
    const from = lcms.cmsOpenProfileFromMem(file, icc.length);
    const to = lcms.cmsCreate_sRGBProfile();
    const transform =
      from === 0
        ? 0
        : lcms.cmsCreateTransform(
            from,
            format(SPACES[space], channels),
            to,
            format(SPACES.rgb, 3),
            PERCEPTUAL,
            NO_CACHE_NO_OPTIMIZATION,
          );
    let nodes: Float32Array | undefined;
    if (transform !== 0) {
      const asked = gridOf(channels, edge);
      const input = place(lcms, new Uint8Array(asked.buffer));
      const output = allocate(lcms, 6 * count);
      lcms.cmsDoTransform(transform, input, output, count);
      nodes = Float32Array.from(new Uint16Array(lcms.memory.buffer, output, 3 * count), (v) => v / 257);
      lcms.free(input);
      lcms.free(output);
      lcms.cmsDeleteTransform(transform);
    }
    if (from !== 0) lcms.cmsCloseProfile(from);
    lcms.cmsCloseProfile(to);
    lcms.free(file);
    return nodes;
  });
  return result && { channels, edge, nodes: result };
}

function gridOf(channels: number, edge: number): Uint16Array {
  const asked = new Uint16Array(edge ** channels * channels);
  for (let node = 0; node * channels < asked.length; node++) {
    let rest = node;
    for (let c = channels - 1; c >= 0; c--) {
      asked[node * channels + c] = Math.round(((rest % edge) * 65535) / (edge - 1));
      rest = Math.floor(rest / edge);
    }
  }
  return asked;
}

function place(lcms: LcmsModule, bytes: Uint8Array): number {
  const at = allocate(lcms, bytes.length);
  new Uint8Array(lcms.memory.buffer, at, bytes.length).set(bytes);
  return at;
}

function allocate(lcms: LcmsModule, bytes: number): number {
  const at = lcms.malloc(bytes);
  if (at === 0) throw new Error('allocation failed');
  return at;
}

/** A profile of a few megabytes is unpacked into a few times as much. */
const MOST_MEMORY = 256 << 20;
const PAGE = 65536;

/**
 * An instance without what Emscripten puts around it: Little CMS reads from memory, so it opens no files, and it asks for the
 * time only to date profiles.
 */
async function instantiate(options: FactoryOptions): Promise<LcmsModule> {
  let lcms: LcmsModule | undefined;
  const refused = (): number => -1;
  const stop = (): never => {
    throw new Error('Little CMS stopped.');
  };
  const invoke = (index: number, ...values: readonly number[]): unknown =>
    lcms?.__indirect_function_table.get(index)(...values);
  const env: Record<string, (...values: number[]) => unknown> = {
    emscripten_memcpy_js: (to, from, length) => {
      if (lcms) new Uint8Array(lcms.memory.buffer).copyWithin(to, from, from + length);
    },
    emscripten_resize_heap: (bytes) => {
      const { memory } = lcms as LcmsModule;
      if (bytes >>> 0 > MOST_MEMORY) return 0;
      memory.grow(Math.ceil(((bytes >>> 0) - memory.buffer.byteLength) / PAGE));
      return 1;
    },
    emscripten_date_now: () => Date.now(),
  };
  const imports = {
    env: new Proxy(env, {
      get: (_, name: string) =>
        env[name] ??
        (name.startsWith('invoke_')
          ? invoke
          : name.includes('_js') || name.startsWith('__syscall')
            ? refused
            : stop),
    }),
    wasi_snapshot_preview1: { fd_write: refused, fd_read: refused, fd_close: refused, fd_seek: refused },
  };
  lcms = bareInstance<LcmsModule>(options, imports);
  lcms.emscripten_stack_init();
  lcms.__wasm_call_ctors();
  return lcms;
}
