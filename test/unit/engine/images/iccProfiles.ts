/** ICC profiles of version 2, made of what each test wants to know. */

const fixed = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(Math.round(value * 65536));
  return bytes;
};

const xyz = (...values: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from('XYZ \0\0\0\0'), ...values.map(fixed)]);

/** A curve by function type 0 to 4. */
export function para(kind: number, ...values: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from('para\0\0\0\0'), Buffer.from([0, kind, 0, 0]), ...values.map(fixed)]);
}

/** A sampled curve of numbers up to 65,535; of one number: a gamma times 256. */
export function curv(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(12 + 2 * values.length);
  bytes.write('curv');
  bytes.writeUInt32BE(values.length, 8);
  values.forEach((value, i) => {
    bytes.writeUInt16BE(value, 12 + 2 * i);
  });
  return bytes;
}

export function iccProfile(space: string, tags: Readonly<Record<string, Uint8Array>>, pcs = 'XYZ '): Buffer {
  const entries = Object.entries(tags);
  const header = Buffer.alloc(132 + 12 * entries.length);
  header.writeUInt32BE(0x02400000, 8);
  header.write(space === 'CMYK' ? 'prtr' : 'mntr', 12);
  header.write(space, 16);
  header.write(pcs, 20);
  header.write('acsp', 36);
  for (const [i, value] of [0.9642, 1, 0.8249].entries()) header.set(fixed(value), 68 + 4 * i);
  header.writeUInt32BE(entries.length, 128);
  const parts: Buffer[] = [header];
  let at = header.length;
  for (const [i, [name, data]] of entries.entries()) {
    header.write(name, 132 + 12 * i);
    header.writeUInt32BE(at, 136 + 12 * i);
    header.writeUInt32BE(data.length, 140 + 12 * i);
    const padded = Buffer.alloc(Math.ceil(data.length / 4) * 4);
    padded.set(data);
    parts.push(padded);
    at += padded.length;
  }
  header.writeUInt32BE(at, 0);
  return Buffer.concat(parts);
}

type Three = readonly [number, number, number];

/** Of three channels with one curve. */
function rgbProfile(curve: Uint8Array, red: Three, green: Three, blue: Three): Buffer {
  return iccProfile('RGB ', {
    wtpt: xyz(0.9642, 1, 0.8249),
    rXYZ: xyz(...red),
    gXYZ: xyz(...green),
    bXYZ: xyz(...blue),
    rTRC: curve,
    gTRC: curve,
    bTRC: curve,
  });
}

/** The curve of sRGB, as phones write it. */
export const SRGB_CURVE = para(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045);

export const SRGB = rgbProfile(
  SRGB_CURVE,
  [0.43607, 0.22249, 0.01392],
  [0.38515, 0.71687, 0.09708],
  [0.14307, 0.06061, 0.7141],
);

/** Of phones: Display P3. */
export const DISPLAY_P3 = rgbProfile(
  SRGB_CURVE,
  [0.51512, 0.2412, -0.00105],
  [0.29198, 0.69225, 0.04189],
  [0.1571, 0.06657, 0.78407],
);

/** Of cameras: Adobe RGB (1998). */
export const ADOBE_RGB = rgbProfile(
  curv(563),
  [0.60974, 0.31111, 0.01947],
  [0.20528, 0.62567, 0.06087],
  [0.14919, 0.06322, 0.74457],
);

/** A table of 8 bits from `channels` channels to Lab, two nodes along each; of each node L (0 to 100), a and b. */
export function mft1(channels: number, node: (at: readonly number[]) => Three): Buffer {
  const ramp = Uint8Array.from({ length: 256 }, (_, i) => i);
  const ramps = (count: number) => Array.from({ length: count }, () => ramp);
  const nodes = Array.from({ length: 2 ** channels }, (_, n) =>
    node(Array.from({ length: channels }, (_, c) => (n >> (channels - 1 - c)) & 1)),
  ).flatMap(([l, a, b]) => [Math.round(l * 2.55), a + 128, b + 128]);
  return Buffer.concat([
    Buffer.from('mft1\0\0\0\0'),
    Buffer.from([channels, 3, 2, 0]),
    ...[1, 0, 0, 0, 1, 0, 0, 0, 1].map(fixed),
    ...ramps(channels),
    Buffer.from(nodes),
    ...ramps(3),
  ]);
}

/** A JPEG with a profile that fits into one segment. */
export function withIcc(jpeg: Uint8Array, icc: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from('ICC_PROFILE\0'), Buffer.from([1, 1]), icc]);
  const marker = Buffer.from([0xff, 0xe2, (body.length + 2) >> 8, (body.length + 2) & 255]);
  return Uint8Array.from(Buffer.concat([jpeg.subarray(0, 2), marker, body, jpeg.subarray(2)]));
}
