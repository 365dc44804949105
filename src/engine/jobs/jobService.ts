import type { JobMethods } from '../../protocol/jobs.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type { Devices } from '../inference/devices.ts';
import type { BackboneServices } from '../services.ts';
import { answerJob } from './answerJob.ts';
import { checkJob } from './checkJob.ts';
import { planJob } from './planJob.ts';
import { runShard } from './runShard.ts';

interface Parts extends BackboneServices {
  readonly devices: Devices;
  readonly onnxruntime: string;
}

type Served = Handlers<JobMethods>;

/** Jobs of many machines: what they are planned with, run by and checked with. */
export class JobService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  plan(...[params, context]: Parameters<Served['planJob']>): ReturnType<Served['planJob']> {
    return planJob(this.#parts, params, context);
  }

  run(...[params, context]: Parameters<Served['runShard']>): ReturnType<Served['runShard']> {
    return runShard(this.#parts, params, context);
  }

  answer(...[params, context]: Parameters<Served['answerJob']>): ReturnType<Served['answerJob']> {
    return answerJob(this.#parts, params, context);
  }
}

/** The calls about jobs, served by what `started` gives. */
export function jobHandlers(started: () => JobService): Handlers<JobMethods> {
  return {
    planJob: (params, context) => started().plan(params, context),
    runShard: (params, context) => started().run(params, context),
    answerJob: (params, context) => started().answer(params, context),
    checkJob,
  };
}
