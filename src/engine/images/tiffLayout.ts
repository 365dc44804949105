import { phrase, type Text } from '../../core/text/text.ts';
import { cutShort, damaged, unreadable } from './codec.ts';
import { TAG, type TiffDirectory } from './tiffDirectory.ts';
import type { SampleFormat, SampleKind } from './tiffSamples.ts';
import { UNPACK } from './tiffUnpack.ts';

/** Photometric interpretations. */
export const WHITE_IS_ZERO = 0;
export const BLACK_IS_ZERO = 1;
export const RGB = 2;
export const PALETTE = 3;
export const CMYK = 5;
export const YCBCR = 6;
/** A compression. */
export const JPEG = 7;

/** Samples that make a colour, by photometric interpretation. */
export const COLOR_SAMPLES: Readonly<Record<number, number>> = {
  [WHITE_IS_ZERO]: 1,
  [BLACK_IS_ZERO]: 1,
  [RGB]: 3,
  [PALETTE]: 1,
  [CMYK]: 4,
  [YCBCR]: 3,
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
  8: phrase('CIELab colors'),
  9: phrase('CIELab colors'),
  10: phrase('CIELab colors'),
  32803: phrase('the sensor data of a raw photo'),
  32844: phrase('LogLuv colors'),
  32845: phrase('LogLuv colors'),
  34892: phrase('the sensor data of a raw photo'),
};

/** By TIFF's number of the sample format; 4 is for numbers of which nothing is said. */
const KINDS: Readonly<Record<number, SampleKind>> = { 1: 'unsigned', 2: 'signed', 3: 'float', 4: 'unsigned' };
const DEPTHS: Readonly<Record<SampleKind, readonly number[]>> = {
  unsigned: [...Array.from({ length: 16 }, (_, i) => i + 1), 32],
  signed: [8, 16, 32],
  float: [16, 24, 32, 64],
};

/** Where a TIFF's samples are, and what they are. */
export interface TiffLayout {
  readonly directory: TiffDirectory;
  readonly width: number;
  readonly height: number;
  readonly format: SampleFormat;
  readonly compression: number;
  readonly predictor: number;
  readonly photometric: number;
  readonly samples: number;
  readonly planar: boolean;
  /** Pixels across and down that share one blue and one red difference; 1 of all colours but YCbCr. */
  readonly shared: { readonly across: number; readonly down: number };
  /** Size of a strip or tile; a strip at the bottom may have fewer rows. */
  readonly partWidth: number;
  readonly partHeight: number;
  readonly tiled: boolean;
  readonly offsets: Float64Array;
  readonly counts: Float64Array;
}

export function readLayout(directory: TiffDirectory): TiffLayout {
  const width = directory.value(TAG.width, 0);
  const height = directory.value(TAG.height, 0);
  const samples = directory.value(TAG.samplesPerPixel, 1);
  const depths = directory.values(TAG.bitsPerSample);
  const depth = depths[0] ?? 1;
  const compression = directory.value(TAG.compression, 1);
  const photometric = directory.value(TAG.photometric, WHITE_IS_ZERO);
  const tiled = directory.values(TAG.tileWidth).length > 0;
  const planar = directory.value(TAG.planar, 1) === 2 && samples > 1;
  const predictor = compression === JPEG ? 1 : directory.value(TAG.predictor, 1);
  const kind = KINDS[directory.value(TAG.sampleFormat, 1)];
  const format = { kind, depth, littleEndian: directory.littleEndian };
  const shared = readShared(directory, photometric, compression);
  if (depth < 1 || depth > 64) throw damaged();
  const unsupported =
    (compression !== JPEG &&
      !UNPACK[compression] &&
      (COMPRESSIONS[compression] ?? phrase('compression {0}', String(compression)))) ||
    (COLOR_SAMPLES[photometric] === undefined &&
      (COLOR_SPACES[photometric] ?? phrase('color space {0}', String(photometric)))) ||
    (!kind && phrase('complex numbers as samples')) ||
    ((!DEPTHS[kind]?.includes(depth) || depths.some((d) => d !== depth)) &&
      phrase('{0} bits per sample', [...new Set(depths)].slice(0, 4).join(', '))) ||
    ((predictor < 1 || predictor > 3 || (predictor === 3) !== (kind === 'float' && predictor !== 1)) &&
      phrase('predictor {0}', String(predictor))) ||
    (photometric === YCBCR &&
      compression !== JPEG &&
      (depth !== 8 || kind !== 'unsigned' || samples !== 3) &&
      phrase('YCbCr colors of other than 8 bits'));
  if (unsupported) throw unreadable(phrase('TIFF images with {0} are not supported.', unsupported));
  if (samples < COLOR_SAMPLES[photometric] || samples > 64) throw damaged();
  if (planar && shared.across * shared.down > 1) throw damaged();
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
    format,
    compression,
    predictor,
    photometric,
    samples,
    planar,
    shared,
    partWidth,
    partHeight,
    tiled,
    offsets,
    counts,
  };
}

function readShared(
  directory: TiffDirectory,
  photometric: number,
  compression: number,
): TiffLayout['shared'] {
  if (photometric !== YCBCR || compression === JPEG) return { across: 1, down: 1 };
  const [across = 2, down = across] = directory.values(TAG.yCbCrSubSampling);
  if (![1, 2, 4].includes(across) || ![1, 2, 4].includes(down)) throw damaged();
  return { across, down };
}

/** One strip or tile: where it lies in the picture, and its packed bytes. */
export interface Part {
  readonly x: number;
  readonly y: number;
  readonly plane: number;
  readonly rows: number;
  readonly packed: Uint8Array;
}

export function* parts(layout: TiffLayout): Generator<Part> {
  const across = Math.ceil(layout.width / layout.partWidth);
  const down = Math.ceil(layout.height / layout.partHeight);
  const planes = layout.planar ? layout.samples : 1;
  const { reader } = layout.directory;
  if (layout.offsets.length < across * down * planes) throw cutShort();
  const reversed = layout.directory.value(TAG.fillOrder, 1) === 2 && layout.compression !== JPEG;
  for (let i = 0; i < across * down * planes; i++) {
    const y = (Math.floor(i / across) % down) * layout.partHeight;
    const offset = layout.offsets[i];
    const count = layout.counts[i] ?? Math.max(0, reader.length - offset);
    const packed = reader.slice(offset, count);
    yield {
      x: (i % across) * layout.partWidth,
      y,
      plane: Math.floor(i / (across * down)),
      rows: layout.tiled ? layout.partHeight : Math.min(layout.partHeight, layout.height - y),
      packed: reversed ? packed.map(reverseBits) : packed,
    };
  }
}

function reverseBits(byte: number): number {
  let result = 0;
  for (let bit = 0; bit < 8; bit++) result |= ((byte >> bit) & 1) << (7 - bit);
  return result;
}
