import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import { namedPaths } from '../core/alignments/documentPaths.ts';
import { SemapError, toSemapError } from '../core/errors.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import { IN_SPLITS, readAskedLayout } from '../core/folders/layout.ts';
import { LARGEST_SEED } from '../core/random.ts';
import { listed, phrase } from '../core/text/text.ts';
import { readAlignment } from '../files/alignmentFile.ts';
import { isWithin } from '../files/paths.ts';
import { DEFAULT_BACKBONE } from './alignLabels.ts';
import { layOut } from './layOut.ts';
import type { AgentSession } from './session.ts';

/** A folder of images, as every tool takes it. */
export const folderInput = {
  folder: z
    .string()
    .min(1)
    .describe('Folder with images, absolute or relative to the first workspace folder.'),
  layout: z
    .string()
    .optional()
    .describe(
      'How class labels are found: auto (default), classes (the folder below), nested:LEVEL, names (cat.0.jpg), table:FILE, or flat (no labels).',
    ),
  split: z.enum(['train', 'val', 'test']).optional().describe('Use only the images of this split.'),
};

export const labelsInput = {
  labels: z
    .array(z.string().min(1))
    .min(1)
    .max(10_000)
    .optional()
    .describe('Target labels in plain words, such as ["cat", "dog"]. Default: those of the folder.'),
};

export const backboneInput = {
  backbone: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Name of an installed backbone (list_backbones), or an ONNX file. Default: starter, a small one.',
    ),
};

/** Where the random numbers of a tool begin. */
export const seedInput = z.number().int().min(0).max(LARGEST_SEED).optional();

/** A path that leads to an alignment document. */
export const alignmentInput = {
  alignment: z.string().min(1).describe('Alignment document (*.semap.json), from align_labels with out.'),
};

/** The folder that was named, laid out. */
export async function imagesOf(
  {
    folder,
    layout = 'auto',
    split,
  }: { folder: string; layout?: string | undefined; split?: 'train' | 'val' | 'test' | undefined },
  session: AgentSession,
): Promise<ImageFolders> {
  const asked = readAskedLayout(layout);
  const whole = await session.places.folder(folder, session.signal);
  const placed =
    asked.kind === 'table'
      ? { ...asked, file: await session.places.readable(path.resolve(whole, asked.file)) }
      : asked;
  return layOut({ folders: [whole], layout: placed, split }, session);
}

/**
 * A file or a folder that a document or a record names, if an agent may read it, and the images in it.
 * @throws {SemapError} `untrusted`, `not-found`
 */
export async function placeOf(named: string, { places, signal }: AgentSession): Promise<string> {
  const place = await places.readable(named);
  return (await stat(place)).isDirectory() ? places.folder(place, signal) : place;
}

/**
 * Sees to it that images, and the tables that say what they are of, may be read, where a record names them that anyone may
 * have written.
 * @throws {SemapError} `untrusted`, `not-found`
 */
export async function mustReadInside(
  { folders, layouts = [] }: Pick<ImageFolders, 'folders' | 'layouts'>,
  session: AgentSession,
): Promise<void> {
  for (const folder of folders) await placeOf(folder, session);
  for (const [i, folder] of folders.entries()) {
    const layout = layouts[i];
    if (layout?.kind !== 'table') continue;
    const { file } = layout.table;
    const isInEach = file.startsWith(IN_SPLITS);
    // Below whichever folder of a split it is.
    const base = isInEach ? path.join(folder, IN_SPLITS) : folder;
    const table = path.resolve(base, isInEach ? file.slice(IN_SPLITS.length) : file);
    if (!isInEach || !isWithin(table, base)) await session.places.readable(table);
  }
}

/**
 * Backbones that were named: installed ones, by their names, or ONNX files that may be read.
 * @throws {SemapError}
 */
export async function backbonesOf(
  named: readonly string[],
  { engine, places }: AgentSession,
): Promise<readonly string[]> {
  const names = new Set((await engine.call('listBackbones', {})).map(({ name }) => name));
  return Promise.all(
    named.map((one) =>
      names.has(one) ? one : places.readable(one).catch((error) => unknown(one, error, names)),
    ),
  );
}

/** What is neither a name nor a path is a name that is not there. */
function unknown(named: string, error: unknown, names: ReadonlySet<string>): never {
  const { reason } = toSemapError(error);
  if (reason !== 'not-found' || /[/\\]|\.onnx$/i.test(named)) throw error;
  throw new SemapError('not-found', phrase('There is no backbone "{0}".', named), {
    hint: phrase('Installed: {0}.', listed([...names])),
  });
}

/** The backbone that was named, or the usual one. */
export async function backboneOf(
  { backbone = DEFAULT_BACKBONE }: { readonly backbone?: string | undefined },
  session: AgentSession,
): Promise<string> {
  const [one] = await backbonesOf([backbone], session);
  return one;
}

/**
 * An alignment, with what it names inside the folders that an agent may see: installed backbones may lie elsewhere.
 * @throws {SemapError}
 */
export async function alignmentOf(
  named: string,
  session: AgentSession,
): Promise<{ readonly file: string; readonly alignment: AlignmentDocument }> {
  const file = await session.places.readable(named);
  const alignment = await readAlignment(file);
  await mustNameInside(alignment, path.basename(file), session);
  return { file, alignment };
}

/**
 * Sees to it that what a document names may be used. Its folders are checked where they are used.
 * @param name of the document, for people
 * @throws {SemapError} `untrusted`
 */
export async function mustNameInside(
  alignment: AlignmentDocument,
  name: string,
  { engine, places }: AgentSession,
): Promise<void> {
  const installed = new Set((await engine.call('listBackbones', {})).map((entry) => entry.path));
  for (const { file: leads, what } of namedPaths(alignment)) {
    if (what === 'folder' || (what === 'backbone' && installed.has(leads))) continue;
    await places.readable(leads).catch((cause) => {
      throw new SemapError('untrusted', phrase('{0} names {1}, which SeMap may not use here.', name, leads), {
        cause,
      });
    });
  }
}
