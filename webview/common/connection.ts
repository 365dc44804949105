import { type Api, Rpc } from '../../src/protocol/rpc.ts';
import { pageChannel } from '../../src/protocol/webviewChannel.ts';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** What a page has of its host: calls into the extension, and a place for what the person arranged. */
export interface Connection<Host extends Api<Host>, State extends object> {
  readonly host: Pick<Rpc<Host, Record<never, never>>, 'call'>;
  /** What was saved last, over `defaults`. */
  readonly state: State;
  save(change: Partial<State>): void;
}

/** Connects the page to the extension host. To be called once: VS Code gives its API out once. */
export function connect<Host extends Api<Host>, State extends object>(
  defaults: State,
): Connection<Host, State> {
  const vscode = acquireVsCodeApi();
  const channel = pageChannel({
    // Not randomUUID(): it is missing where a remote VS Code is served without TLS.
    page: crypto.getRandomValues(new Uint32Array(4)).join('-'),
    post: (message) => vscode.postMessage(message),
    listen: (listener) => {
      const receive = (event: MessageEvent<unknown>) => listener(event.data);
      window.addEventListener('message', receive);
      return () => window.removeEventListener('message', receive);
    },
  });
  const saved = vscode.getState();
  let state: State = { ...defaults, ...(typeof saved === 'object' ? saved : undefined) };
  return {
    host: new Rpc<Host, Record<never, never>>(channel, {}),
    get state() {
      return state;
    },
    save: (change) => {
      state = { ...state, ...change };
      vscode.setState(state);
    },
  };
}
