import { type Api, type Channel, type Handlers, Rpc } from './rpc.ts';

/** Every message carries the page that it belongs to: a page that was reloaded is another one, with its own calls. */
interface Envelope {
  readonly page: string;
  readonly body: unknown;
}

function isEnvelope(message: unknown): message is Envelope {
  return typeof message === 'object' && message !== null && 'page' in message && 'body' in message;
}

/** What the page's end needs of its surroundings. */
export interface PageSide {
  /** Unique to this load of the page. */
  readonly page: string;
  post(message: unknown): void;
  /** Returns what stops listening. */
  listen(listener: (message: unknown) => void): () => void;
}

/** The page's end of the channel to the extension host. It closes only with the page itself. */
export function pageChannel({ page, post, listen }: PageSide): Channel {
  return {
    send: (body) => post({ page, body } satisfies Envelope),
    onMessage: (listener) =>
      listen((message) => {
        if (isEnvelope(message) && message.page === page) listener(message.body);
      }),
    onClose: () => () => {},
  };
}

/** The part of `vscode.Webview` that a connection needs. */
export interface WebviewPort {
  postMessage(message: unknown): unknown;
  onDidReceiveMessage(listener: (message: unknown) => void): { dispose(): unknown };
}

/**
 * The host's end: serves `handlers` to whichever page is loaded in a webview. A webview that is hidden, moved or
 * reloaded comes back as a new page; what the old one had asked for is aborted then.
 */
export class PageServer<Local extends Api<Local>> {
  readonly #port: WebviewPort;
  readonly #handlers: Handlers<Local>;
  readonly #subscription: { dispose(): unknown };
  #page: { id: string; deliver: (body: unknown) => void; rpc: Rpc<Record<never, never>, Local> } | undefined;

  constructor(port: WebviewPort, handlers: Handlers<Local>) {
    this.#port = port;
    this.#handlers = handlers;
    this.#subscription = port.onDidReceiveMessage((message) => this.#receive(message));
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#page?.rpc.dispose();
    this.#page = undefined;
  }

  #receive(message: unknown): void {
    if (!isEnvelope(message)) return;
    if (this.#page?.id !== message.page) this.#turnTo(message.page);
    this.#page?.deliver(message.body);
  }

  #turnTo(id: string): void {
    this.#page?.rpc.dispose();
    let deliver: (body: unknown) => void = () => {};
    const channel: Channel = {
      send: (body) => void this.#port.postMessage({ page: id, body } satisfies Envelope),
      onMessage: (listener) => {
        deliver = listener;
        return () => {
          deliver = () => {};
        };
      },
      onClose: () => () => {},
    };
    const rpc = new Rpc<Record<never, never>, Local>(channel, this.#handlers);
    this.#page = { id, deliver: (body) => deliver(body), rpc };
  }
}
