import { phrase, type Text } from '../../core/text/text.ts';
import { ByteReader } from './byteReader.ts';
import { cutShort, damaged, type StatedColors, unreadable } from './codec.ts';
import { type Box, boxes, findBox, isoBox, u16, u32 } from './isoBoxes.ts';

/** What a JPEG 2000 file (ISO/IEC 15444-1) says of its picture. */
export interface Jpeg2000Info {
  readonly width: number;
  readonly height: number;
  /** Channels in the codestream. */
  readonly components: number;
  /** Of each of them, or of the palette. */
  readonly bits: number;
  readonly space: 'grey' | 'rgb' | 'ycc' | 'cmyk';
  /** Which channels are the colors. */
  readonly color: readonly number[];
  /** Which one is how opaque a pixel is. */
  readonly alpha: number | undefined;
  readonly colors: StatedColors | undefined;
  readonly codestream: Uint8Array;
  /** The boxes that say how one channel becomes three by a palette. */
  readonly palette: Uint8Array | undefined;
  /** Of the file. */
  readonly bytes: number;
}

const unsupported = (what: Text): Error =>
  unreadable(phrase('JPEG 2000 images with {0} are not supported.', what));

export function readJpeg2000(bytes: Uint8Array): Jpeg2000Info {
  const reader = new ByteReader(bytes, 'big');
  const bare = bytes[0] === 0xff;
  const file = bare ? undefined : readFile(reader);
  const codestream = readCodestream(file?.codestream ?? bytes);
  const { width, height, components } = codestream;
  if (file && (file.width !== width || file.height !== height || file.components !== components.length))
    throw damaged();
  const [{ bits }] = components;
  if (components.some((one) => one.signed)) throw unsupported(phrase('signed samples'));
  const whole = {
    width,
    height,
    components: components.length,
    codestream: codestream.bytes,
    bytes: bytes.length,
  };
  if (file?.palette) {
    const bits = paletteBits(reader, file.palette.pclr);
    const { pclr, cmap } = file.palette;
    const palette = Buffer.concat([boxBytes(reader, pclr), boxBytes(reader, cmap)]);
    return { ...whole, bits, space: 'rgb', color: [0, 1, 2], alpha: undefined, colors: file.colors, palette };
  }
  if (components.some((one) => one.bits !== bits)) throw unsupported(phrase('channels of different depths'));
  if (bits > 16) throw unsupported(phrase('{0} bits per channel', bits));
  const subsampled = components.some((one) => one.across !== 1 || one.down !== 1);
  const enumerated = file?.space;
  const ycc = enumerated === SYCC || (subsampled && components.length === 3);
  if (ycc && (components.length !== 3 || bits !== 8 || !isUsualSampling(components))) {
    throw unsupported(phrase('this kind of chroma subsampling'));
  }
  if (subsampled && !ycc) throw unsupported(phrase('channels of different sizes'));
  const space = ycc ? 'ycc' : enumerated === CMYK ? 'cmyk' : components.length < 3 ? 'grey' : 'rgb';
  const count = { grey: 1, rgb: 3, ycc: 3, cmyk: 4 }[space];
  if (components.length < count) throw damaged();
  const { color, alpha } = channelsOf(file?.definitions ?? [], count, components.length);
  return {
    ...whole,
    bits,
    space,
    color,
    alpha,
    colors: space === 'cmyk' ? undefined : file?.colors,
    palette: undefined,
  };
}

const CMYK = 12;
const SRGB = 16;
const GREY = 17;
const SYCC = 18;
const SPACES: readonly number[] = [CMYK, SRGB, GREY, SYCC];

interface FileInfo {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly space: number | undefined;
  readonly colors: StatedColors | undefined;
  readonly palette: { readonly pclr: Box; readonly cmap: Box } | undefined;
  readonly definitions: readonly Definition[];
  readonly codestream: Uint8Array;
}

/** What a channel is: its number, its kind (0 a color, 1 and 2 opacity), and which color, counted from 1. */
interface Definition {
  readonly channel: number;
  readonly kind: number;
  readonly of: number;
}

function readFile(reader: ByteReader): FileInfo {
  let header: Box | undefined;
  let stream: Box | undefined;
  for (const box of boxes(reader, 0, reader.length)) {
    if (box.type === 'jp2h') header ??= box;
    if (box.type === 'jp2c') stream ??= box;
    if (header && stream) break;
  }
  if (!header || !stream) throw damaged();
  const [from, to] = [header.at, header.at + header.length];
  const child = (type: string) => findBox(reader, from, to, type);
  const ihdr = child('ihdr');
  if (!ihdr) throw damaged();
  const [pclr, cmap, cdef] = [child('pclr'), child('cmap'), child('cdef')];
  if ((pclr === undefined) !== (cmap === undefined)) throw damaged();
  return {
    height: reader.u32(ihdr.at),
    width: reader.u32(ihdr.at + 4),
    components: reader.u16(ihdr.at + 8),
    ...readColors(reader, from, to),
    palette: pclr && cmap && { pclr, cmap },
    definitions: cdef ? readDefinitions(reader, cdef) : [],
    codestream: reader.slice(stream.at, stream.length),
  };
}

/** The first way to say colors that is known. */
function readColors(reader: ByteReader, from: number, to: number): Pick<FileInfo, 'space' | 'colors'> {
  let other: number | undefined;
  for (const { type, at, length } of boxes(reader, from, to)) {
    if (type !== 'colr' || length < 3) continue;
    const method = reader.u8(at);
    if (method === 1) {
      other = reader.u32(at + 3);
      if (SPACES.includes(other)) return { space: other, colors: undefined };
    } else if (method === 2 || method === 3) {
      return { space: undefined, colors: { icc: reader.slice(at + 3, length - 3) } };
    }
  }
  if (other !== undefined) throw unsupported(phrase('colors of kind {0}', other));
  return { space: undefined, colors: undefined };
}

function readDefinitions(reader: ByteReader, { at, length }: Box): readonly Definition[] {
  const count = reader.u16(at);
  if (2 + 6 * count > length) throw damaged();
  return Array.from({ length: count }, (_, i) => {
    const from = at + 2 + 6 * i;
    return { channel: reader.u16(from), kind: reader.u16(from + 2), of: reader.u16(from + 4) };
  });
}

function channelsOf(
  definitions: readonly Definition[],
  count: number,
  components: number,
): Pick<Jpeg2000Info, 'color' | 'alpha'> {
  const color = Array.from(
    { length: count },
    (_, i) => definitions.find(({ kind, of }) => kind === 0 && of === i + 1)?.channel ?? i,
  );
  const alpha = definitions.find(({ kind, of }) => (kind === 1 || kind === 2) && of === 0)?.channel;
  if ([...color, alpha ?? 0].some((channel) => channel >= components)) throw damaged();
  return { color, alpha };
}

/** Bits of the three colors that a palette gives. */
function paletteBits(reader: ByteReader, { at, length }: Box): number {
  const columns = reader.u8(at + 2);
  const bits = reader.slice(at + 3, Math.min(columns, length - 3));
  if (columns !== 3) throw unsupported(phrase('a palette of {0} channels', columns));
  if (bits.some((one) => one !== 7)) throw unsupported(phrase('a palette of other than 8 bits'));
  return 8;
}

interface Component {
  readonly bits: number;
  readonly signed: boolean;
  readonly across: number;
  readonly down: number;
}

function isUsualSampling([light, blue, red]: readonly Component[]): boolean {
  const same = blue.across === red.across && blue.down === red.down;
  const { across, down } = blue;
  return light.across === 1 && light.down === 1 && same && across <= 2 && down <= across;
}

const SOC = 0xff4f;
const SIZ = 0xff51;
const SOT = 0xff90;
const EOC = 0xffd9;
/** More channels are no picture. */
const MOST_COMPONENTS = 64;

/** Walks the codestream from tile to tile to its end. */
function readCodestream(bytes: Uint8Array): {
  readonly width: number;
  readonly height: number;
  readonly components: readonly Component[];
  /** Up to its end. */
  readonly bytes: Uint8Array;
} {
  const reader = new ByteReader(bytes, 'big');
  if (reader.u16(0) !== SOC || reader.u16(2) !== SIZ) throw damaged();
  const [width, height] = [reader.u32(8), reader.u32(12)];
  if (reader.u32(16) !== 0 || reader.u32(20) !== 0) throw unsupported(phrase('an offset'));
  const count = reader.u16(40);
  if (count < 1) throw damaged();
  if (count > MOST_COMPONENTS) throw unsupported(phrase('{0} channels', count));
  const components = Array.from({ length: count }, (_, i) => {
    const depth = reader.u8(42 + 3 * i);
    const [across, down] = [reader.u8(43 + 3 * i), reader.u8(44 + 3 * i)];
    if (across < 1 || down < 1) throw damaged();
    return { bits: (depth & 0x7f) + 1, signed: depth > 0x7f, across, down };
  });
  let at = 2;
  for (;;) {
    const marker = reader.u16(at);
    if (marker === EOC) break;
    if (marker < 0xff00) throw damaged();
    const start = at;
    at += 2 + reader.u16(at + 2);
    if (marker === SIZ && start !== 2) throw damaged();
    if (marker !== SOT) continue;
    const length = reader.u32(start + 6);
    // Up to the end, which the last bytes must say then.
    if (length === 0) at = reader.length - 2;
    else if (length < 14) throw damaged();
    else at = start + length;
    if (length === 0 && reader.u16(at) !== EOC) throw cutShort();
  }
  return { width, height, components, bytes: bytes.subarray(0, at + 2) };
}

/** A file with nothing but what the decoder needs to give some channels, one or three. */
export function wrapChannels(info: Jpeg2000Info, chosen: readonly number[]): Uint8Array {
  const { width, height, components, bits, codestream, palette, space } = info;
  // Depth, the one compression that there is, and nothing about colors and rights.
  const coding = Uint8Array.of(bits - 1, 7, 0, 0);
  const colors = chosen.length === 1 ? GREY : space === 'ycc' ? SYCC : SRGB;
  const parts = [
    isoBox('ihdr', u32(height), u32(width), u16(components), coding),
    isoBox('colr', Uint8Array.of(1, 0, 0), u32(colors)),
  ];
  if (palette) parts.push(palette);
  else if (chosen.length !== components) {
    // Channels as they are, with a palette that none of them uses.
    const depths = chosen.map(() => bits - 1);
    const entry = new Uint8Array(chosen.length * (bits > 8 ? 2 : 1));
    parts.push(isoBox('pclr', Uint8Array.of(0, 1, chosen.length, ...depths), entry));
    parts.push(isoBox('cmap', ...chosen.flatMap((channel) => [u16(channel), u16(0)])));
  }
  return Buffer.concat([
    isoBox('jP  ', Uint8Array.of(0x0d, 0x0a, 0x87, 0x0a)),
    isoBox('ftyp', Buffer.from('jp2 \0\0\0\0jp2 ', 'latin1')),
    isoBox('jp2h', ...parts),
    isoBox('jp2c', codestream),
  ]);
}

/** A box as it stands in the file, with its type and length. */
function boxBytes(reader: ByteReader, { type, at, length }: Box): Uint8Array {
  return isoBox(type, reader.slice(at, length));
}
