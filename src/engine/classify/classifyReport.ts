import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import type { PassedOver } from '../../core/images/imageFiles.ts';
import { classificationReport } from '../../core/metrics/classification.ts';
import { MeasuredCount, tellingReport } from '../../core/metrics/measuredOn.ts';
import type { DeviceInfo, SkippedImage } from '../../core/runs/run.ts';
import type { ClassifyParams, ClassifyResult } from '../../protocol/classification.ts';
import type { ImageScorer, PlacedImage } from './imageScorer.ts';

/** What was predicted and what was true, as indices of targets; counts, not images, are kept. */
export class Outcome {
  readonly #scorer: ImageScorer;
  readonly #count: MeasuredCount;
  readonly #truths: number[] = [];
  readonly #predictions: number[] = [];

  constructor(scorer: ImageScorer) {
    this.#scorer = scorer;
    this.#count = new MeasuredCount(scorer.targets);
  }

  add(image: PlacedImage, prediction: number): void {
    this.#scorer.count(image, this.#count);
    const truth = this.#scorer.judgedBy(image);
    if (truth === undefined) return;
    this.#truths.push(truth);
    this.#predictions.push(prediction);
  }

  result(about: {
    readonly params: ClassifyParams;
    readonly backbone: BackboneDescription;
    readonly device: DeviceInfo;
    readonly skipped: readonly SkippedImage[];
    readonly passedOver?: PassedOver | undefined;
    readonly seconds: number;
    readonly cancelled: boolean;
  }): ClassifyResult {
    const { backbone, params } = about;
    const { targets } = this.#scorer;
    const measuredOn = this.#scorer.measuredOn(this.#count);
    const all = classificationReport(this.#truths, this.#predictions, targets.length);
    const report = tellingReport(all, measuredOn);
    return {
      images: measuredOn.images,
      skipped: about.skipped,
      ...(about.passedOver ? { passedOver: about.passedOver } : {}),
      ...(measuredOn.learned > 0 ? { learnedFrom: measuredOn.learned } : {}),
      accuracy: report.accuracy,
      measuredOn,
      balancedAccuracy: report.balancedAccuracy,
      perClass: report.perClass.map((score, t) => ({ label: targets[t], ...score })),
      backbone: { name: backbone.name, sha256: backbone.sha256 },
      method: params.alignment.method,
      device: about.device,
      seconds: about.seconds,
      cancelled: about.cancelled,
    };
  }
}
