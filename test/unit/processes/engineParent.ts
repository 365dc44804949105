import { forkEngine } from '../../../src/processes/engineProcess.ts';
import { connect } from '../engine/engineHarness.ts';
import { engineFiles } from '../programs.ts';

/** A process that starts an engine, tells its pid, and waits to be killed. */
const engine = forkEngine(engineFiles);
const { pid } = await connect(engine).call('start', {
  modelsFolder: '/nowhere',
  backboneFolders: [],
  cacheFolder: '/nowhere',
  threads: 1,
});
process.send?.(pid);
