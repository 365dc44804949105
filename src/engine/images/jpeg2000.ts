import { onWhite } from '../../core/images/rgbImage.ts';
import { damaged, type ImageCodec } from './codec.ts';
import { type Jpeg2000Info, readJpeg2000, wrapChannels } from './jpeg2000File.ts';
import { wholeCodec } from './wasmCodec.ts';

/** What is used of the package's interface. */
interface OpenJpeg {
  readonly J2KDecoder: new () => {
    getEncodedBuffer(bytes: number): Uint8Array;
    decode(): void;
    getFrameInfo(): { readonly width: number; readonly height: number };
    getDecodedBuffer(): Uint8ClampedArray;
    delete(): void;
  };
}

const codec = wholeCodec<OpenJpeg>('openjpeg');

/** JPEG 2000, as a codestream or in a file (JP2, JPX), by OpenJPEG as WebAssembly. */
export const jpeg2000Codec: ImageCodec = {
  readHeader(bytes) {
    const info = readJpeg2000(bytes);
    const { width, height, colors, space } = info;
    return { width, height, orientation: 1, memory: memoryOf(info), colors, grey: space === 'grey' };
  },

  async decode(bytes) {
    const info = readJpeg2000(bytes);
    const { width, height, space, bits, color, alpha: opacity } = info;
    // The package gives three channels of 8 bits each, or one of up to 16: all others are asked of it one by one.
    const together = color.length === 3 && bits === 8;
    const rgb = together ? await decode(info, color) : undefined;
    const planes = together ? [] : await channels(info, color);
    const [alpha] = opacity === undefined ? [] : await channels(info, [opacity]);
    const data = new Uint8Array(width * height * 3);
    const black = space === 'cmyk' ? planes[3] : undefined;
    for (let i = 0, o = 0; o < data.length; i++) {
      for (let c = 0; c < 3; c++, o++) {
        const value = rgb ? rgb[o] : (planes[c] ?? planes[0])[i];
        const light = black ? Math.round(((255 - value) * (255 - black[i])) / 255) : value;
        data[o] = alpha ? onWhite(light, alpha[i]) : light;
      }
    }
    return { width, height, data };
  },
};

/** Whole numbers of 32 bits for every sample, twice, and once more where colors are converted; then what comes out. */
function memoryOf({ width, height, components, bytes }: Jpeg2000Info): number {
  return 3 * bytes + (12 * components + 16) * (width + 64) * (height + 64) + (16 << 20);
}

/** Some channels as 8 bits a sample, one after another. */
async function channels(info: Jpeg2000Info, indices: readonly number[]): Promise<readonly Uint8Array[]> {
  const planes: Uint8Array[] = [];
  for (const index of indices) {
    const samples = await decode(info, [index]);
    const { bits } = info;
    const most = 2 ** bits - 1;
    const wide = bits > 8 ? new Uint16Array(samples.buffer, samples.byteOffset, samples.length / 2) : samples;
    planes.push(
      bits === 8 ? Uint8Array.from(wide) : Uint8Array.from(wide, (v) => Math.round((v * 255) / most)),
    );
  }
  return planes;
}

async function decode(info: Jpeg2000Info, chosen: readonly number[]): Promise<Uint8ClampedArray> {
  const file = wrapChannels(info, chosen);
  const { result, messages } = await codec.run((module) => {
    const decoder = new module.J2KDecoder();
    decoder.getEncodedBuffer(file.length).set(file);
    decoder.decode();
    const { width, height } = decoder.getFrameInfo();
    const samples = decoder.getDecodedBuffer();
    decoder.delete();
    return { width, height, samples };
  }, memoryOf(info));
  const { width, height, samples } = result;
  const expected = info.width * info.height * chosen.length * (info.bits > 8 ? 2 : 1);
  const failed = messages.some((line) => line.startsWith('[ERROR]'));
  if (failed || width !== info.width || height !== info.height || samples.length !== expected)
    throw damaged();
  return samples;
}
