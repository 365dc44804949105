import { parentPort } from 'node:worker_threads';
import { scoreSample } from '../../core/ranking/backboneScores.ts';
import type { MetricsReply, MetricsRequest } from './metricsMessages.ts';

/** Entry of a metrics worker: eigenvalues take seconds, in which the engine must go on answering. */
const port = parentPort!;

port.on('message', ({ id, sample }: MetricsRequest) => {
  port.postMessage(answer(id, sample));
});

function answer(id: number, sample: MetricsRequest['sample']): MetricsReply {
  try {
    return { id, scored: scoreSample(sample) };
  } catch (error) {
    return { id, message: error instanceof Error ? error.message : String(error) };
  }
}
