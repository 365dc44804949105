import type { Orientation } from '../../core/images/orientation.ts';
import { ByteReader } from './byteReader.ts';
import { exifOrientation } from './exif.ts';
import { cutShort, damaged, unreadable } from './unreadable.ts';

/** What the markers of a JPEG file say (ITU-T T.81). */
export interface JpegInfo {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly orientation: Orientation;
  /** Whether the file reaches its end-of-image marker. */
  readonly complete: boolean;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;

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

/** Walks the markers to the end of the first picture. Cheap: the coded data is only searched for 0xFF. */
export function readJpegMarkers(bytes: Uint8Array): JpegInfo {
  const reader = new ByteReader(bytes, 'big');
  let frame: { width: number; height: number; components: number } | undefined;
  let orientation: Orientation = 1;
  let scans = 0;
  let at = 2;
  for (;;) {
    at = nextMarker(bytes, at);
    if (at < 0) break;
    const marker = bytes[at];
    at++;
    if (marker === EOI) break;
    if (marker === 0x01 || (marker >= 0xd0 && marker <= SOI)) continue;
    if (at + 2 > bytes.length) {
      at = -1;
      break;
    }
    const length = reader.u16(at);
    if (length < 2) throw damaged();
    if (FRAMES.includes(marker)) {
      if (reader.u8(at + 2) !== 8) throw unreadable('A JPEG with 12 bits a channel is not supported.');
      frame = { width: reader.u16(at + 5), height: reader.u16(at + 3), components: reader.u8(at + 7) };
    } else if (OTHER_FRAMES[marker]) {
      throw unreadable(`A JPEG of the ${OTHER_FRAMES[marker]} kind is not supported.`);
    } else if (marker === APP1 && orientation === 1) {
      const block = bytes.subarray(at + 2, at + length);
      if (block[0] === 0x45 && block[1] === 0x78) orientation = exifOrientation(block);
    } else if (marker === SOS) {
      scans++;
    }
    at += length;
  }
  if (!frame) throw at < 0 ? cutShort() : damaged();
  return { ...frame, orientation, complete: at >= 0 && scans > 0 };
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
