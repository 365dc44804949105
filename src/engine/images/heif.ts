import type { RgbImage } from '../../core/images/preprocessing.ts';
import { cropped, type Orientation } from '../../core/images/rgbImage.ts';
import { phrase, type Text, verbatim } from '../../core/text/text.ts';
import { decodeAvif } from './avif.ts';
import { ByteReader } from './byteReader.ts';
import { damaged, type ImageCodec, type StatedColors, unreadable } from './codec.ts';
import { checkAv1Frames, checkHevcFrames } from './codedFrames.ts';
import { decodeHeic } from './heic.ts';
import { HeifItems } from './heifItems.ts';
import {
  depthBox,
  gridData,
  type HeifPart,
  type HeifParts,
  type HeifReference,
  writeHeif,
} from './heifWriter.ts';
import { type Box, isoBox } from './isoBoxes.ts';

/** AVIF and HEIC: the primary picture, also of a grid of tiles, cropped and turned as its properties say. */
export const heifCodec: ImageCodec = {
  readHeader(bytes) {
    const picture = readHeif(bytes);
    const { crop, orientation, colors, grey, thumbnail } = picture;
    const memory = (of: HeifPicture) => 3 * bytes.length + memoryOf(of);
    const preview = thumbnail && {
      width: thumbnail.width,
      height: thumbnail.height,
      memory: memory(thumbnail),
    };
    return {
      width: crop.width,
      height: crop.height,
      orientation,
      memory: memory(picture),
      colors,
      grey,
      preview,
    };
  },

  async decode(bytes) {
    const picture = readHeif(bytes);
    return cropped(await decode(picture), picture.crop);
  },

  async decodePreview(bytes) {
    const { thumbnail } = readHeif(bytes);
    if (!thumbnail) throw damaged();
    return decode(thumbnail);
  },
};

/** The whole picture as coded. */
async function decode(picture: HeifPicture): Promise<RgbImage> {
  const { coding, width, height, alpha } = picture;
  // A decoder sees what was checked, and nothing else of the file.
  const file = writeHeif(partsOf(picture));
  const most = 2 * file.length + memoryOf(picture);
  const image = await (coding === 'av01'
    ? decodeAvif(file, most)
    : decodeHeic(file, alpha !== undefined, most));
  if (image.width !== width || image.height !== height) throw damaged();
  return image;
}

/** What a file says of its primary picture. */
interface HeifPicture extends CodedPicture {
  readonly coding: 'av01' | 'hvc1';
  readonly crop: Crop;
  readonly orientation: Orientation;
  readonly alpha: CodedPicture | undefined;
  /** Whether the colors are multiplied by alpha. */
  readonly premultiplied: boolean;
  /** Bytes of a sample. */
  readonly sampleBytes: 1 | 2;
  readonly colors: StatedColors | undefined;
  readonly grey: boolean;
  /** A small picture of the whole, turned as this one is. */
  readonly thumbnail?: HeifPicture | undefined;
}

/** A picture as coded, before it is cropped and turned: in one piece or as a grid of tiles. */
interface CodedPicture extends Size {
  /** Whole boxes. */
  readonly properties: readonly Uint8Array[];
  readonly grid: { readonly rows: number; readonly columns: number } | undefined;
  /** From left to right, then down; one where there is no grid. */
  readonly tiles: readonly { readonly data: Uint8Array; readonly properties: readonly Uint8Array[] }[];
}

interface Crop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

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
  const picture = readPicture(reader, items, items.primary);
  return { ...picture, thumbnail: readThumbnail(reader, items, picture) };
}

/** Where it is of no use, for whatever reason, the picture is read all the same. */
function readThumbnail(reader: ByteReader, items: HeifItems, picture: HeifPicture): HeifPicture | undefined {
  const [item] = items.referring(items.primary, 'thmb');
  if (item === undefined) return undefined;
  try {
    const thumbnail = readPicture(reader, items, item);
    const whole = [picture, thumbnail].every(
      ({ crop, width, height }) => crop.width === width && crop.height === height,
    );
    const alike = thumbnail.orientation === picture.orientation && !thumbnail.alpha === !picture.alpha;
    return whole && alike && thumbnail.width < picture.width ? thumbnail : undefined;
  } catch {
    return undefined;
  }
}

function readPicture(reader: ByteReader, items: HeifItems, primary: number): HeifPicture {
  const [first] = tilesOf(items, primary);
  const coding = codingOf(items.type(first));
  const picture = readCoded(reader, items, primary, coding);
  const opacity = items.referring(primary, 'auxl').find((item) => isAlpha(reader, items, item));
  const alpha = opacity === undefined ? undefined : readCoded(reader, items, opacity, coding);
  if (alpha && (alpha.width !== picture.width || alpha.height !== picture.height)) throw damaged();
  const [whole, tile] = [items.properties(primary), items.properties(first)];
  return {
    coding,
    ...picture,
    ...shownPart(reader, whole, picture),
    alpha,
    premultiplied: opacity !== undefined && items.references(primary, 'prem').includes(opacity),
    sampleBytes: isDeep(reader, tile) ? 2 : 1,
    colors: colorsOf(reader, whole) ?? colorsOf(reader, tile),
    grey: isGrey(reader, tile),
  };
}

/** The tiles of a grid, or the item itself. */
function tilesOf(items: HeifItems, item: number): readonly number[] {
  const tiles = items.type(item) === 'grid' ? items.references(item, 'dimg') : [item];
  if (tiles.length === 0 || tiles.length > MOST_TILES) throw damaged();
  return tiles;
}

/** Of a grid, the tiles are all alike, and cover the picture without a row or column too much. */
function readCoded(
  reader: ByteReader,
  items: HeifItems,
  item: number,
  coding: HeifPicture['coding'],
): CodedPicture {
  const size = sizeOf(reader, items, item);
  const tiles = tilesOf(items, item);
  const grid = items.type(item) === 'grid' ? readGrid(items, item, size) : undefined;
  const tileSize = sizeOf(reader, items, tiles[0]);
  if (grid) {
    const fits = (edge: number, of: number, count: number) => edge * count >= of && edge * (count - 1) < of;
    const { rows, columns } = grid;
    if (tiles.length !== rows * columns) throw damaged();
    if (!fits(tileSize.width, size.width, columns) || !fits(tileSize.height, size.height, rows))
      throw damaged();
  }
  return {
    ...size,
    properties: keptProperties(reader, items, item),
    grid,
    tiles: tiles.map((tile) => {
      if (items.type(tile) !== coding) throw damaged();
      const { width, height } = sizeOf(reader, items, tile);
      if (width !== tileSize.width || height !== tileSize.height) throw damaged();
      const data = joined(items.parts(tile));
      const hvcC = items.properties(tile).find(({ type }) => type === 'hvcC');
      if (coding === 'av01') checkAv1Frames(data);
      else if (hvcC) checkHevcFrames(data, reader.slice(hvcC.at, hvcC.length));
      else throw damaged();
      return { data, properties: keptProperties(reader, items, tile) };
    }),
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

/** What a decoder needs: turns and crops are made outside it. */
const KEPT: readonly string[] = ['ispe', 'pixi', 'colr', 'auxC', 'av1C', 'a1op', 'a1lx', 'lsel', 'hvcC'];

function keptProperties(reader: ByteReader, items: HeifItems, item: number): readonly Uint8Array[] {
  const boxes = items.properties(item).filter(({ type }) => KEPT.includes(type));
  const kept = boxes.map(({ type, at, length }) => isoBox(type, reader.slice(at, length)));
  const coding = boxes.find(({ type }) => type === 'av1C');
  // Without it libavif reads no file, browsers do.
  if (coding && !boxes.some(({ type }) => type === 'pixi')) {
    const flags = reader.u8(coding.at + 2);
    kept.push(
      depthBox((flags & 0x10) === 0 ? 3 : 1, (flags & 0x40) === 0 ? 8 : (flags & 0x20) === 0 ? 10 : 12),
    );
  }
  return kept;
}

/** A file of nothing but the picture and its alpha. */
function partsOf(picture: HeifPicture): HeifParts {
  const items: HeifPart[] = [];
  const references: HeifReference[] = [];
  const add = (type: string, data: Uint8Array, properties: readonly Uint8Array[]): number =>
    items.push({ id: items.length + 1, type, data, properties });
  const addPicture = ({ grid, width, height, properties, tiles }: CodedPicture): number => {
    const to = tiles.map((tile) => add(picture.coding, tile.data, tile.properties));
    if (!grid) return to[0];
    const from = add('grid', gridData(grid.rows, grid.columns, width, height), properties);
    references.push({ type: 'dimg', from, to });
    return from;
  };
  const primary = addPicture(picture);
  if (picture.alpha) {
    const alpha = addPicture(picture.alpha);
    references.push({ type: 'auxl', from: alpha, to: [primary] });
    if (picture.premultiplied) references.push({ type: 'prem', from: primary, to: [alpha] });
  }
  return { brand: picture.coding === 'av01' ? 'avif' : 'heic', primary, items, references };
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

function readGrid(items: HeifItems, item: number, { width, height }: Size): CodedPicture['grid'] {
  const grid = new ByteReader(joined(items.parts(item)), 'big');
  const wide = (grid.u8(1) & 1) !== 0;
  const said = wide ? [grid.u32(4), grid.u32(8)] : [grid.u16(4), grid.u16(6)];
  if (said[0] !== width || said[1] !== height) throw damaged();
  return { rows: grid.u8(2) + 1, columns: grid.u8(3) + 1 };
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
