import { randomUUID } from 'node:crypto';
import { imageFolders } from '../core/folders/layout.ts';
import type { StoredAnswer } from '../core/runs/classificationRecord.ts';
import { type SettlingRecord, settlingFigures } from '../core/runs/settlingRecord.ts';
import { GIVEN } from '../core/truths/imageTruths.ts';
import { type ClassifiedRun, keepRun } from '../files/keptRun.ts';
import type { SettleResult } from '../protocol/settling.ts';
import type { Classified } from './classifyImages.ts';
import type { SettleAsked } from './together.ts';

/** What a classification does not know of itself. */
type KeptAs = Pick<ClassifiedRun, 'time' | 'alignmentFile' | 'workspace'> & {
  readonly id?: string | undefined;
  /** Of the images that were planned: absent where they were found on the way. */
  readonly total?: number | undefined;
  readonly complete?: boolean | undefined;
};

/**
 * Keeps a classification as a run in a folder, as VS Code keeps them.
 * @throws {SemapError} `busy`, `not-writable`, `out-of-space`
 */
export function keepClassified(
  folder: string,
  { about, asked, caution, run, predictions, sources, together }: Classified,
  { id = randomUUID(), total, complete, ...as }: KeptAs,
): Promise<void> {
  const { skipped, ...figures } = run;
  return keepRun(folder, {
    ...as,
    id,
    total: total ?? run.images + skipped.filter((one) => !one.folder).length,
    complete: complete ?? !run.cancelled,
    images: imageFolders(about),
    document: about.alignment,
    backbone: { path: String(about.backbone) },
    figures,
    skipped,
    caution,
    settling: together && settlingRecord(together, asked),
    predictions,
    answerOf: together && storedAnswers(predictions, together),
    sources,
  });
}

/** How a run keeps that its images were settled. */
function settlingRecord(together: SettleResult, { mode, balanced }: SettleAsked): SettlingRecord {
  return {
    shown: together.settled,
    mode,
    balanced,
    ...settlingFigures(together),
    measured: together.figures,
    plainMeasured: together.plainFigures,
  };
}

/** What stands beside each prediction in a kept run. */
function storedAnswers(
  predictions: Classified['predictions'],
  { paths = [], targets, confidences, given }: SettleResult,
): (at: number) => StoredAnswer {
  const places = new Map(paths.map((file, place) => [file, place]));
  return (at) => {
    const { path: file, target, confidence } = predictions[at];
    const place = places.get(file);
    return place === undefined
      ? { target, confidence, given: GIVEN.nothing }
      : { target: targets[place], confidence: confidences[place], given: given[place] };
  };
}
