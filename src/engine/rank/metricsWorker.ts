import { type SampleOutputs, type ScoredSample, scoreSample } from '../../core/ranking/backboneScores.ts';
import { serveStarter } from '../threads/serveStarter.ts';

export interface MetricsApi {
  score: { params: SampleOutputs; result: ScoredSample; progress: never };
}

/** Entry of a metrics worker: eigenvalues take seconds, in which the engine must go on answering. */
serveStarter<MetricsApi>({ score: scoreSample });
