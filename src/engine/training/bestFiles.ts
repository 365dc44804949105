import { createHash } from 'node:crypto';
import path from 'node:path';
import { serialiseAlignment } from '../../core/alignments/alignmentText.ts';
import type { Mapping } from '../../core/mapping/mapping.ts';
import { promptFiles, RUN_FILES } from '../../core/runs/run.ts';
import type { Confusion } from '../../core/runs/trainingRecord.ts';
import type { LearnedLayer } from '../../core/training/baselines.ts';
import { layerHead } from '../../core/training/layerHead.ts';
import { stackedDocument } from '../../core/training/stackedDocument.ts';
import { trainedDocument } from '../../core/training/trainedDocument.ts';
import type { TrainJob } from '../../core/training/trainJob.ts';
import { isTaken } from '../../files/belowRoot.ts';
import type { PromptPictures } from './promptPictures.ts';
import { writeRunFile } from './runFiles.ts';

/** What classifies, and how well. */
interface BestScores {
  readonly confusion: Confusion;
  /** What makes scores of what the backbone says. */
  readonly scores: Mapping | LearnedLayer;
  /** How much each of several prompts counts for each target, [K, T]; the mapping is then that of all. */
  readonly shares?: Float32Array | undefined;
  readonly valAccuracy: number;
}

interface BestEpochFiles extends BestScores {
  /** Bytes of each `prompt.safetensors`. */
  readonly prompts: readonly { readonly file: Uint8Array; readonly pictures: PromptPictures }[];
}

/** Writes prompt, pictures and the document of the best epoch so far. */
export async function writeBest(job: TrainJob, best: BestEpochFiles): Promise<void> {
  const { prompts } = best;
  for (const [k, { file }] of prompts.entries())
    await writeRunFile(job.runFolder, promptFiles(k).prompt, file);
  await writePictures(
    job.runFolder,
    prompts.map(({ pictures }) => pictures),
  );
  await writeScores(job, best, prompts[0].file);
}

/** Writes the pictures of prompts. */
export async function writePictures(runFolder: string, prompts: readonly PromptPictures[]): Promise<void> {
  for (const [k, { prompt }] of prompts.entries())
    await writeRunFile(runFolder, promptFiles(k).picture, prompt.png);
  const [{ sample, mask }] = prompts;
  if (sample) await writeRunFile(runFolder, RUN_FILES.sample, sample.png);
  if (mask) await writeRunFile(runFolder, RUN_FILES.mask, mask.png);
}

/** Whether a run has not all of its pictures: it may be of before masks had one. */
export async function lacksPictures(runFolder: string, prompts: number, masked: boolean): Promise<boolean> {
  const names = [
    ...Array.from({ length: prompts }, (_, k) => promptFiles(k).picture),
    RUN_FILES.sample,
    ...(masked ? [RUN_FILES.mask] : []),
  ];
  const there = await Promise.all(names.map((name) => isTaken(path.join(runFolder, name))));
  return there.includes(false);
}

/** Writes the document, a layer as its head. @param prompt bytes of the prompt that images get first */
export async function writeScores(
  job: TrainJob,
  { confusion, scores, shares, valAccuracy }: BestScores,
  prompt?: Uint8Array,
): Promise<void> {
  const write = (file: string, content: Uint8Array | string) => writeRunFile(job.runFolder, file, content);
  if (!('kind' in scores)) {
    const file = prompt && RUN_FILES.prompt;
    const document = shares
      ? stackedDocument(job, scores, confusion, shares)
      : trainedDocument(job, scores, confusion, file);
    await write(RUN_FILES.alignment, serialiseAlignment(document));
    return;
  }
  const beside = prompt && { file: RUN_FILES.prompt, sha256: sha256Of(prompt) };
  const { head, document } = layerHead(job, scores, valAccuracy, beside);
  await write(RUN_FILES.head, head);
  await write(RUN_FILES.alignment, serialiseAlignment(document(RUN_FILES.head, sha256Of(head))));
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
