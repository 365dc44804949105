import { inflateSync } from 'node:zlib';
import { ByteReader } from './byteReader.ts';
import type { StatedColors } from './codec.ts';
import { MAX_PROFILE_BYTES } from './colors.ts';
import type { Primaries } from './colorTables.ts';

/** What the chunks of a PNG file say of its colours, the best of them first: cICP, iCCP, sRGB, then cHRM and gAMA. */
export class PngColors {
  #cicp: StatedColors | undefined;
  #icc: Uint8Array | undefined;
  #isSrgb = false;
  #chromaticities: Primaries | undefined;
  #gamma: number | undefined;

  /** Chunks of other kinds and damaged ones say nothing. */
  read(name: string, data: Uint8Array): void {
    const reader = new ByteReader(data, 'big');
    if (name === 'cICP' && data.length === 4) this.#cicp = { primaries: data[0], transfer: data[1] };
    else if (name === 'iCCP') this.#icc ??= inflatedProfile(data);
    else if (name === 'sRGB') this.#isSrgb = true;
    else if (name === 'gAMA' && data.length === 4 && reader.u32(0) > 0) this.#gamma = reader.u32(0) / 1e5;
    else if (name === 'cHRM' && data.length === 32) {
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
