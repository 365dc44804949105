import type { RgbImage } from '../../core/images/preprocessing.ts';
import { onWhite, toOrientation } from '../../core/images/rgbImage.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import { cutShort, damaged, type ImageCodec, unreadable } from './codec.ts';
import { adobeMarker, jpegCodec } from './jpeg.ts';
import { TAG, TiffDirectory } from './tiffDirectory.ts';
import { UNPACK } from './tiffUnpack.ts';

// Written here because the decoders on npm need a browser for CMYK, know no planar files, or take 20 ms for 300 x 200.

const WHITE_IS_ZERO = 0;
const BLACK_IS_ZERO = 1;
const RGB = 2;
const PALETTE = 3;
const CMYK = 5;
const YCBCR = 6;
const JPEG = 7;

/** Samples that make a colour, by photometric interpretation. */
const COLOR_SAMPLES: Readonly<Record<number, number>> = {
  [WHITE_IS_ZERO]: 1,
  [BLACK_IS_ZERO]: 1,
  [RGB]: 3,
  [PALETTE]: 1,
  [CMYK]: 4,
  [YCBCR]: 3,
};

/**
 * TIFF 6.0: the first page; grey, palette, RGB, CMYK and JPEG, 1 to 32 bits without sign, in strips or tiles, planar or
 * not; packed with LZW, deflate, PackBits or not at all.
 */
export const tiffCodec: ImageCodec = {
  readHeader(bytes) {
    const directory = new TiffDirectory(bytes);
    const layout = readLayout(directory);
    const { width, height } = layout;
    const orientation = toOrientation(directory.value(TAG.orientation, 1));
    const icc = layout.photometric === CMYK ? undefined : directory.bytes(TAG.iccProfile);
    const grey = layout.photometric === WHITE_IS_ZERO || layout.photometric === BLACK_IS_ZERO;
    return { width, height, orientation, memory: memoryOf(layout), colors: icc && { icc }, grey };
  },

  async decode(bytes) {
    const layout = readLayout(new TiffDirectory(bytes));
    return layout.compression === JPEG ? decodeJpegParts(layout) : decodeSamples(layout);
  },
};

/** The most pixels of a tile where the picture itself has fewer: writers use one tile size for all pictures. */
const MAX_SMALL_PIXELS = 2 ** 22;

/** What other programs write, in words, by compression number. */
const COMPRESSIONS: Readonly<Record<number, Text>> = {
  2: phrase('fax compression'),
  3: phrase('fax compression'),
  4: phrase('fax compression'),
  6: phrase('old-style JPEG compression'),
  32809: phrase('ThunderScan compression'),
  33003: phrase('JPEG 2000 compression'),
  33005: phrase('JPEG 2000 compression'),
  34661: phrase('JBIG compression'),
  34712: phrase('JPEG 2000 compression'),
  34887: phrase('LERC compression'),
  34892: phrase('lossy JPEG compression of a raw photo'),
  34925: phrase('LZMA compression'),
  50000: phrase('Zstandard compression'),
  50001: phrase('WebP compression'),
  50002: phrase('JPEG XL compression'),
  52546: phrase('JPEG XL compression'),
};

/** By photometric interpretation. */
const COLOR_SPACES: Readonly<Record<number, Text>> = {
  6: phrase('YCbCr colors that are not JPEG'),
  8: phrase('CIELab colors'),
  9: phrase('CIELab colors'),
  10: phrase('CIELab colors'),
  32803: phrase('the sensor data of a raw photo'),
  32844: phrase('LogLuv colors'),
  32845: phrase('LogLuv colors'),
  34892: phrase('the sensor data of a raw photo'),
};

interface Layout {
  readonly directory: TiffDirectory;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly compression: number;
  readonly photometric: number;
  readonly samples: number;
  readonly planar: boolean;
  /** Size of a strip or tile; a strip at the bottom may have fewer rows. */
  readonly partWidth: number;
  readonly partHeight: number;
  readonly tiled: boolean;
  readonly offsets: Float64Array;
  readonly counts: Float64Array;
}

function readLayout(directory: TiffDirectory): Layout {
  const width = directory.value(TAG.width, 0);
  const height = directory.value(TAG.height, 0);
  const samples = directory.value(TAG.samplesPerPixel, 1);
  const depths = directory.values(TAG.bitsPerSample);
  const depth = depths[0] ?? 1;
  const compression = directory.value(TAG.compression, 1);
  const photometric = directory.value(TAG.photometric, WHITE_IS_ZERO);
  const tiled = directory.values(TAG.tileWidth).length > 0;
  if (depth < 1 || depth > 64) throw damaged();
  const unsupported =
    (compression !== JPEG &&
      !UNPACK[compression] &&
      (COMPRESSIONS[compression] ?? phrase('compression {0}', String(compression)))) ||
    ((COLOR_SAMPLES[photometric] === undefined || (photometric === YCBCR && compression !== JPEG)) &&
      (COLOR_SPACES[photometric] ?? phrase('color space {0}', String(photometric)))) ||
    ((![1, 2, 4, 8, 16, 32].includes(depth) || depths.some((d) => d !== depth)) &&
      phrase('{0} bits per sample', [...new Set(depths)].slice(0, 4).join(', '))) ||
    (directory.value(TAG.sampleFormat, 1) !== 1 && phrase('signed or floating-point samples')) ||
    (directory.value(TAG.fillOrder, 1) !== 1 && phrase('reversed bits'));
  if (unsupported) throw unreadable(phrase('TIFF images with {0} are not supported.', unsupported));
  if (samples < COLOR_SAMPLES[photometric] || samples > 64) throw damaged();
  const partWidth = tiled ? directory.value(TAG.tileWidth, 0) : width;
  const partHeight = tiled
    ? directory.value(TAG.tileLength, 0)
    : Math.min(height, directory.value(TAG.rowsPerStrip, height));
  const offsets = directory.values(tiled ? TAG.tileOffsets : TAG.stripOffsets);
  const counts = directory.values(tiled ? TAG.tileByteCounts : TAG.stripByteCounts);
  if (partWidth < 1 || partHeight < 1) throw damaged();
  const largest = width * height > MAX_SMALL_PIXELS ? 2 * width * height : MAX_SMALL_PIXELS;
  if (tiled && partWidth * partHeight > largest)
    throw unreadable(
      phrase(
        'The image has {0} x {1} pixels, but its tiles have {2} x {3}.',
        ...[width, height, partWidth, partHeight].map(String),
      ),
    );
  return {
    directory,
    width,
    height,
    depth,
    compression,
    photometric,
    samples,
    planar: directory.value(TAG.planar, 1) === 2 && samples > 1,
    partWidth,
    partHeight,
    tiled,
    offsets,
    counts,
  };
}

/** In bytes: the samples of all parts, one part unpacked (zlib gathers it in pieces first), and the lists of parts. */
function memoryOf(layout: Layout): number {
  const { width, height, samples, planar, depth, partWidth, partHeight, compression, offsets } = layout;
  const lists = 16 * offsets.length;
  const part = partWidth * partHeight;
  if (compression === JPEG) return lists + 17 * part;
  const perPart = planar ? 1 : samples;
  return lists + width * height * Math.min(samples, 5) + 2 * Math.ceil((part * perPart * depth) / 8);
}

/** One strip or tile: where it lies in the picture, and its packed bytes. */
interface Part {
  readonly x: number;
  readonly y: number;
  readonly plane: number;
  readonly rows: number;
  readonly packed: Uint8Array;
}

function* parts(layout: Layout): Generator<Part> {
  const across = Math.ceil(layout.width / layout.partWidth);
  const down = Math.ceil(layout.height / layout.partHeight);
  const planes = layout.planar ? layout.samples : 1;
  const { reader } = layout.directory;
  if (layout.offsets.length < across * down * planes) throw cutShort();
  for (let i = 0; i < across * down * planes; i++) {
    const y = (Math.floor(i / across) % down) * layout.partHeight;
    const offset = layout.offsets[i];
    const count = layout.counts[i] ?? Math.max(0, reader.length - offset);
    yield {
      x: (i % across) * layout.partWidth,
      y,
      plane: Math.floor(i / (across * down)),
      rows: layout.tiled ? layout.partHeight : Math.min(layout.partHeight, layout.height - y),
      packed: reader.slice(offset, count),
    };
  }
}

/** Parts that are samples: gathered as 8 bits each, then turned into colours. */
function decodeSamples(layout: Layout): RgbImage {
  const { directory, width, height, depth, photometric, samples, planar, partWidth } = layout;
  const colors = COLOR_SAMPLES[photometric];
  const alphaKind = directory.values(TAG.extraSamples)[0] ?? 0;
  const kept = samples > colors && (alphaKind === 1 || alphaKind === 2) ? colors + 1 : colors;
  const gathered = new Uint8Array(width * height * kept);
  const perPart = planar ? 1 : samples;
  const rowBytes = Math.ceil((partWidth * perPart * depth) / 8);
  const read = sampleReader(layout);
  const predictor = directory.value(TAG.predictor, 1);
  if (predictor > 2)
    throw unreadable(phrase('TIFF images with predictor {0} are not supported.', String(predictor)));
  for (const part of parts(layout)) {
    if (part.plane >= kept) break;
    const raw = UNPACK[layout.compression](part.packed, rowBytes * part.rows);
    if (predictor === 2) undoDifferences(raw, rowBytes, perPart, layout);
    const rows = Math.min(part.rows, height - part.y);
    const columns = Math.min(partWidth, width - part.x);
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const o = ((part.y + y) * width + part.x + x) * kept;
        if (planar) gathered[o + part.plane] = read(raw, y * rowBytes, x);
        else for (let c = 0; c < kept; c++) gathered[o + c] = read(raw, y * rowBytes, x * samples + c);
      }
    }
  }
  return toRgb(gathered, kept, alphaKind, layout);
}

/** Sample `i` of the row at `row` as 8 bits; of a palette picture the index itself. */
function sampleReader(layout: Layout): (raw: Uint8Array, row: number, i: number) => number {
  const { depth, photometric } = layout;
  if (depth >= 8) {
    const bytes = depth / 8;
    const index = photometric === PALETTE && depth === 16;
    const high = layout.directory.littleEndian !== index ? bytes - 1 : 0;
    return (raw, row, i) => raw[row + i * bytes + high];
  }
  const mask = (1 << depth) - 1;
  const scale = photometric === PALETTE ? 1 : 255 / mask;
  return (raw, row, i) => ((raw[row + ((i * depth) >> 3)] >> (8 - depth - ((i * depth) & 7))) & mask) * scale;
}

/** Undoes horizontal differencing (TIFF 6.0, section 14) in place. */
function undoDifferences(raw: Uint8Array, rowBytes: number, perPixel: number, layout: Layout): void {
  const { depth } = layout;
  if (depth < 8) throw damaged();
  const bytes = depth / 8;
  const step = perPixel * bytes;
  const low = layout.directory.littleEndian ? 0 : bytes - 1;
  const toHigher = layout.directory.littleEndian ? 1 : -1;
  for (let row = 0; row < raw.length; row += rowBytes) {
    for (let s = row + step; s < row + rowBytes; s += bytes) {
      let carry = 0;
      for (let b = 0, at = s + low; b < bytes; b++, at += toHigher) {
        const sum = raw[at] + raw[at - step] + carry;
        raw[at] = sum;
        carry = sum >> 8;
      }
    }
  }
}

function toRgb(samples: Uint8Array, kept: number, alphaKind: number, layout: Layout): RgbImage {
  const { width, height, photometric } = layout;
  const data = new Uint8Array(width * height * 3);
  const palette = photometric === PALETTE ? layout.directory.values(TAG.colorMap) : [];
  const entries = palette.length / 3;
  if (photometric === PALETTE && entries < 1) throw damaged();
  // Some writers store 8-bit colours in the 16-bit table.
  const shift = palette.every((v) => v < 256) ? 0 : 8;
  const hasAlpha = kept > COLOR_SAMPLES[photometric];
  for (let s = 0, o = 0; o < data.length; s += kept, o += 3) {
    switch (photometric) {
      case RGB:
        data[o] = samples[s];
        data[o + 1] = samples[s + 1];
        data[o + 2] = samples[s + 2];
        break;
      case PALETTE:
        for (let c = 0; c < 3; c++) data[o + c] = (palette[samples[s] + c * entries] ?? 0) >> shift;
        break;
      case CMYK:
        for (let c = 0; c < 3; c++) {
          data[o + c] = Math.round(((255 - samples[s + c]) * (255 - samples[s + 3])) / 255);
        }
        break;
      default:
        data.fill(photometric === WHITE_IS_ZERO ? 255 - samples[s] : samples[s], o, o + 3);
    }
    if (hasAlpha) {
      const alpha = samples[s + kept - 1];
      for (let c = 0; c < 3; c++) {
        // Kind 1 is premultiplied.
        data[o + c] =
          alphaKind === 1 ? Math.min(255, data[o + c] + 255 - alpha) : onWhite(data[o + c], alpha);
      }
    }
  }
  return { width, height, data };
}

/** Parts that are JPEG streams, their tables in a tag of their own (TIFF Technical Note 2). */
async function decodeJpegParts(layout: Layout): Promise<RgbImage> {
  const { width, height, photometric, samples } = layout;
  const coloursOnly = samples === COLOR_SAMPLES[photometric];
  if (layout.planar || !coloursOnly || [CMYK, PALETTE, WHITE_IS_ZERO].includes(photometric)) {
    throw unreadable(phrase('TIFF images with this kind of JPEG compression are not supported.'));
  }
  const tables = Uint8Array.from(layout.directory.values(TAG.jpegTables));
  const data = new Uint8Array(width * height * 3);
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
    const image = await jpegCodec.decode(stream, 1);
    const rows = Math.min(image.height, height - part.y);
    const columns = Math.min(image.width, width - part.x);
    for (let y = 0; y < rows; y++) {
      const from = y * image.width * 3;
      data.set(image.data.subarray(from, from + columns * 3), ((part.y + y) * width + part.x) * 3);
    }
  }
  return { width, height, data };
}
