import type { InferenceSession } from 'onnxruntime-node';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { SemapError } from '../../core/errors.ts';
import { inputBytes, inputView } from '../../core/images/tensor.ts';
import { indexOfLargest } from '../../core/largest.ts';
import { type Text, verbatim } from '../../core/text/text.ts';
import { parentChannel } from '../../processes/engineProcess.ts';
import { type Call, Rpc } from '../../protocol/rpc.ts';
import { loadOrt, type Ort, openSession, ortSentence } from '../models/onnxruntime.ts';
import { startWatchdog } from '../threads/life.ts';
import { memoryBudget } from '../threads/loads.ts';
import { extraTensors, imageTensor } from './feeds.ts';
import type { RunSpec } from './inferenceWorker.ts';
import { probeStep, type StepFound } from './stepProbe.ts';
import { fillNoise } from './tinyModel.ts';

/** What is tried. */
export interface ProbeRequest {
  readonly provider: string;
  /** An ONNX file, or the bytes of a model. */
  readonly model: string | Uint8Array;
  readonly spec: RunSpec;
  /** Appended to the bytes of the file. */
  readonly append?: Uint8Array | undefined;
  /** Threads of the CPU to compare with. */
  readonly threads: number;
}

/** What it found. Times are milliseconds of one run. */
export type ProbeReply =
  | {
      readonly kind: 'ran';
      readonly milliseconds: number;
      readonly cpuMilliseconds: number;
      /** Largest difference of a score from the CPU's, as a share of the largest score. */
      readonly difference: number;
      /** Whether both find the same class, or one that the other finds as likely. */
      readonly agrees: boolean;
    }
  | { readonly kind: 'failed'; readonly message: Text };

/** A step of training to try. */
export interface StepRequest {
  readonly provider: string;
  readonly backbone: BackboneDescription;
  /** Of the CPU. */
  readonly threads: number;
}

export type StepReply =
  | ({ readonly kind: 'ran' } & StepFound)
  | { readonly kind: 'failed'; readonly message: Text };

export interface ProbeApi {
  probe: Call<ProbeRequest, ProbeReply>;
  step: Call<StepRequest, StepReply>;
}

/**
 * Entry of a process that tries one execution provider on one model and ends. A process of its own: a driver that
 * crashes takes nothing else with it, and one that hangs can be killed.
 */

/** Time is taken over so many runs, or so long. */
const MOST_RUNS = 20;
const MILLISECONDS = 600;

async function probe({ provider, model, spec, append, threads }: ProbeRequest): Promise<ProbeReply> {
  const ort = await loadOrt();
  const there = await measured(ort, provider, model, append, spec, 1);
  const here = await measured(ort, 'cpu', model, append, spec, threads);
  const best = indexOfLargest(here.scores);
  const largest = Math.max(...here.scores.map(Math.abs), 1e-6);
  let difference = 0;
  for (let i = 0; i < here.scores.length; i++) {
    const off = Math.abs(here.scores[i] - there.scores[i]);
    // NaN is as far off as can be.
    difference = Number.isNaN(off) ? Number.POSITIVE_INFINITY : Math.max(difference, off / largest);
  }
  const found = indexOfLargest(there.scores);
  const agrees = Math.abs(here.scores[found] - here.scores[best]) <= 0.01 * largest;
  return {
    kind: 'ran',
    milliseconds: there.milliseconds,
    cpuMilliseconds: here.milliseconds,
    difference,
    agrees,
  };
}

async function measured(
  ort: Ort,
  provider: string,
  model: string | Uint8Array,
  append: ProbeRequest['append'],
  { inputName, outputName, input, extraInputs, fixedBatch = 1 }: ProbeRequest['spec'],
  threads: number,
): Promise<{ scores: Float32Array; milliseconds: number }> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    logSeverityLevel: 4,
    enableCpuMemArena: false,
  };
  const session =
    typeof model === 'string'
      ? await openSession(ort, model, options, append)
      : await ort.InferenceSession.create(model, options);
  const view = inputView(input, new ArrayBuffer(inputBytes(input)));
  fillNoise(view, input.type === 'float16');
  const all = new (view.constructor as new (count: number) => typeof view)(view.length * fixedBatch);
  all.set(view as never);
  const feeds = {
    ...extraTensors(ort, extraInputs),
    [inputName]: imageTensor(ort, input, all, fixedBatch),
  };
  let scores = new Float32Array();
  let milliseconds = Number.POSITIVE_INFINITY;
  const started = performance.now();
  for (let run = 0; run <= MOST_RUNS; run++) {
    const began = performance.now();
    const { [outputName]: output } = await session.run(feeds, [outputName]);
    // The first run compiles.
    if (run > 0) milliseconds = Math.min(milliseconds, performance.now() - began);
    else scores = Float32Array.from(output.data as ArrayLike<number>);
    if (run > 0 && performance.now() - started > MILLISECONDS) break;
  }
  await session.release();
  return { scores, milliseconds: milliseconds / fixedBatch };
}

// A driver may hang for ever, and the engine that would kill this process may be gone by then.
const watchdog = startWatchdog(0);
watchdog.watchMemory({ name: 'The backbone', budget: memoryBudget() });
new Rpc<Record<never, never>, ProbeApi>(parentChannel(), {
  probe: (request) =>
    probe(request).catch((error) => ({ kind: 'failed', message: verbatim(ortSentence(error)) })),
  step: async ({ provider, backbone, threads }) => {
    try {
      return { kind: 'ran', ...(await probeStep(await loadOrt(), provider, backbone, threads)) };
    } catch (error) {
      return {
        kind: 'failed',
        message: error instanceof SemapError ? error.text : verbatim(ortSentence(error)),
      };
    }
  },
});
