import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { SemapError } from '../../../src/core/errors.ts';
import type { EngineApi, EngineClientApi } from '../../../src/protocol/engineApi.ts';
import { forkEngine } from '../../../src/protocol/processChannel.ts';
import { Rpc } from '../../../src/protocol/rpc.ts';

const engineSource = path.resolve(import.meta.dirname, '../../../src/engine/main.ts');
const fromSource = { enginePath: engineSource, execArgv: ['--import', 'tsx'] };

const started = { modelsFolder: '/nowhere', backboneFolders: [], cacheFolder: '/nowhere', threads: 1 };

describe('The engine process', () => {
  test('tells what it is, and ends when it is asked to', async () => {
    const engine = forkEngine(fromSource);
    const rpc = new Rpc<EngineApi, EngineClientApi>(engine.channel, { notice: () => undefined });
    const info = await rpc.call('start', started);
    assert.equal(info.pid, engine.pid);
    assert.match(info.onnxruntime, /^1\./);
    assert.equal(info.device.provider, 'cpu');
    engine.stop();
    assert.deepEqual(await engine.exited, { code: 0, signal: null, lastWords: '' });
  });

  test('refuses work before it was started', async () => {
    const engine = forkEngine(fromSource);
    const rpc = new Rpc<EngineApi, EngineClientApi>(engine.channel, { notice: () => undefined });
    await assert.rejects(rpc.call('listBackbones', {}), (error: SemapError) => error.reason === 'internal');
    engine.kill();
    await engine.exited;
  });

  test('rejects every call that is waiting when it is killed', async () => {
    const engine = forkEngine(fromSource);
    const rpc = new Rpc<EngineApi, EngineClientApi>(engine.channel, { notice: () => undefined });
    const calls = [rpc.call('start', started), rpc.call('listBackbones', {})];
    engine.kill();
    for (const result of await Promise.allSettled(calls)) {
      assert.equal(result.status, 'rejected');
      assert.equal((result.reason as SemapError).reason, 'engine-stopped');
    }
  });

  test('that cannot start says what it wrote last', async () => {
    const engine = forkEngine({ enginePath: path.join(import.meta.dirname, 'no-such-engine.mjs') });
    const rpc = new Rpc<EngineApi, EngineClientApi>(engine.channel, { notice: () => undefined });
    await assert.rejects(rpc.call('start', started), (error: SemapError) => {
      assert.equal(error.reason, 'engine-stopped');
      assert.match(String((error.cause as Error).message), /Cannot find module/);
      return true;
    });
    assert.match((await engine.exited).lastWords, /no-such-engine/);
  });

  test('does not outlive the process that started it', async () => {
    const parent = fork(path.join(import.meta.dirname, 'engineParent.ts'), [engineSource], {
      execArgv: ['--import', 'tsx'],
    });
    const [enginePid] = (await once(parent, 'message')) as [number];
    assert.ok(isAlive(enginePid));
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const deadline = Date.now() + 20_000;
    while (isAlive(enginePid) && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(isAlive(enginePid), false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
}

/** Where nobody collects the exit of an orphan, it stays in the table of processes though it has ended. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
