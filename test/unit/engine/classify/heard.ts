import type { Prediction } from '../../../../src/core/evidence/imageScorer.ts';
import type {
  ClassifyParams,
  ClassifyProgress,
  ClassifyResult,
} from '../../../../src/protocol/classification.ts';
import { colours } from '../colours.ts';
import type { EngineRpc } from '../engineHarness.ts';

export const labels = Object.keys(colours);

/** What a classification said, progress and result together. */
export interface Heard {
  readonly result: ClassifyResult;
  readonly predictions: readonly Prediction[];
  readonly cached: number;
  readonly reports: readonly ClassifyProgress[];
}

/** Classifies, and listens to all of it. */
export async function classify(rpc: EngineRpc, params: ClassifyParams, signal?: AbortSignal): Promise<Heard> {
  const reports: ClassifyProgress[] = [];
  const result = await rpc.call('classify', params, { signal, onProgress: (report) => reports.push(report) });
  return {
    result,
    predictions: reports.flatMap(({ predictions }) => predictions),
    cached: reports.at(-1)!.cached,
    reports,
  };
}
