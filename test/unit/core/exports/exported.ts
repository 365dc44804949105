import type { ExportSource } from '../../../../src/core/exports/exportedRun.ts';
import type { ExportContext, FormatOptions } from '../../../../src/core/exports/format.ts';
import { formats } from '../../../../src/core/exports/formats.ts';
import { ENGLISH } from '../../../../src/core/text/text.ts';

const context: ExportContext = { version: '1.2.3', language: ENGLISH };

/** What a format writes of a source. */
export async function exportedBytes(
  id: string,
  source: ExportSource,
  options: FormatOptions = {},
): Promise<Buffer> {
  const format = formats.find((one) => one.id === id);
  if (format?.kind !== 'file') throw new Error(`${id} is no file.`);
  const parts: Buffer[] = [];
  for await (const part of format.write(source, options, context)) parts.push(Buffer.from(part as string));
  return Buffer.concat(parts);
}

/** The same as text. */
export async function exported(id: string, source: ExportSource, options?: FormatOptions): Promise<string> {
  return (await exportedBytes(id, source, options)).toString();
}
