/** Just enough of ONNX's protobuf to write a small model: fields are (number, wire type, content). */

function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}

function number(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field << 3), ...varint(value)]);
}

function bytes(field: number, content: Uint8Array | string): Uint8Array {
  const data = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return join([Uint8Array.from([...varint((field << 3) | 2), ...varint(data.length)]), data]);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

const FLOAT = 1;
const INT64 = 7;

export function floats(name: string, dims: number[], values: Float32Array): Uint8Array {
  return bytes(
    5,
    join([
      ...dims.map((dim) => number(1, dim)),
      number(2, FLOAT),
      bytes(8, name),
      bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
    ]),
  );
}

export function ints(name: string, values: number[]): Uint8Array {
  const raw = BigInt64Array.from(values.map(BigInt));
  return bytes(
    5,
    join([number(1, values.length), number(2, INT64), bytes(8, name), bytes(9, new Uint8Array(raw.buffer))]),
  );
}

export function node(
  op: string,
  inputs: string[],
  outputs: string[],
  attributes: Record<string, number> = {},
): Uint8Array {
  return bytes(
    1,
    join([
      ...inputs.map((name) => bytes(1, name)),
      ...outputs.map((name) => bytes(2, name)),
      bytes(4, op),
      ...Object.entries(attributes).map(([name, value]) =>
        bytes(5, join([bytes(1, name), number(3, value), number(20, 2)])),
      ),
    ]),
  );
}

function value(field: number, name: string, type: number, dims: (string | number)[]): Uint8Array {
  const shape = join(dims.map((dim) => bytes(1, typeof dim === 'number' ? number(1, dim) : bytes(2, dim))));
  return bytes(field, join([bytes(1, name), bytes(2, bytes(1, join([number(1, type), bytes(2, shape)])))]));
}

export const input = (name: string, type: 'int64' | 'float', dims: (string | number)[]) =>
  value(11, name, type === 'int64' ? INT64 : FLOAT, dims);
export const output = (name: string, dims: (string | number)[]) => value(12, name, FLOAT, dims);

/** A model of opset 13 from nodes, initialisers, inputs and outputs. */
export function model(parts: readonly Uint8Array[]): Uint8Array {
  const graph = join([bytes(2, 'tiny'), ...parts]);
  return join([number(1, 8), bytes(7, graph), bytes(8, join([bytes(1, ''), number(2, 13)]))]);
}
