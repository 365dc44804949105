import { ByteReader } from './byteReader.ts';
import { cutShort, damaged, type ImageCodec } from './codec.ts';

interface PnmHeader {
  readonly width: number;
  readonly height: number;
  readonly maximum: number;
  readonly channels: 1 | 3;
  readonly bitmap: boolean;
  readonly ascii: boolean;
  readonly dataAt: number;
}

/** Netpbm's P1 to P6: bitmaps, grey maps and pixel maps, as text or binary, up to 16 bits. */
export const pnmCodec: ImageCodec = {
  readHeader(bytes) {
    const { width, height } = readPnmHeader(bytes);
    return { width, height, orientation: 1, memory: 0 };
  },

  decode(bytes) {
    const header = readPnmHeader(bytes);
    const { width, height, maximum, channels } = header;
    if (!header.ascii && maximum === 255) return { width, height, data: wholeBytes(bytes, header) };
    const next = header.ascii ? textSamples(bytes, header) : binarySamples(bytes, header);
    const data = new Uint8Array(width * height * 3);
    for (let o = 0; o < data.length; o += 3) {
      for (let c = 0; c < channels; c++) {
        const sample = Math.min(next(), maximum);
        data[o + c] = maximum === 255 ? sample : Math.round((sample * 255) / maximum);
      }
      if (channels === 1) data.fill(data[o], o + 1, o + 3);
    }
    return { width, height, data };
  },
};

function readPnmHeader(bytes: Uint8Array): PnmHeader {
  const kind = bytes[1] - 0x30;
  const text = new TextReader(bytes, 2);
  const width = text.number();
  const height = text.number();
  const bitmap = kind === 1 || kind === 4;
  const maximum = bitmap ? 1 : text.number();
  if (maximum < 1 || maximum > 65535) throw damaged();
  const ascii = kind <= 3;
  return {
    width,
    height,
    maximum,
    channels: kind === 3 || kind === 6 ? 3 : 1,
    bitmap,
    ascii,
    // One blank ends the header of a binary file.
    dataAt: ascii ? text.at : text.at + 1,
  };
}

/** The usual file, whose samples are what is wanted. */
function wholeBytes(bytes: Uint8Array, { width, height, channels, dataAt }: PnmHeader): Uint8Array {
  const samples = bytes.subarray(dataAt, dataAt + width * height * channels);
  if (samples.length < width * height * channels) throw cutShort();
  if (channels === 3) return samples.slice();
  const data = new Uint8Array(width * height * 3);
  for (let s = 0, o = 0; s < samples.length; s++, o += 3) {
    const grey = samples[s];
    data[o] = grey;
    data[o + 1] = grey;
    data[o + 2] = grey;
  }
  return data;
}

/** One sample a call, row by row; of a bitmap 1 is black. */
function binarySamples(bytes: Uint8Array, header: PnmHeader): () => number {
  const { width, height, channels, maximum, dataAt } = header;
  const rowBytes = header.bitmap ? Math.ceil(width / 8) : width * channels * (maximum > 255 ? 2 : 1);
  if (dataAt + rowBytes * height > bytes.length) throw cutShort();
  let at = dataAt;
  if (header.bitmap) {
    let x = 0;
    let row = dataAt;
    return () => {
      if (x === width) {
        x = 0;
        row += rowBytes;
      }
      const bit = (bytes[row + (x >> 3)] >> (7 - (x & 7))) & 1;
      x++;
      return 1 - bit;
    };
  }
  if (maximum <= 255) return () => bytes[at++];
  const reader = new ByteReader(bytes, 'big');
  return () => {
    at += 2;
    return reader.u16(at - 2);
  };
}

function textSamples(bytes: Uint8Array, header: PnmHeader): () => number {
  const text = new TextReader(bytes, header.dataAt);
  return header.bitmap ? () => 1 - text.bit() : () => text.number();
}

const isBlank = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** Numbers between blanks and comments. */
class TextReader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  number(): number {
    this.#skipBlanks();
    let value = 0;
    if (!isDigit(this.#bytes[this.at])) throw damaged();
    for (; isDigit(this.#bytes[this.at]); this.at++)
      value = Math.min(value * 10 + this.#bytes[this.at] - 0x30, 2 ** 31);
    return value;
  }

  /** Bits may stand without blanks between them. */
  bit(): number {
    this.#skipBlanks();
    const value = this.#bytes[this.at++] - 0x30;
    if (value !== 0 && value !== 1) throw damaged();
    return value;
  }

  #skipBlanks(): void {
    for (;;) {
      if (this.at >= this.#bytes.length) throw cutShort();
      const byte = this.#bytes[this.at];
      if (byte === 0x23) {
        const end = this.#bytes.indexOf(0x0a, this.at);
        this.at = end < 0 ? this.#bytes.length : end + 1;
      } else if (isBlank(byte)) this.at++;
      else return;
    }
  }
}
