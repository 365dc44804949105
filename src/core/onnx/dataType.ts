/** ONNX element types by name, with the number the format gives each and its size in bytes (0: packed or no fixed size). */
const TABLE = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int8: { code: 3, bytes: 1 },
  uint16: { code: 4, bytes: 2 },
  int16: { code: 5, bytes: 2 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  string: { code: 8, bytes: 0 },
  bool: { code: 9, bytes: 1 },
  float16: { code: 10, bytes: 2 },
  float64: { code: 11, bytes: 8 },
  uint32: { code: 12, bytes: 4 },
  uint64: { code: 13, bytes: 8 },
  bfloat16: { code: 16, bytes: 2 },
} as const;

export type DataType = keyof typeof TABLE;

const BY_CODE = new Map(Object.entries(TABLE).map(([name, { code }]) => [code as number, name as DataType]));

/** The type with this ONNX number; undefined for complex, float8, 4-bit and unknown ones. */
export function dataTypeOf(code: number): DataType | undefined {
  return BY_CODE.get(code);
}

export function codeOf(type: DataType): number {
  return TABLE[type].code;
}

export function bytesPerElement(type: DataType): number {
  return TABLE[type].bytes;
}

export function isFloat(type: DataType): boolean {
  return type === 'float32' || type === 'float16' || type === 'float64' || type === 'bfloat16';
}
