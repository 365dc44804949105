import { SemapError } from '../core/errors.ts';
import { float16Value } from '../core/float16.ts';
import { phrase, type Text } from '../core/text/text.ts';

/** An array as NumPy stores it, with its numbers as float32. */
export interface NpyArray {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

interface Reader {
  readonly size: number;
  read(view: DataView, at: number, little: boolean): number;
}

const READERS: Readonly<Record<string, Reader>> = {
  f8: { size: 8, read: (view, at, little) => view.getFloat64(at, little) },
  f4: { size: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f2: { size: 2, read: (view, at, little) => float16Value(view.getUint16(at, little)) },
  u1: { size: 1, read: (view, at) => view.getUint8(at) },
  i1: { size: 1, read: (view, at) => view.getInt8(at) },
  i4: { size: 4, read: (view, at, little) => view.getInt32(at, little) },
  i8: { size: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
};

/**
 * Reads a .npy file (format of numpy.lib.format) of a real type, in any order of bytes and axes.
 * @throws {SemapError} `invalid-argument` for anything else
 */
export function readNpy(bytes: Uint8Array, name: string): NpyArray {
  const broken = (problem: Text) =>
    new SemapError('invalid-argument', problem, {
      hint: phrase('Write it with numpy.save, as float32 in C order.'),
    });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (bytes.length < 12 || magic !== '\x93NUMPY') throw broken(phrase('{0} is not a .npy file.', name));
  const long = bytes[6] >= 2;
  const start = long ? 12 : 10;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const type = /'descr'\s*:\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const shape = /'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1];
  // `<` and `|` or `>`: bytes in little or big order.
  const reader = /^[<>|=]/.test(type) ? READERS[type.slice(1)] : undefined;
  if (shape === undefined || reader === undefined)
    throw broken(phrase('{0} does not contain real numbers (type "{1}").', name, type));
  const dims = shape
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const offset = start + length;
  if (!Number.isSafeInteger(count) || bytes.length - offset !== count * reader.size) {
    throw broken(phrase('{0} is shorter or longer than its header says.', name));
  }
  const data = new Float32Array(count);
  const little = !type.startsWith('>');
  for (let i = 0; i < count; i++) data[i] = reader.read(view, offset + i * reader.size, little);
  return { dims, data: /'fortran_order'\s*:\s*True/.test(header) ? lastAxisFirst(data, dims) : data };
}

/** Numbers whose first axis is the nearest, in the order in which the last one is. */
function lastAxisFirst(data: Float32Array, dims: readonly number[]): Float32Array {
  const ordered = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    let [rest, to] = [i, 0];
    let stride = data.length;
    for (const dim of dims) {
      stride /= dim;
      to += (rest % dim) * stride;
      rest = Math.floor(rest / dim);
    }
    ordered[to] = data[i];
  }
  return ordered;
}

/** The bytes of a .npy file of float32 in C order. */
export function writeNpy({ dims, data }: NpyArray): Uint8Array {
  const shape = `(${dims.join(', ')}${dims.length === 1 ? ',' : ''})`;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  // Magic, version and length take 10 bytes; the data begins at a multiple of 64.
  const padded = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11);
  const head = new Uint8Array(10 + padded.length + 1);
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(head.buffer).setUint16(8, padded.length + 1, true);
  head.set(new TextEncoder().encode(`${padded}\n`), 10);
  const bytes = new Uint8Array(head.length + data.length * 4);
  bytes.set(head);
  const numbers = new DataView(bytes.buffer, head.length);
  for (let i = 0; i < data.length; i++) numbers.setFloat32(4 * i, data[i], true);
  return bytes;
}
