import { createHash } from 'node:crypto';
import path from 'node:path';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { decodePrompt, promptedInput } from '../../core/prompts/promptFile.ts';
import { phrase } from '../../core/text/text.ts';
import { readRegularFile } from '../../files/regularFile.ts';

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
  const bytes = await readPrompt(file, backbone);
  const prompt = decodePrompt(bytes, path.basename(file));
  if (prompt.backbone !== backbone.sha256) {
    throw new SemapError(
      'labels-mismatch',
      phrase(
        'The prompt {0} was trained with another backbone than {1}.',
        path.basename(file),
        backbone.name,
      ),
      { hint: phrase('Use the backbone that it was trained with, or train a new prompt.') },
    );
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { ...backbone, input: promptedInput(backbone.input, prompt, sha256) };
}

/** The header of a prompt's file, and more. */
const BESIDE_NUMBERS = 1 << 20;

/** The bytes of a prompt, of which no more are read than one for this backbone can have. */
async function readPrompt(file: string, { input }: BackboneDescription): Promise<Uint8Array> {
  const hint = phrase('Put it back, or remove "prompt" from the alignment to classify without it.');
  if (!path.isAbsolute(file)) {
    throw new SemapError(
      'not-found',
      phrase(
        'Cannot read the prompt {0} of the alignment: its path is relative to an unknown document.',
        file,
      ),
      { hint },
    );
  }
  // Three channels as float32, as they are added and as they are trained: low-rank factors have twice as many at most.
  const limit = BESIDE_NUMBERS + 3 * 4 * 3 * input.height * input.width;
  try {
    return await readRegularFile(file, { limit });
  } catch (cause) {
    const { reason, text: message } = toSemapError(cause);
    throw new SemapError(reason, phrase('Cannot read the prompt of the alignment: {0}', message), {
      hint,
      cause,
    });
  }
}
