import { inflateSync } from 'node:zlib';
import { ByteReader } from './byteReader.ts';
import type { StatedColors } from './codec.ts';
import { MAX_PROFILE_BYTES } from './colors.ts';
import type { Primaries } from './colorTables.ts';

/** What the chunks of a PNG file say of its colours, the best of them first: cICP, iCCP, sRGB, then cHRM and gAMA. */
export class PngColors {
  #cicp: StatedColors | undefined;
  #icc: Uint8Array | undefined;
  #hasIcc = false;
  #isSrgb = false;
  #chromaticities: Primaries | undefined;
  #gamma: number | undefined;

  /** Chunks of other kinds and damaged ones say nothing, and neither does a second profile: a file may have thousands. */
  read(name: string, data: Uint8Array): void {
    if (name === 'cICP' && data.length === 4) this.#cicp = { primaries: data[0], transfer: data[1] };
    else if (name === 'iCCP' && !this.#hasIcc) {
      this.#hasIcc = true;
      this.#icc = inflatedProfile(data);
    } else if (name === 'sRGB') this.#isSrgb = true;
    else if (name === 'gAMA' && data.length === 4) this.#gamma = gammaOf(data);
    else if (name === 'cHRM' && data.length === 32) {
      const reader = new ByteReader(data, 'big');
      const pair = (i: number) => [reader.u32(8 * i) / 1e5, reader.u32(8 * i + 4) / 1e5] as const;
      this.#chromaticities = { white: pair(0), red: pair(1), green: pair(2), blue: pair(3) };
    }
  }

  get colors(): StatedColors | undefined {
    if (this.#cicp) return this.#cicp;
    if (this.#icc) return { icc: this.#icc };
    if (this.#isSrgb || (this.#chromaticities ?? this.#gamma) === undefined) return undefined;
    return { chromaticities: this.#chromaticities, gamma: this.#gamma };
  }
}

/** None where it is zero. */
function gammaOf(data: Uint8Array): number | undefined {
  const value = new ByteReader(data, 'big').u32(0);
  return value > 0 ? value / 1e5 : undefined;
}

/** After a name of up to 79 characters, a zero and the method. */
function inflatedProfile(data: Uint8Array): Uint8Array | undefined {
  const zero = data.subarray(0, 80).indexOf(0);
  if (zero < 0 || data[zero + 1] !== 0) return undefined;
  try {
    return inflateSync(data.subarray(zero + 2), { maxOutputLength: MAX_PROFILE_BYTES });
  } catch {
    return undefined;
  }
}
