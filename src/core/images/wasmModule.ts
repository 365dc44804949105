/**
 * Writes small WebAssembly modules: functions of whole numbers over one memory, with instructions for 128-bit vectors.
 * Instructions are their bytes (WebAssembly 2.0, chapter 5), so parts of functions are lists that are put together.
 */

export type Code = readonly number[];

const I32 = 0x7f;
const V128 = 0x7b;

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const byte = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? byte : byte | 0x80);
    if (rest === 0) return bytes;
  }
}

/** Signed LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && byte < 0x40) || (rest === -1 && byte >= 0x40);
    bytes.push(done ? byte : byte | 0x80);
    if (done) return bytes;
  }
}

/** A parameter or variable of a function. */
export interface Local {
  readonly get: Code;
  /** Takes the value that the code leaves. */
  set(value: Code): Code;
}

export const i32 = {
  constant: (value: number): Code => [0x41, ...signed(value)],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  load: (at: Code): Code => [...at, 0x28, 2, 0],
  isBelow: (a: Code, b: Code): Code => [...a, ...b, 0x49],
} as const;

const vector = (code: number, ...rest: number[]): Code => [0xfd, ...unsigned(code), ...rest];

export const v128 = {
  zero: [...vector(12), ...new Array<number>(16).fill(0)] as Code,
  constant: (bytes: Code): Code => [...vector(12), ...bytes],
  /** The low 8 bytes; the others are zero. */
  load64: (at: Code, offset = 0): Code => [...at, ...vector(93, 0, ...unsigned(offset))],
  /** Four times the same 32 bits. */
  load32Everywhere: (at: Code, offset = 0): Code => [...at, ...vector(9, 0, ...unsigned(offset))],
  store32: (at: Code, value: Code): Code => [...at, ...value, ...vector(90, 0, 0, 0)],
  store64: (at: Code, value: Code): Code => [...at, ...value, ...vector(91, 0, 0, 0)],
  /** Bytes of `a` (0 to 15) and `b` (16 to 31). */
  shuffle: (a: Code, b: Code, lanes: Code): Code => [...a, ...b, ...vector(13, ...lanes)],
  /** The byte of `a` that each byte of `lanes` names, or zero. */
  swizzle: (a: Code, lanes: Code): Code => [...a, ...lanes, ...vector(14)],
  /** The low or high 8 bytes, without sign, as 16 bits each. */
  widenLow8: (a: Code): Code => [...a, ...vector(137)],
  widenHigh8: (a: Code): Code => [...a, ...vector(138)],
  /** Of 16-bit numbers with sign: the sums of the products of two neighbours. */
  dot16: (a: Code, b: Code): Code => [...a, ...b, ...vector(186)],
  add32: (a: Code, b: Code): Code => [...a, ...b, ...vector(174)],
  splat32: (a: Code): Code => [...a, ...vector(17)],
  shiftLeft32: (a: Code, by: number): Code => [...a, ...i32.constant(by), ...vector(171)],
  shiftRight32: (a: Code, by: number): Code => [...a, ...i32.constant(by), ...vector(172)],
  /** Clipped to 16 bits with sign. */
  narrow32: (a: Code, b: Code): Code => [...a, ...b, ...vector(133)],
  /** Clipped to 8 bits without sign. */
  narrow16: (a: Code, b: Code): Code => [...a, ...b, ...vector(102)],
} as const;

/** Does `body`, and again as long as `condition` leaves something else than 0. */
export function repeatWhile(body: Code, condition: Code): Code {
  return [0x03, 0x40, ...body, ...condition, 0x0d, 0, 0x0b];
}

export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  readonly integers: number;
  readonly vectors: number;
  /** Parameters first, then variables that hold integers, then those that hold vectors. */
  body(locals: readonly Local[]): Code;
}

/** The bytes of a module that exports these functions and works on a memory that it imports as `host.memory`. */
export function wasmModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
  const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
  const text = (value: string): Code => [
    ...unsigned(value.length),
    ...[...value].map((c) => c.charCodeAt(0)),
  ];
  const types = functions.map(({ parameters }) => [
    0x60,
    ...unsigned(parameters),
    ...new Array(parameters).fill(I32),
    0,
  ]);
  const memory = [...text('host'), ...text('memory'), 2, 0, 1];
  const bodies = functions.map(({ parameters, integers, vectors, body }) => {
    const locals = Array.from({ length: parameters + integers + vectors }, (_, i) => localAt(i));
    const declared = [...unsigned(2), ...unsigned(integers), I32, ...unsigned(vectors), V128];
    const code = [...declared, ...body(locals), 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([memory])),
    ...section(3, list(functions.map((_, i) => unsigned(i)))),
    ...section(7, list(functions.map(({ name }, i) => [...text(name), 0, ...unsigned(i)]))),
    ...section(10, list(bodies)),
  ]);
}

function localAt(index: number): Local {
  return { get: [0x20, ...unsigned(index)], set: (value) => [...value, 0x21, ...unsigned(index)] };
}
