import { readFileSync } from 'node:fs';

/** A NumPy array read from a `.npy` file as 32-bit floats. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Reads little-endian, C-ordered float16, float32 and float64 arrays (format version 1). */
export function readNpy(path: string): NpyArray {
  const file = readFileSync(path);
  const start = 10 + file.readUInt16LE(8);
  const header = file.toString('latin1', 10, start);
  const shape = [...header.match(/'shape': \(([^)]*)\)/)![1].matchAll(/\d+/g)].map(Number);
  const bytes = new DataView(file.buffer, file.byteOffset + start);
  const length = shape.reduce((product, size) => product * size, 1);
  const type = header.match(/'descr': '([^']*)'/)![1];
  const read = {
    '<f2': (i: number) => half(bytes.getUint16(2 * i, true)),
    '<f4': (i: number) => bytes.getFloat32(4 * i, true),
    '<f8': (i: number) => bytes.getFloat64(8 * i, true),
  }[type];
  if (!read) throw new Error(`${path} has elements of type ${type}.`);
  return { shape, data: Float32Array.from({ length }, (_, i) => read(i)) };
}

function half(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
