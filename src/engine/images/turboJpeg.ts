import { cutShort } from './codec.ts';
import { bareInstance, type FactoryOptions, WasmCodec, WasmCodecError } from './wasmCodec.ts';

/** What the WebAssembly file of @cwasm/jpeg-turbo exports of TurboJPEG's interface. */
interface TurboModule {
  readonly memory: WebAssembly.Memory;
  malloc(bytes: number): number;
  free(at: number): void;
  tjInitDecompress(): number;
  tjDecompress2(
    handle: number,
    file: number,
    length: number,
    into: number,
    width: number,
    stride: number,
    height: number,
    format: number,
    flags: number,
  ): number;
  tjDestroy(handle: number): void;
}

/** The numbers of TurboJPEG for the layouts of its pixels. */
const FORMAT = { rgb: 0, cmyk: 11 } as const;
export type TurboFormat = keyof typeof FORMAT;
const CHANNELS: Readonly<Record<TurboFormat, number>> = { rgb: 3, cmyk: 4 };

const codec = new WasmCodec<TurboModule>(instantiate, '@cwasm/jpeg-turbo/jpeg-turbo.wasm');

/**
 * Decodes a JPEG file with libjpeg-turbo to the size that is given: `ceil(n / 8)` of the picture's own for an n of 1 to 8.
 * Of several n with the same size it takes the largest, so an edge must have 8 pixels where n is less than 8. Damage is borne,
 * as libjpeg bears it.
 * @returns [height, width, 3 or 4]
 * @throws {SemapError} `unreadable-image` where the end is missing
 * @throws {WasmCodecError} with the reason of libjpeg
 */
export async function decodeTurbo(
  file: Uint8Array,
  width: number,
  height: number,
  format: TurboFormat,
): Promise<Uint8Array> {
  const { result } = await codec.run((turbo) => {
    clearMessage(turbo);
    const input = allocate(turbo, file.length);
    new Uint8Array(turbo.memory.buffer, input, file.length).set(file);
    const handle = turbo.tjInitDecompress();
    if (handle === 0) throw new WasmCodecError([OUT_OF_MEMORY], undefined);
    const length = width * height * CHANNELS[format];
    const output = allocate(turbo, length);
    let code: number;
    try {
      const stride = width * CHANNELS[format];
      code = turbo.tjDecompress2(
        handle,
        input,
        file.length,
        output,
        width,
        stride,
        height,
        FORMAT[format],
        0,
      );
    } catch (error) {
      throw new WasmCodecError([messageOf(turbo)], error);
    }
    // The same number tells mere warnings; what libjpeg cannot go on with throws.
    const warning = code === 0 ? undefined : messageOf(turbo);
    if (warning?.startsWith(OF_INTERFACE)) throw new WasmCodecError([warning], undefined);
    if (warning?.startsWith(NO_END)) throw cutShort();
    const data = new Uint8Array(turbo.memory.buffer, output, length).slice();
    turbo.free(input);
    turbo.free(output);
    turbo.tjDestroy(handle);
    return data;
  });
  return result;
}

/** Errors that TurboJPEG finds by itself, before anything is decoded. */
const OF_INTERFACE = 'tjDecompress2()';
const NO_END = 'Premature end of JPEG file';
const OUT_OF_MEMORY = 'Insufficient memory';

function allocate(turbo: TurboModule, bytes: number): number {
  const at = turbo.malloc(bytes);
  // What failed throws the instance away, and with it what was allocated before.
  if (at === 0) throw new WasmCodecError([OUT_OF_MEMORY], undefined);
  return at;
}

/** An instance of the file, which is not one of Emscripten's; longjmp, which only errors take, ends the call. */
async function instantiate(options: FactoryOptions): Promise<TurboModule> {
  const nothing = (): number => 0;
  const stop = (): never => {
    throw new Error('libjpeg-turbo stopped.');
  };
  const imports = {
    env: { setjmp: nothing, longjmp: stop },
    wasi_snapshot_preview1: {
      environ_sizes_get: nothing,
      environ_get: nothing,
      proc_exit: stop,
      fd_close: nothing,
      fd_seek: nothing,
      fd_write: nothing,
    },
  };
  return bareInstance<TurboModule>(options, imports);
}

/**
 * The file does not export the function that tells what went wrong. The text is in its memory, at one of the places that say
 * this before anything has.
 */
const NO_ERROR = Buffer.from('No error\0');
const MESSAGE_BYTES = 200;
let messagePlaces: readonly number[] | undefined;

function clearMessage({ memory }: TurboModule): void {
  const bytes = Buffer.from(memory.buffer);
  messagePlaces ??= placesOf(NO_ERROR, bytes);
  for (const at of messagePlaces) bytes.set(NO_ERROR, at);
}

function placesOf(text: Buffer, bytes: Buffer): readonly number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) places.push(at);
  return places;
}

function messageOf({ memory }: TurboModule): string {
  const texts = (messagePlaces ?? []).map((at) => {
    const text = Buffer.from(memory.buffer, at, MESSAGE_BYTES);
    return text.subarray(0, text.indexOf(0) + 1);
  });
  const message = texts.find((text) => !text.equals(NO_ERROR)) ?? NO_ERROR;
  return message.toString('latin1', 0, message.length - 1);
}
