import { execFile } from 'node:child_process';
import { after, before } from 'node:test';
import { EngineSession } from '../../../src/cli/engineSession.ts';
import { semap } from '../../../src/cli/semap.ts';
import { engineFiles, semapFiles } from '../programs.ts';

EngineSession.files = engineFiles;

/**
 * The arguments of a command as it is typed: `` words`align --labels cat -o ${file} ${options}` ``.
 * A text in it is one argument, whatever is in it; a list is as many.
 */
export function words(line: readonly string[], ...values: readonly (string | readonly string[])[]): string[] {
  let next = 0;
  return line
    .join('\0')
    .trim()
    .split(/\s+/)
    .flatMap((word) => (word === '\0' ? values[next++] : word));
}

/** What a command ended with and printed. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command of `semap` in this process. @param onOut hears what is printed while it runs */
export async function runCommand(
  argv: readonly string[],
  {
    signal = new AbortController().signal,
    columns = 120,
    version = '1.2.3',
    onOut = (_text: string): void => {},
  } = {},
): Promise<Ran> {
  let [out, err] = ['', ''];
  const terminal = {
    out: (text: string) => {
      out += text;
      onOut(text);
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
 * Lets the commands of a suite that say the same about the engine, and name this cache folder, share one engine: its start is
 * most of what a command takes. Those that name another have engines of their own.
 */
export function keepEngines(cacheFolder: string): void {
  const start = EngineSession.start.bind(EngineSession);
  const kept = new Map<string, Promise<EngineSession>>();
  const ends: (() => Promise<void>)[] = [];
  before(() => {
    EngineSession.start = (setup) => {
      if (setup.cacheFolder !== cacheFolder) return start(setup);
      const key = JSON.stringify(setup);
      const engine = kept.get(key) ?? start(setup).then(stayed);
      kept.set(key, engine);
      return engine;
    };
  });
  after(async () => {
    EngineSession.start = start;
    await Promise.all(ends.map((end) => end()));
  });
  const stayed = (engine: EngineSession) => {
    ends.push(engine.stop.bind(engine));
    engine.stop = () => Promise.resolve();
    return engine;
  };
}

/** Runs a command that is typed as in {@link words}, with `options` after it. */
export function runWith(
  options: () => readonly string[],
): (...line: Parameters<typeof words>) => Promise<Ran> {
  return (...line) => runCommand([...words(...line), ...options()]);
}

/**
 * Runs `semap` as a program, typed as in {@link words}. One that has not ended within two minutes is ended by a signal.
 * @returns `ended` is whether it ended by itself
 */
export function runProgram(...line: Parameters<typeof words>): Promise<Ran & { readonly ended: boolean }> {
  const limit = { timeout: 120_000, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, [...semapFiles, ...words(...line)], limit, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err, ended: !error?.signal }),
    );
  });
}
