import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { type Call, moving } from '../../protocol/rpc.ts';
import { serveStarter } from '../threads/serveStarter.ts';
import { type LogitScale, TextEncoder } from './textEncoder.ts';

/** What an encoder worker offers: one encoder, opened once. */
export interface EncoderWorkerApi {
  open: Call<{ readonly folder: string; readonly threads: number }>;
  /** `values` row-major [texts, dimension], not normalised. */
  encode: Call<
    { readonly texts: readonly string[] },
    { readonly values: Float32Array; readonly dimension: number },
    { readonly done: number; readonly total: number }
  >;
  /** Of a graph of both towers; null where it does not tell. */
  scale: Call<undefined, LogitScale | null>;
}

/** Entry of an encoder worker: one thread, one text encoder, so that the engine answers while texts are encoded. */
let encoder: TextEncoder | undefined;

serveStarter<EncoderWorkerApi>(
  {
    open: async ({ folder, threads }) => {
      encoder = await TextEncoder.open(folder, threads);
      return undefined;
    },
    scale: async () => (await encoder?.logitScale()) ?? null,
    encode: async ({ texts }, { signal, report }) => {
      if (!encoder) throw new SemapError('internal', phrase('No encoder is open.'));
      const values = await encoder.encode(texts, {
        signal,
        onProgress: (done, total) => report({ done, total }),
      });
      return moving({ values, dimension: encoder.dimension }, [values.buffer]);
    },
  },
  async () => encoder?.dispose(),
);
