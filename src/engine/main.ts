import { constants, setPriority } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { parentChannel } from '../processes/engineProcess.ts';
import type { EngineApi, EngineClientApi } from '../protocol/engineApi.ts';
import { Rpc } from '../protocol/rpc.ts';
import { Engine } from './engine.ts';
import { endProcess, GRACE_MILLISECONDS, startWatchdog } from './threads/life.ts';
import { watchLoads } from './threads/loads.ts';

/** Entry of the engine process: serves {@link EngineApi} to the process that forked it, and ends with it. */

process.title = 'semap-engine';
// Before onnxruntime is loaded in any thread: its Linux build reports usage home otherwise.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

// By default V8 lets a heap of 50 MB become one of 150 before it looks for what is dead, and with it the images' outputs.
setFlagsFromString('--heap-growing-percent=30');

// The engine uses every core it may: what a person looks at goes first. Threads started later inherit it.
try {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // Not allowed on this machine: it works at normal priority.
}

const channel = parentChannel();
const watchdog = startWatchdog();
const engine = new Engine({
  // Whoever cannot show it misses nothing else.
  tell: (message) => void client.call('notice', { message }).catch(() => {}),
  started: ({ cacheFolder, slowLoadSeconds, memoryBytes }) =>
    watchLoads({
      watchdog,
      cacheFolder,
      slowSeconds: slowLoadSeconds,
      memoryBytes,
      tell: (about, signal) => client.call('slowLoad', about, { signal }),
    }),
});
const client = new Rpc<EngineClientApi, EngineApi>(channel, engine.handlers);

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  // Exiting while a thread is inside onnxruntime aborts with a core dump; a signal that cannot be caught does not.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MILLISECONDS).unref();
  await engine.close().catch(() => {});
  await endProcess();
}

channel.onClose(() => void end());
process.on('SIGTERM', () => void end());
// A Ctrl-C in a terminal and the end of the terminal reach the whole process group; what they mean is for the parent to
// say, whose own end is noticed.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
