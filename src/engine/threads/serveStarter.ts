import { parentPort } from 'node:worker_threads';
import { type Api, type Handlers, Rpc } from '../../protocol/rpc.ts';

/**
 * A worker thread's end of a `Thread`: serves `handlers` to the thread that started it.
 *
 * @param release frees what the thread has, before it ends by itself
 * @returns for what this thread asks of that one
 */
export function serveStarter<Local extends Api<Local>, Remote extends Api<Remote> = Record<never, never>>(
  handlers: Handlers<Local>,
  release?: () => Promise<unknown>,
): Rpc<Remote, Local> {
  if (!parentPort) throw new Error('This file is the entry of a worker thread.');
  const port = parentPort;
  const close = async () => {
    await release?.().catch(() => {});
    // After the reply.
    setImmediate(() => port.close());
  };
  return new Rpc<Remote, Local>(
    {
      send: (message, moved) => port.postMessage(message, moved),
      onMessage: (listener) => {
        port.on('message', listener);
        return () => port.off('message', listener);
      },
      onClose: () => () => {},
    },
    { ...handlers, close },
  );
}
