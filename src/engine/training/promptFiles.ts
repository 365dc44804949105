import type { InputSpec } from '../../core/images/preprocessing.ts';
import type { Mapping } from '../../core/mapping/mapping.ts';
import { encodePrompt } from '../../core/prompts/promptFile.ts';
import { pictureOf } from '../../core/prompts/promptInput.ts';
import { effectOf, type PromptShape } from '../../core/prompts/visualPrompt.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import type { Confusion } from '../../core/runs/trainingRecord.ts';
import { trainedDocument } from '../../core/training/trainedDocument.ts';
import type { TrainJob } from '../../core/training/trainJob.ts';
import type { Picture } from '../../protocol/training.ts';
import { encodePng } from './png.ts';
import { writeRunFile } from './runFiles.ts';

/** A prompt as it is looked at. */
export interface PromptPictures {
  readonly prompt: Picture;
  /** An image with the prompt applied. */
  readonly sample?: Picture & { readonly path: string };
}

export function promptPictures(
  input: InputSpec,
  shape: PromptShape,
  parameters: Float32Array,
  sample: { readonly path: string; readonly pixels: Uint8Array } | undefined,
): PromptPictures {
  const { height, width } = input;
  const applied = { frame: shape.frame, effect: effectOf(shape, parameters) };
  const picture = (pixels: Uint8Array | undefined): Picture => ({
    width,
    height,
    png: encodePng(pictureOf(pixels, input, applied), width, height),
  });
  return {
    prompt: picture(undefined),
    ...(sample ? { sample: { ...picture(sample.pixels), path: sample.path } } : {}),
  };
}

/** Writes prompt, pictures and mapping of the best epoch so far. */
export async function keepBest(
  job: TrainJob,
  shape: PromptShape,
  { parameters, mapping }: { readonly parameters: Float32Array; readonly mapping: Mapping },
  confusion: Confusion,
  { prompt, sample }: PromptPictures,
): Promise<void> {
  const { runFolder, backbone } = job;
  const write = (file: string, content: Uint8Array | string) => writeRunFile(runFolder, file, content);
  await write(RUN_FILES.prompt, encodePrompt({ shape, parameters, backbone: backbone.sha256 }));
  await write(RUN_FILES.picture, prompt.png);
  if (sample) await write(RUN_FILES.sample, sample.png);
  await write(RUN_FILES.alignment, trainedDocument(job, mapping, confusion, RUN_FILES.prompt));
}
