import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { toSemapError } from '../core/errors.ts';
import { DEVICE_CHOICES } from '../protocol/device.ts';
import type { EngineApi, EngineClientApi, EngineOptions } from '../protocol/engineApi.ts';
import { type EngineProcess, forkEngine } from '../protocol/processChannel.ts';
import { type CallOptions, Rpc } from '../protocol/rpc.ts';
import type { Arguments } from './commandLine.ts';
import { printable } from './terminal.ts';

/** How long an engine may take to end after its command; it writes down what it has. */
const END_MILLISECONDS = 2000;
/** Two images that end an engine are found and given up with so many deaths. */
const MOST_DEATHS = 4;

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
  readonly #options: EngineOptions;
  #process: EngineProcess;
  #rpc: Rpc<EngineApi, EngineClientApi>;
  /** Whether this process ends it: then its end is no death. */
  #ended = false;

  private constructor(options: EngineOptions) {
    this.#options = options;
    [this.#process, this.#rpc] = this.#fork();
  }

  #fork(): [EngineProcess, Rpc<EngineApi, EngineClientApi>] {
    // So that downloads take HTTPS_PROXY, where Node knows how.
    const engine = forkEngine({ ...engineFiles(), env: { NODE_USE_ENV_PROXY: '1' } });
    running.add(this);
    void engine.exited.then(() => {
      if (this.#process === engine) running.delete(this);
    });
    const rpc = new Rpc<EngineApi, EngineClientApi>(engine.channel, {
      notice: ({ message }) => {
        process.stderr.write(`semap: ${printable(message)}\n`);
        return undefined;
      },
    });
    return [engine, rpc];
  }

  /** Starts the engine with the folders and threads that the arguments or the environment name. */
  static async start(args: Arguments): Promise<EngineSession> {
    const folders = args.texts('backbone-folder').map((folder) => path.resolve(folder));
    const listed = (process.env['SEMAP_BACKBONES'] ?? '').split(path.delimiter).filter(Boolean);
    const session = new EngineSession({
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
    session.onnxruntime = (await session.call('start', session.#options)).onnxruntime;
    return session;
  }

  /**
   * A call that goes on where it stopped, made again of another engine when the one that works at it ends by itself: an
   * image that is to blame is given up after the second time.
   *
   * @param onAgain called before it is made again, with how the engine ended
   */
  async callAgain<K extends keyof EngineApi & string>(
    method: K,
    params: EngineApi[K]['params'],
    options: CallOptions<EngineApi[K]['progress']>,
    onAgain: (why: string) => void,
  ): Promise<EngineApi[K]['result']> {
    for (let crashes = 1; ; crashes++) {
      try {
        return await this.call(method, params, options);
      } catch (thrown) {
        const { reason, message } = toSemapError(thrown);
        const died = reason === 'engine-stopped' && !this.#ended && !options.signal?.aborted;
        if (!died || crashes > MOST_DEATHS) throw thrown;
        onAgain(message);
        [this.#process, this.#rpc] = this.#fork();
        await this.call('start', { ...this.#options, crashes });
      }
    }
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
    this.#ended = true;
    return this.#process.end(END_MILLISECONDS);
  }

  kill(): void {
    this.#ended = true;
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
