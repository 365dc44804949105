import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EngineClient } from '../../../../src/host/supervisor/engineClient.ts';
import {
  type EngineState,
  EngineSupervisor,
  type SupervisorOptions,
} from '../../../../src/host/supervisor/engineSupervisor.ts';
import { type EngineProcess, forkEngine } from '../../../../src/processes/engineProcess.ts';
import type { ClassifyParams } from '../../../../src/protocol/classification.ts';

const FAKE = fileURLToPath(new URL('fakeEngine.mjs', import.meta.url));
const RUN = { folders: ['/photos'], backbone: 'starter' } as unknown as ClassifyParams;

/** A supervisor of fake engines: the n-th start behaves as `modes[n]` says, the last one repeats. */
class Bench {
  readonly processes: EngineProcess[] = [];
  readonly states: EngineState[] = [];
  readonly log: string[] = [];
  readonly supervisor: EngineSupervisor;
  readonly client: EngineClient;
  threads = 2;

  constructor(modes: readonly string[], options: Partial<SupervisorOptions> = {}, cancelGraceMs?: number) {
    const write = (message: string) => this.log.push(message);
    this.supervisor = new EngineSupervisor({
      launch: () => {
        const mode = modes[Math.min(this.processes.length, modes.length - 1)] ?? '';
        const process = forkEngine({ enginePath: FAKE, env: { FAKE_ENGINE: mode } });
        this.processes.push(process);
        return process;
      },
      engineOptions: () => ({
        modelsFolder: '/models',
        backboneFolders: [],
        cacheFolder: '/cache',
        threads: this.threads,
      }),
      idleMs: () => 0,
      log: { info: write, warn: write, error: write },
      ...options,
      timing: { backOffMs: [0, 10, 20], crashLimit: 3, stopGraceMs: 30_000, ...options.timing },
    });
    this.supervisor.onDidChangeState((state) => this.states.push(state));
    this.client = new EngineClient(this.supervisor, cancelGraceMs);
  }

  get last(): EngineProcess {
    return this.processes.at(-1) as EngineProcess;
  }
}

const benches: Bench[] = [];
function bench(...args: ConstructorParameters<typeof Bench>): Bench {
  const made = new Bench(...args);
  benches.push(made);
  return made;
}
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const stopped = { reason: 'engine-stopped' };
const listClasses = ({ client }: Bench) => client.call('listClasses', { folder: 'cats' });

describe('The engine supervisor', () => {
  afterEach(async () => {
    for (const { supervisor, processes } of benches.splice(0)) {
      await supervisor.dispose();
      for (const { pid } of processes) assert.equal(isAlive(pid), false, `process ${pid} was left behind`);
    }
  });

  it('starts no process before the first call, and one for calls made together', async () => {
    const b = bench(['']);
    assert.equal(b.processes.length, 0);
    const [one, two] = await Promise.all([listClasses(b), listClasses(b)]);
    assert.deepEqual(one, [{ label: 'cats', images: 1 }]);
    assert.deepEqual(two, one);
    assert.equal(b.processes.length, 1);
    assert.deepEqual([...new Set(b.states.map(({ kind }) => kind))], ['starting', 'ready']);
    assert.ok(b.log.some((line) => line.endsWith('cpu (2 threads): a fake')));
  });

  it('tells a run that its engine was killed, and serves the next call with a new engine', async () => {
    const b = bench(['dies-in-run', '']);
    const progress: unknown[] = [];
    await assert.rejects(b.client.call('classify', RUN, { onProgress: (value) => progress.push(value) }), {
      ...stopped,
      message: /SIGKILL/,
    });
    assert.equal(progress.length, 1);
    assert.equal(b.supervisor.state.kind, 'failed');
    assert.ok(b.log.includes('engine: about to die'));
    await listClasses(b);
    assert.equal(b.processes.length, 2);
    assert.equal(b.supervisor.state.kind, 'ready');
  });

  it('rejects every call that was under way when the engine died with the same error', async () => {
    const b = bench(['']);
    const first = b.client.call('classify', RUN, { onProgress: () => b.last.kill() });
    const second = b.client.call('classify', RUN);
    const errors = await Promise.allSettled([first, second]);
    assert.equal(errors[0].status, 'rejected');
    assert.equal(errors[1].status, 'rejected');
    assert.equal(errors[0].reason, errors[1].reason);
  });

  it('makes a call again that goes on where it stopped, until engines die in a row', async () => {
    const b = bench(['dies-in-run', 'dies-in-run', 'answers']);
    let again = 0;
    const run = await b.client.call('classify', RUN, { onAgain: () => again++ });
    assert.deepEqual([run.images, again, b.processes.length], [2, 2, 3]);
    const hopeless = bench(['dies-in-run']);
    await assert.rejects(hopeless.client.call('classify', RUN, { onAgain: () => {} }), /3 times in a row/);
    assert.equal(hopeless.processes.length, 3);
  });

  it('does not make a call again whose engine was told to end', async () => {
    const b = bench(['']);
    const call = b.client.call('classify', RUN, {
      onAgain: () => assert.fail('called again'),
      onProgress: () => void b.supervisor.stop(),
    });
    await assert.rejects(call, { reason: 'engine-stopped', message: 'The engine was stopped.' });
  });

  it('says why an engine died before it answered', async () => {
    const b = bench(['dies-at-start']);
    await assert.rejects(listClasses(b), {
      reason: 'engine-stopped',
      message: 'The SeMap engine does not start: native module not found.',
    });
    assert.equal(b.supervisor.state.kind, 'failed');
  });

  it('gives up after a row of crashes until a person restarts it', async () => {
    const b = bench(['dies-at-start', 'dies-at-start', 'dies-at-start', '']);
    for (let i = 0; i < 3; i++) await assert.rejects(listClasses(b), stopped);
    await assert.rejects(listClasses(b), /3 times in a row/);
    assert.equal(b.processes.length, 3);
    const info = await b.supervisor.restart();
    assert.equal(info.onnxruntime, '0.0.0');
    assert.equal(b.processes.length, 4);
  });

  it('does not count crashes of engines that lived long as a row', async () => {
    const b = bench(['dies-in-run'], { timing: { calmMs: 0 } });
    for (let i = 0; i < 5; i++) await assert.rejects(b.client.call('classify', RUN), /SIGKILL/);
    assert.equal(b.processes.length, 5);
  });

  it('kills an engine that never answers its first call', async () => {
    const b = bench(['never-ready'], { timing: { startMs: 60 } });
    await assert.rejects(listClasses(b), stopped);
    assert.equal(b.supervisor.state.kind, 'failed');
  });

  it('passes on why an engine refused to start, and leaves no process', async () => {
    const b = bench(['refuses']);
    await assert.rejects(listClasses(b), { reason: 'device-failed', message: 'No provider works.' });
    assert.equal(b.supervisor.state.kind, 'failed');
    await b.last.exited;
  });

  it('says so when the process cannot be forked', async () => {
    const launch = () => {
      throw new Error('spawn ENOMEM');
    };
    await assert.rejects(listClasses(bench([''], { launch })), /Cannot start the SeMap engine: spawn ENOMEM/);
  });

  it('rejects a call that waits for the start when it is disposed, and ends the process', async () => {
    const b = bench(['never-ready']);
    const call = listClasses(b);
    while (b.processes.length === 0) await setImmediate();
    await Promise.all([assert.rejects(call, stopped), b.supervisor.dispose()]);
    assert.equal(isAlive(b.last.pid), false);
    await assert.rejects(listClasses(b), /shutting down/);
    assert.equal(b.processes.length, 1);
  });

  it('ends an engine whose load takes long only when the person wants that, and starts another', async () => {
    const asked: string[] = [];
    let answer = (): void => {};
    const onSlowLoad: SupervisorOptions['onSlowLoad'] = async ({ backbone, seconds, stop }) => {
      asked.push(`${backbone} ${seconds}`);
      await new Promise<void>((resolve) => {
        answer = () => {
          stop();
          resolve();
        };
      });
    };
    const b = bench(['loads-long', ''], { onSlowLoad });
    const run = b.client.call('classify', RUN);
    run.catch(() => {});
    while (asked.length === 0) await setImmediate();
    assert.deepEqual(asked, ['net.onnx 30']);
    assert.equal(b.supervisor.state.kind, 'ready');
    answer();
    await assert.rejects(run, { reason: 'cancelled', message: /net\.onnx/ });
    await listClasses(b);
    assert.equal(b.processes.length, 2);
  });

  it('cancels with a load that is stopped only what is about its model; all else goes on in the next engine', async () => {
    let stop = () => {};
    const onSlowLoad: SupervisorOptions['onSlowLoad'] = async (load) => {
      stop = load.stop;
    };
    const b = bench(['loads-long', 'answers'], { onSlowLoad });
    const again: string[] = [];
    const onAgain = (why: string) => again.push(why);
    const other = b.client.call('classify', RUN, { onAgain });
    const resumed = b.client.call('resumeRun', { runFolder: '/runs/1' });
    const named = b.client.call('classify', { ...RUN, backbone: 'net' }, { onAgain });
    const deep = b.client.call('rank', { ...RUN, backbones: ['/m/net.onnx'] } as never);
    const all = Promise.all([
      assert.rejects(named, { reason: 'cancelled', message: 'Stopped loading net.onnx.' }),
      assert.rejects(deep, { reason: 'cancelled' }),
      assert.rejects(resumed, stopped),
    ]);
    await listClasses(b);
    stop();
    await all;
    assert.deepEqual(await other, { images: 2 });
    assert.deepEqual(again, ['The engine was stopped because net.onnx was taking long to load.']);
    assert.equal(b.processes.length, 2);
  });

  it('starts nothing when it is disposed right after a call', async () => {
    const b = bench(['']);
    const call = listClasses(b);
    await Promise.all([assert.rejects(call, stopped), b.supervisor.dispose()]);
    assert.equal(b.processes.length, 0);
  });

  it('rejects a call that waits out a pause after a crash when it is stopped', async () => {
    const b = bench(['dies-at-start'], { timing: { backOffMs: [60_000] } });
    await assert.rejects(listClasses(b));
    const call = listClasses(b);
    await Promise.all([assert.rejects(call, stopped), b.supervisor.stop()]);
    assert.equal(b.processes.length, 1);
  });

  it('kills an engine that does not end when asked to', async () => {
    const b = bench(['ignores-stop'], { timing: { stopGraceMs: 150 } });
    await listClasses(b);
    await b.supervisor.stop();
    assert.equal((await b.last.exited).signal, 'SIGKILL');
    assert.equal(b.supervisor.state.kind, 'stopped');
  });

  it('restarts in the middle of a run: the run is told, the new engine works', async () => {
    const b = bench(['']);
    const run = b.client.call('classify', RUN);
    await listClasses(b);
    await Promise.all([assert.rejects(run, /was restarted/), b.supervisor.restart()]);
    assert.equal(b.processes.length, 2);
    await listClasses(b);
    assert.equal(b.processes.length, 2);
  });

  it('lets the engine after one that ended take less, until one did its work in peace', async () => {
    let idle = 0;
    const b = bench(['dies-in-run', 'dies-in-run', ''], { idleMs: () => idle });
    const device = () => {
      const { state } = b.supervisor;
      return state.kind === 'ready' ? state.info.device.name : state.kind;
    };
    await assert.rejects(b.client.call('classify', RUN), stopped);
    await assert.rejects(
      b.client.call('classify', RUN, { onProgress: () => assert.equal(device(), '2 threads, crashed 1') }),
      stopped,
    );
    idle = 10;
    await listClasses(b);
    assert.equal(device(), '2 threads, crashed 2');
    await b.last.exited;
    await listClasses(b);
    assert.equal(device(), '2 threads');
  });

  it('stops an engine that is idle, and starts one again for the next call', async () => {
    const b = bench([''], { idleMs: () => 20 });
    await listClasses(b);
    assert.equal((await b.last.exited).code, 0);
    assert.equal(b.supervisor.state.kind, 'stopped');
    await listClasses(b);
    assert.equal(b.processes.length, 2);
  });

  it('takes up changed settings once the call that runs is over', async () => {
    const b = bench(['']);
    const stop = new AbortController();
    const run = b.client.call('classify', RUN, { signal: stop.signal });
    await listClasses(b);
    b.threads = 7;
    b.supervisor.stopWhenFree();
    assert.equal(b.supervisor.state.kind, 'ready');
    stop.abort();
    assert.deepEqual(await run, { cancelled: true });
    await listClasses(b);
    const { state } = b.supervisor;
    assert.equal(state.kind === 'ready' && state.info.device.name, '7 threads');
  });

  it('ends the engine when it does not answer a cancel in time', async () => {
    const b = bench(['ignores-cancel', ''], {}, 30);
    const stop = new AbortController();
    const run = b.client.call('classify', RUN, { signal: stop.signal, onProgress: () => stop.abort() });
    await assert.rejects(run, { reason: 'cancelled' });
    await b.last.exited;
    await listClasses(b);
  });

  it('cancels nothing else with an engine that it has to end', async () => {
    const b = bench(['ignores-cancel', 'answers'], {}, 30);
    const other = b.client.call('classify', RUN);
    const follows = b.client.call('classify', RUN, { onAgain: () => {} });
    const stop = new AbortController();
    const run = b.client.call('classify', RUN, { signal: stop.signal, onProgress: () => stop.abort() });
    await Promise.all([
      follows,
      assert.rejects(run, { reason: 'cancelled' }),
      // What was not cancelled can be resumed.
      assert.rejects(other, stopped),
    ]);
  });

  it('goes on with what it does when something on the side was given up and takes its time', async () => {
    const b = bench(['ignores-cancel', ''], {}, 30);
    b.client.call('classify', RUN).catch(() => undefined);
    const givenUp = new AbortController();
    const { signal } = givenUp;
    b.client.call('thumbnail', { path: 'cat.png', size: 64 }, { signal }).catch(() => undefined);
    await listClasses(b);
    givenUp.abort();
    await sleep(150);
    await listClasses(b);
    assert.equal(b.processes.length, 1);
  });

  it('does not keep a cancelled call waiting for a slow start', async () => {
    const b = bench(['never-ready']);
    await assert.rejects(b.client.call('classify', RUN, { signal: AbortSignal.timeout(20) }), {
      reason: 'cancelled',
    });
  });
});
