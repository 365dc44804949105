import assert from 'node:assert/strict';
import { cmykToRgb, colorsToSrgb } from '../../../src/engine/images/colors.ts';
import { ADOBE_RGB, curv, DISPLAY_P3, iccProfile, mft1, SRGB } from '../../unit/engine/images/iccProfiles.ts';
import { damageBytes } from '../damage/bytes.ts';
import { damagePieces } from '../damage/pieces.ts';
import { damageSizes } from '../damage/sizes.ts';
import type { FuzzTarget } from '../target.ts';

const grey = iccProfile('GRAY', { kTRC: curv(0, 1000, 40_000, 65_535) });
const rgbTable = iccProfile(
  'RGB ',
  { A2B0: mft1(3, ([r, g, b]) => [30 * (r + g + b), 20 * r, 20 * b]) },
  'Lab ',
);
const inkTable = iccProfile(
  'CMYK',
  { A2B0: mft1(4, ([c, m, y, k]) => [k ? 10 : 90 - c, 30 * m, 30 * y]) },
  'Lab ',
);
/** Tables of ink take a tenth of a second each. */
const seeds: readonly Uint8Array[] = [
  ...[SRGB, DISPLAY_P3, ADOBE_RGB, grey].flatMap((profile) => [profile, profile, profile]),
  rgbTable,
  rgbTable,
  inkTable,
];

/** The header, and each entry of the table of tags. */
function pieces(profile: Uint8Array): Uint8Array[] {
  const parts = [profile.subarray(0, 132)];
  const count = Buffer.from(profile).readUInt32BE(128);
  for (let i = 0; i < count; i++) parts.push(profile.subarray(132 + 12 * i, 144 + 12 * i));
  parts.push(profile.subarray(132 + 12 * count));
  return parts;
}

/** Whatever a profile says, pixels stay pixels: it is used, or it counts as none. */
export const colors: FuzzTarget = {
  name: 'colors',
  // Little CMS itself, and what a profile is unpacked into.
  megabytes: 320,
  make(random) {
    const profile = random.pick(seeds);
    if (random.chance(0.2)) return damageSizes(profile, random);
    return random.chance(0.5) ? damagePieces(pieces(profile), random) : damageBytes(profile, random);
  },
  async check(icc) {
    const pixels = Uint8Array.from({ length: 300 }, (_, i) => (i * 37) & 255);
    for (const isGrey of [false, true]) {
      const data = pixels.slice();
      (await colorsToSrgb({ icc }, isGrey))?.(data);
      assert.equal(data.length, pixels.length);
      const again = pixels.slice();
      (await colorsToSrgb({ icc }, isGrey))?.(again);
      assert.deepEqual(again, data);
    }
    assert.equal((await cmykToRgb(pixels, icc)).length, 225);
  },
};
