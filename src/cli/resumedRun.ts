import path from 'node:path';
import { SemapError } from '../core/errors.ts';
import { LARGEST_RECORD, RUN_FILES, runFolderName } from '../core/runs/run.ts';
import { phrase } from '../core/text/text.ts';
import { isTaken } from '../files/belowRoot.ts';
import { refuseNetworkPath } from '../files/links.ts';
import { readOfRun, rootOfRun, runsFolder } from '../files/runFolders.ts';
import { type Arguments, type OptionTable, UsageError } from './commandLine.ts';
import { commonOptions } from './options.ts';
import { printable, type Terminal } from './terminal.ts';

/*
 * Commands whose run has a folder of its own and can be resumed: `train` and `find`.
 */

/** What such a command is called, and the kind of its folders. */
type ResumableCommand = 'train' | 'find';

/** What of the parameters in the record of a run are paths. */
type NamedPaths = (params: Readonly<Record<string, unknown>>) => readonly unknown[];

/**
 * Sees to it that nothing is given beside a run that is resumed: it has its settings.
 * @param beside options that may be given with it
 * @throws {UsageError}
 */
export function checkResumed(args: Arguments, options: OptionTable, beside: readonly string[] = []): void {
  if (!args.has('resume')) return;
  const [folder] = args.positionals;
  const unused = Object.keys(options).find(
    (name) =>
      name !== 'resume' && !beside.includes(name) && !Object.hasOwn(commonOptions, name) && args.has(name),
  );
  if (folder === undefined && unused === undefined) return;
  const what = unused === undefined ? 'a folder' : `--${unused}`;
  throw new UsageError(`--resume uses the settings of its run; ${what} cannot be given.`);
}

/** The folder of a run that begins: as it was given, or below the folder that the command runs in. */
function newRunFolder(kind: ResumableCommand, given: string | undefined, folder: string): string {
  if (given !== undefined) return path.resolve(given);
  return path.join(runsFolder(path.resolve()), runFolderName(kind, path.basename(folder), new Date()));
}

/**
 * The folder of the run: of the one that is resumed, or of one that begins.
 * @param folder that the run is about
 * @param named what of the parameters in a record are paths
 * @throws {SemapError} for a run to be resumed that names files on other computers
 */
export async function runFolderOf(
  kind: ResumableCommand,
  args: Arguments,
  folder: string | undefined,
  named: NamedPaths,
): Promise<string> {
  const resumed = args.text('resume');
  if (resumed === undefined) return newRunFolder(kind, args.text('run'), folder ?? '');
  const runFolder = path.resolve(resumed);
  await refuseNetworkPaths(runFolder, named);
  return runFolder;
}

/** The files that an alignment in a record is made of, in whichever of its backbones: it may have been written by anyone. */
export function filesInDocument(alignment: unknown): readonly unknown[] {
  return [alignment, ...listIn(fieldOf(alignment, 'members'))].flatMap((one) => [
    fieldOf(fieldOf(one, 'backbone'), 'path'),
    fieldOf(one, 'prompt'),
    fieldOf(fieldOf(one, 'head'), 'file'),
  ]);
}

/** The tables by which folders of a record are read. */
export function tablesIn(layouts: unknown): readonly unknown[] {
  return listIn(layouts).map((layout) => fieldOf(fieldOf(layout, 'table'), 'file'));
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * Follows a run to its end, and says how to go on when the command is stopped, also where it is ended before the run has
 * answered.
 */
export async function followRun<Result>(
  kind: ResumableCommand,
  runFolder: string,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
  call: () => Promise<Result>,
): Promise<Result> {
  const tell = () => terminal.err(`Stopping. To continue: ${resumeLine(kind, printable(runFolder))}\n`);
  signal.addEventListener('abort', tell, { once: true });
  try {
    return await call();
  } catch (error) {
    throw await resumable(error, kind, runFolder);
  } finally {
    terminal.rewrite('');
  }
}

/** `semap train --resume DIR`. */
export function resumeLine(kind: ResumableCommand, runFolder: string): string {
  return `semap ${kind} --resume ${runFolder}`;
}

/** What to do about an engine that died: the same command would find the folder of its run taken. */
async function resumable(error: unknown, kind: ResumableCommand, runFolder: string): Promise<unknown> {
  const died = error instanceof SemapError && error.reason === 'engine-stopped';
  if (!died || !(await isTaken(path.join(runFolder, RUN_FILES.record)))) return error;
  return new SemapError(error.reason, error.text, {
    hint: phrase('To continue: {0}', resumeLine(kind, runFolder)),
    cause: error,
  });
}

/**
 * The paths that a run's record names are used because a person named the run; those to other computers are not, except
 * where the run lies there too.
 * @param named what of the parameters in the record are paths
 * @throws {SemapError}
 */
async function refuseNetworkPaths(runFolder: string, named: NamedPaths): Promise<void> {
  const text = await readOfRun(runFolder, RUN_FILES.record, LARGEST_RECORD).catch(() => '{}');
  const inside = (value: unknown): string[] => {
    if (typeof value === 'string') return [value];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(inside) : [];
  };
  let params: unknown;
  try {
    ({ params } = JSON.parse(String(text)) as { readonly params?: unknown });
  } catch {
    // The engine says what is wrong with it.
  }
  const given = typeof params === 'object' && params !== null ? (params as Record<string, unknown>) : {};
  for (const one of inside(named(given))) refuseNetworkPath(one, rootOfRun(runFolder));
}
