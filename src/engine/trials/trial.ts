import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import type { OpenParts } from '../../core/backbones/preparations.ts';
import { labelRows } from '../../core/backbones/textProjection.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import type { BackboneReading, BackboneTrial, PreparationReading } from '../../protocol/backbones.ts';
import { noImages } from '../folders/passedOverList.ts';
import type { DecodePool } from '../images/decodePool.ts';
import { Lane, specOf } from '../inference/lane.ts';
import { appendOf } from '../models/addedOutputs.ts';
import { type Measurement, measurePreparations } from './measure.ts';
import { type TrialServices, trialImages } from './trialImages.ts';

const BEST = 5;

interface Job {
  readonly backbone: BackboneDescription;
  /** Absent: the first of those beside it. */
  readonly image: string | undefined;
  /** Further images and folders, by which preparations are compared. */
  readonly beside: readonly string[];
  /** Whether the backbone's labels are names. */
  readonly labelled: boolean;
  /** What may be another than described. */
  readonly open: OpenParts;
  readonly decode: DecodePool;
  readonly threads: number;
  readonly services: TrialServices;
  readonly signal: AbortSignal;
  readonly report: (progress: { readonly done: number; readonly total: number }) => void;
}

/**
 * Runs an image through a backbone as it is described, then in the other usual ways; with more images it is measured how
 * likely each is.
 * @throws {SemapError} `unreadable-image`; what ends a run for all images
 */
export async function tryBackbone(job: Job): Promise<BackboneTrial> {
  const { backbone, beside, labelled, services, signal } = job;
  const further = await trialImages(backbone, beside, labelled, services, signal);
  const image = job.image ?? further.images[0]?.path;
  if (image === undefined) throw noImages(beside);
  const lane = await Lane.open(backbone.path, {
    threads: beside.length > 0 ? job.threads : 1,
    provider: 'cpu',
    append: appendOf(backbone),
  });
  try {
    await lane.prepare({ ...specOf(backbone), cold: true });
    await lane.runFile(image);
    // The first run is slower than those that follow.
    const started = performance.now();
    const { scores: row } = await lane.runFile(image);
    const scores = labelRows(backbone, row);
    const milliseconds = performance.now() - started;
    if (!scores.every(Number.isFinite)) {
      throw new SemapError(
        'unsupported-model',
        phrase('The scores of {0} for this image are not finite numbers.', backbone.name),
        { hint: phrase('Check the scaling in its description. If that is right, export the model again.') },
      );
    }
    const own = further.images.find(({ path }) => path === image) ?? { path: image, truth: -1 };
    const images = [own, ...further.images.filter((one) => one !== own)];
    const measured = await measurePreparations({
      ...job,
      lane,
      images,
      answer: further.answer,
      report: (done, total) => job.report({ done, total }),
    });
    return {
      image,
      milliseconds,
      ...(scores.every((score) => score === scores[0]) ? { constant: true } : {}),
      ...readingOf(scores, backbone),
      ...readings(measured, backbone),
    };
  } catch (error) {
    const { reason, message } = toSemapError(error);
    if (reason !== 'device-failed') throw error;
    throw new SemapError(
      'device-failed',
      phrase('{0} failed in a run: {1}', backbone.name, message.split('\n')[0]),
    );
  } finally {
    await lane.close();
  }
}

function readings(
  { preparations, images, labelled, cutShort, sureness, order }: Measurement,
  backbone: BackboneDescription,
): Pick<BackboneTrial, 'others' | 'measured'> {
  const others = preparations.flatMap(
    ({ preparation, first, likelihood, accuracy }): PreparationReading[] => {
      const { described, scaling, channels, inverted, preprocessing } = preparation;
      // A scaling that overflows is none to propose.
      if (described || first === undefined) return [];
      const reading = readingOf(first, backbone);
      return [{ ...reading, scaling, channels, inverted, preprocessing, likelihood, accuracy }];
    },
  );
  others.sort(
    (a, b) => (b.likelihood ?? 0) - (a.likelihood ?? 0) || b.best[0].probability - a.best[0].probability,
  );
  const described = preparations.find(({ preparation }) => preparation.described);
  if (described?.likelihood === undefined || !sureness) return { others };
  const { likelihood, accuracy } = described;
  const of = cutShort ? { cutShort: true as const } : {};
  return { others, measured: { images, ...of, labelled, likelihood, accuracy, ...sureness, order } };
}

function readingOf(logits: Float32Array, { labelSpace }: BackboneDescription): BackboneReading {
  let top = Number.NEGATIVE_INFINITY;
  for (const logit of logits) top = Math.max(top, logit);
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - top);
  const best = [...logits.entries()]
    .sort(([, a], [, b]) => b - a)
    .slice(0, BEST)
    .map(([index, logit]) => ({
      label: labelSpace.labels[index]?.name ?? String(index),
      probability: Math.exp(logit - top) / total,
    }));
  return { best };
}
