#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { EXIT } from './command.ts';
import { killEngines, killStartingEngines } from './engineSession.ts';
import { semap } from './semap.ts';
import { standardOutput, type TerminalStreams } from './terminal.ts';

/** Entry of the `semap` command. */

const DEFAULT_COLUMNS = 100;

// A reader that has seen enough, such as `head`, is no error, and ends what only prints.
let endsWithReader = true;
const output = standardOutput(() => {
  if (endsWithReader) process.exit(EXIT.done);
});
// Where errors cannot be told, there is nobody to tell.
process.stderr.on('error', () => {});

const terminal: TerminalStreams = {
  out: (text) => output.write(text),
  err: (text) => process.stderr.write(text),
  interactive: process.stderr.isTTY === true,
  columns: process.stdout.columns ?? process.stderr.columns ?? DEFAULT_COLUMNS,
  outliveReader: () => {
    endsWithReader = false;
  },
};

/** A cancelled command has so long to keep what it has and to say so; with what follows it ends within two seconds. */
const CANCEL_MILLISECONDS = 1500;

const cancel = new AbortController();
// SIGHUP: the terminal was closed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The second Ctrl-C does not wait.
    if (cancel.signal.aborted) endNow(signal);
    cancel.abort();
    killStartingEngines();
    // Does not keep alive what has come to its end by itself.
    setTimeout(() => endNow(signal), CANCEL_MILLISECONDS).unref();
  });
}

/** Ends this process and its engine, whatever they are doing. */
function endNow(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void {
  killEngines();
  terminal.err(`${terminal.interactive ? '\r\x1b[2K' : ''}Canceled.\n`);
  // Reading what never answers (a pipe, a dead network folder) would keep `process.exit` waiting for ever.
  const reading = process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
  if (reading) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  process.exit(EXIT.cancelled);
}

const code = await semap({
  argv: process.argv.slice(2),
  terminal,
  signal: cancel.signal,
  version: versionOf(
    new URL(import.meta.url.endsWith('.ts') ? '../../package.json' : '../package.json', import.meta.url),
  ),
});

const lost = await output.finished();
if (lost !== undefined) terminal.err(`semap: ${lost}\n`);
await new Promise<void>((taken) => process.stderr.write('', () => taken()));
// Whatever is still open does not keep a command that has done its work.
process.exit(lost === undefined ? code : EXIT.failed);

function versionOf(packageFile: URL): string {
  try {
    return (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version;
  } catch {
    return 'unknown';
  }
}
