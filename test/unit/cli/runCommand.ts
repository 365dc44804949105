import { execFile } from 'node:child_process';
import { EngineSession } from '../../../src/cli/engineSession.ts';
import { semap } from '../../../src/cli/semap.ts';
import { engineFiles, semapFiles } from '../programs.ts';

EngineSession.files = engineFiles;

/** What a command ended with and printed. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command of `semap` in this process. */
export async function runCommand(
  argv: readonly string[],
  { signal = new AbortController().signal, columns = 120, version = '1.2.3' } = {},
): Promise<Ran> {
  let [out, err] = ['', ''];
  const terminal = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    interactive: false,
    columns,
  };
  const code = await semap({ argv, terminal, signal, version });
  return { code, out, err };
}

/**
 * Runs `semap` as a program. One that has not ended within two minutes is ended by a signal.
 * @returns `ended` is whether it ended by itself
 */
export function runProgram(...args: readonly string[]): Promise<Ran & { readonly ended: boolean }> {
  const limit = { timeout: 120_000, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, [...semapFiles, ...args], limit, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err, ended: !error?.signal }),
    );
  });
}
