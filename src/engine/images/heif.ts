import type { RgbImage } from '../../core/images/preprocessing.ts';
import { cropped, type Orientation } from '../../core/images/rgbImage.ts';
import { phrase, type Text, verbatim } from '../../core/text/text.ts';
import { decodeAvif } from './avif.ts';
import { ByteReader } from './byteReader.ts';
import { damaged, type ImageCodec, type StatedColors, unreadable } from './codec.ts';
import { decodeHeic } from './heic.ts';
import { HeifItems } from './heifItems.ts';
import type { Box } from './isoBoxes.ts';

/** AVIF and HEIC: the primary picture, also of a grid of tiles, cropped and turned as its properties say. */
export const heifCodec: ImageCodec = {
  readHeader(bytes) {
    const picture = readHeif(bytes);
    const { crop, orientation, colors, grey } = picture;
    const memory = bytes.length + memoryOf(picture);
    return { width: crop.width, height: crop.height, orientation, memory, colors, grey };
  },

  async decode(bytes) {
    const picture = readHeif(bytes);
    const image = await DECODERS[picture.coding](bytes, picture, memoryOf(picture));
    if (image.width !== picture.width || image.height !== picture.height) throw damaged();
    return cropped(image, picture.crop);
  },
};

/** What a file says of its primary picture. */
export interface HeifPicture {
  readonly coding: 'av01' | 'hvc1';
  /** As coded, before it is cropped and turned. */
  readonly width: number;
  readonly height: number;
  readonly crop: Crop;
  readonly orientation: Orientation;
  readonly alpha: boolean;
  /** Bytes of a sample. */
  readonly sampleBytes: 1 | 2;
  /** Tiles of a grid; 1 for a picture in one piece. */
  readonly tiles: number;
  readonly colors: StatedColors | undefined;
  readonly grey: boolean;
}

export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

type HeifDecoder = (bytes: Uint8Array, picture: HeifPicture, most: number) => Promise<RgbImage>;

const DECODERS: Readonly<Record<HeifPicture['coding'], HeifDecoder>> = {
  av01: decodeAvif,
  hvc1: (bytes, { alpha }, most) => decodeHeic(bytes, alpha, most),
};

/** Planes in the codec, which libaom keeps several times and for colors and alpha apart, then as pixels and outside it. */
function memoryOf({ coding, width, height, alpha, sampleBytes }: HeifPicture): number {
  const planes = (coding === 'av01' ? 26 : 10) * sampleBytes * (alpha ? 2 : 1);
  return (planes + 24) * (width + 128) * (height + 128) + (16 << 20);
}

/** Codings of pictures that other programs put into such files. */
const OTHER_CODINGS: Readonly<Record<string, Text>> = {
  jpeg: verbatim('JPEG'),
  j2k1: verbatim('JPEG 2000'),
  vvc1: verbatim('H.266'),
  evc1: verbatim('EVC'),
  avc1: verbatim('H.264'),
  unci: phrase('uncompressed pixels'),
  iovl: phrase('several layers'),
};

/** Pictures of more tiles are a way to keep a decoder busy: 100 megapixels of 128 x 128. */
const MOST_TILES = 6144;

function readHeif(bytes: Uint8Array): HeifPicture {
  const items = HeifItems.read(bytes);
  if (!items) throw unreadable(phrase('The file has only a video or an animation, no picture.'));
  const reader = new ByteReader(bytes, 'big');
  const { primary } = items;
  const whole = sizeOf(reader, items, primary);
  const grid = items.type(primary) === 'grid' ? readGrid(reader, items, whole) : undefined;
  const first = grid?.tiles[0] ?? primary;
  const coding = codingOf(items.type(first));
  for (const tile of grid?.tiles ?? []) {
    if (codingOf(items.type(tile)) !== coding) throw damaged();
    const { width, height } = sizeOf(reader, items, tile);
    if (width !== grid?.width || height !== grid.height) throw damaged();
  }
  const coded = grid ? grid.tiles : [primary];
  // Nothing of a picture lies outside the file.
  for (const item of coded) items.parts(item);
  const alpha = items.referring(primary, 'auxl').find((item) => isAlpha(reader, items, item));
  if (alpha !== undefined) {
    const size = sizeOf(reader, items, alpha);
    if (size.width !== whole.width || size.height !== whole.height) throw damaged();
  }
  return {
    coding,
    ...whole,
    ...shownPart(reader, items.properties(primary), whole),
    alpha: alpha !== undefined,
    sampleBytes: coded.some((item) => isDeep(reader, items.properties(item))) ? 2 : 1,
    tiles: coded.length,
    colors: colorsOf(reader, items.properties(primary)) ?? colorsOf(reader, items.properties(first)),
    grey: isGrey(reader, items.properties(first)),
  };
}

function codingOf(type: string | undefined): HeifPicture['coding'] {
  if (type === 'av01' || type === 'hvc1') return type;
  const known = type === undefined ? undefined : OTHER_CODINGS[type];
  throw known ? unreadable(phrase('HEIF images with {0} are not supported.', known)) : damaged();
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function sizeOf(reader: ByteReader, items: HeifItems, item: number): Size {
  const all = items.properties(item).filter(({ type }) => type === 'ispe');
  if (all.length !== 1) throw damaged();
  const [{ at }] = all;
  return { width: reader.u32(at + 4), height: reader.u32(at + 8) };
}

/** The tiles of a grid, and how large each of them is; together they cover the picture and not a row more. */
function readGrid(
  reader: ByteReader,
  items: HeifItems,
  whole: Size,
): Size & { readonly tiles: readonly number[] } {
  const grid = new ByteReader(Buffer.concat(items.parts(items.primary)), 'big');
  const wide = (grid.u8(1) & 1) !== 0;
  const [rows, columns] = [grid.u8(2) + 1, grid.u8(3) + 1];
  const [width, height] = wide ? [grid.u32(4), grid.u32(8)] : [grid.u16(4), grid.u16(6)];
  const tiles = items.references(items.primary, 'dimg');
  if (width !== whole.width || height !== whole.height) throw damaged();
  if (tiles.length !== rows * columns || tiles.length > MOST_TILES) throw damaged();
  const tile = sizeOf(reader, items, tiles[0]);
  const fits = (size: number, of: number, count: number) => size * count >= of && size * (count - 1) < of;
  if (!fits(tile.width, width, columns) || !fits(tile.height, height, rows)) throw damaged();
  return { ...tile, tiles };
}

function isAlpha(reader: ByteReader, items: HeifItems, item: number): boolean {
  return items.properties(item).some(({ type, at, length }) => {
    if (type !== 'auxC') return false;
    const name = Buffer.from(reader.slice(at + 4, length - 4)).toString('latin1');
    return /^urn:(?:mpeg:mpegB:cicp:systems:auxiliary:alpha|mpeg:hevc:2015:auxid:1)\0/.test(name);
  });
}

/** Whether samples have more than 8 bits. */
function isDeep(reader: ByteReader, properties: readonly Box[]): boolean {
  return properties.some(({ type, at, length }) => {
    if (type === 'pixi') {
      const channels = Math.min(reader.u8(at + 4), length - 5);
      return reader.slice(at + 5, channels).some((bits) => bits > 8);
    }
    if (type === 'av1C') return (reader.u8(at + 2) & 0x40) !== 0;
    return type === 'hvcC' && (reader.u8(at + 17) & 7) > 0;
  });
}

/** A profile, which says more than code points do where a file has both. */
function colorsOf(reader: ByteReader, properties: readonly Box[]): StatedColors | undefined {
  let colors: StatedColors | undefined;
  for (const { type, at, length } of properties) {
    if (type !== 'colr') continue;
    const kind = reader.fourCc(at);
    if (kind === 'prof' || kind === 'rICC') return { icc: reader.slice(at + 4, length - 4) };
    if (kind === 'nclx') colors = { primaries: reader.u16(at + 4), transfer: reader.u16(at + 6) };
  }
  return colors;
}

/** Whether the coded picture has no colors. */
function isGrey(reader: ByteReader, properties: readonly Box[]): boolean {
  return properties.some(({ type, at }) => {
    if (type === 'av1C') return (reader.u8(at + 2) & 0x10) !== 0;
    return type === 'hvcC' && (reader.u8(at + 16) & 3) === 0;
  });
}

/** How far a picture is turned clockwise after it was mirrored left to right, as its properties say one after another. */
function shownPart(
  reader: ByteReader,
  properties: readonly Box[],
  whole: Size,
): { readonly crop: Crop; readonly orientation: Orientation } {
  let crop: Crop = { left: 0, top: 0, ...whole };
  let mirrored = false;
  let turns = 0;
  let turned = false;
  for (const { type, at } of properties) {
    if (type === 'clap') {
      // A crop of what is turned already is against MIAF, and nobody writes it.
      if (turned) throw damaged();
      crop = readCrop(reader, at, whole);
    } else if (type === 'irot') {
      turns -= reader.u8(at) & 3;
      turned = true;
    } else if (type === 'imir') {
      turns = (reader.u8(at) & 1) === 0 ? 2 - turns : -turns;
      mirrored = !mirrored;
      turned = true;
    }
  }
  const orientations = mirrored ? MIRRORED : TURNED;
  return { crop, orientation: orientations[((turns % 4) + 4) % 4] };
}

/** Orientations by quarter turns clockwise. */
const TURNED: readonly Orientation[] = [1, 6, 3, 8];
const MIRRORED: readonly Orientation[] = [2, 7, 4, 5];

/** The clean aperture: its size, and how far its centre lies from that of the picture, as fractions. */
function readCrop(reader: ByteReader, at: number, { width, height }: Size): Crop {
  const [across, down, right, below] = [0, 8, 16, 24].map((offset) => {
    const value = reader.i32(at + offset) / reader.u32(at + offset + 4);
    if (!Number.isFinite(value)) throw damaged();
    return value;
  });
  const crop = {
    left: Math.round((width - across) / 2 + right),
    top: Math.round((height - down) / 2 + below),
    width: Math.round(across),
    height: Math.round(down),
  };
  const inside = crop.left >= 0 && crop.top >= 0 && crop.width >= 1 && crop.height >= 1;
  if (!inside || crop.left + crop.width > width || crop.top + crop.height > height) throw damaged();
  return crop;
}
