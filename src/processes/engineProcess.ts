import { type ChildProcess, fork } from 'node:child_process';
import { errorOf, type Problem, SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import type { Channel } from '../protocol/rpc.ts';

/** Megabytes: the engine's short-lived objects are small, and three times this is set aside for them. */
const SMALL_NURSERY = '--max-semi-space-size=4';

/** Names this process to the one it forks: between the two may stand a launcher. */
export const STARTER_VARIABLE = 'SEMAP_STARTER';

const NODE_MODE = { ELECTRON_RUN_AS_NODE: '1', ORT_DISABLE_TELEMETRY: '1' };

/**
 * What glibc does with memory that is free: keep it. Without an arena, onnxruntime asks for the activations of every run
 * anew, and else they go back to the system and are faulted in page by page, up to 1,400 pages an image. The first two
 * together, since either alone ends the growing of the other; 32 MB is the most that every glibc takes. The padding keeps
 * the last block of a thread's heap, which is else unmapped whenever it is empty. Other systems do not look at them.
 */
export const MEMORY_ENVIRONMENT = {
  MALLOC_MMAP_THRESHOLD_: String(32 << 20),
  MALLOC_TRIM_THRESHOLD_: String(256 << 20),
  MALLOC_TOP_PAD_: String(64 << 20),
} as const;

/** How the engine process is started. */
export interface EngineForkOptions {
  /** The engine's entry: `engine.mjs` of the build, or `src/engine/main.ts` under a loader named in `execArgv`. */
  readonly enginePath: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: this process's executable (Electron's node mode in a desktop VS Code). */
  readonly execPath?: string;
  /** Node arguments; never inherited, so that a debugger's port is not taken twice. */
  readonly execArgv?: readonly string[];
}

/** How the engine ended. */
export interface EngineExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines that the engine wrote to stderr, at most 4,000 characters. */
  readonly lastWords: string;
}

/** A running engine process, and the channel to it. */
export interface EngineProcess {
  readonly pid: number;
  readonly channel: Channel;
  /** Resolves once when the process is gone, for whatever reason; never rejects. */
  readonly exited: Promise<EngineExit>;
  /** Calls `listener` with what the engine writes to stderr. */
  onStderr(listener: (text: string) => void): void;
  /** Asks the engine to end; it lets a run that has begun come to its end first. */
  stop(): void;
  /** Ends the engine at once. */
  kill(): void;
  /** Asks the engine to end, and ends it hard when it has not after `graceMilliseconds`. Resolves when it is gone. */
  end(graceMilliseconds: number): Promise<void>;
}

const LAST_WORDS = 4000;

/**
 * Forks the engine. Messages travel by structured clone (`serialization: 'advanced'`), so typed arrays stay typed
 * arrays. When this process ends, the engine notices and ends too.
 */
export function forkEngine(options: EngineForkOptions): EngineProcess {
  const child = fork(options.enginePath, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      ...MEMORY_ENVIRONMENT,
      ...process.env,
      ...options.env,
      ...NODE_MODE,
      [STARTER_VARIABLE]: String(process.pid),
    },
    execArgv: [SMALL_NURSERY, ...(options.execArgv ?? [])],
    execPath: options.execPath,
  });
  let lastWords = '';
  const stderrListeners: ((text: string) => void)[] = [];
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS);
    for (const listener of stderrListeners) listener(text);
  });
  // `exit` and the end of stderr, rather than `close`: that one never comes after `disconnect` (nodejs/node#19433).
  const exited = new Promise<EngineExit>((resolve) => {
    const stderrRead = new Promise<void>((read) => child.stderr?.once('close', read));
    child.once('exit', async (code, signal) => {
      await stderrRead;
      resolve({ code, signal, lastWords });
    });
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, lastWords: error.message });
    });
  });
  const engine: EngineProcess = {
    pid: child.pid ?? -1,
    channel: childChannel(child, exited),
    exited,
    onStderr: (listener) => stderrListeners.push(listener),
    stop: () => {
      // The engine takes a lost parent as the order to end; a signal would be a hard kill on Windows.
      if (child.connected) child.disconnect();
    },
    kill: () => child.kill('SIGKILL'),
    end: async (graceMilliseconds) => {
      engine.stop();
      const timer = setTimeout(engine.kill, graceMilliseconds);
      await exited;
      clearTimeout(timer);
    },
  };
  return engine;
}

function childChannel(child: ChildProcess, exited: Promise<EngineExit>): Channel {
  return {
    send: (message) => {
      // With a callback a message to a process that is going away is dropped; `exited` tells the caller.
      child.send(message as object, () => {});
    },
    onMessage: (listener) => {
      child.on('message', listener);
      return () => child.off('message', listener);
    },
    onClose: (listener) => {
      let listening = true;
      void exited.then((exit) => {
        if (listening) listener(engineStopped(exit));
      });
      return () => {
        listening = false;
      };
    },
  };
}

function engineStopped({ code, signal, lastWords }: EngineExit): SemapError {
  const word = readLastWord(lastWords);
  if (word !== undefined) return word;
  const cause = lastWords.trim() === '' ? undefined : new Error(lastWords.trim());
  const how = signal
    ? phrase('The SeMap engine was stopped by {0}.', signal)
    : code === null
      ? phrase('Cannot start the SeMap engine.')
      : phrase('The SeMap engine stopped with exit code {0}.', String(code));
  return new SemapError('engine-stopped', how, {
    hint: phrase('Run it again: finished images are kept.'),
    cause,
  });
}

/** The engine's end of the channel: to the process that forked this one. */
export function parentChannel(): Channel {
  if (!process.send) {
    throw new SemapError('internal', phrase('Start the SeMap engine through the extension or `semap`.'));
  }
  return {
    send: (message) => {
      if (process.connected) process.send?.(message, () => {});
    },
    onMessage: (listener) => {
      process.on('message', listener);
      return () => process.off('message', listener);
    },
    onClose: (listener) => {
      const gone = () =>
        listener(new SemapError('engine-stopped', phrase('The process that started the engine has ended.')));
      process.once('disconnect', gone);
      return () => process.off('disconnect', gone);
    },
  };
}

/** Begins the line on stderr by which a process that ends itself says why. */
const MARK = 'semap-engine-ended ';

/** The line itself, for a process that has no time for a message over its channel. */
export function lastWord(word: Problem): string {
  return `\n${MARK}${JSON.stringify(word)}\n`;
}

/** What the last lines of a process that has ended say of its end; undefined where they say nothing. */
function readLastWord(lines: string): SemapError | undefined {
  const line = lines.split('\n').findLast((one) => one.startsWith(MARK));
  if (line === undefined) return undefined;
  try {
    return errorOf(JSON.parse(line.slice(MARK.length)) as Problem);
  } catch {
    return undefined;
  }
}
