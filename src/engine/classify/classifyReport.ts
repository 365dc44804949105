import type { BackboneDescription } from '../../core/documents/backboneDescription.ts';
import { classificationReport } from '../../core/metrics/classification.ts';
import type { ClassifyParams, ClassifyResult, SkippedImage } from '../../protocol/classification.ts';
import type { DeviceInfo } from '../../protocol/device.ts';
import type { ImageScorer } from './imageScorer.ts';

/** What was predicted and what was true, as indices of targets; counts, not images, are kept. */
export class Outcome {
  readonly #truths: number[] = [];
  readonly #predictions: number[] = [];
  #images = 0;
  #learnedFrom = 0;

  add(truth: number | undefined, prediction: number, learnedFrom = false): void {
    this.#images++;
    if (learnedFrom) this.#learnedFrom++;
    if (truth === undefined) return;
    this.#truths.push(truth);
    this.#predictions.push(prediction);
  }

  result(about: {
    readonly params: ClassifyParams;
    readonly backbone: BackboneDescription;
    readonly scorer: ImageScorer;
    readonly device: DeviceInfo;
    readonly skipped: readonly SkippedImage[];
    readonly seconds: number;
    readonly cancelled: boolean;
  }): ClassifyResult {
    const { backbone, scorer, params } = about;
    const report = classificationReport(this.#truths, this.#predictions, scorer.targets.length);
    return {
      images: this.#images,
      skipped: about.skipped,
      ...(this.#learnedFrom > 0 ? { learnedFrom: this.#learnedFrom } : {}),
      accuracy: report.accuracy,
      balancedAccuracy: report.balancedAccuracy,
      perClass: report.perClass.map((score, t) => ({ label: scorer.targets[t], ...score })),
      backbone: { name: backbone.name, sha256: backbone.sha256 },
      method: params.alignment.method,
      device: about.device,
      seconds: about.seconds,
      cancelled: about.cancelled,
    };
  }
}
