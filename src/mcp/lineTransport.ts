import type { Readable, Writable } from 'node:stream';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  ErrorCode,
  type JSONRPCMessage,
  JSONRPCMessageSchema,
  type RequestId,
} from '@modelcontextprotocol/sdk/types.js';

/** Bytes of a message: ten thousand labels, or a thousand paths, are far below. */
const LARGEST_MESSAGE = 16 << 20;
/** Of a message that is too large, its beginning and end: where programs write the id. */
const EDGE = 4096;
const BREAK = 0x0a;

/**
 * Messages of JSON-RPC, a line each, over a pair of streams. Whatever a client writes, it is told what is wrong with it and
 * served on: that of the SDK leaves what is no message without an answer, and ends at a line of 10 MB.
 */
export class LineTransport implements Transport {
  onmessage: Transport['onmessage'];
  onclose: Transport['onclose'];
  onerror: Transport['onerror'];
  readonly #input: Readable;
  readonly #output: Writable;
  #line: Line = new Line();

  constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.#output = output;
  }

  async start(): Promise<void> {
    this.#input.on('data', this.#read);
  }

  send(message: JSONRPCMessage | Refusal): Promise<void> {
    return new Promise((resolve) => {
      // Who is gone hears nothing: the end of the input says so.
      this.#output.write(`${JSON.stringify(message)}\n`, () => resolve());
    });
  }

  async close(): Promise<void> {
    this.#input.off('data', this.#read);
    this.#input.pause();
    this.onclose?.();
  }

  readonly #read = (bytes: Buffer): void => {
    let from = 0;
    for (let end = bytes.indexOf(BREAK); end >= 0; end = bytes.indexOf(BREAK, from)) {
      this.#line.add(bytes.subarray(from, end));
      from = end + 1;
      const line = this.#line;
      this.#line = new Line();
      this.#take(line);
    }
    if (from < bytes.length) this.#line.add(bytes.subarray(from));
  };

  #take(line: Line): void {
    const text = line.text();
    if (text === undefined) {
      this.#refuse(line.id(), ErrorCode.InvalidRequest, TOO_LARGE);
      return;
    }
    if (text.trim() === '') return;
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch {
      this.#refuse(null, ErrorCode.ParseError, 'This is no JSON.');
      return;
    }
    // Clients of the protocol of March 2025 may send several at once.
    if (!Array.isArray(data)) this.#tell(data);
    else if (data.length > 0) for (const one of data) this.#tell(one);
    else this.#refuse(null, ErrorCode.InvalidRequest, 'This batch is empty.');
  }

  #tell(data: unknown): void {
    let message: JSONRPCMessage | undefined;
    try {
      message = JSONRPCMessageSchema.safeParse(data).data;
    } catch {
      // Nested too deep to be checked.
    }
    if (message) this.onmessage?.(message);
    else if (isAsked(data))
      this.#refuse(idOf(data), ErrorCode.InvalidRequest, 'This is no JSON-RPC 2.0 message.');
  }

  #refuse(id: RequestId | null, code: number, message: string): void {
    this.onerror?.(new Error(message));
    void this.send({ jsonrpc: '2.0', id, error: { code, message } });
  }
}

const TOO_LARGE = `This message is larger than ${LARGEST_MESSAGE >> 20} MB. Name a file or fewer things.`;

/** An answer to what has no id that can be read, which the types of the SDK do not know. */
interface Refusal {
  readonly jsonrpc: '2.0';
  readonly id: RequestId | null;
  readonly error: { readonly code: number; readonly message: string };
}

/** Whether somebody waits for an answer; what has a method and no id is a notification. */
function isAsked(data: unknown): boolean {
  return typeof data !== 'object' || data === null || 'id' in data || !('method' in data);
}

function idOf(data: unknown): RequestId | null {
  const { id } = (data ?? {}) as { readonly id?: unknown };
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

/** A line as it arrives. Of one that is too long no more is held than where its id may be. */
class Line {
  #parts: Buffer[] = [];
  #length = 0;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);

  add(bytes: Buffer): void {
    this.#length += bytes.length;
    if (this.#length <= LARGEST_MESSAGE) {
      this.#parts.push(bytes);
      return;
    }
    if (this.#parts.length > 0) {
      const begun = Buffer.concat(this.#parts);
      this.#parts = [];
      this.#head = Buffer.from(begun.subarray(0, EDGE));
      this.#tail = Buffer.from(begun.subarray(-EDGE));
    }
    if (this.#head.length === 0) this.#head = Buffer.from(bytes.subarray(0, EDGE));
    this.#tail = Buffer.from(Buffer.concat([this.#tail, bytes.subarray(-EDGE)]).subarray(-EDGE));
  }

  /** Undefined: it is too long. */
  text(): string | undefined {
    return this.#length > LARGEST_MESSAGE ? undefined : Buffer.concat(this.#parts).toString('utf8');
  }

  /** The id of a message that is too long, where it stands first or last; null where nobody knows. */
  id(): RequestId | null {
    const [, found] =
      /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d+|"[^"\\]*")\s*,/.exec(String(this.#head)) ??
      /,\s*"id"\s*:\s*(\d+|"[^"\\]*")\s*\}\s*$/.exec(String(this.#tail)) ??
      [];
    return found === undefined ? null : JSON.parse(found);
  }
}
