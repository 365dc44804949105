import type { SampleOutputs, ScoredSample } from '../../core/ranking/backboneScores.ts';

/** To a metrics worker. */
export interface MetricsRequest {
  readonly id: number;
  readonly sample: SampleOutputs;
}

/** From a metrics worker. */
export type MetricsReply =
  | { readonly id: number; readonly scored: ScoredSample }
  | { readonly id: number; readonly message: string };
