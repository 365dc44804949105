import type { Random } from './random.ts';

/** A damaged copy: bytes flipped, overwritten, cut out, doubled, or the end missing. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  let result: Uint8Array = Uint8Array.from(bytes);
  for (let i = random.int(1, 4); i > 0; i--) result = damage(result, random);
  return result;
}

/** Values that make lengths lie: huge varints, sign bits, zero. */
const NASTY = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x08, 0x0a, 0x12, 0x3a];

function damage(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length < 8) return bytes;
  const at = random.int(0, bytes.length - 1);
  switch (random.int(0, 5)) {
    case 0:
      bytes[at] ^= 1 << random.int(0, 7);
      return bytes;
    case 1:
      bytes[at] = random.pick(NASTY);
      return bytes;
    case 2:
      return bytes.slice(0, random.chance(0.2) ? at : bytes.length - 1);
    case 3: {
      const end = Math.min(bytes.length, at + random.int(1, 40));
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(end)]);
    }
    case 4: {
      const piece = bytes.subarray(at, at + random.int(1, 40));
      return Uint8Array.from([...bytes.subarray(0, at), ...piece, ...bytes.subarray(at)]);
    }
    default: {
      const huge = [0xff, 0xff, 0xff, 0xff, random.pick([0x07, 0x0f, 0xff]), 0x01];
      return Uint8Array.from([...bytes.subarray(0, at), ...huge, ...bytes.subarray(at + 1)]);
    }
  }
}
