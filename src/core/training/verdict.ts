import type { Baseline } from '../runs/trainingRecord.ts';
import { percent } from '../text/numbers.ts';
import { phrase, plural, type Text } from '../text/text.ts';

/** An accuracy that a training is compared with: in [0, 1], or null where it is unknown. */
export type Rival = Pick<Baseline, 'kind' | 'name'> & { readonly accuracy: number | null };

/** Whether a trained prompt is worth it, in a few sentences. @param images how many the accuracies were measured on */
export function trainingVerdict(
  accuracy: number,
  rivals: readonly Rival[],
  images: number,
  where: 'validation' | 'test',
  trained: 'prompt' | 'mapping',
): Text {
  const known = rivals.filter((rival): rival is Rival & { accuracy: number } => rival.accuracy !== null);
  const mapping = known.find(({ kind }) => kind === 'mapping-only');
  const first =
    trained === 'mapping'
      ? phrase('The mapping reaches an accuracy of {0}.', percent(accuracy))
      : mapping
        ? promptVerdict(accuracy, mapping.accuracy, images)
        : phrase('The prompt reaches an accuracy of {0}.', percent(accuracy));
  const sentences = [first];
  const [best] = known
    .filter(({ kind }) => kind.startsWith('linear'))
    .sort((a, b) => b.accuracy - a.accuracy);
  const mentioned = trained === 'prompt' ? Math.max(accuracy, mapping?.accuracy ?? 0) : accuracy;
  if (best && best.accuracy > mentioned) {
    sentences.push(
      best.kind === 'linear-probe'
        ? phrase(
            '{0} does better, with {1}, if a new last layer is acceptable.',
            best.name,
            percent(best.accuracy),
          )
        : phrase('{0} does better, with {1}.', best.name, percent(best.accuracy)),
    );
  } else if (best && known.every(({ accuracy: theirs }) => theirs < accuracy)) {
    sentences.push(phrase('It beats every baseline.'));
  }
  sentences.push(
    where === 'test'
      ? plural(
          images,
          'Measured on {0} test image that was not used before.',
          'Measured on {0} test images that were not used before.',
        )
      : plural(
          images,
          'Measured on {0} validation image, which also chose the epoch; expect slightly less elsewhere.',
          'Measured on {0} validation images, which also chose the epoch; expect slightly less elsewhere.',
        ),
  );
  return sentences.reduce((all, sentence) => phrase('{0} {1}', all, sentence));
}

function promptVerdict(prompt: number, mapping: number, images: number): Text {
  const gain = prompt - mapping;
  if (gain <= 0) {
    return phrase(
      'The prompt does not beat the mapping alone ({0} versus {1}). Use the mapping.',
      percent(prompt),
      percent(mapping),
    );
  }
  if (gain < margin(prompt, images)) {
    return plural(
      images,
      'The prompt reaches {1}, the mapping alone {2}. With {0} image, the difference may be chance.',
      'The prompt reaches {1}, the mapping alone {2}. With {0} images, the difference may be chance.',
      percent(prompt),
      percent(mapping),
    );
  }
  return phrase(
    'The prompt reaches {0}, {1} points more than the mapping alone ({2}).',
    percent(prompt),
    (100 * gain).toFixed(1),
    percent(mapping),
  );
}

/** Half of a 95% interval of a share of `images`. */
function margin(share: number, images: number): number {
  return 1.96 * Math.sqrt((share * (1 - share)) / Math.max(1, images));
}
