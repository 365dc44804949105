import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { untilAborted } from '../../../src/core/errors.ts';
import { type Handlers, Rpc } from '../../../src/protocol/rpc.ts';
import { PageServer, pageChannel } from '../../../src/protocol/webviewChannel.ts';

interface EchoApi {
  echo: { params: { readonly values: Float32Array }; result: Float32Array; progress: never };
  watch: { params: null; result: never; progress: number };
  wait: { params: null; result: string; progress: never };
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** A webview that hands messages over as VS Code does: cloned and later, to whatever page is loaded. */
function fakeWebview() {
  const toHost = new Set<(message: unknown) => void>();
  const toPage = new Set<(message: unknown) => void>();
  const deliver = (listeners: Set<(message: unknown) => void>, message: unknown) => {
    const copy = structuredClone(message);
    queueMicrotask(() => {
      for (const listener of [...listeners]) listener(copy);
    });
  };
  return {
    port: {
      postMessage: (message: unknown) => deliver(toPage, message),
      onDidReceiveMessage: (listener: (message: unknown) => void) => {
        toHost.add(listener);
        return { dispose: () => toHost.delete(listener) };
      },
    },
    load(page: string) {
      const channel = pageChannel({
        page,
        post: (message) => deliver(toHost, message),
        listen: (listener) => {
          toPage.add(listener);
          return () => toPage.delete(listener);
        },
      });
      return new Rpc<EchoApi, Record<never, never>>(channel, {});
    },
  };
}

const silent: Handlers<EchoApi> = {
  echo: ({ values }) => values,
  watch: (_, { signal }) => untilAborted(new Promise<never>(() => {}), signal),
  wait: () => 'done',
};

describe('a webview channel', () => {
  it('carries typed arrays as such', async () => {
    const webview = fakeWebview();
    const server = new PageServer(webview.port, silent);
    const answer = await webview.load('a').call('echo', { values: Float32Array.of(1, 2.5) });
    assert.ok(answer instanceof Float32Array);
    assert.deepEqual([...answer], [1, 2.5]);
    server.dispose();
  });

  it('aborts what an old page was waiting for when a new one is loaded', async () => {
    const webview = fakeWebview();
    const aborted = deferred<void>();
    const server = new PageServer<EchoApi>(webview.port, {
      ...silent,
      watch: (_, { signal, report }) => {
        signal.addEventListener('abort', () => aborted.resolve());
        report(1);
        return untilAborted(new Promise<never>(() => {}), signal);
      },
    });
    const reported = deferred<number>();
    void webview.load('old').call('watch', null, { onProgress: reported.resolve });
    assert.equal(await reported.promise, 1);
    await webview.load('new').call('wait', null);
    await aborted.promise;
    server.dispose();
  });

  it('never gives a new page the answer to a call of the old one', async () => {
    const webview = fakeWebview();
    const late = deferred<string>();
    let calls = 0;
    const server = new PageServer<EchoApi>(webview.port, {
      ...silent,
      wait: () => (calls++ === 0 ? late.promise : 'answer to the new page'),
    });
    const old = webview.load('old');
    let oldAnswered = false;
    void old.call('wait', null).then(() => {
      oldAnswered = true;
    });
    // Both pages number their first call alike.
    const answer = webview.load('new').call('wait', null);
    late.resolve('answer to the old page');
    assert.equal(await answer, 'answer to the new page');
    assert.equal(oldAnswered, false);
    server.dispose();
  });

  it('ignores messages that are not its own', async () => {
    const webview = fakeWebview();
    const server = new PageServer(webview.port, silent);
    const page = webview.load('a');
    webview.port.postMessage('hello');
    webview.port.postMessage({ page: 'b', body: { kind: 'ok', id: 1, value: 'forged' } });
    assert.equal(await page.call('wait', null), 'done');
    server.dispose();
  });
});
