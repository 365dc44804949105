import type { Orientation } from '../../core/images/rgbImage.ts';
import { phrase } from '../../core/text/text.ts';
import { ByteReader } from './byteReader.ts';
import { cutShort, damaged, type ImageCodec, unreadable } from './codec.ts';
import { cmykToRgb } from './colors.ts';
import { isJpegXmp, OrientationNotes } from './exif.ts';
import { IccPieces } from './iccProfile.ts';
import { decodeTurbo } from './turboJpeg.ts';

/** Eighths of its size at which a picture is decoded where that serves: libjpeg leaves out what is finer. */
const EIGHTHS = [1, 2, 3, 4] as const;
const EIGHTH = 1 / 8;

/**
 * JPEG: libjpeg-turbo as WebAssembly, whose pixels are those of Pillow.
 * Damage inside the coded data is borne as browsers bear it; a missing end is an error.
 */
export const jpegCodec: ImageCodec = {
  readHeader(bytes) {
    const info = readJpegMarkers(bytes);
    const { width, height, orientation } = info;
    const memory = (scale: number) => bytes.length + memoryOf(info, scale);
    const scales =
      Math.max(width, height) < 8 ? undefined : EIGHTHS.map((n) => ({ scale: n / 8, memory: memory(n / 8) }));
    const colors = info.icc && info.components !== 4 ? { icc: info.icc } : undefined;
    const grey = info.components === 1;
    return { width, height, orientation, memory: memory(1), scales, colors, grey };
  },

  async decode(bytes, scale) {
    const info = readJpegMarkers(bytes);
    if (!info.complete) throw cutShort();
    const width = Math.ceil(info.width * scale);
    const height = Math.ceil(info.height * scale);
    const cmyk = info.components === 4;
    const file = scale <= EIGHTH && info.details.length > 0 ? without(bytes, info.details) : bytes;
    const data = await decodeTurbo(file, width, height, cmyk ? 'cmyk' : 'rgb');
    return { width, height, data: cmyk ? await cmykToRgb(data, info.icc) : data };
  },
};

/** In bytes: the pixels, lines on their way to them, and every coefficient where scans are many. */
function memoryOf(info: JpegInfo, scale: number): number {
  const { width, height, components, samples, progressive, scans } = info;
  const channels = components === 4 ? 4 : 3;
  const pixels = Math.ceil(width * scale) * Math.ceil(height * scale);
  // What is not red, green and blue yet lies outside the codec once more.
  const copies = components === 4 ? 2 : 1;
  return copies * channels * pixels + 64 * width + (progressive || scans > 1 ? 2 * samples : 0);
}

/** What the markers of a JPEG file say (ITU-T T.81). */
export interface JpegInfo {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Samples of all components, padded to whole blocks: what is kept of a picture that comes in several scans. */
  readonly samples: number;
  readonly progressive: boolean;
  readonly scans: number;
  readonly orientation: Orientation;
  readonly icc: Uint8Array | undefined;
  /** Whether the file reaches its end-of-image marker. */
  readonly complete: boolean;
  /** Scans of a progressive file of which nothing is seen at an eighth of the size: what is not the mean of a block. */
  readonly details: readonly Range[];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;
const APP2 = 0xe2;
const PROGRESSIVE = 0xc2;

/** Scans of a file that a person made; more are a way to make a decoder go over the picture for hours. */
const USUAL_SCANS = 20;
/** How many pixels may be gone over in all scans together, where there are more. */
const MAX_SCANNED_PIXELS = 2e9;

/** Start-of-frame markers that libjpeg decodes: baseline, extended, progressive. */
const FRAMES: readonly number[] = [0xc0, 0xc1, 0xc2];
const OTHER_FRAMES: Readonly<Record<number, string>> = {
  195: 'lossless',
  197: 'hierarchical',
  198: 'hierarchical',
  199: 'hierarchical',
  201: 'arithmetic-coded',
  202: 'arithmetic-coded',
  203: 'lossless',
  205: 'hierarchical',
  206: 'hierarchical',
  207: 'hierarchical',
};

function readJpegMarkers(bytes: Uint8Array): JpegInfo {
  const known = markersOf.get(bytes);
  if (known) return known;
  const info = walkMarkers(bytes);
  markersOf.set(bytes, info);
  return info;
}

/** A photograph of some megabytes takes milliseconds, and its header is read before it is decoded. */
const markersOf = new WeakMap<Uint8Array, JpegInfo>();

/** Walks the markers to the end of the first picture: the coded data is only searched for 0xFF. */
function walkMarkers(bytes: Uint8Array): JpegInfo {
  const reader = new ByteReader(bytes, 'big');
  let frame: Frame | undefined;
  const notes = new OrientationNotes();
  const icc = new IccPieces();
  const details: Range[] = [];
  let detail: number | undefined;
  let scans = 0;
  let at = 2;
  for (;;) {
    at = nextMarker(bytes, at);
    if (at < 0) break;
    const marker = bytes[at];
    at++;
    if (marker === 0x01 || (marker >= 0xd0 && marker <= SOI)) continue;
    if (detail !== undefined) details.push({ from: detail, to: at - 2 });
    detail = undefined;
    if (marker === EOI) break;
    if (at + 2 > bytes.length) {
      at = -1;
      break;
    }
    const length = reader.u16(at);
    if (length < 2) throw damaged();
    if (FRAMES.includes(marker)) {
      // A decoder goes by either of two; the other is what was checked.
      if (frame) throw damaged();
      frame = readFrame(reader, at, marker === PROGRESSIVE);
    } else if (OTHER_FRAMES[marker]) {
      throw unreadable(phrase('JPEG images of type "{0}" are not supported.', OTHER_FRAMES[marker]));
    } else if (marker === APP1) {
      const block = bytes.subarray(at + 2, at + length);
      if (isJpegXmp(block)) notes.addXmp(block);
      else if (block[0] === 0x45 && block[1] === 0x78) notes.addExif(block);
    } else if (marker === APP2) {
      icc.add(bytes.subarray(at + 2, at + length));
    } else if (marker === SOS) {
      scans++;
      if (frame && isDetail(bytes, at, frame)) detail = at - 2;
    }
    at += length;
  }
  if (!frame) throw at < 0 ? cutShort() : damaged();
  if (scans > USUAL_SCANS && scans * frame.width * frame.height > MAX_SCANNED_PIXELS)
    throw unreadable(phrase('A JPEG image with {0} scans takes too long to decode.', scans));
  return {
    ...frame,
    orientation: notes.orientation,
    icc: icc.profile,
    scans,
    complete: at >= 0 && scans > 0,
    details,
  };
}

/** Whether a scan holds higher frequencies of a channel that has a block for each block of the picture. */
function isDetail(bytes: Uint8Array, at: number, { progressive, finest }: Frame): boolean {
  // Such a scan is of one channel: its number, its tables, the first frequency.
  return progressive && bytes[at + 2] === 1 && finest.includes(bytes[at + 3]) && bytes[at + 5] > 0;
}

/** The file without some parts of it. */
function without(bytes: Uint8Array, ranges: readonly Range[]): Uint8Array {
  const kept = new Uint8Array(ranges.reduce((length, { from, to }) => length - (to - from), bytes.length));
  let at = 0;
  let from = 0;
  for (const range of [...ranges, { from: bytes.length, to: bytes.length }]) {
    kept.set(bytes.subarray(from, range.from), at);
    at += range.from - from;
    from = range.to;
  }
  return kept;
}

type Frame = Pick<JpegInfo, 'width' | 'height' | 'components' | 'samples' | 'progressive'> & {
  /** Channels that are stored in full. */
  readonly finest: readonly number[];
};

function readFrame(reader: ByteReader, at: number, progressive: boolean): Frame {
  const precision = reader.u8(at + 2);
  if (precision !== 8)
    throw unreadable(phrase('JPEG images with {0} bits per channel are not supported.', precision));
  const [height, width, components] = [reader.u16(at + 3), reader.u16(at + 5), reader.u8(at + 7)];
  if (height === 0)
    throw unreadable(phrase('JPEG images that state their height after their data are not supported.'));
  if (![1, 3, 4].includes(components))
    throw unreadable(phrase('JPEG images with {0} channels are not supported.', components));
  const factors = Array.from({ length: components }, (_, i) => {
    const byte = reader.u8(at + 9 + 3 * i);
    return { id: reader.u8(at + 8 + 3 * i), across: byte >> 4, down: byte & 15 };
  });
  if (factors.some(({ across, down }) => across < 1 || across > 4 || down < 1 || down > 4)) throw damaged();
  const across = Math.max(...factors.map((factor) => factor.across));
  const down = Math.max(...factors.map((factor) => factor.down));
  const blocks =
    Math.ceil(width / (8 * across)) *
    Math.ceil(height / (8 * down)) *
    factors.reduce((sum, factor) => sum + factor.across * factor.down, 0);
  const finest = factors.filter((factor) => factor.across === across && factor.down === down);
  return {
    width,
    height,
    components,
    samples: 64 * blocks,
    progressive,
    finest: finest.map(({ id }) => id),
  };
}

/** Position of the next marker's code byte, or -1; stuffed zeros and restart markers in coded data are passed over. */
function nextMarker(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return -1;
    while (bytes[at] === 0xff) at++;
    if (at >= bytes.length) return -1;
    if (bytes[at] !== 0) return at;
  }
}

/** Adobe's APP14 segment, which tells a decoder how colours are stored: 0 for RGB or CMYK, 1 for YCbCr. */
export function adobeMarker(transform: 0 | 1): Uint8Array {
  return Buffer.from([0xff, 0xee, 0, 14, ...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, transform]);
}
