import { onWhite } from '../../core/images/rgbImage.ts';
import { phrase } from '../../core/text/text.ts';
import { ByteReader } from './byteReader.ts';
import { cutShort, damaged, type ImageCodec, unreadable } from './codec.ts';

const RGB = 0;
const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;
const ALPHA_BITFIELDS = 6;

interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Bit masks of red, green, blue and alpha; 0 for none. */
  readonly masks: readonly [number, number, number, number];
  readonly paletteAt: number;
  readonly paletteEntry: 3 | 4;
  readonly colors: number;
  readonly dataAt: number;
}

/** BMP: 1, 4, 8, 16, 24 and 32 bits, run-length coded or with bit fields; alpha counts where a mask declares it. */
export const bmpCodec: ImageCodec = {
  readHeader(bytes) {
    const { width, height, compression } = readBmpHeader(bytes);
    const packed = compression === RLE8 || compression === RLE4;
    return { width, height, orientation: 1, memory: packed ? width * height : 0 };
  },

  decode(bytes) {
    const header = readBmpHeader(bytes);
    const { width, height } = header;
    const data = new Uint8Array(width * height * 3);
    const rowAt = (y: number): number => (header.topDown ? y : height - 1 - y) * width * 3;
    if (header.bits <= 8) writeIndexed(bytes, header, data, rowAt);
    else writeMasked(bytes, header, data, rowAt);
    return { width, height, data };
  },
};

function readBmpHeader(bytes: Uint8Array): BmpHeader {
  const reader = new ByteReader(bytes, 'little');
  const dataAt = reader.u32(10);
  const headerSize = reader.u32(14);
  const old = headerSize === 12;
  if (!old && headerSize < 40) throw damaged();
  const width = old ? reader.u16(18) : reader.i32(18);
  const signedHeight = old ? reader.u16(20) : reader.i32(22);
  const bits = reader.u16(old ? 24 : 28);
  const compression = old ? RGB : reader.u32(30);
  const used = old ? 0 : reader.u32(46);
  if (compression > BITFIELDS && compression !== ALPHA_BITFIELDS) {
    throw unreadable(phrase('BMP images with an embedded JPEG or PNG are not supported.'));
  }
  if (![1, 2, 4, 8, 16, 24, 32].includes(bits) || width < 1 || signedHeight === 0) throw damaged();
  if ((compression === RLE8 && bits !== 8) || (compression === RLE4 && bits !== 4)) throw damaged();
  const fields = compression === BITFIELDS || compression === ALPHA_BITFIELDS;
  if (fields && bits < 16) throw damaged();
  // The masks stand inside the longer headers and right behind the short one: in either case at the same place.
  const hasAlphaMask = compression === ALPHA_BITFIELDS || headerSize >= 56;
  const masks: BmpHeader['masks'] = fields
    ? [reader.u32(54), reader.u32(58), reader.u32(62), hasAlphaMask ? reader.u32(66) : 0]
    : bits === 16
      ? [0x7c00, 0x03e0, 0x001f, 0]
      : [0xff0000, 0x00ff00, 0x0000ff, 0];
  const masksBehind = fields && headerSize === 40 ? (compression === ALPHA_BITFIELDS ? 16 : 12) : 0;
  return {
    width,
    height: Math.abs(signedHeight),
    topDown: signedHeight < 0,
    bits,
    compression,
    masks,
    paletteAt: 14 + headerSize + masksBehind,
    paletteEntry: old ? 3 : 4,
    colors: bits <= 8 ? Math.min(used || 1 << bits, 1 << bits) : 0,
    dataAt,
  };
}

type RowAt = (y: number) => number;

function writeIndexed(bytes: Uint8Array, header: BmpHeader, data: Uint8Array, rowAt: RowAt): void {
  const { width, height, bits, compression, paletteAt, paletteEntry, colors, dataAt } = header;
  const palette = new Uint8Array((1 << bits) * 3);
  const stored = new ByteReader(bytes, 'little').slice(paletteAt, colors * paletteEntry);
  for (let i = 0; i < colors; i++) {
    for (let c = 0; c < 3; c++) palette[i * 3 + c] = stored[i * paletteEntry + 2 - c];
  }
  const packed = compression === RLE8 || compression === RLE4;
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  if (!packed && dataAt + rowBytes * height > bytes.length) throw cutShort();
  const unpacked = packed ? unpackRle(bytes, dataAt, width, height, bits as 4 | 8) : undefined;
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  for (let y = 0; y < height; y++) {
    let o = rowAt(y);
    for (let x = 0; x < width; x++, o += 3) {
      const index = unpacked
        ? unpacked[y * width + x]
        : (bytes[dataAt + y * rowBytes + Math.floor(x / perByte)] >> (8 - bits - (x % perByte) * bits)) &
          mask;
      data[o] = palette[index * 3];
      data[o + 1] = palette[index * 3 + 1];
      data[o + 2] = palette[index * 3 + 2];
    }
  }
}

function writeMasked(bytes: Uint8Array, header: BmpHeader, data: Uint8Array, rowAt: RowAt): void {
  const { width, height, bits, masks, dataAt } = header;
  const step = bits / 8;
  const rowBytes = Math.ceil((width * step) / 4) * 4;
  if (dataAt + rowBytes * height > bytes.length) throw cutShort();
  const [red, green, blue, alpha] = masks.map(maskedChannel);
  // Many writers declare an alpha mask and leave the alpha at zero; such a picture is opaque.
  let anyAlpha = false;
  const eachPixel = (visit: (value: number, o: number) => void): void => {
    for (let y = 0; y < height; y++) {
      let s = dataAt + y * rowBytes;
      let o = rowAt(y);
      for (let x = 0; x < width; x++, s += step, o += 3) {
        let value = bytes[s] | (bytes[s + 1] << 8);
        if (step > 2) value |= bytes[s + 2] << 16;
        if (step > 3) value |= bytes[s + 3] << 24;
        visit(value, o);
      }
    }
  };
  if (masks[3] !== 0) {
    eachPixel((value) => {
      if (alpha(value) !== 0) anyAlpha = true;
    });
  }
  eachPixel((value, o) => {
    const opacity = anyAlpha ? alpha(value) : 255;
    data[o] = onWhite(red(value), opacity);
    data[o + 1] = onWhite(green(value), opacity);
    data[o + 2] = onWhite(blue(value), opacity);
  });
}

/** Reads the bits under a mask as 0 to 255. */
function maskedChannel(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const maximum = mask >>> shift;
  if (maximum === 255) return (value) => (value >>> shift) & 255;
  return (value) => Math.round((((value & mask) >>> shift) * 255) / maximum);
}

/** Palette indices [height, width] out of BMP's RLE8 or RLE4 data; pixels that are skipped stay 0. */
function unpackRle(bytes: Uint8Array, start: number, width: number, height: number, bits: 4 | 8): Uint8Array {
  const out = new Uint8Array(width * height);
  let x = 0;
  let y = 0;
  let at = start;
  const put = (index: number): void => {
    if (x < width) out[y * width + x] = index;
    x++;
  };
  while (y < height) {
    if (at + 2 > bytes.length) throw cutShort();
    const count = bytes[at];
    const value = bytes[at + 1];
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(bits === 8 ? value : i & 1 ? value & 15 : value >> 4);
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      if (at + 2 > bytes.length) throw cutShort();
      x += bytes[at];
      y += bytes[at + 1];
      at += 2;
    } else {
      const length = bits === 8 ? value : Math.ceil(value / 2);
      if (at + length > bytes.length) throw cutShort();
      for (let i = 0; i < value; i++) {
        const byte = bytes[at + (bits === 8 ? i : i >> 1)];
        put(bits === 8 ? byte : i & 1 ? byte & 15 : byte >> 4);
      }
      // Literal runs are padded to an even number of bytes.
      at += length + (length & 1);
    }
  }
  return out;
}
