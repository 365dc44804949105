import { type CallOptions, Rpc } from '../../protocol/rpc.ts';
import { startWorker } from '../threads/startWorker.ts';
import { channelToThread } from '../threads/threadChannel.ts';
import type { EncoderWorkerApi } from './encoderWorkerApi.ts';

/** A text encoder in a thread of its own. Close it. */
export class EncoderThread {
  readonly #rpc: Rpc<EncoderWorkerApi, Record<never, never>>;

  private constructor(rpc: Rpc<EncoderWorkerApi, Record<never, never>>) {
    this.#rpc = rpc;
  }

  /** @throws {SemapError} what `TextEncoder.open` throws */
  static async open(folder: string, threads: number): Promise<EncoderThread> {
    const rpc = new Rpc<EncoderWorkerApi, Record<never, never>>(
      channelToThread(startWorker('encoders/encoderWorker'), "text encoder's thread"),
      {},
    );
    try {
      await rpc.call('open', { folder, threads });
      return new EncoderThread(rpc);
    } catch (error) {
      await rpc.call('close', undefined).catch(() => {});
      throw error;
    }
  }

  /** @throws {SemapError} cancelled, unsupported-model */
  encode(
    texts: readonly string[],
    options: CallOptions<EncoderWorkerApi['encode']['progress']> = {},
  ): Promise<EncoderWorkerApi['encode']['result']> {
    return this.#rpc.call('encode', { texts }, options);
  }

  /** Frees the encoder after the batch in progress. A thread is never terminated in a run: that aborts the process. */
  async close(): Promise<void> {
    await this.#rpc.call('close', undefined).catch(() => {});
  }
}
