import { invalidDocument } from '../errors.ts';
import { phrase, type Text } from '../text/text.ts';

/** Float tensors with texts beside them, as a `.safetensors` file holds them. */
export interface TensorFile {
  readonly tensors: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
  >;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes. */
export const LARGEST_HEADER = 100 << 20;

/** The bytes of a safetensors file: u64 length of the header, the header as JSON, the elements little-endian. */
export function encodeSafetensors({ tensors, metadata }: TensorFile): Uint8Array {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { shape, data }]) => {
    const start = end;
    end += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
  });
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const raw = new TextEncoder().encode(text);
  // Padded with blanks, so that elements stand at multiples of eight.
  const length = Math.ceil(raw.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + end).fill(0x20, 8, 8 + length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(length), true);
  bytes.set(raw, 8);
  let at = 8 + length;
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads float32 tensors.
 * @param name of the file, for messages
 * @throws {SemapError} `invalid-document` when it is damaged or holds other types
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): TensorFile {
  const fail = (why: Text): never => {
    throw invalidDocument(phrase('Cannot read {0} as a safetensors file: {1}.', name, why));
  };
  if (bytes.length < 8) return fail(phrase('it is too short'));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > LARGEST_HEADER || 8 + length > bytes.length) return fail(phrase('its header is incomplete'));
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  } catch {
    return fail(phrase('its header is damaged'));
  }
  if (typeof header !== 'object' || header === null) return fail(phrase('its header is damaged'));
  const { __metadata__: metadata = {}, ...entries } = header as Record<string, unknown>;
  let left = bytes.length - 8 - length;
  const tensors: Record<string, { shape: readonly number[]; data: Float32Array }> = {};
  for (const [key, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    if (dtype !== 'F32') return fail(phrase('"{0}" is not float32', key));
    if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2)
      return fail(phrase('"{0}" is damaged', key));
    const [start, end] = offsets;
    const size = shape.reduce((product, dim) => product * dim, 1);
    if (end - start !== size * 4 || 8 + length + end > bytes.length)
      return fail(phrase('"{0}" is incomplete', key));
    // Tensors that share elements would take more memory than the file has bytes.
    left -= size * 4;
    if (left < 0) return fail(phrase('"{0}" is damaged', key));
    const data = new Float32Array(size);
    new Uint8Array(data.buffer).set(bytes.subarray(8 + length + start, 8 + length + end));
    tensors[key] = { shape, data };
  }
  return { tensors, metadata: textsOf(metadata) };
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
}

function textsOf(metadata: unknown): Record<string, string> {
  const entries = typeof metadata === 'object' && metadata !== null ? Object.entries(metadata) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
