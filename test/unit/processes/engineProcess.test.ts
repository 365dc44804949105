import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SemapError } from '../../../src/core/errors.ts';
import { forkEngine } from '../../../src/processes/engineProcess.ts';
import { lives } from '../../soak/lives.ts';
import { endlessLoop } from '../engine/classifierModel.ts';
import { connect, scratch } from '../engine/engineHarness.ts';
import { engineFiles, sourceLoader } from '../programs.ts';

const started = { modelsFolder: '/nowhere', backboneFolders: [], cacheFolder: '/nowhere', threads: 1 };

describe('The engine process', () => {
  test('tells what it is, and ends when it is asked to', async () => {
    const engine = forkEngine(engineFiles);
    const rpc = connect(engine);
    const info = await rpc.call('start', started);
    assert.equal(info.pid, engine.pid);
    assert.match(info.onnxruntime, /^1\./);
    assert.equal(info.device.provider, 'cpu');
    engine.stop();
    assert.deepEqual(await engine.exited, { code: 0, signal: null, lastWords: '' });
  });

  test('keeps memory that is free, unless a person set otherwise', {
    skip: process.platform !== 'linux',
  }, async () => {
    const engine = forkEngine({ ...engineFiles, env: { MALLOC_TRIM_THRESHOLD_: '1000000' } });
    await connect(engine).call('start', started);
    const environment = (await readFile(`/proc/${engine.pid}/environ`, 'utf8')).split('\0');
    assert.deepEqual(environment.filter((one) => one.startsWith('MALLOC_')).sort(), [
      'MALLOC_MMAP_THRESHOLD_=33554432',
      'MALLOC_TOP_PAD_=67108864',
      'MALLOC_TRIM_THRESHOLD_=1000000',
    ]);
    engine.kill();
    await engine.exited;
  });

  test('refuses work before it was started', async () => {
    const engine = forkEngine(engineFiles);
    const rpc = connect(engine);
    await assert.rejects(rpc.call('listBackbones', {}), { reason: 'internal' });
    engine.kill();
    await engine.exited;
  });

  test('rejects every call that is waiting when it is killed', async () => {
    const engine = forkEngine(engineFiles);
    const rpc = connect(engine);
    const calls = [rpc.call('start', started), rpc.call('listBackbones', {})];
    engine.kill();
    for (const result of await Promise.allSettled(calls)) {
      assert.equal(result.status, 'rejected');
      assert.equal((result.reason as SemapError).reason, 'engine-stopped');
    }
  });

  test('that cannot start says what it wrote last', async () => {
    const engine = forkEngine({ enginePath: path.join(import.meta.dirname, 'no-such-engine.mjs') });
    const rpc = connect(engine);
    await assert.rejects(rpc.call('start', started), (error: SemapError) => {
      assert.equal(error.reason, 'engine-stopped');
      assert.match(String((error.cause as Error).message), /Cannot find module/);
      return true;
    });
    assert.match((await engine.exited).lastWords, /no-such-engine/);
  });

  test('does not outlive the process that started it', async () => {
    const parent = fork(path.join(import.meta.dirname, 'engineParent.ts'), { execArgv: [...sourceLoader] });
    const [enginePid] = (await once(parent, 'message')) as [number];
    assert.ok(lives(enginePid));
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const deadline = Date.now() + 60_000;
    while (lives(enginePid) && Date.now() < deadline) await sleep(50);
    assert.equal(lives(enginePid), false);
  });
});

describe('An engine that is stuck', () => {
  /** A program that watches its parent as the engine does, then does `what`. */
  const stuck = (what: string) => {
    const life = path.resolve(import.meta.dirname, '../../../src/engine/threads/life.ts');
    return `import { startWatchdog } from ${JSON.stringify(life)};
      startWatchdog(500);
      process.on('SIGTERM', () => {});
      // Its thread needs a moment to start.
      setTimeout(() => { process.send?.(process.pid); setTimeout(() => { ${what} }, 100); }, 1500);`;
  };

  test('in a loop of its main thread ends when its parent is gone', async () => {
    const files = scratch();
    const file = files.write('stuck.mts', stuck('for (;;);'));
    const parent = fork(files.write('parent.mjs', STARTS_AND_TELLS), [file], {
      execArgv: ['--import', 'tsx'],
    });
    const [pid] = (await once(parent, 'message')) as [number];
    await sleep(200);
    assert.ok(lives(pid));
    parent.kill('SIGKILL');
    const deadline = Date.now() + 60_000;
    while (lives(pid) && Date.now() < deadline) await sleep(50);
    assert.equal(lives(pid), false);
    files.dispose();
  });

  test('is ended hard after its grace', { timeout: 60_000 }, async () => {
    const files = scratch();
    const engine = forkEngine({
      enginePath: files.write('stuck.mts', stuck('for (;;);')),
      execArgv: sourceLoader,
    });
    const told = new Promise((resolve) => engine.channel.onMessage(resolve));
    await told;
    await sleep(200);
    await engine.end(300);
    assert.equal((await engine.exited).signal, 'SIGKILL');
    files.dispose();
  });

  test('in a run of a model ends within its grace when it is asked to', {
    timeout: 60_000,
  }, async (context) => {
    const files = scratch();
    const engine = forkEngine(engineFiles);
    context.after(() => engine.kill());
    let tell = () => {};
    const inWork = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const rpc = connect(engine, () => tell());
    await rpc.call('start', { ...started, cacheFolder: files.path('cache'), slowLoadSeconds: 1 });
    const file = files.write('endless.onnx', endlessLoop());
    rpc.call('inspectBackbone', { backbone: file }).catch(() => {});
    await inWork;
    engine.stop();
    assert.equal((await engine.exited).signal, 'SIGKILL');
    files.dispose();
  });
});

/** A parent that starts the file it is given and passes on what that says. */
const STARTS_AND_TELLS = `import { fork } from 'node:child_process';
fork(process.argv[2], [], { execArgv: ['--import', ${JSON.stringify(import.meta.resolve('tsx'))}] }).on('message', (message) => process.send(message));
setInterval(() => {}, 1000);`;
