import type { RgbImage } from '../../core/images/preprocessing.ts';
import { phrase } from '../../core/text/text.ts';
import { damaged, type ImageCodec, unreadable } from './codec.ts';
import { cmykToRgb } from './colors.ts';
import { OrientationNotes } from './exif.ts';
import { adobeMarker, jpegCodec } from './jpeg.ts';
import { ownRange, rangeOf16Bits, type SampleRange } from './sampleRange.ts';
import { colorRow, keptSamples, type Samples } from './tiffColors.ts';
import { TAG, TiffDirectory } from './tiffDirectory.ts';
import {
  BLACK_IS_ZERO,
  CMYK,
  COLOR_SAMPLES,
  JPEG,
  PALETTE,
  type Part,
  parts,
  readLayout,
  type TiffLayout,
  WHITE_IS_ZERO,
  YCBCR,
} from './tiffLayout.ts';
import { type SampleReader, sampleReader, undoDifferences, undoFloatDifferences } from './tiffSamples.ts';
import { UNPACK } from './tiffUnpack.ts';
import { decodeTurbo } from './turboJpeg.ts';

// Written here because the decoders on npm need a browser for CMYK, know no planar files, or take 20 ms for 300 x 200.

/**
 * TIFF 6.0 and BigTIFF: the first page; grey, palette, RGB, CMYK, YCbCr and JPEG, whole numbers and floats, in strips or
 * tiles, planar or not; packed with LZW, deflate, PackBits or not at all. Numbers whose type gives no range have white at
 * the highest of them; what is not a number is white.
 */
export const tiffCodec: ImageCodec = {
  readHeader(bytes) {
    const directory = new TiffDirectory(bytes);
    const layout = readLayout(directory);
    const { width, height, photometric } = layout;
    const notes = new OrientationNotes();
    notes.addValue(directory.value(TAG.orientation, 0));
    const xmp = directory.bytes(TAG.xmp);
    if (xmp) notes.addXmp(xmp);
    const { orientation } = notes;
    const icc = photometric === CMYK ? undefined : directory.bytes(TAG.iccProfile);
    const grey = photometric === WHITE_IS_ZERO || photometric === BLACK_IS_ZERO;
    return { width, height, orientation, memory: memoryOf(layout), colors: icc && { icc }, grey };
  },

  async decode(bytes) {
    const layout = readLayout(new TiffDirectory(bytes));
    const { directory, width, height, photometric } = layout;
    const data = layout.compression === JPEG ? await decodeJpegParts(layout) : decodeSamples(layout);
    const rgb = photometric === CMYK ? await cmykToRgb(data, directory.bytes(TAG.iccProfile)) : data;
    return { width, height, data: rgb } satisfies RgbImage;
  },
};

/** In bytes: one part unpacked, what is not RGB yet, and the lists of parts. */
function memoryOf(layout: TiffLayout): number {
  const { width, height, samples, photometric, planar, partWidth, partHeight, compression, format, offsets } =
    layout;
  const part = partWidth * partHeight;
  const inks = photometric === CMYK ? 4 * width * height : 0;
  const lists = 16 * offsets.length;
  if (compression === JPEG) return lists + inks + 17 * part;
  const perPart = planar ? 1 : samples;
  const planes = planar ? Math.min(samples, 5) * width * height : 0;
  const row = 2 * 5 * partWidth * layout.shared.down;
  return lists + inks + planes + row + Math.ceil((part * perPart * format.depth) / 8) + 2 * part;
}

/** Parts that are samples: made into 8 bits each, then into colours; CMYK stays that. */
function decodeSamples(layout: TiffLayout): Uint8Array {
  const { width, height, photometric, planar, samples } = layout;
  const kept = keptSamples(layout);
  const toColors = colorRow(layout);
  const channels = photometric === CMYK ? 4 : 3;
  const data = new Uint8Array(width * height * channels);
  const scale = sampleScale(layout, kept);
  const gathered = samplesOf(
    layout,
    planar ? width * height * kept : layout.partWidth * kept * layout.shared.down,
  );
  for (const { part, raw, rowBytes } of unpackedParts(layout, kept)) {
    const rows = Math.min(part.rows, height - part.y);
    const columns = Math.min(layout.partWidth, width - part.x);
    const { across, down } = layout.shared;
    for (let y = 0; y < rows; y += down) {
      const o = (part.y + y) * width + part.x;
      if (planar) {
        scale(raw, y * rowBytes, 0, 1, columns, gathered, o * kept + part.plane, kept, part.plane);
      } else if (across * down > 1) {
        spreadColors(raw, (y / down) * rowBytes, layout, gathered as Uint8Array);
        for (let r = 0; r < Math.min(down, rows - y); r++)
          toColors(gathered, r * layout.partWidth * 3, data, (o + r * width) * channels, columns);
      } else {
        // All at once where every sample counts.
        if (kept === samples && kept === COLOR_SAMPLES[photometric])
          scale(raw, y * rowBytes, 0, 1, columns * kept, gathered, 0, 1, 0);
        else
          for (let c = 0; c < kept; c++) scale(raw, y * rowBytes, c, samples, columns, gathered, c, kept, c);
        toColors(gathered, 0, data, o * channels, columns);
      }
    }
  }
  if (planar) {
    for (let y = 0; y < height; y++) toColors(gathered, y * width * kept, data, y * width * channels, width);
  }
  return data;
}

function samplesOf({ photometric, format }: TiffLayout, length: number): Samples {
  return photometric === PALETTE && format.depth > 8 ? new Uint16Array(length) : new Uint8Array(length);
}

/** The parts that count, unpacked, predictors undone. */
function* unpackedParts(
  layout: TiffLayout,
  kept: number,
): Generator<{ readonly part: Part; readonly raw: Uint8Array; readonly rowBytes: number }> {
  const { format, samples, planar, partWidth, predictor, shared } = layout;
  const perPart = planar ? 1 : samples;
  const rowBytes =
    shared.across * shared.down > 1
      ? Math.ceil(partWidth / shared.across) * (shared.across * shared.down + 2)
      : Math.ceil((partWidth * perPart * format.depth) / 8);
  for (const part of parts(layout)) {
    if (part.plane >= kept) break;
    const unpacked = UNPACK[layout.compression](part.packed, rowBytes * Math.ceil(part.rows / shared.down));
    // Predictors are undone in place, and the file's bytes are not ours.
    const raw = predictor > 1 && layout.compression === 1 ? unpacked.slice() : unpacked;
    if (predictor === 2) undoDifferences(raw, rowBytes, perPart, format);
    else if (predictor === 3) undoFloatDifferences(raw, rowBytes, perPart, format);
    yield { part, raw, rowBytes };
  }
}

/** Writes `count` samples of a row, from number `first` on and `step` apart, as 8 bits; `channel` 0 is the first color. */
type SampleScale = (
  raw: Uint8Array,
  row: number,
  first: number,
  step: number,
  count: number,
  into: Samples,
  o: number,
  oStep: number,
  channel: number,
) => void;

function sampleScale(layout: TiffLayout, kept: number): SampleScale {
  const { format, photometric } = layout;
  const read = sampleReader(format);
  if (photometric === PALETTE) return scaled(read, () => undefined);
  if (format.kind === 'unsigned' && format.depth <= 8) {
    if (format.depth === 8) return copied;
    const scale = 255 / ((1 << format.depth) - 1);
    return scaled(read, () => (value) => value * scale);
  }
  const colors = COLOR_SAMPLES[photometric];
  // Of 16 bits it is enough to know that all of them are used.
  const enough = format.depth === 16 && format.kind === 'unsigned' ? 2 ** 14 : Number.POSITIVE_INFINITY;
  const { low, high } = extremes(layout, Math.min(kept, colors), read, enough);
  const range: SampleRange =
    format.kind === 'unsigned' && format.depth <= 16
      ? format.depth === 16
        ? rangeOf16Bits(high)
        : { low: 0, high: 2 ** format.depth - 1 }
      : ownRange({ low, high });
  // The high byte of a 16-bit sample is its 8-bit value.
  if (format.depth === 16 && format.kind === 'unsigned' && range.high === 65535) {
    return highBytes(format.littleEndian ? 1 : 0);
  }
  const ofColor = between(range, photometric === WHITE_IS_ZERO ? 0 : 255);
  const opaque =
    format.kind === 'float' ? 1 : 2 ** (format.kind === 'signed' ? format.depth - 1 : format.depth) - 1;
  const ofAlpha = between({ low: 0, high: opaque }, 255);
  return scaled(read, (channel) => (channel < colors ? ofColor : ofAlpha));
}

/** As a byte: 0 for the low end of the range, 255 for the high one, `missing` for what is not a number. */
function between({ low, high }: SampleRange, missing: number): (value: number) => number {
  const scale = high > low ? 255 / (high - low) : 0;
  return (value) => {
    if (!isValue(value)) return missing;
    return value <= low ? 0 : value >= high ? (scale === 0 ? 0 : 255) : Math.round((value - low) * scale);
  };
}

/** Programs write the most extreme number that there is for one that is missing. */
const isValue = (value: number): boolean => Number.isFinite(value) && Math.abs(value) < 1e38;

const copied: SampleScale = (raw, row, first, step, count, into, o, oStep) => {
  if (step === 1 && oStep === 1) into.set(raw.subarray(row + first, row + first + count), o);
  else for (let i = 0, s = row + first, to = o; i < count; i++, s += step, to += oStep) into[to] = raw[s];
};

/** The byte that stands `at` places behind where each 16-bit sample begins. */
const highBytes =
  (at: number): SampleScale =>
  (raw, row, first, step, count, into, o, oStep) => {
    for (let i = 0, s = row + 2 * first + at, to = o; i < count; i++, s += 2 * step, to += oStep)
      into[to] = raw[s];
  };

function scaled(
  read: SampleReader,
  byChannel: (channel: number) => ((value: number) => number) | undefined,
): SampleScale {
  return (raw, row, first, step, count, into, o, oStep, channel) => {
    const toByte = byChannel(channel);
    for (let i = 0, s = first, to = o; i < count; i++, s += step, to += oStep) {
      const value = read(raw, row, s);
      into[to] = toByte ? toByte(value) : value;
    }
  };
}

/** The lowest and the highest number of the colours, or one that is high enough. */
function extremes(layout: TiffLayout, colors: number, read: SampleReader, enough: number): SampleRange {
  const { width, height, samples, planar, partWidth } = layout;
  const perPart = planar ? 1 : samples;
  const counted = planar ? 1 : colors;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { part, raw, rowBytes } of unpackedParts(layout, colors)) {
    const rows = Math.min(part.rows, height - part.y);
    const columns = Math.min(partWidth, width - part.x);
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        for (let c = 0; c < counted; c++) {
          const value = read(raw, y * rowBytes, x * perPart + c);
          if (!isValue(value)) continue;
          if (value < low) low = value;
          if (value > high) high = value;
        }
      }
      if (high >= enough) return { low, high };
    }
  }
  return { low, high };
}

/** One row of blocks of YCbCr, each some brightnesses and their two differences, as rows of pixels. */
function spreadColors(
  raw: Uint8Array,
  at: number,
  { partWidth, shared }: TiffLayout,
  into: Uint8Array,
): void {
  const { across, down } = shared;
  for (let x = 0, s = at; x < partWidth; x += across, s += across * down + 2) {
    const blue = raw[s + across * down];
    const red = raw[s + across * down + 1];
    for (let i = 0; i < across * down; i++) {
      const column = x + (i % across);
      if (column >= partWidth) continue;
      const o = (Math.floor(i / across) * partWidth + column) * 3;
      into[o] = raw[s + i];
      into[o + 1] = blue;
      into[o + 2] = red;
    }
  }
}

/** Parts that are JPEG streams, their tables in a tag of their own (TIFF Technical Note 2). */
async function decodeJpegParts(layout: TiffLayout): Promise<Uint8Array> {
  const { directory, width, height, photometric, samples } = layout;
  if (
    layout.planar ||
    samples !== COLOR_SAMPLES[photometric] ||
    photometric === PALETTE ||
    layout.format.depth !== 8
  ) {
    throw unreadable(phrase('TIFF images with this kind of JPEG compression are not supported.'));
  }
  const tables = directory.bytes(TAG.jpegTables) ?? new Uint8Array(0);
  const channels = photometric === CMYK ? 4 : 3;
  const data = new Uint8Array(width * height * channels);
  for (const part of parts(layout)) {
    const stream = Buffer.concat([
      Buffer.from([0xff, 0xd8]),
      adobeMarker(photometric === YCBCR ? 1 : 0),
      tables.subarray(2, Math.max(2, tables.length - 2)),
      part.packed.subarray(2),
    ]);
    // Its own idea of its size counts for its decoder. Some writers round it up to whole blocks.
    const header = jpegCodec.readHeader(stream);
    if (header.width > layout.partWidth + 16 || header.height > layout.partHeight + 16) throw damaged();
    const pixels =
      photometric === CMYK
        ? await decodeInks(stream, header.width, header.height)
        : (await jpegCodec.decode(stream, 1)).data;
    const rows = Math.min(header.height, height - part.y);
    const columns = Math.min(header.width, width - part.x);
    for (let y = 0; y < rows; y++) {
      const from = y * header.width * channels;
      const row = pixels.subarray(from, from + columns * channels);
      data.set(
        photometric === WHITE_IS_ZERO ? row.map((v) => 255 - v) : row,
        ((part.y + y) * width + part.x) * channels,
      );
    }
  }
  return data;
}

/** Full ink is 255 in them, unlike in JPEG files. */
async function decodeInks(stream: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const data = await decodeTurbo(stream, width, height, 'cmyk');
  return data.map((ink) => 255 - ink);
}
