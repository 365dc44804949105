import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { say } from '../core/text/text.ts';
import { makeFolders } from '../files/folders.ts';
import { whySystem } from '../files/systemErrors.ts';
import { DEVICE_CHOICES } from '../protocol/device.ts';
import type { EngineOptions } from '../protocol/engineApi.ts';
import { type Arguments, UsageError } from './commandLine.ts';
import { stateOf } from './folderArguments.ts';

/** Gigabytes of outputs that are kept unless somebody says otherwise. */
const DEFAULT_CACHE_SIZE = 5;
const MOST_THREADS = 1024;
const DEFAULT_LOAD_TIMEOUT = 300;

/** What people call a device, and which of ours that is. */
const DEVICE_WORDS: readonly (readonly [words: readonly string[], hint: string])[] = [
  [
    ['gpu', 'igpu', 'accelerator'],
    'For a GPU: webgpu, cuda (NVIDIA, Linux), dml (Windows) or coreml (macOS). auto takes the fastest that works.',
  ],
  [['nvidia', 'gpu:0', 'cuda:0', 'tensorrt'], 'Did you mean cuda?'],
  [['directml', 'dx', 'dx12', 'directx'], 'Did you mean dml?'],
  [['metal', 'mps', 'ane', 'apple'], 'Did you mean coreml?'],
  [['vulkan'], 'Did you mean webgpu?'],
];

/** What an engine is started with, and how long it is waited for. */
export interface EngineSetup extends EngineOptions {
  /** A backbone that takes longer to load ends the command; 0 = never. */
  readonly loadTimeoutSeconds: number;
}

/** Where a folder of the engine's was named, for messages. */
interface Named {
  readonly folder: string;
  /** `--cache-folder`, `SEMAP_CACHE`; absent for a default. */
  readonly by?: string;
}

/**
 * What the options that every command takes, and the environment, say about the engine: read and checked before
 * anything is started.
 *
 * @param installs whether the command makes the folders that it installs into
 * @throws {UsageError} for a value that cannot be
 */
export async function engineSetup(args: Arguments, installs: boolean): Promise<EngineSetup> {
  const threads = args.whole('threads', 0, MOST_THREADS) ?? 0;
  const device = args.oneOf('device', DEVICE_CHOICES, deviceMeant) ?? 'auto';
  const cacheSize = args.number('cache-size', { least: 0, most: 1e6 }) ?? DEFAULT_CACHE_SIZE;
  const loadTimeoutSeconds = args.number('load-timeout', { least: 0, most: 1e6 }) ?? DEFAULT_LOAD_TIMEOUT;
  const given = args.texts('backbone-folder').map((folder) => ({ folder, by: '--backbone-folder' }));
  const listed = (process.env['SEMAP_BACKBONES'] ?? '').split(path.delimiter).filter(Boolean);
  const backbones: Named[] = [...given, ...listed.map((folder) => ({ folder, by: 'SEMAP_BACKBONES' }))];
  const encoders = named(args, 'encoder-folder', 'SEMAP_ENCODERS', path.join(dataFolder(), 'encoders'));
  for (const folder of [...backbones, encoders]) {
    if (folder.by === undefined) continue;
    // As in PATH, what a variable lists need not be there.
    checkFolder(folder, installs || !folder.by.startsWith('--'));
  }
  const cache = named(args, 'cache-folder', 'SEMAP_CACHE', defaultCacheFolder());
  await makeCacheFolder(cache);
  return {
    modelsFolder: modelsFolder(),
    backboneFolders: [
      ...backbones.map(({ folder }) => path.resolve(folder)),
      path.join(dataFolder(), 'backbones'),
    ],
    encoderFolders: [path.resolve(encoders.folder)],
    cacheFolder: path.resolve(cache.folder),
    cacheBytes: cacheSize * 1e9,
    device,
    threads,
    workspaceFolders: [process.cwd()],
    loadTimeoutSeconds,
    ...(loadTimeoutSeconds > 0 ? { slowLoadSeconds: Math.min(30, loadTimeoutSeconds) } : {}),
  };
}

function deviceMeant(text: string): string | undefined {
  return DEVICE_WORDS.find(([words]) => words.includes(text))?.[1];
}

function named(args: Arguments, option: string, variable: string, otherwise: string): Named {
  const said = args.text(option);
  if (said !== undefined) return { folder: said, by: `--${option}` };
  const set = process.env[variable];
  return set ? { folder: set, by: variable } : { folder: otherwise };
}

/** @throws {UsageError} for what is no folder; where it is not made, also for what is not there */
function checkFolder({ folder, by }: Named, mayBeMissing: boolean): void {
  const state = stateOf(folder);
  if (state?.isDirectory()) return;
  if (state) throw new UsageError(`${by} names ${folder}, which is a file and not a folder.`);
  if (!mayBeMissing) throw new UsageError(`${by} names ${folder}, which does not exist.`, 'Check the path.');
}

/** @throws {UsageError} for a folder that cannot be made or written to */
async function makeCacheFolder({ folder, by = '--cache-folder or SEMAP_CACHE' }: Named): Promise<void> {
  try {
    await makeFolders(folder);
    await access(`${folder}${path.sep}`, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UsageError(
      `Cannot use ${folder} as the cache folder: ${whyNot(folder, error as NodeJS.ErrnoException)}.`,
      `Name a folder that you may write to with ${by}.`,
    );
  }
}

function whyNot(folder: string, error: NodeJS.ErrnoException): string {
  const { code } = error;
  const state = stateOf(folder);
  if (state && !state.isDirectory()) return 'it is a file';
  return code === 'ENOENT' || code === 'EEXIST' ? 'it cannot be created' : say(whySystem(error));
}

function modelsFolder(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.endsWith('.ts') ? '../../dist/models' : './models', here));
}

function defaultCacheFolder(): string {
  const home = os.homedir();
  if (process.platform === 'win32') {
    return path.join(process.env['LOCALAPPDATA'] ?? path.join(home, 'AppData', 'Local'), 'semap', 'cache');
  }
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Caches', 'semap');
  return path.join(process.env['XDG_CACHE_HOME'] || path.join(home, '.cache'), 'semap');
}

/** Where a person may put backbones so that they can be called by name. */
function dataFolder(): string {
  const home = os.homedir();
  if (process.platform === 'win32') {
    return path.join(process.env['APPDATA'] ?? path.join(home, 'AppData', 'Roaming'), 'semap');
  }
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'semap');
  return path.join(process.env['XDG_DATA_HOME'] || path.join(home, '.local', 'share'), 'semap');
}
