import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { phrase, say, verbatim } from '../../../../src/core/text/text.ts';
import { DecodePool } from '../../../../src/engine/images/decodePool.ts';
import { type ChosenDevice, Devices } from '../../../../src/engine/inference/devices.ts';
import { InferencePool } from '../../../../src/engine/inference/inferencePool.ts';
import { InferencePools } from '../../../../src/engine/inference/inferencePools.ts';
import { Lane } from '../../../../src/engine/inference/lane.ts';
import type { OpenLane } from '../../../../src/engine/inference/openLanes.ts';
import type { ProbeReply, ProbeRequest } from '../../../../src/engine/inference/providerProbe.ts';
import { tryProvider, tryStep } from '../../../../src/engine/inference/startProbe.ts';
import { TINY_MODEL, TINY_SPEC } from '../../../../src/engine/inference/tinyModel.ts';
import { Turns } from '../../../../src/engine/threads/turns.ts';
import type { DeviceChoice } from '../../../../src/protocol/device.ts';
import { meanColour } from '../classifierModel.ts';
import { colours, describedColours, ppm } from '../colours.ts';
import { scratch, scratchOfTests } from '../engineHarness.ts';

const ran = (milliseconds: number, more: Partial<Extract<ProbeReply, { kind: 'ran' }>> = {}): ProbeReply => ({
  kind: 'ran',
  milliseconds,
  cpuMilliseconds: 10,
  difference: 1e-6,
  agrees: true,
  ...more,
});

describe('The device', () => {
  const files = scratchOfTests();
  let asked: ProbeRequest[];
  beforeEach(() => {
    asked = [];
  });

  /** @param replies what comes of each provider, on a small model and on the backbone */
  function devices(
    replies: Record<string, { tiny: ProbeReply; net?: ProbeReply }>,
    wanted: DeviceChoice = 'auto',
  ): Devices {
    return new Devices({
      cacheFolder: files.folder,
      runtime: { version: '1', kind: 'native', backends: ['cpu', ...Object.keys(replies)] },
      wanted,
      threads: 2,
      probe: async (request) => {
        asked.push(request);
        const { tiny, net = tiny } = replies[request.provider] ?? { tiny: ran(10) };
        return typeof request.model === 'string' ? net : tiny;
      },
      step: async () => ({ kind: 'ran', images: 4, difference: 1e-6, milliseconds: 20 }),
    });
  }

  const chosen = async (of: Devices): Promise<[string, string]> => {
    const { provider, device }: ChosenDevice = await of.choose(describedColours('/net.onnx'));
    return [provider, say(device.why)];
  };

  test('that is WebAssembly because there is no other is called so, and it is said once why', async () => {
    const instead = phrase('There is no binary of onnxruntime for {0} here.', 'linux-arm');
    const wasm = () =>
      new Devices({
        cacheFolder: files.folder,
        runtime: { version: '1', kind: 'wasm', backends: ['wasm'], instead },
        wanted: 'auto',
        threads: 2,
        probe: async () => ran(10),
        step: async () => ({ kind: 'ran', images: 4, difference: 0, milliseconds: 20 }),
      });
    const { provider, device } = await wasm().choose(describedColours('/net.onnx'));
    assert.deepEqual([provider, device.provider], ['cpu', 'wasm']);
    assert.match(say(device.why), /^There is no binary .*linux-arm here\. WebAssembly runs in its place/);
    const told: string[] = [];
    for (let start = 0; start < 2; start++) await wasm().tellOnce((message) => told.push(say(message)));
    assert.equal(told.length, 1);
    assert.match(told[0], /linux-arm here\. SeMap runs backbones as WebAssembly/);
  });

  test('is the fastest that gives the same scores', async () => {
    const both = { webgpu: { tiny: ran(3) }, dml: { tiny: ran(2) } };
    assert.equal((await chosen(devices(both)))[0], 'dml');
  });

  test('is the CPU where it is faster, or the other is wrong, or does not run: and the reason is told', async () => {
    const slow = await chosen(devices({ webgpu: { tiny: ran(3), net: ran(30) } }));
    assert.deepEqual(slow, ['cpu', 'webgpu: 30.0 ms per image, against 10.0 ms on the CPU.']);
    files.dispose();
    const wrong = await chosen(devices({ webgpu: { tiny: ran(3), net: ran(1, { difference: 0.3 }) } }));
    assert.deepEqual(wrong, ['cpu', "webgpu: Its scores differ from the CPU's by 30.0%."]);
    files.dispose();
    const message = verbatim('Failed to get a WebGPU adapter.');
    const absent = await chosen(devices({ webgpu: { tiny: { kind: 'failed', message } } }));
    assert.deepEqual(absent, ['cpu', 'webgpu: Failed to get a WebGPU adapter.']);
    assert.equal(asked.at(-1)?.model, TINY_MODEL, 'the backbone is not tried where nothing works');
  });

  test('is what the person set, unless it does not work', async () => {
    const works = { webgpu: { tiny: ran(30) } };
    assert.equal((await chosen(devices(works, 'webgpu')))[0], 'webgpu');
    assert.equal((await chosen(devices(works, 'cpu')))[0], 'cpu');
    assert.match((await chosen(devices(works, 'coreml')))[1], /offers only cpu and webgpu/);
    files.dispose();
    const broken = { webgpu: { tiny: { kind: 'failed', message: verbatim('No adapter.') } as const } };
    assert.match(
      (await chosen(devices(broken, 'webgpu')))[1],
      /asks for webgpu, which does not work\. webgpu: No adapter\./,
    );
  });

  test('is tried once for a backbone, also over a restart, and anew when it is checked', async () => {
    const works = { webgpu: { tiny: ran(3) } };
    await chosen(devices(works));
    assert.equal(asked.length, 2);
    await chosen(devices(works));
    assert.equal(asked.length, 2);
    const report = await devices(works).check(describedColours('/net.onnx'));
    assert.equal(asked.length, 6);
    assert.deepEqual(
      report.figures.map(({ provider, imagesPerSecond }) => [provider, Math.round(imagesPerSecond)]),
      [
        ['cpu', 100],
        ['webgpu', 333],
      ],
    );
    assert.equal(
      say(report.figures[1].text),
      "333 images a second, scores off the CPU's by 1e-6 of the largest. Training steps of 4 images: 50.0 a second, gradients off the CPU's by 1e-6 of their length.",
    );
    const verdicts = report.verdicts.map(({ provider, works }) => [provider, works]);
    assert.deepEqual(verdicts, [
      ['cpu', true],
      ['webgpu', true],
    ]);
  });

  test('that failed in a run is not chosen for that backbone again', async () => {
    const works = { webgpu: { tiny: ran(3) } };
    const first = devices(works);
    assert.equal((await chosen(first))[0], 'webgpu');
    await first.failed('webgpu', 'net', 'Device lost');
    assert.match((await chosen(first)).join(' '), /^cpu .*Device lost/);
    assert.match((await chosen(devices(works))).join(' '), /^cpu .*Device lost/);
  });
});

describe('A provider', () => {
  const files = scratch();
  test('is tried in a process of its own, and the CPU agrees with itself', async () => {
    const reply = await tryProvider({ provider: 'cpu', model: TINY_MODEL, spec: TINY_SPEC, threads: 1 });
    assert.equal(reply.kind, 'ran');
    if (reply.kind === 'ran') assert.deepEqual([reply.agrees, reply.difference], [true, 0]);
  });

  test('runs a step of training in a process of its own, too', async () => {
    const file = files.write('colours.onnx', meanColour());
    const reply = await tryStep({ provider: 'cpu', backbone: describedColours(file), threads: 1 });
    assert.equal(reply.kind, 'ran');
    if (reply.kind === 'ran') {
      assert.deepEqual([reply.images, reply.difference], [4, 0]);
      assert.ok(reply.milliseconds > 0);
    }
    const missing = { ...describedColours('/no/such.onnx') };
    assert.equal((await tryStep({ provider: 'cpu', backbone: missing, threads: 1 })).kind, 'failed');
  });

  test('that onnxruntime does not know fails with its words', async () => {
    const reply = await tryProvider({ provider: 'nosuch', model: TINY_MODEL, spec: TINY_SPEC, threads: 1 });
    assert.equal(reply.kind, 'failed');
    if (reply.kind === 'failed') assert.match(say(reply.message), /nosuch|backend|provider/i);
  });
});

describe('A device that fails in the middle of a run', () => {
  const files = scratch();
  const decode = new DecodePool({ workers: 1 });
  after(async () => {
    await decode.dispose();
    files.dispose();
  });

  /** Lanes of a device that gives up after some runs; the CPU's are real. */
  function failingAfter(runs: number, opened: string[]): OpenLane {
    let left = runs;
    return async (file, session, spec) => {
      opened.push(session.provider);
      const lane = await Lane.open(file, { ...session, provider: 'cpu' });
      await lane.prepare(spec);
      if (session.provider === 'cpu') return lane;
      return {
        facts: lane.facts,
        ended: false,
        prepare: () => lane.prepare(spec),
        run: (images: ArrayBuffer[]) => {
          if (left-- > 0) return lane.run(images);
          // The device has the pixels, as a real one has.
          structuredClone(images, { transfer: images });
          return Promise.reject(new SemapError('device-failed', verbatim('Device lost\nin kernel 7')));
        },
        close: () => lane.close(),
      } as unknown as Lane;
    };
  }

  test('is replaced by the CPU: every image has its result, and it is said once', async () => {
    const file = files.write('net.onnx', meanColour());
    const images = Array.from({ length: 24 }, (_, i) =>
      files.write(`${i}.ppm`, ppm(Object.values(colours)[i % 3], i)),
    );
    const opened: string[] = [];
    const failures: string[] = [];
    const device = {
      provider: 'gpu',
      gate: new Turns(),
      onFailure: (message: string) => failures.push(message),
    };
    const pool = await InferencePool.open(
      describedColours(file),
      { threads: 2, copies: 2 },
      decode,
      undefined,
      device,
      failingAfter(5, opened),
    );
    const outputs = await Promise.all(images.map((image) => pool.logits(image)));
    const best = outputs.map((output) =>
      'logits' in output ? output.logits.indexOf(Math.max(...output.logits)) : -1,
    );
    assert.deepEqual(
      best,
      images.map((_, i) => i % 3),
    );
    assert.deepEqual(failures, ['Device lost\nin kernel 7']);
    assert.deepEqual(opened, ['gpu', 'cpu', 'cpu']);
    await pool.close();
  });

  test('leaves no more copies of the model than are allowed', async () => {
    const file = files.write('few.onnx', meanColour());
    const opened: number[] = [];
    const open: OpenLane = async (path, session, spec) => {
      opened.push(session.threads);
      const lane = await Lane.open(path, session);
      await lane.prepare(spec);
      return lane;
    };
    const share = { threads: 4, copies: 2 };
    const pool = await InferencePool.open(describedColours(file), share, decode, undefined, undefined, open);
    assert.deepEqual(opened, [2, 2]);
    assert.ok('logits' in (await pool.logits(files.write('b.ppm', ppm(colours.cat)))));
    await pool.close();
  });

  test('is remembered and told by the pools, also when it does not load at all', async () => {
    const file = files.write('other.onnx', meanColour());
    const failed: unknown[][] = [];
    const told: string[] = [];
    const devices = {
      choose: async () => ({
        provider: 'nosuch',
        device: { provider: 'nosuch', name: '', why: verbatim('') },
      }),
      failed: async (...about: unknown[]) => void failed.push(about),
    };
    const pools = new InferencePools({ threads: 1, copies: 1 }, decode, devices, (message) =>
      told.push(say(message)),
    );
    const { pool, release } = await pools.borrow(describedColours(file));
    assert.ok('logits' in (await pool.logits(files.write('a.ppm', ppm(colours.cat)))));
    release(false);
    await pools.close();
    assert.deepEqual(failed[0]?.slice(0, 2), ['nosuch', 'net']);
    assert.match(told[0] ?? '', /nosuch failed on net\. Continuing on the CPU/);
  });
});
