/**
 * A row of a Parquet table as JSON has it: without cells that are empty, with numbers of 64 bits as numbers, and with the names of
 * pictures that are in the table itself.
 */
export function plainRow(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const plain: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(row)) {
    if (value === null || value === undefined || value instanceof Uint8Array) continue;
    const isImage = typeof value === 'object' && 'path' in value && 'bytes' in value;
    plain[key] = isImage ? value.path : typeof value === 'bigint' ? Number(value) : value;
  }
  return plain;
}
