import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { toSemapError } from '../../../src/core/errors.ts';
import { colourSidecar, ppm } from '../../unit/engine/colours.ts';
import { type RunningEngine, type Scratch, scratch, startEngine } from '../../unit/engine/engineHarness.ts';
import { hostileModel, smallClassifiers } from '../seeds/models.ts';
import { type FuzzTarget, mustBeFinite, orRefusal } from '../target.ts';

/** A graph may run for ever: that one can be cancelled and ended is tested in test/soak/orphans.ts. */
const PATIENCE_MILLISECONDS = 4000;
/** By which the engine may grow. */
const MOST_MEGABYTES = 1000;

let running: Promise<{ engine: RunningEngine; files: Scratch; image: string; megabytes: number }> | undefined;

function started() {
  running ??= start();
  return running;
}

async function start() {
  const files = scratch();
  const engine = await startEngine(files.folder, { threads: 1 });
  const image = files.write('red.ppm', ppm([200, 10, 10]));
  files.write('model.backbone.json', JSON.stringify(colourSidecar));
  return { engine, files, image, megabytes: megabytesOf(engine) };
}

async function stop(): Promise<void> {
  const { engine, files } = (await running) ?? {};
  running = undefined;
  engine?.process.kill();
  await engine?.process.exited;
  files?.dispose();
}

/** What the engine takes; 0 where the system does not say it in a file. */
function megabytesOf({ process: { pid } }: RunningEngine): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** A model is described and runs, or is refused; the engine goes on. */
export const engine: FuzzTarget = {
  name: 'engine',
  megabytes: 300,
  ready: started,
  make: (random) => hostileModel(random, smallClassifiers),
  async check(input) {
    const { engine, files, image, megabytes } = await started();
    const backbone = files.write('model.onnx', input);
    const tried = orRefusal(async () => {
      try {
        mustBeFinite(await engine.rpc.call('tryBackbone', { backbone, image }), 'the trial');
      } catch (error) {
        const { reason, message } = toSemapError(error);
        if (reason === 'engine-stopped') throw new Error(`The engine ended: ${message}`);
        throw error;
      }
    });
    tried.catch(() => {});
    let answered = false;
    try {
      answered = await Promise.race([tried.then(() => true), sleep(PATIENCE_MILLISECONDS, false)]);
    } catch (error) {
      await stop();
      throw error;
    }
    const grown = megabytesOf(engine) - megabytes;
    if (!answered || grown > MOST_MEGABYTES) await stop();
    if (grown > MOST_MEGABYTES) throw new Error(`the engine grew by ${Math.round(grown)} MB`);
  },
  dispose: stop,
};
