import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { STARTER_VARIABLE } from '../../processes/engineProcess.ts';
import type { ProbeReply, ProbeRequest } from './probeMessages.ts';

/** A driver that does not answer for so long is given up. */
const TIMEOUT = 30_000;

const here = import.meta.url;
const fromSource = new URL(here).pathname.endsWith('.ts');

/** Tries an execution provider in a process of its own. Never rejects: what goes wrong is the finding. */
export function tryProvider(request: ProbeRequest, signal?: AbortSignal): Promise<ProbeReply> {
  return new Promise((resolve) => {
    const file = new URL(fromSource ? './providerProbe.ts' : './providerProbe.mjs', here);
    const child = fork(fileURLToPath(file), [], {
      execArgv: fromSource ? ['--import', 'tsx'] : [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // A driver's cache and settings are the person's; nothing else is handed on.
      env: { ...process.env, [STARTER_VARIABLE]: String(process.pid) },
    });
    let settled = false;
    const settle = (reply: ProbeReply) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      child.kill('SIGKILL');
      resolve(reply);
    };
    const failed = (message: string) => settle({ kind: 'failed', message });
    const abort = () => failed('It was cancelled.');
    const timer = setTimeout(() => failed(`It did not answer within ${TIMEOUT / 1000} s.`), TIMEOUT);
    signal?.addEventListener('abort', abort, { once: true });
    child.once('message', (reply) => settle(reply as ProbeReply));
    child.once('error', (error) => failed(error.message));
    child.once('exit', (code, how) =>
      failed(`Its process ended by ${how ?? `code ${code}`}: the driver crashed.`),
    );
    child.send(request, (error) => error && failed(error.message));
  });
}
