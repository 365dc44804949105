import { forkEngine } from '../../../src/processes/engineProcess.ts';
import type { EngineApi, EngineClientApi } from '../../../src/protocol/engineApi.ts';
import { Rpc } from '../../../src/protocol/rpc.ts';

/** A process that starts an engine, tells its pid, and waits to be killed. */
const engine = forkEngine({ enginePath: process.argv[2], execArgv: ['--import', 'tsx'] });
const rpc = new Rpc<EngineApi, EngineClientApi>(engine.channel, {
  notice: () => undefined,
  slowLoad: () => undefined,
});
const { pid } = await rpc.call('start', {
  modelsFolder: '/nowhere',
  backboneFolders: [],
  cacheFolder: '/nowhere',
  threads: 1,
});
process.send?.(pid);
