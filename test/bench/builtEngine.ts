import path from 'node:path';
import { forkEngine } from '../../src/processes/engineProcess.ts';
import type { DeviceChoice } from '../../src/protocol/device.ts';
import type { EngineApi, EngineClientApi } from '../../src/protocol/engineApi.ts';
import { Rpc } from '../../src/protocol/rpc.ts';

export type EngineRpc = Rpc<EngineApi, EngineClientApi>;

/** An engine as it was built into `dist`, with as many threads as it likes. */
export async function startBuilt(dist: string, cacheFolder: string, device: DeviceChoice = 'auto') {
  const engine = forkEngine({ enginePath: path.join(dist, 'engine.mjs') });
  const deaf = { notice: () => undefined, slowLoad: () => undefined };
  const rpc = new Rpc<EngineApi, EngineClientApi>(engine.channel, deaf);
  const modelsFolder = path.join(dist, 'models');
  await rpc.call('start', { modelsFolder, backboneFolders: [], cacheFolder, device, threads: 0 });
  const stop = async () => {
    engine.stop();
    await engine.exited;
  };
  return { rpc, pid: engine.pid, stop };
}
