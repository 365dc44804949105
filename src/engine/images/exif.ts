import { type Orientation, toOrientation } from '../../core/images/rgbImage.ts';
import { ByteReader } from './byteReader.ts';

const ORIENTATION_TAG = 0x0112;

/** What the metadata of a file says of how its picture stands: EXIF counts, and XMP where that says nothing. */
export class OrientationNotes {
  #exif: Orientation | undefined;
  #xmp: Orientation | undefined;

  /** @param block a TIFF structure, with or without `Exif\0\0` before it; the first that says something counts */
  addExif(block: Uint8Array): void {
    this.#exif ??= exifOrientation(block);
  }

  /** @param value the number itself */
  addValue(value: number): void {
    this.#exif ??= toOrientation(value);
  }

  /** @param packet XML, with or without a name before it */
  addXmp(packet: Uint8Array): void {
    this.#xmp ??= xmpOrientation(packet);
  }

  get orientation(): Orientation {
    return this.#exif ?? this.#xmp ?? 1;
  }
}

/** What stands before a packet of XMP in a JPEG file, and the keyword of one in a PNG file. */
const JPEG_XMP = Buffer.from('http://ns.adobe.com/xap/1.0/\0');
const PNG_XMP = Buffer.from('XML:com.adobe.xmp\0');

export function isJpegXmp(block: Uint8Array): boolean {
  return startsWith(block, JPEG_XMP);
}

export function isPngXmp(block: Uint8Array): boolean {
  return startsWith(block, PNG_XMP);
}

function startsWith(block: Uint8Array, start: Uint8Array): boolean {
  return block.length >= start.length && start.every((byte, i) => block[i] === byte);
}

/** Packets are padded by kilobytes; what describes the picture stands before. */
const XMP_BYTES = 256 << 10;
/** As an attribute or as an element. */
const XMP_ORIENTATION = /\btiff:Orientation\s*(?:=\s*["']|>)\s*(\d+)/;

function xmpOrientation(packet: Uint8Array): Orientation | undefined {
  const text = Buffer.from(packet.subarray(0, XMP_BYTES)).toString('latin1');
  return toOrientation(Number(XMP_ORIENTATION.exec(text)?.[1]));
}

/** `undefined` where the block says nothing that is an orientation. */
function exifOrientation(block: Uint8Array): Orientation | undefined {
  const tiff = isPrefixed(block) ? block.subarray(6) : block;
  const order =
    tiff[0] === 0x49 && tiff[1] === 0x49
      ? 'little'
      : tiff[0] === 0x4d && tiff[1] === 0x4d
        ? 'big'
        : undefined;
  if (!order) return undefined;
  // Damaged metadata does not make the picture unreadable, so this walk stops at the end instead of throwing.
  const reader = new ByteReader(tiff, order);
  if (tiff.length < 8) return undefined;
  const directory = reader.u32(4);
  if (directory + 2 > tiff.length) return undefined;
  const count = reader.u16(directory);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + i * 12;
    if (entry + 12 > tiff.length) return undefined;
    if (reader.u16(entry) === ORIENTATION_TAG) return toOrientation(reader.u16(entry + 8));
  }
  return undefined;
}

function isPrefixed(block: Uint8Array): boolean {
  return block[0] === 0x45 && block[1] === 0x78 && block[2] === 0x69 && block[3] === 0x66;
}
