import { ByteReader } from './byteReader.ts';
import type { Curve, Matrix, MatrixColors } from './colorTables.ts';

/** What an ICC profile (ICC.1:2022) says, as far as it says it by curves and a matrix. */
export type IccProfile =
  | { readonly space: 'rgb'; readonly colors: MatrixColors }
  | { readonly space: 'grey'; readonly curve: Curve }
  /** Colours by tables, which a colour engine reads. */
  | { readonly space: 'rgb' | 'cmyk' | 'grey'; readonly tables: true };

/** Header, and the count of tags. */
const TAGS_AT = 128;
const MAX_TAGS = 200;

/** Undefined for what is no profile, is damaged, or is of other channels. */
export function readIccProfile(bytes: Uint8Array): IccProfile | undefined {
  try {
    return read(new ByteReader(bytes, 'big'));
  } catch {
    // A damaged profile does not make the picture unreadable.
    return undefined;
  }
}

function read(reader: ByteReader): IccProfile | undefined {
  if (reader.fourCc(36) !== 'acsp') return undefined;
  const space = reader.fourCc(16);
  const count = reader.u32(TAGS_AT);
  if (count > MAX_TAGS) return undefined;
  const tags = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const at = TAGS_AT + 4 + 12 * i;
    tags.set(reader.fourCc(at), reader.u32(at + 4));
  }
  const hasTables = ['A2B0', 'A2B1', 'A2B2'].some((name) => tags.has(name));
  if (space === 'CMYK') return hasTables ? { space: 'cmyk', tables: true } : undefined;
  const curve = (name: string) => readCurve(reader, at(tags, name));
  if (space === 'GRAY') {
    return hasTables ? { space: 'grey', tables: true } : { space: 'grey', curve: curve('kTRC') };
  }
  if (space !== 'RGB ') return undefined;
  if (hasTables) return { space: 'rgb', tables: true };
  const [r, g, b] = ['rXYZ', 'gXYZ', 'bXYZ'].map((name) => readXyz(reader, at(tags, name)));
  const toXyz: Matrix = [
    [r[0], g[0], b[0]],
    [r[1], g[1], b[1]],
    [r[2], g[2], b[2]],
  ];
  return { space: 'rgb', colors: { curves: [curve('rTRC'), curve('gTRC'), curve('bTRC')], toXyz } };
}

function at(tags: ReadonlyMap<string, number>, name: string): number {
  const offset = tags.get(name);
  if (offset === undefined) throw new Error(`no ${name}`);
  return offset;
}

const fixed = (reader: ByteReader, offset: number): number => reader.i32(offset) / 65536;

function readXyz(reader: ByteReader, offset: number): readonly [number, number, number] {
  if (reader.fourCc(offset) !== 'XYZ ') throw new Error('not XYZ');
  return [fixed(reader, offset + 8), fixed(reader, offset + 12), fixed(reader, offset + 16)];
}

/** Parameters of each function type of `para`. */
const PARAMETERS = [1, 3, 4, 5, 7];

function readCurve(reader: ByteReader, offset: number): Curve {
  const type = reader.fourCc(offset);
  if (type === 'curv') return sampledCurve(reader, offset);
  if (type !== 'para') throw new Error('not a curve');
  const kind = reader.u16(offset + 8);
  const count = PARAMETERS[kind];
  if (count === undefined) throw new Error('not a curve');
  const [g, a = 1, b = 0, ...rest] = Array.from({ length: count }, (_, i) =>
    fixed(reader, offset + 12 + 4 * i),
  );
  const power = (v: number): number => Math.max(0, a * v + b) ** g;
  switch (kind) {
    case 0:
      return (v) => v ** g;
    case 1:
      return (v) => (v >= -b / a ? power(v) : 0);
    case 2:
      return (v) => (v >= -b / a ? power(v) + rest[0] : rest[0]);
    default: {
      const [c, d, e = 0, f = 0] = rest;
      return (v) => (v >= d ? power(v) + e : c * v + f);
    }
  }
}

function sampledCurve(reader: ByteReader, offset: number): Curve {
  const count = reader.u32(offset + 8);
  if (count === 0) return (v) => v;
  if (count === 1) {
    const gamma = reader.u16(offset + 12) / 256;
    return (v) => v ** gamma;
  }
  // Read once whether the file holds it, then as it is needed: 256 places of what may be many.
  reader.slice(offset + 12, 2 * count);
  const sample = (i: number): number => reader.u16(offset + 12 + 2 * i) / 65535;
  return (v) => {
    const place = v * (count - 1);
    const below = Math.min(count - 2, Math.floor(place));
    return sample(below) + (sample(below + 1) - sample(below)) * (place - below);
  };
}

const SIGNATURE = 'ICC_PROFILE\0';

/** The profile of a JPEG file, which comes in numbered pieces in segments APP2 (ICC.1:2022, B.4). */
export class IccPieces {
  readonly #pieces = new Map<number, Uint8Array>();
  #count = 0;

  /** @param segment what an APP2 segment holds, of whatever kind */
  add(segment: Uint8Array): void {
    const at = SIGNATURE.length;
    if (segment.length < at + 2 || Buffer.from(segment.subarray(0, at)).toString('latin1') !== SIGNATURE)
      return;
    this.#count = segment[at + 1];
    if (!this.#pieces.has(segment[at])) this.#pieces.set(segment[at], segment.subarray(at + 2));
  }

  /** Undefined where there is none, or not all of it. */
  get profile(): Uint8Array | undefined {
    const pieces = Array.from({ length: this.#count }, (_, i) => this.#pieces.get(i + 1));
    if (pieces.length === 1) return pieces[0];
    return pieces.length > 0 && pieces.every((piece) => piece !== undefined)
      ? Buffer.concat(pieces)
      : undefined;
  }
}
