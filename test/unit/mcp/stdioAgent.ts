import { execFileSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { semapFiles } from '../programs.ts';

// biome-ignore lint/suspicious/noExplicitAny: the client checks what a tool tells against its schema, and tests look at it.
type Told = any;

/** What came of a call. */
export interface Called {
  readonly failed: boolean;
  /** What a model reads. */
  readonly text: string;
  readonly told: Told;
}

interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: {
    readonly progress: number;
    readonly message?: string | undefined;
  }) => void;
}

/** An agent with `semap mcp` as a program of its own, as clients start it. */
export interface StdioAgent {
  readonly client: Client;
  /** Of the server. */
  readonly pid: number;
  /** What the server wrote to standard error. */
  readonly errors: () => string;
  call(name: string, given?: Readonly<Record<string, unknown>>, options?: CallOptions): Promise<Called>;
  /** Other roots from now on, of which the server is told. */
  changeRoots(roots: readonly string[]): Promise<void>;
  /** The pipes close at once, as when the client is killed. */
  vanish(): void;
  close(): Promise<void>;
}

/** @param options of the command, after `semap mcp` */
export async function stdioAgent(options: readonly string[], roots: readonly string[]): Promise<StdioAgent> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [...semapFiles, 'mcp', ...options],
    stderr: 'pipe',
  });
  let errors = '';
  transport.stderr?.on('data', (bytes) => {
    errors += bytes;
  });
  const client = new Client(
    { name: 'scripted agent', version: '1' },
    { capabilities: { roots: { listChanged: true } } },
  );
  let now = roots;
  client.setRequestHandler(ListRootsRequestSchema, () => ({
    roots: now.map((root) => ({ uri: pathToFileURL(root).href })),
  }));
  await client.connect(transport);
  return {
    client,
    pid: transport.pid!,
    errors: () => errors,
    call: async (name, given = {}, how = {}) => {
      const {
        isError = false,
        content,
        structuredContent,
      } = await client.callTool({ name, arguments: given }, undefined, how);
      const [{ text }] = content as { text: string }[];
      return { failed: isError === true, text, told: structuredContent };
    },
    changeRoots: async (others) => {
      now = others;
      await client.sendRootsListChanged();
    },
    vanish: () => {
      const { _process: server } = transport as unknown as {
        _process: import('node:child_process').ChildProcess;
      };
      server.stdin!.destroy();
      server.stdout!.destroy();
    },
    close: () => client.close(),
  };
}

/** Process numbers of the children of a process. */
export function childrenOf(pid: number): readonly number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return rows
    .map((row) => row.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid ? [child] : []));
}

/** Waits until something is so. @throws {Error} after a minute */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 60_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`Not so within a minute: ${what}`);
    await setTimeout(20);
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
