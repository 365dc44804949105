import path from 'node:path';
import type { ExportSource } from '../core/exports/exportedRun.ts';
import type { ExportContext, FileFormat, FormatOptions } from '../core/exports/format.ts';
import { isTaken } from './belowRoot.ts';
import { readRegularFile } from './regularFile.ts';
import { writeWhole } from './wholeFile.ts';

/** Bytes of a file beside an export: a configuration with ten thousand labels fits well. */
const LARGEST_BESIDE = 4 << 20;

/** What is written as which file. */
export interface FileExport {
  readonly format: FileFormat;
  readonly source: ExportSource;
  readonly options: FormatOptions;
  readonly context: ExportContext;
  readonly to: string;
  /** Fails where the file is there already, rather than to replace it. */
  readonly isNew?: boolean | undefined;
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
  isNew = false,
}: FileExport): Promise<readonly string[]> {
  await writeWhole(to, format.write(source, options, context), { isNew });
  const files = [to];
  for (const { file, text } of besideExport({ format, source, options, to })) {
    const own = await withoutOther(file, text);
    await writeWhole(own, text);
    files.push(own);
  }
  return files;
}

/** Nobody named the files beside an export: one of that name that says something else may be a person's, and stays. */
async function withoutOther(file: string, text: string): Promise<string> {
  const { dir, name, ext } = path.parse(file);
  for (let n = 1; ; n++) {
    const tried = n === 1 ? file : path.join(dir, `${name}-${n}${ext}`);
    if (!(await isTaken(tried))) return tried;
    const there = await readRegularFile(tried, { limit: LARGEST_BESIDE }).catch(() => undefined);
    if (there?.equals(Buffer.from(text))) return tried;
  }
}

/** The files that an export is, where no other has the name of what belongs beside it. */
export function filesOfExport(asked: Omit<FileExport, 'context'>): readonly string[] {
  return [asked.to, ...besideExport(asked).map(({ file }) => file)];
}

function besideExport({ format, source, options, to }: Omit<FileExport, 'context'>) {
  const { dir, name } = path.parse(to);
  const beside = format.beside?.(source, options) ?? [];
  return beside.map(({ ending, text }) => ({ file: path.join(dir, name + ending), text }));
}
