import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEVICE_CHOICES } from '../protocol/device.ts';
import type { EngineApi, EngineClientApi } from '../protocol/engineApi.ts';
import { type EngineProcess, forkEngine } from '../protocol/processChannel.ts';
import { type CallOptions, Rpc } from '../protocol/rpc.ts';
import type { Arguments } from './commandLine.ts';
import { printable } from './terminal.ts';

/** How long an engine may take to end after its command; it writes down what it has. */
const END_MILLISECONDS = 2000;

const running = new Set<EngineSession>();

/** Ends every engine of this process at once. What they have done is kept, but for the last moment. */
export function killEngines(): void {
  for (const engine of running) engine.kill();
}

/** Ends the engines that have not begun to work. */
export function killStartingEngines(): void {
  for (const engine of running) if (engine.onnxruntime === '') engine.kill();
}

/** The engine for the length of one command. */
export class EngineSession {
  /** Its version. */
  onnxruntime = '';
  readonly #process: EngineProcess;
  readonly #rpc: Rpc<EngineApi, EngineClientApi>;

  private constructor(engine: EngineProcess) {
    this.#process = engine;
    this.#rpc = new Rpc<EngineApi, EngineClientApi>(engine.channel, {
      notice: ({ message }) => {
        process.stderr.write(`semap: ${printable(message)}\n`);
        return undefined;
      },
    });
    running.add(this);
    void engine.exited.then(() => running.delete(this));
  }

  /** Starts the engine with the folders and threads that the arguments or the environment name. */
  static async start(args: Arguments): Promise<EngineSession> {
    const session = new EngineSession(
      // So that downloads take HTTPS_PROXY, where Node knows how.
      forkEngine({ ...engineFiles(), env: { NODE_USE_ENV_PROXY: '1' } }),
    );
    const folders = args.texts('backbone-folder').map((folder) => path.resolve(folder));
    const listed = (process.env['SEMAP_BACKBONES'] ?? '').split(path.delimiter).filter(Boolean);
    const { onnxruntime } = await session.call('start', {
      modelsFolder: modelsFolder(),
      backboneFolders: [...folders, ...listed, path.join(dataFolder(), 'backbones')],
      encoderFolders: [
        path.resolve(
          args.text('encoder-folder') ?? process.env['SEMAP_ENCODERS'] ?? path.join(dataFolder(), 'encoders'),
        ),
      ],
      cacheFolder: path.resolve(args.text('cache-folder') ?? process.env['SEMAP_CACHE'] ?? cacheFolder()),
      cacheBytes: (args.number('cache-size') ?? 5) * 1e9,
      device: args.oneOf('device', DEVICE_CHOICES) ?? 'auto',
      threads: args.whole('threads', 0) ?? 0,
    });
    session.onnxruntime = onnxruntime;
    return session;
  }

  call<K extends keyof EngineApi & string>(
    method: K,
    params: EngineApi[K]['params'],
    options?: CallOptions<EngineApi[K]['progress']>,
  ): Promise<EngineApi[K]['result']> {
    return this.#rpc.call(method, params, options);
  }

  /** Ends the engine; resolves when it is gone. */
  stop(): Promise<void> {
    return this.#process.end(END_MILLISECONDS);
  }

  kill(): void {
    this.#process.kill();
  }
}

/** Does `work` with an engine that ends with it. */
export async function withEngine(
  args: Arguments,
  work: (engine: EngineSession) => Promise<number>,
): Promise<number> {
  const engine = await EngineSession.start(args);
  try {
    return await work(engine);
  } finally {
    await engine.stop();
  }
}

/** The engine lies beside this file's bundle, or runs from its source where this file does. */
function engineFiles(): { enginePath: string; execArgv?: string[] } {
  const here = import.meta.url;
  return here.endsWith('.ts')
    ? { enginePath: fileURLToPath(new URL('../engine/main.ts', here)), execArgv: ['--import', 'tsx'] }
    : { enginePath: fileURLToPath(new URL('./engine.mjs', here)) };
}

function modelsFolder(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.endsWith('.ts') ? '../../dist/models' : './models', here));
}

function cacheFolder(): string {
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
