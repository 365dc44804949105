import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { AlignmentDocument } from '../../core/documents/alignment.ts';
import type { BackboneDescription } from '../../core/documents/backboneDescription.ts';
import { SemapError } from '../../core/errors.ts';
import { decodePrompt, promptedInput } from '../../core/prompts/promptFile.ts';

/**
 * The backbone as an alignment wants it fed: with the prompt that the document points to. Its outputs are others than
 * those of the bare backbone, and are cached apart.
 * @param alignment with an absolute path of its prompt, if any
 * @throws {SemapError} `not-found`, `invalid-document`, `labels-mismatch` for a prompt of another backbone
 */
export async function promptedBackbone(
  backbone: BackboneDescription,
  { prompt: file }: Pick<AlignmentDocument, 'prompt'>,
): Promise<BackboneDescription> {
  if (file === undefined) return backbone;
  let bytes: Uint8Array;
  try {
    if (!path.isAbsolute(file)) throw new Error('its path is relative to a document that is not known here');
    bytes = await readFile(file);
  } catch (cause) {
    throw new SemapError('not-found', `The prompt ${file} of the alignment cannot be read.`, {
      hint: 'Put it back, or take "prompt" out of the alignment to classify without it.',
      cause,
    });
  }
  const prompt = decodePrompt(bytes, path.basename(file));
  if (prompt.backbone !== backbone.sha256) {
    throw new SemapError(
      'labels-mismatch',
      `The prompt ${path.basename(file)} was trained through another backbone than ${backbone.name}.`,
      {
        hint: 'Use the backbone that it was trained with, or train again.',
      },
    );
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { ...backbone, input: promptedInput(backbone.input, prompt, sha256) };
}
