import { PassThrough } from 'node:stream';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type ClientCapabilities, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { type ServeOptions, serve } from '../../../src/mcp/serve.ts';

/** A client of the SDK and a server of ours in one process, over streams as between two. */
export async function connected(
  options: Omit<ServeOptions, 'input' | 'output' | 'version' | 'signal'>,
  roots?: readonly string[] | (() => readonly string[]),
  can: ClientCapabilities = {},
): Promise<{ readonly client: Client; readonly close: () => Promise<void> }> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const abort = new AbortController();
  const served = serve({ ...options, input, output, version: '1.2.3', signal: abort.signal });
  const client = new Client(
    { name: 'test', version: '1' },
    { capabilities: { ...can, ...(roots && { roots: { listChanged: true } }) } },
  );
  if (roots) {
    client.setRequestHandler(ListRootsRequestSchema, () => ({
      roots: (typeof roots === 'function' ? roots() : roots).map((root) => ({ uri: `file://${root}` })),
    }));
  }
  await client.connect(new StreamTransport(output, input));
  const close = async () => {
    await client.close();
    abort.abort();
    await served;
  };
  return { client, close };
}

/** The other end of a server over streams. */
class StreamTransport implements Transport {
  onmessage: Transport['onmessage'];
  onclose: Transport['onclose'];
  onerror: Transport['onerror'];
  readonly #from: PassThrough;
  readonly #to: PassThrough;
  readonly #buffer = new ReadBuffer();

  constructor(from: PassThrough, to: PassThrough) {
    this.#from = from;
    this.#to = to;
  }

  async start(): Promise<void> {
    this.#from.on('data', (bytes: Buffer) => {
      this.#buffer.append(bytes);
      for (let message = this.#buffer.readMessage(); message; message = this.#buffer.readMessage())
        this.onmessage?.(message);
    });
  }

  async send(message: Parameters<Transport['send']>[0]): Promise<void> {
    this.#to.write(serializeMessage(message));
  }

  async close(): Promise<void> {
    this.#to.end();
    this.onclose?.();
  }
}
