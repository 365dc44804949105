import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function gitBlob(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

/**
 * A small hub on 127.0.0.1 in the manner of the Hugging Face hub: a listing API, small files served directly, large ones
 * (`*.onnx`) by a redirect to a second server that stands for the CDN and knows ranges.
 */
export class TestHub {
  readonly #hub = createServer((request, response) => this.#answer(request, response));
  readonly #cdn = createServer((request, response) => this.#answerCdn(request, response));
  readonly #files = new Map<string, Uint8Array>();
  /** What was asked, as `METHOD host-role path [range]`, in order. */
  readonly log: string[] = [];
  readonly repo: string;
  #endpoint = '';
  /** Takes over requests whose path (without query) ends in the key; on the CDN, `cdn:` goes before it. */
  readonly overrides = new Map<string, Handler>();
  /** Whether the listing API exists. */
  hasApi = true;
  /** Entries per page of the listing. */
  pageSize = 1000;
  /** Further entries of the listing, as they are. */
  extraEntries: object[] = [];
  /** What the listing says instead of a file's true SHA-256. */
  readonly lies = new Map<string, string>();

  constructor(repo: string, files: Record<string, Uint8Array>) {
    this.repo = repo;
    for (const [path, content] of Object.entries(files)) this.#files.set(path, content);
  }

  async start(): Promise<this> {
    for (const server of [this.#hub, this.#cdn]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    this.#endpoint = originOf(this.#hub);
    return this;
  }

  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#cdn]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** Stays the same after a stop. */
  get endpoint(): string {
    return this.#endpoint;
  }

  /** The commit: changes with the content. */
  get commit(): string {
    const all = [...this.#files].map(([path, content]) => `${path} ${gitBlob(content)}`).join('\n');
    return createHash('sha1').update(all).digest('hex');
  }

  set(path: string, content: Uint8Array): void {
    this.#files.set(path, content);
  }

  content(path: string): Uint8Array {
    return this.#files.get(path)!;
  }

  /** Requests for bytes of a large file so far. */
  downloads(path: string): string[] {
    return this.log.filter((line) => line.startsWith(`GET cdn /${path}`));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url!, this.endpoint);
    this.log.push(`${request.method} hub ${pathname}`);
    const override = this.#override(pathname);
    if (override) {
      override(request, response);
      return;
    }
    const api = `/api/models/${this.repo}`;
    if (this.hasApi && pathname === `${api}/revision/main`) {
      json(response, { id: this.repo, sha: this.commit });
      return;
    }
    if (this.hasApi && pathname === `${api}/tree/${this.commit}`) {
      this.#tree(response, Number(searchParams.get('cursor') ?? 0));
      return;
    }
    const prefixes = [`/${this.repo}/resolve/${this.commit}/`, `/${this.repo}/resolve/main/`];
    const prefix = prefixes.find((each) => pathname.startsWith(each));
    const path = pathname.slice(prefix?.length ?? 0);
    const content = prefix === undefined ? undefined : this.#files.get(path);
    if (!content) {
      response.writeHead(404, { 'content-type': 'text/plain' });
      response.end('Entry not found');
      return;
    }
    if (!path.endsWith('.onnx')) {
      serve(request, response, content, `"${gitBlob(content)}"`);
      return;
    }
    response.writeHead(302, {
      location: `${originOf(this.#cdn)}/${path}?signature=1`,
      'x-linked-size': content.length,
      'x-linked-etag': `"${sha256(content)}"`,
    });
    response.end();
  }

  #tree(response: ServerResponse, from: number): void {
    const entries = [
      { type: 'directory', path: 'onnx', size: 0, oid: '0' },
      ...this.extraEntries,
      ...[...this.#files].map(([path, content]) =>
        path.endsWith('.onnx')
          ? {
              type: 'file',
              path,
              size: content.length,
              oid: '0'.repeat(40),
              lfs: { oid: this.lies.get(path) ?? sha256(content), size: content.length, pointerSize: 134 },
            }
          : { type: 'file', path, size: content.length, oid: gitBlob(content) },
      ),
    ];
    const next = from + this.pageSize;
    if (next < entries.length) {
      const url = `${this.endpoint}/api/models/${this.repo}/tree/${this.commit}?recursive=true&cursor=${next}`;
      response.setHeader('link', `<${url}>; rel="next"`);
    }
    json(response, entries.slice(from, next));
  }

  #answerCdn(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url!, 'http://cdn');
    const range = request.headers.range;
    this.log.push(`${request.method} cdn ${pathname}${range === undefined ? '' : ` ${range}`}`);
    const override = this.#override(`cdn:${pathname}`);
    if (override) {
      override(request, response);
      return;
    }
    const content = this.#files.get(pathname.slice(1));
    if (!content) {
      response.writeHead(404);
      response.end();
      return;
    }
    serve(request, response, content, `"cdn-${sha256(content).slice(0, 16)}"`);
  }

  #override(pathname: string): Handler | undefined {
    for (const [key, handler] of this.overrides) {
      if (
        key.startsWith('cdn:') === pathname.startsWith('cdn:') &&
        pathname.endsWith(key.replace(/^cdn:/, ''))
      )
        return handler;
    }
    return undefined;
  }
}

/** Sends 200 bytes every 50 ms and never the last ones. */
export function drip(content: Uint8Array): Handler {
  return (_, response) => {
    response.writeHead(200, { etag: '"tiny"', 'content-length': content.length });
    let sent = 0;
    const timer = setInterval(() => {
      response.write(content.subarray(sent, sent + 200));
      sent += 200;
      if (sent > content.length - 400) clearInterval(timer);
    }, 50);
    response.on('close', () => clearInterval(timer));
  };
}

/** A whole file or the range asked for, guarded by If-Range. */
export function serve(
  request: IncomingMessage,
  response: ServerResponse,
  content: Uint8Array,
  etag: string,
): void {
  const headers = { etag, 'accept-ranges': 'bytes', 'content-type': 'application/octet-stream' };
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const condition = request.headers['if-range'];
  if (!range || (condition !== undefined && condition !== etag)) {
    response.writeHead(200, { ...headers, 'content-length': content.length });
    response.end(request.method === 'HEAD' ? undefined : content);
    return;
  }
  const start = Number(range[1]);
  if (start >= content.length) {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${content.length}` });
    response.end();
    return;
  }
  response.writeHead(206, {
    ...headers,
    'content-length': content.length - start,
    'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
  });
  response.end(content.subarray(start));
}

/** Sends the first bytes of a range and breaks the connection once they have arrived (`until` the file has so many). */
export function breakOff(
  content: Uint8Array,
  bytes: number,
  etag: string,
  until: (size: number) => Promise<void>,
): Handler {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, {
      etag,
      'content-length': content.length - start,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
    });
    response.write(content.subarray(start, start + bytes));
    void until(Math.min(start + bytes, content.length)).then(() => response.destroy());
  };
}

export function page(response: ServerResponse, type = 'text/html; charset=utf-8'): void {
  response.writeHead(200, { 'content-type': type });
  response.end('<!DOCTYPE html><html><body>Please log in to the guest network.</body></html>');
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(value));
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
