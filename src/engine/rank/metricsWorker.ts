import { type SampleOutputs, type ScoredSample, scoreSample } from '../../core/ranking/backboneScores.ts';
import type { Call } from '../../protocol/rpc.ts';
import { serveStarter } from '../threads/serveStarter.ts';

export interface MetricsApi {
  score: Call<SampleOutputs, ScoredSample>;
}

/** Entry of a metrics worker: eigenvalues take seconds, in which the engine must go on answering. */
serveStarter<MetricsApi>({ score: scoreSample });
