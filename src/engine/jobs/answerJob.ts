import { setImmediate } from 'node:timers/promises';
import { headOfFigures } from '../../core/alignments/alignment.ts';
import { namedBackbones } from '../../core/alignments/members.ts';
import { cancelled } from '../../core/errors.ts';
import { ImageScorer, Outcome, type PlacedImage, type Prediction } from '../../core/evidence/imageScorer.ts';
import { foldersOfJob } from '../../core/jobs/job.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import { GIVEN, type ImageTruths } from '../../core/truths/imageTruths.ts';
import { fileOf, readJob, readJobAlignment, readShardList } from '../../files/jobFolder.ts';
import type { JobMethods } from '../../protocol/jobs.ts';
import type { CallContext } from '../../protocol/rpc.ts';
import { figuresOf } from '../classify/classifyService.ts';
import { truthsOf } from '../classify/preparedAlignment.ts';
import type { Devices } from '../inference/devices.ts';
import type { BackboneServices } from '../services.ts';
import { isSameImage, placedImage } from '../shards/openJob.ts';
import { openResult, widthsOf } from '../shards/resultFile.ts';

type Method = JobMethods['answerJob'];

interface Parts extends BackboneServices {
  readonly devices: Devices;
}

/** As settling judges: what a person said is no measure, unless the image was drawn at random. */
function judgedBy(image: PlacedImage, scorer: ImageScorer, truths: ImageTruths): number {
  const given = scorer.givenOf(image);
  if (given === GIVEN.nothing) return scorer.judgedBy(image);
  const measures = truths.of(image.path)?.asked === 'random' && !scorer.isLearnedFrom(image);
  return measures ? Math.max(-1, given) : -1;
}

/**
 * What the shards of a job said of each image alone, shard after shard: nothing but counts is kept, so that there may be any
 * number of images.
 */
export async function answerJob(
  parts: Parts,
  params: Method['params'],
  { signal, report }: CallContext<Method['progress']>,
): Promise<Method['result']> {
  const started = performance.now();
  const { job: folder } = params;
  const job = await readJob(folder);
  const alignment = await readJobAlignment(folder, job);
  const { folders } = foldersOfJob(job);
  const labels = alignment.targets.map(({ label }) => label);
  const widths = widthsOf(job, labels.length);
  const truths = await truthsOf(parts, params);
  const targets = new FolderTargets(labels, await parts.wordnet());
  const scorer = new ImageScorer(alignment, targets, truths);
  const outcome = new Outcome(scorer);
  let done = 0;
  for (let shard = 0; shard < job.shards; shard++) {
    if (signal.aborted) throw cancelled();
    const result = await openResult(folder, job, shard, widths);
    if (!result) continue;
    const list = await readShardList(folder, job, shard);
    const predictions: Prediction[] = [];
    for (const [row, { image, skipped, target, confidence }] of result.rows.entries()) {
      if (skipped || !isSameImage(list[row], image)) continue;
      if (!(Number.isInteger(target) && target >= -1 && target < labels.length)) continue;
      const placed = placedImage(list[row], job, fileOf(list[row], folders));
      const truth = judgedBy(placed, scorer, truths);
      const { path, split } = placed;
      const prediction: Prediction = { path, target, confidence, truth, fired: [], ...(split && { split }) };
      outcome.add(placed, prediction);
      const given = scorer.givenOf(placed);
      // What a person said is the answer.
      const said = given === GIVEN.nothing ? {} : { target: Math.max(-1, given), confidence: 1 };
      predictions.push({ ...prediction, ...said });
    }
    done += result.rows.length;
    report({ predictions, done, total: job.images });
    await setImmediate();
  }
  return {
    ...figuresOf(outcome.report(), scorer),
    skipped: [],
    backbone: namedBackbones(job.backbones),
    method: alignment.method,
    ...headOfFigures(alignment),
    device: parts.devices.start(),
    seconds: (performance.now() - started) / 1000,
    cancelled: false,
  };
}
