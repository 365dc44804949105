import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { Rpc } from '../../protocol/rpc.ts';
import { channelToStarter } from '../threads/threadChannel.ts';
import type { EncoderWorkerApi } from './encoderWorkerApi.ts';
import { TextEncoder } from './textEncoder.ts';

/** Entry of an encoder worker: one thread, one text encoder, so that the engine answers while texts are encoded. */
const { channel, endThread } = channelToStarter();
let encoder: TextEncoder | undefined;

new Rpc<Record<never, never>, EncoderWorkerApi>(channel, {
  open: async ({ folder, threads }) => {
    encoder = await TextEncoder.open(folder, threads);
    return undefined;
  },
  encode: async ({ texts }, { signal, report }) => {
    if (!encoder) throw new SemapError('internal', phrase('No encoder is open.'));
    const values = await encoder.encode(texts, {
      signal,
      onProgress: (done, total) => report({ done, total }),
    });
    return { values, dimension: encoder.dimension };
  },
  close: async () => {
    await encoder?.dispose();
    encoder = undefined;
    return endThread();
  },
});
