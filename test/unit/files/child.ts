import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { buildSync } from 'esbuild';

/** Makes a program of a text that imports sources of SeMap, so that many processes of it start quickly. */
export function programOf(folder: string, name: string, text: string): string {
  const outfile = path.join(folder, `${name}.mjs`);
  buildSync({
    stdin: { contents: text, resolveDir: path.resolve(import.meta.dirname, '../../../src'), loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
  return outfile;
}

export function start(program: string, ...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What a process wrote, when it has ended; undefined as the code of one that was killed. */
export async function ended(child: ChildProcess): Promise<{ code: number | null; out: string }> {
  let out = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out };
}

/** Waits for the first words of a process. */
export function firstWords(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (chunk) => resolve(String(chunk)));
    child.once('close', () => reject(new Error('It ended without a word.')));
  });
}
