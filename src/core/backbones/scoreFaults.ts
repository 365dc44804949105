import { phrase, type Text } from '../text/text.ts';

/** Raw scores of two pictures: the first twice alone, the second alone, and both in one run. */
export interface TriedScores {
  readonly first: ArrayLike<number>;
  readonly again: ArrayLike<number>;
  readonly second: ArrayLike<number>;
  /** Undefined where the graph takes one image a run. */
  readonly together?: readonly [first: ArrayLike<number>, second: ArrayLike<number>] | undefined;
}

/** Why scores say nothing about an image. */
export type ScoreFault = 'not-finite' | 'random' | 'batch' | 'constant';

/** Differences below this share of the largest score are those of rounding. */
const ROUNDING = 1e-4;
/**
 * An image that moves so far, measured by how far two images are from each other, because another one is in the same run: less
 * is the doing of quantization whose scale is found for the whole run.
 */
const COMPANY = 0.4;
/** The same of an image that is run again. */
const REPEATED = 0.02;

/** What is wrong with them; undefined where nothing is. */
export function scoreFault({ first, again, second, together }: TriedScores): ScoreFault | undefined {
  const all = [first, again, second, ...(together ?? [])];
  if (all.some((row) => Array.from(row).some((score) => !Number.isFinite(score)))) return 'not-finite';
  const largest = Math.max(
    ...all.map((row) => Array.from(row).reduce((most, x) => Math.max(most, Math.abs(x)), 0)),
  );
  const least = ROUNDING * largest;
  const apart = distance(first, second);
  if (distance(first, again) > Math.max(least, REPEATED * apart)) return 'random';
  if (together) {
    const moved = Math.max(distance(first, together[0]), distance(second, together[1]));
    if (moved > Math.max(least * 10, COMPANY * apart)) return 'batch';
  }
  return areAlike(first, second) ? 'constant' : undefined;
}

/** Whether two images get the same scores, but for rounding. */
export function areAlike(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  const largest = Math.max(...[one, other].map((row) => distance(row, new Float32Array(row.length))));
  return distance(one, other) <= 1e-6 * largest;
}

/** The largest difference. */
function distance(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let most = one.length === other.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < one.length; i++) most = Math.max(most, Math.abs(one[i] - other[i]));
  return most;
}

/** What a person is told, and can do. */
export function faultText(
  fault: ScoreFault,
  name: string,
  { isHalf, training }: { readonly isHalf: boolean; readonly training: readonly string[] },
): { readonly message: Text; readonly hint: Text } {
  const by = training.join(', ');
  switch (fault) {
    case 'not-finite':
      return isHalf
        ? {
            message: phrase(
              '{0} computes in half precision (float16), which overflows: its scores for a test image are not finite numbers (NaN or infinite).',
              name,
            ),
            hint: phrase('Add a copy that computes in single precision: semap backbones add FILE --float32'),
          }
        : {
            message: phrase(
              '{0} runs, but its scores for a test image are not finite numbers (NaN or infinite).',
              name,
            ),
            hint: phrase('Check the scaling in its description. If that is right, export the model again.'),
          };
    case 'random':
      return {
        message: by
          ? phrase(
              '{0} gives other scores each time for the same image: it was exported in training mode ({1}).',
              name,
              by,
            )
          : phrase('{0} gives other scores each time for the same image.', name),
        hint: EXPORT_AGAIN,
      };
    case 'batch':
      return {
        message: by
          ? phrase(
              '{0} gives an image other scores when another image is in the same run: it was exported in training mode ({1}).',
              name,
              by,
            )
          : phrase(
              '{0} gives an image other scores when another image is in the same run: it normalizes over the batch.',
              name,
            ),
        hint: EXPORT_AGAIN,
      };
    case 'constant':
      return {
        message: phrase('{0} gives the same scores for different images.', name),
        hint: phrase(
          'It may be untrained or damaged, the scaling in its description may be wrong, or a softmax may run over the wrong axis.',
        ),
      };
  }
}

const EXPORT_AGAIN = phrase(
  'Export it again for inference: model.eval() in PyTorch, training=False in Keras. Dropout and batch normalization behave differently in training.',
);
