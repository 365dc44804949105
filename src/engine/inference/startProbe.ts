import { fileURLToPath } from 'node:url';
import { phrase, type Text } from '../../core/text/text.ts';
import { forkEngine } from '../../processes/engineProcess.ts';
import { Rpc } from '../../protocol/rpc.ts';
import { entryFile } from '../threads/thread.ts';
import type { ProbeApi, ProbeReply, ProbeRequest, StepReply, StepRequest } from './providerProbe.ts';

/** A driver that does not answer for so long is given up. */
const TIMEOUT_SECONDS = 30;
/** A step's graph has to be built, and a driver compiles twice as much. */
const STEP_SECONDS = 120;

/** Tries an execution provider in a process of its own. Never rejects: what goes wrong is the finding. */
export function tryProvider(request: ProbeRequest, signal?: AbortSignal): Promise<ProbeReply> {
  return ask('probe', request, TIMEOUT_SECONDS, signal);
}

/** The same with a step of training. */
export function tryStep(request: StepRequest, signal?: AbortSignal): Promise<StepReply> {
  return ask('step', request, STEP_SECONDS, signal);
}

async function ask<K extends keyof ProbeApi>(
  method: K,
  request: ProbeApi[K]['params'],
  seconds: number,
  signal?: AbortSignal,
): Promise<ProbeApi[K]['result']> {
  const { file, fromSource } = entryFile('inference/providerProbe');
  const child = forkEngine({
    enginePath: fileURLToPath(file),
    execArgv: fromSource ? ['--import', 'tsx'] : [],
  });
  const rpc = new Rpc<ProbeApi, Record<never, never>>(child.channel, {});
  const problem = new Promise<Text>((resolve) => {
    const slow = phrase('No answer within {0} s.', seconds);
    setTimeout(resolve, seconds * 1000, slow).unref();
    signal?.addEventListener('abort', () => resolve(phrase('Canceled.')), { once: true });
    void child.exited.then(({ code, signal: how }) =>
      resolve(phrase('The driver crashed: its process ended with {0}.', how ?? String(code))),
    );
  });
  try {
    const failed = problem.then((message) => ({ kind: 'failed' as const, message }));
    return await Promise.race([rpc.call(method, request).catch(() => failed), failed]);
  } finally {
    child.kill();
  }
}
