import { Rpc } from '../../protocol/rpc.ts';
import { startWorker } from '../threads/startWorker.ts';
import { channelToThread } from '../threads/threadChannel.ts';
import type { TrainingWorkerApi } from './trainJob.ts';

/** A training thread; it ends with {@link close}, never in a run. */
export class TrainingThread {
  readonly #rpc = new Rpc<TrainingWorkerApi, Record<never, never>>(
    channelToThread(startWorker('training/trainingWorker'), 'training thread'),
    {},
  );

  get call(): Rpc<TrainingWorkerApi, Record<never, never>>['call'] {
    return this.#rpc.call.bind(this.#rpc) as Rpc<TrainingWorkerApi, Record<never, never>>['call'];
  }

  async close(): Promise<void> {
    await this.#rpc.call('close', undefined).catch(() => {});
  }
}
