import { ByteReader } from './byteReader.ts';
import { damaged } from './codec.ts';

/** Layers of a picture that comes in steps; more frames are a video, which a decoder would go through to its end. */
const MOST_AV1_FRAMES = 8;

const AV1_FRAME_HEADER = 3;
const AV1_FRAME = 6;

/** Refuses what is more than one picture (AV1 specification, section 5.3). */
export function checkAv1Frames(data: Uint8Array): void {
  const reader = new ByteReader(data, 'big');
  let frames = 0;
  for (let at = 0; at < data.length; ) {
    const header = reader.u8(at);
    const kind = (header >> 3) & 15;
    if (kind === AV1_FRAME_HEADER || kind === AV1_FRAME) frames++;
    if (frames > MOST_AV1_FRAMES) throw damaged();
    at += (header & 4) === 0 ? 1 : 2;
    // Without a size, up to the end.
    if ((header & 2) === 0) return;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = reader.u8(at++);
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
      if (shift > 28) throw damaged();
    }
    at += size;
  }
}

/** Units with pixels have kinds below this. */
const HEVC_OTHERS = 32;

/**
 * Refuses what is more than one picture (ITU-T H.265, section 7.3.1; lengths as in ISO/IEC 14496-15).
 * @param configuration content of the box `hvcC`
 */
export function checkHevcFrames(data: Uint8Array, configuration: Uint8Array): void {
  const reader = new ByteReader(data, 'big');
  const lengthBytes = (new ByteReader(configuration, 'big').u8(21) & 3) + 1;
  let pictures = 0;
  for (let at = 0; at < data.length; ) {
    let length = 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + reader.u8(at++);
    if (length < 2) throw damaged();
    const kind = (reader.u8(at) >> 1) & 63;
    // The first slice of a picture says so in the first bit behind the header of two bytes.
    if (kind < HEVC_OTHERS && length > 2 && (reader.u8(at + 2) & 0x80) !== 0) pictures++;
    if (pictures > 1) throw damaged();
    at += length;
  }
}
