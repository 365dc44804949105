import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GraphProto, ValueInfoProto } from '../../../../src/core/onnx/protobuf/schema.ts';
import { forkEngine } from '../../../../src/processes/engineProcess.ts';
import type { EngineOptions } from '../../../../src/protocol/engineApi.ts';
import { engineFiles } from '../../programs.ts';
import { endlessLoop, int, model, node, zeros } from '../classifierModel.ts';
import { connect, scratch } from '../engineHarness.ts';

/** A few hundred bytes that take a gigabyte and a half in the first run. */
function hungry(): Uint8Array {
  const doubled = Array.from({ length: 20 }, (_, i) =>
    node(
      'Concat',
      [i === 0 ? 'image' : `c${i - 1}`, i === 0 ? 'image' : `c${i - 1}`],
      [`c${i}`],
      [int('axis', 3)],
    ),
  );
  return model({
    nodes: [
      ...doubled,
      node('Relu', ['c19'], ['r']),
      node('GlobalAveragePool', ['r'], ['p']),
      node('Flatten', ['p'], ['scores']),
    ],
  });
}

/** The same by a loop whose turns are kept, in one run of half a minute. */
function keeping(): Uint8Array {
  const body: GraphProto = {
    name: 'body',
    node: [node('Identity', ['go'], ['goes']), node('Identity', ['kilobytes'], ['kept'])],
    input: [scalar('turn', 7), scalar('go', 9)],
    output: [scalar('goes', 9), { name: 'kept', type: { tensorType: { elemType: 1 } } }],
  };
  const turns = { name: 'turns', dataType: 7, int64Data: BigInt64Array.of(400_000n) };
  const truth = { name: 'true', dataType: 9, rawData: Uint8Array.of(1) };
  return model({
    nodes: [
      node('Loop', ['turns', 'true'], ['all'], [{ name: 'body', g: body, type: 5 }]),
      node('ReduceMax', ['all'], ['most'], [int('keepdims', 0)]),
      node('Add', ['image', 'most'], ['x']),
      node('GlobalAveragePool', ['x'], ['p']),
      node('Flatten', ['p'], ['scores']),
    ],
    initializers: [turns, truth, zeros('kilobytes', [1000])],
  });
}

function scalar(name: string, elemType: number): ValueInfoProto {
  return { name, type: { tensorType: { elemType, shape: {} } } };
}

describe('A model that takes what there is', () => {
  const files = scratch();
  const engines: ReturnType<typeof forkEngine>[] = [];
  after(() => {
    for (const engine of engines) engine.kill();
  });

  async function start(options: Partial<EngineOptions>, slowLoad?: Parameters<typeof connect>[1]) {
    const process = forkEngine(engineFiles);
    engines.push(process);
    const rpc = connect(process, slowLoad);
    const folders = { modelsFolder: '/nowhere', backboneFolders: [], cacheFolder: files.path('cache') };
    await rpc.call('start', { ...folders, device: 'cpu', threads: 1, ...options });
    return { process, rpc };
  }

  test('of memory ends its engine before it has it, is named, and is not loaded again at once', async () => {
    const file = files.write('hungry.onnx', hungry());
    const limits = { memoryBytes: 500e6 };
    const first = await start(limits);
    const named = { reason: 'out-of-memory', message: /hungry\.onnx/ };
    await assert.rejects(first.rpc.call('inspectBackbone', { backbone: file }), named);
    assert.equal((await first.process.exited).signal, 'SIGKILL');
    assert.equal(readdirSync(files.path('cache/loads')).length, 1);
    const second = await start(limits);
    await assert.rejects(second.rpc.call('inspectBackbone', { backbone: file }), {
      ...named,
      message: /hungry\.onnx .*recently used/,
    });
    // The engine itself goes on.
    await second.rpc.call('listBackbones', {});
    assert.ok(existsSync(file));
    await second.process.end(2000);
  });

  test('of memory also ends its engine where the runs that warm it up take it', async () => {
    const file = files.write('keeping.onnx', keeping());
    const { rpc } = await start({ memoryBytes: 500e6 });
    await assert.rejects(rpc.call('inspectBackbone', { backbone: file }), {
      reason: 'out-of-memory',
      message: /keeping\.onnx used/,
    });
  });

  test('of time is told of while it runs, and can be ended', async () => {
    const file = files.write('endless.onnx', endlessLoop());
    const told: string[] = [];
    const { rpc, process } = await start({ slowLoadSeconds: 0.3 }, ({ backbone }) => told.push(backbone));
    const call = rpc.call('inspectBackbone', { backbone: file });
    call.catch(() => {});
    const deadline = Date.now() + 120_000;
    while (told.length < 2 && Date.now() < deadline) await sleep(50);
    assert.deepEqual(told.slice(0, 2), ['endless.onnx', 'endless.onnx']);
    // Its own thread is free meanwhile.
    await rpc.call('listBackbones', {});
    process.kill();
    await assert.rejects(call, { reason: 'engine-stopped' });
  });
});
