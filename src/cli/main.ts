#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { EXIT } from './command.ts';
import { semap } from './semap.ts';
import type { Terminal } from './terminal.ts';

/** Entry of the `semap` command. */

const DEFAULT_COLUMNS = 100;

const terminal: Terminal = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  interactive: process.stderr.isTTY === true,
  columns: process.stdout.columns ?? process.stderr.columns ?? DEFAULT_COLUMNS,
};

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});

const cancel = new AbortController();
process.on('SIGINT', () => {
  // The second Ctrl-C does not wait; the engine ends when this process has gone.
  if (cancel.signal.aborted) process.exit(EXIT.cancelled);
  cancel.abort();
});
process.on('SIGTERM', () => cancel.abort());

process.exitCode = await semap({
  argv: process.argv.slice(2),
  terminal,
  signal: cancel.signal,
  version: versionOf(
    new URL(import.meta.url.endsWith('.ts') ? '../../package.json' : '../package.json', import.meta.url),
  ),
});

function versionOf(packageFile: URL): string {
  try {
    return (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version;
  } catch {
    return 'unknown';
  }
}
