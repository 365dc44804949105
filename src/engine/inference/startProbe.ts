import { fileURLToPath } from 'node:url';
import { phrase, type Text } from '../../core/text/text.ts';
import { forkEngine } from '../../processes/engineProcess.ts';
import { Rpc } from '../../protocol/rpc.ts';
import { entryFile } from '../threads/thread.ts';
import type { ProbeApi, ProbeReply, ProbeRequest } from './providerProbe.ts';

/** A driver that does not answer for so long is given up. */
const TIMEOUT_SECONDS = 30;

/** Tries an execution provider in a process of its own. Never rejects: what goes wrong is the finding. */
export async function tryProvider(request: ProbeRequest, signal?: AbortSignal): Promise<ProbeReply> {
  const { file, fromSource } = entryFile('inference/providerProbe');
  const child = forkEngine({
    enginePath: fileURLToPath(file),
    execArgv: fromSource ? ['--import', 'tsx'] : [],
  });
  const rpc = new Rpc<ProbeApi, Record<never, never>>(child.channel, {});
  const problem = new Promise<Text>((resolve) => {
    const slow = phrase('No answer within {0} s.', TIMEOUT_SECONDS);
    setTimeout(resolve, TIMEOUT_SECONDS * 1000, slow).unref();
    signal?.addEventListener('abort', () => resolve(phrase('Canceled.')), { once: true });
    void child.exited.then(({ code, signal: how }) =>
      resolve(phrase('The driver crashed: its process ended with {0}.', how ?? String(code))),
    );
  });
  try {
    const failed = problem.then((message): ProbeReply => ({ kind: 'failed', message }));
    return await Promise.race([rpc.call('probe', request).catch(() => failed), failed]);
  } finally {
    child.kill();
  }
}
