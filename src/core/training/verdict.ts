import { SIGNIFICANCE } from '../metrics/significance.ts';
import type { Baseline, BaselineKind, TrainedDifference } from '../runs/trainingRecord.ts';
import { isLayer, layerKinds, type TrainMapping } from '../runs/trainingSettings.ts';
import { percent } from '../text/numbers.ts';
import { phrase, plural, type Text } from '../text/text.ts';

/** An accuracy that a training is compared with: in [0, 1], or null where it is unknown. */
export type Rival = Pick<Baseline, 'kind' | 'name'> & { readonly accuracy: number | null };

/** What was trained: a mapping or layer alone, or a prompt with what scores beside it. */
export type Trained = 'mapping' | { readonly promptWith: TrainMapping };

/** What a figure was measured on. */
export interface MeasuredBy {
  readonly where: 'validation' | 'test';
  /** How many. */
  readonly images: number;
  /** From what scores without the prompt, see {@link rivalKind}: on the same images, image by image. */
  readonly difference?: TrainedDifference | undefined;
}

/** Whether a trained prompt is worth it, in a few sentences. */
export function trainingVerdict(
  accuracy: number,
  rivals: readonly Rival[],
  { where, images, difference }: MeasuredBy,
  trained: Trained,
): Text {
  const known = rivals.filter((rival): rival is Known => rival.accuracy !== null);
  const rival =
    trained === 'mapping' ? undefined : known.find(({ kind }) => kind === rivalKind(trained.promptWith));
  const first =
    trained === 'mapping'
      ? phrase('The mapping reaches an accuracy of {0}.', percent(accuracy))
      : rival
        ? promptVerdict(accuracy, rival, difference)
        : phrase('The prompt reaches an accuracy of {0}.', percent(accuracy));
  const sentences = [first];
  const [best] = known
    .filter(({ kind }) => kind.startsWith('linear'))
    .sort((a, b) => b.accuracy - a.accuracy);
  const isPrompt = trained !== 'mapping';
  if (best && best !== rival && (isPrompt ? best.accuracy >= accuracy : best.accuracy > accuracy)) {
    sentences.push(
      isPrompt
        ? phrase(
            '{0} is no worse without a prompt, with {1}: keep it if a new last layer is acceptable.',
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

type Known = Rival & { readonly accuracy: number };

/** What scores without the prompt, as nearly as it was measured. */
export function rivalKind(mapping: TrainMapping): BaselineKind {
  return isLayer(mapping) ? layerKinds[mapping] : 'mapping-only';
}

/** What a layer is called within a sentence. */
const LAYER_NAMES = {
  'linear-mapping': phrase('the linear mapping'),
  'linear-probe': phrase('the linear probe'),
} as const;

function promptVerdict(prompt: number, { accuracy, kind }: Known, difference?: TrainedDifference): Text {
  const gain = prompt - accuracy;
  const both = [percent(prompt), percent(accuracy)] as const;
  const layer =
    kind === 'mapping-only' ? undefined : LAYER_NAMES[kind === 'linear-mapping' ? kind : 'linear-probe'];
  if (gain <= 0) {
    return layer
      ? phrase('The prompt does not beat {2} alone ({0} versus {1}): keep that.', ...both, layer)
      : phrase('The prompt does not beat the mapping alone ({0} versus {1}). Use the mapping.', ...both);
  }
  if (difference && difference.p >= SIGNIFICANCE) {
    const p = difference.p.toFixed(2);
    return layer
      ? phrase(
          'The prompt reaches {0}, {2} alone {1} on the same images. The difference may be chance (p = {3}).',
          ...both,
          layer,
          p,
        )
      : phrase(
          'The prompt reaches {0}, the mapping alone {1} on the same images. The difference may be chance (p = {2}).',
          ...both,
          p,
        );
  }
  const points = (100 * gain).toFixed(1);
  return layer
    ? phrase('The prompt reaches {0}, {1} points more than {3} alone ({2}).', both[0], points, both[1], layer)
    : phrase(
        'The prompt reaches {0}, {1} points more than the mapping alone ({2}).',
        both[0],
        points,
        both[1],
      );
}
