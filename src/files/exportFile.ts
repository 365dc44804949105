import path from 'node:path';
import type { ExportSource } from '../core/exports/exportedRun.ts';
import type { ExportContext, FileFormat, FormatOptions } from '../core/exports/format.ts';
import { writeWhole } from './wholeFile.ts';

/** What is written as which file. */
export interface FileExport {
  readonly format: FileFormat;
  readonly source: ExportSource;
  readonly options: FormatOptions;
  readonly context: ExportContext;
  readonly to: string;
}

/**
 * Writes an export, and the small files that belong beside it: each whole or not at all.
 * @returns the files
 * @throws {SemapError} as `writeWhole`, and what the source says
 */
export async function writeExport({
  format,
  source,
  options,
  context,
  to,
}: FileExport): Promise<readonly string[]> {
  await writeWhole(to, format.write(source, options, context));
  for (const { file, text } of besideExport({ format, source, options, to })) await writeWhole(file, text);
  return filesOfExport({ format, source, options, to });
}

/** The files that an export is. */
export function filesOfExport(asked: Omit<FileExport, 'context'>): readonly string[] {
  return [asked.to, ...besideExport(asked).map(({ file }) => file)];
}

function besideExport({ format, source, options, to }: Omit<FileExport, 'context'>) {
  const { dir, name } = path.parse(to);
  const beside = format.beside?.(source, options) ?? [];
  return beside.map(({ ending, text }) => ({ file: path.join(dir, name + ending), text }));
}
