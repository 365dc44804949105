import { type AlignmentDocument, headOfFigures, type NamedBackbone } from '../alignments/alignment.ts';
import { asksForCaution } from '../caution/settings.ts';
import type { SettlingRecord } from '../runs/settlingRecord.ts';
import type { ExportedRun } from './exportedRun.ts';

/** What a head is made of. */
interface HeadParts
  extends Omit<ExportedRun, 'head' | 'has' | 'notes' | 'backbone' | 'alignment' | 'alignmentFile'> {
  readonly backbone: NamedBackbone;
  readonly alignment: AlignmentDocument;
  /** Name of its file. */
  readonly alignmentName: string | undefined;
  /** So far, where it has no figures yet. */
  readonly accuracy: number | null;
}

/** What stands before the predictions of a run in JSON, in the shape of `semap classify --json`. */
export function jsonHead(run: HeadParts): Readonly<Record<string, unknown>> {
  const { figures, alignment, settling, caution } = run;
  return {
    folders: run.folders,
    backbone: run.backbone,
    method: alignment.method,
    ...headOfFigures(alignment),
    alignment: run.alignmentName ?? null,
    device: run.device ?? null,
    seconds: run.seconds ?? null,
    complete: run.complete,
    images: run.images,
    accuracy: figures ? figures.accuracy : run.accuracy,
    measuredOn: figures?.measuredOn ?? null,
    balancedAccuracy: figures?.balancedAccuracy ?? null,
    perClass: figures?.perClass ?? [],
    ...(figures?.perSplit && { perSplit: figures.perSplit }),
    ...(figures?.expectedAccuracy && { expectedAccuracy: figures.expectedAccuracy }),
    skipped: run.skipped,
    passedOver: run.passedOver,
    ...(settling ? { settling: settlingHead(settling, run.labels) } : {}),
    ...(caution && asksForCaution(caution) ? { asked: caution } : {}),
  };
}

/** How the answers were settled, and with how many labels. */
function settlingHead(record: SettlingRecord, labels: readonly string[]) {
  const { measured: _, plainMeasured, rare, frequent, ...figures } = record;
  const labelsOf = (targets: readonly number[]) => targets.map((target) => labels[target]);
  return {
    ...figures,
    plainAccuracy: plainMeasured.accuracy,
    ...(record.balanced ? { rare: labelsOf(rare), frequent: labelsOf(frequent) } : {}),
  };
}
