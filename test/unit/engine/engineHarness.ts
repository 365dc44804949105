import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, beforeEach } from 'node:test';
import { type EngineProcess, forkEngine } from '../../../src/processes/engineProcess.ts';
import type { DeviceChoice } from '../../../src/protocol/device.ts';
import type { EngineApi, EngineClientApi } from '../../../src/protocol/engineApi.ts';
import { Rpc } from '../../../src/protocol/rpc.ts';
import { testFolder } from '../folders.ts';
import { engineFiles } from '../programs.ts';

const modelsFolder = path.resolve(import.meta.dirname, '../../../dist/models');

/** Why tests that need the WordNet table are skipped; false when it is there. */
export const noModels = existsSync(path.join(modelsFolder, 'wordnet.bin'))
  ? false
  : 'dist/models is not built (npm run build)';

/** A folder that is deleted by `dispose`, or when the process of the test ends. */
export interface Scratch {
  readonly folder: string;
  path(...parts: string[]): string;
  write(name: string, content: string | Uint8Array): string;
  dispose(): void;
}

export function scratch(): Scratch {
  const folder = testFolder();
  const at = (...parts: string[]) => path.join(folder, ...parts);
  return {
    folder,
    path: at,
    write: (name, content) => {
      mkdirSync(path.dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
      return at(name);
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A folder for each test of a suite: empty before it, deleted after it. */
export function scratchOfTests(): Scratch {
  let files: Scratch;
  beforeEach(() => {
    files = scratch();
  });
  afterEach(() => files.dispose());
  return {
    get folder() {
      return files.folder;
    },
    path: (...parts) => files.path(...parts),
    write: (name, content) => files.write(name, content),
    dispose: () => files.dispose(),
  };
}

export type EngineRpc = Rpc<EngineApi, EngineClientApi>;

export interface RunningEngine {
  readonly rpc: EngineRpc;
  readonly process: EngineProcess;
  stop(): Promise<void>;
}

/** The calls of an engine to its client are heard, and change nothing. */
export function connect(
  { channel }: EngineProcess,
  slowLoad: (about: EngineClientApi['slowLoad']['params'], signal: AbortSignal) => void = () => {},
): EngineRpc {
  return new Rpc<EngineApi, EngineClientApi>(channel, {
    notice: () => undefined,
    slowLoad: (about, { signal }) => {
      slowLoad(about, signal);
      return undefined;
    },
  });
}

/** An engine with caches below `folder`. */
export async function startEngine(
  folder: string,
  {
    threads = 2,
    backboneFolders = [] as readonly string[],
    // Trying the others takes a second in every test.
    device = 'cpu' as DeviceChoice,
  } = {},
): Promise<RunningEngine> {
  const engine = forkEngine(engineFiles);
  const rpc = connect(engine);
  await rpc.call('start', {
    modelsFolder,
    backboneFolders,
    cacheFolder: path.join(folder, 'cache'),
    device,
    threads,
  });
  return {
    rpc,
    process: engine,
    stop: async () => {
      engine.stop();
      await engine.exited;
    },
  };
}

/** An engine that a suite has for itself. */
export interface SuiteEngine {
  readonly rpc: EngineRpc;
  readonly process: EngineProcess;
  /** Begins anew with the same caches, where a test ended it. */
  restart(): Promise<void>;
}

/**
 * One engine for the tests of a suite, started before and ended after them, with a folder of their own.
 * @param options `backboneFolders` are in that folder, and made
 */
export function engineOfSuite(
  options: { readonly threads?: number; readonly backboneFolders?: readonly string[] } = {},
): { readonly files: Scratch; readonly engine: SuiteEngine } {
  const files = scratch();
  let running: RunningEngine | undefined;
  const restart = async () => {
    const backboneFolders = (options.backboneFolders ?? []).map((name) => files.path(name));
    for (const folder of backboneFolders) mkdirSync(folder, { recursive: true });
    running = await startEngine(files.folder, { ...options, backboneFolders });
  };
  before(restart);
  after(async () => {
    await running?.stop();
    files.dispose();
  });
  const engine = {
    get rpc() {
      return running!.rpc;
    },
    get process() {
      return running!.process;
    },
    restart,
  };
  return { files, engine };
}
