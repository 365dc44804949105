import type { ScoreReading } from '../onnx/scoreReading.ts';
import { phrase, type Text } from '../text/text.ts';

/** What a person should know about the scores of a backbone; undefined where they are as usual. */
export function outputNote(
  { output, binary }: Pick<ScoreReading, 'output' | 'binary'>,
  name: string,
): Text | undefined {
  if (binary) return phrase('{0} gives one number, which speaks of the second of its two labels.', name);
  return output === 'sigmoid'
    ? phrase(
        '{0} gives each label a probability of its own (multi-label): several may apply to one image. SeMap gives an image one label.',
        name,
      )
    : undefined;
}
