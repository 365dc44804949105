import type { LabelSpace } from '../core/labels/labelSpace.ts';
import type { TargetLabel } from '../core/labels/targetLabels.ts';
import type { WordNet } from '../core/labels/wordnet.ts';
import type { DeviceInfo } from '../core/runs/run.ts';
import type { Comparison } from '../core/similarity/similarity.ts';
import type { Backbones } from './backbones/backbones.ts';
import type { InferencePools } from './inference/inferencePools.ts';
import type { OutputCaches } from './outputs/outputCaches.ts';
import type { OpenJobs } from './shards/openJob.ts';
import type { TruthTables } from './truths/truthTables.ts';

/** What everything works with that runs backbones on images. */
export interface BackboneServices {
  readonly backbones: Backbones;
  readonly pools: InferencePools;
  readonly outputs: OutputCaches;
  /** Jobs whose results answer in the place of backbones. */
  readonly jobs: OpenJobs;
  readonly wordnet: () => Promise<WordNet>;
  /** What persons and tables say of images. */
  readonly truths: TruthTables;
}

/** What rankings and trainings work with beside that. */
export interface RunServices extends BackboneServices {
  /** Compares labels by WordNet. */
  readonly compare: (targets: readonly TargetLabel[], sources: LabelSpace) => Promise<Comparison>;
  readonly device: DeviceInfo;
  readonly cacheFolder: string;
}
