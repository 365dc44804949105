import { SemapError } from '../../core/errors.ts';
import type { ClassificationRecord } from '../../core/runs/classificationRecord.ts';
import type { RunStatus } from '../../core/runs/run.ts';
import type { StoredPredictions } from '../../core/runs/storedPredictions.ts';
import { GIVEN } from '../../core/truths/imageTruths.ts';
import { ClassifyRun, type RestoredRun, type RunSettings } from './classifyRun.ts';
import type { Settlings } from './settlings.ts';

/** What a folder holds of a run beside its record. */
interface Recorded {
  /** By the alignment as it lies there, which is what a page looks them up in. */
  readonly stored: StoredPredictions;
  readonly notes: readonly string[];
  readonly keptIn: string | undefined;
  readonly settlings: Settlings;
}

/**
 * A run as it was when it was recorded, whoever read the files.
 * @throws {SemapError} `invalid-document` for predictions that are damaged
 */
export async function runOfRecord(
  record: ClassificationRecord,
  settings: RunSettings,
  { stored: { sources, skipped, predictions, answers }, notes, keptIn, settlings }: Recorded,
): Promise<ClassifyRun> {
  const { figures, problem, status, settling } = record;
  const restored: RestoredRun = {
    id: record.id,
    time: new Date(record.time),
    ended: endOf(record),
    state: phaseOf(status),
    total: record.total,
    skipped,
    sources,
    result: figures && { ...figures, ...settling?.plainMeasured, skipped },
    error: problem && new SemapError(problem.reason, problem.message, { hint: problem.hint }),
    notes,
    keptIn,
  };
  const run = await ClassifyRun.restored(settings, restored, predictions);
  run.caution = record.caution ?? {};
  if (settling) {
    const isWhole = answers.target.length === run.predictions.length;
    if (isWhole) giveLabels(run, answers.given);
    const settled = isWhole && {
      targets: Int32Array.from(answers.target),
      confidences: Float32Array.from(answers.confidence),
    };
    settlings.of(run).takeUp({ record: settling, answers: settled || undefined });
  }
  return run;
}

/** How a run ended that is over. */
export function phaseOf(status: RunStatus): 'done' | 'failed' | 'cancelled' {
  return status === 'done' || status === 'failed' ? status : 'cancelled';
}

/** A page's memory may say anything. */
export function watchOf({ watch }: { readonly watch?: unknown }): true | undefined {
  return watch === true || undefined;
}

/** What persons said of the images then: it judges no answer. */
function giveLabels({ answers, predictions }: ClassifyRun, given: readonly number[]): void {
  answers.give((row) => given[row]);
  answers.judge(Int32Array.from(given, (one, row) => (one === GIVEN.nothing ? predictions.truth(row) : -1)));
}

/** When the last image was looked at. */
function endOf({ time, ended, figures }: ClassificationRecord): Date {
  const at = Date.parse(ended ?? '');
  return new Date(Number.isNaN(at) ? Date.parse(time) + 1000 * (figures?.seconds ?? 0) : at);
}
