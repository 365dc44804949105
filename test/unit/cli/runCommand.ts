import { semap } from '../../../src/cli/semap.ts';

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
