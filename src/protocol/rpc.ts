import { cancelled, type Problem, problemOf, SemapError, toSemapError } from '../core/errors.ts';
import { isText, phrase, verbatim } from '../core/text/text.ts';

/** Two ends that exchange structured-clonable messages: a forked process, a thread, a webview, a pair in a test. */
export interface Channel {
  /** @param moved goes over without a copy and is lost here, where the channel can do that; else it is copied */
  send(message: unknown, moved?: readonly ArrayBuffer[]): void;
  /** Calls `listener` for every message; returns what stops that. */
  onMessage(listener: (message: unknown) => void): () => void;
  /** Calls `listener` once when the other end is gone; returns what stops that. */
  onClose(listener: (error: SemapError) => void): () => void;
}

/** What every handler gets beside its parameters. */
export interface CallContext<Progress> {
  /** Aborted when the caller cancels or vanishes. */
  readonly signal: AbortSignal;
  /** Sends typed progress to the caller. */
  readonly report: (progress: Progress) => void;
}

/** One entry of an API: parameters, result, and the progress it reports on the way. */
export interface Method {
  params: unknown;
  result: unknown;
  progress: unknown;
}

/** As it is written in an API: what is sent, what comes back, and what is reported on the way. */
export interface Call<Params, Result = undefined, Progress = never> {
  params: Params;
  result: Result;
  progress: Progress;
}

/** An API is a record of methods; both sides are typed from it. */
export type Api<A> = { [K in keyof A]: Method };

export type Handlers<A extends Api<A>> = {
  [K in keyof A]: (
    params: A[K]['params'],
    context: CallContext<A[K]['progress']>,
  ) => Promise<A[K]['result']> | A[K]['result'];
};

export interface CallOptions<Progress> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

type Wire =
  | { kind: 'call'; id: number; method: string; params: unknown }
  | { kind: 'cancel'; id: number }
  | { kind: 'progress'; id: number; value: unknown }
  | { kind: 'ok'; id: number; value: unknown }
  | { kind: 'error'; id: number; error: Problem };

const movedWith = new WeakMap<object, readonly ArrayBuffer[]>();

/** Marks the buffers of parameters or of a result that go to another thread without a copy; here they are lost then. */
export function moving<T extends object>(value: T, buffers: readonly ArrayBufferLike[]): T {
  movedWith.set(value, buffers as readonly ArrayBuffer[]);
  return value;
}

function movedOf(value: unknown): readonly ArrayBuffer[] | undefined {
  return typeof value === 'object' && value !== null ? movedWith.get(value) : undefined;
}

/** A call in work here. Few look at its signal, and an `AbortController` costs more than all else of a call. */
class Serving {
  readonly report: (progress: unknown) => void;
  #controller: AbortController | undefined;
  #cancelled = false;

  constructor(report: (progress: unknown) => void) {
    this.report = report;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#cancelled) this.#controller.abort();
    return this.#controller.signal;
  }

  cancel(): void {
    this.#cancelled = true;
    this.#controller?.abort();
  }
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: SemapError): void;
  onProgress: ((progress: never) => void) | undefined;
  dispose(): void;
}

/**
 * Request and reply over a {@link Channel}, in both directions: `Remote` is what the other end offers, `Local` what
 * this one does. Every call can be cancelled and may report progress; it ends in a value or a {@link SemapError}.
 */
export class Rpc<Remote extends Api<Remote>, Local extends Api<Local>> {
  readonly #channel: Channel;
  readonly #handlers: Handlers<Local>;
  readonly #pending = new Map<number, Pending>();
  readonly #running = new Map<number, Serving>();
  readonly #stops: (() => void)[];
  #nextId = 1;
  #closed: SemapError | undefined;

  constructor(channel: Channel, handlers: Handlers<Local>) {
    this.#channel = channel;
    this.#handlers = handlers;
    this.#stops = [
      channel.onMessage((message) => this.#receive(message)),
      channel.onClose((error) => this.#close(error)),
    ];
  }

  /** @throws {SemapError} what the other end threw; `cancelled` after an abort; `engine-stopped` when it is gone. */
  call<K extends keyof Remote & string>(
    method: K,
    params: Remote[K]['params'],
    options: CallOptions<Remote[K]['progress']> = {},
  ): Promise<Remote[K]['result']> {
    if (this.#closed) return Promise.reject(this.#closed);
    const { signal, onProgress } = options;
    if (signal?.aborted) return Promise.reject(cancelled());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      // The other end answers a cancelled call too (with what it kept, or an error): only that ends it.
      const cancel = () => this.#channel.send({ kind: 'cancel', id } satisfies Wire);
      signal?.addEventListener('abort', cancel, { once: true });
      this.#pending.set(id, {
        resolve: resolve as (value: unknown) => void,
        reject,
        onProgress: onProgress as ((progress: never) => void) | undefined,
        dispose: () => signal?.removeEventListener('abort', cancel),
      });
      try {
        this.#channel.send({ kind: 'call', id, method, params } satisfies Wire, movedOf(params));
      } catch (error) {
        this.#settle(id)?.reject(toSemapError(error));
      }
    });
  }

  /** Stops listening, aborts what runs here and rejects what is awaited. */
  dispose(error = new SemapError('engine-stopped', phrase('The connection was closed.'))): void {
    this.#close(error);
  }

  /** What is no message of this class is left alone: a page shows what others wrote, and may be made to send anything. */
  #receive(message: unknown): void {
    const wire = message as Wire | null | undefined;
    switch (wire?.kind) {
      case 'call':
        if (typeof wire.id === 'number' && typeof wire.method === 'string')
          void this.#serve(wire.id, wire.method, wire.params);
        break;
      case 'cancel':
        this.#running.get(wire.id)?.cancel();
        break;
      case 'progress':
        this.#pending.get(wire.id)?.onProgress?.(wire.value as never);
        break;
      case 'ok':
        this.#settle(wire.id)?.resolve(wire.value);
        break;
      case 'error':
        this.#settle(wire.id)?.reject(errorOf(wire.error));
        break;
    }
  }

  async #serve(id: number, method: string, params: unknown): Promise<void> {
    const reply = (wire: Wire, moved?: readonly ArrayBuffer[]) => {
      if (!this.#closed) this.#channel.send(wire, moved);
    };
    const serving = new Serving((value) => reply({ kind: 'progress', id, value }));
    this.#running.set(id, serving);
    try {
      if (!Object.hasOwn(this.#handlers, method)) {
        throw new SemapError('internal', phrase('Unknown method "{0}".', method));
      }
      const handler = this.#handlers[method as keyof Local];
      const value = await handler(params, serving);
      reply({ kind: 'ok', id, value }, movedOf(value));
    } catch (error) {
      reply({ kind: 'error', id, error: problemOf(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.dispose();
    return pending;
  }

  #close(error: SemapError): void {
    if (this.#closed) return;
    this.#closed = error;
    for (const stop of this.#stops) stop();
    for (const serving of this.#running.values()) serving.cancel();
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(error);
  }
}

function errorOf(wire: Partial<Problem> | null | undefined): SemapError {
  const { reason = 'internal', message, hint } = wire ?? {};
  const said = isText(message) ? message : verbatim(String(message));
  return new SemapError(reason, said, isText(hint) ? { hint } : {});
}
