import { type BackboneDescription, unsupported } from '../../core/backbones/backboneDescription.ts';
import { rowWidth } from '../../core/backbones/textSide.ts';
import { SemapError } from '../../core/errors.ts';
import { phrase, type Text } from '../../core/text/text.ts';

/**
 * @param logits of one image
 * @param dims shape of the output that they are from
 * @throws {SemapError} `unsupported-model`, `invalid-description` where they are not what the backbone is described to give
 */
export function checkScores(
  logits: Float32Array,
  dims: readonly number[],
  backbone: BackboneDescription,
): void {
  const { name, output } = backbone;
  const width = rowWidth(backbone);
  if (logits.length !== width) {
    throw unsupported(
      phrase(
        'The output of {0} has the shape [{1}], and there are {2} labels.',
        name,
        dims.join(', '),
        width,
      ),
    );
  }
  if (output === 'logits' || !logits.includes(Number.NEGATIVE_INFINITY)) return;
  throw new SemapError(
    'invalid-description',
    output === 'probabilities'
      ? phrase('{0} is described as giving probabilities, but its scores are negative.', name)
      : phrase('{0} is described as ending in a sigmoid, but its scores are not between 0 and 1.', name),
    { hint: phrase('Set "output" to "logits" in its description.') },
  );
}

/** Why an image has no answer whose scores are no numbers. */
export function notFinite({ name, input }: BackboneDescription): Text {
  return input.type === 'float16'
    ? phrase(
        'The scores of {0} for this image are not finite numbers: half precision overflows. A copy in single precision does not (semap backbones add FILE --float32).',
        name,
      )
    : phrase('The scores of {0} for this image are not finite numbers.', name);
}

/** Why a backbone did not run. @param message in onnxruntime's words */
export function runError(message: string, { name }: BackboneDescription): SemapError {
  if (/bad_alloc|failed to allocate|out of memory/i.test(message)) {
    return new SemapError('out-of-memory', phrase('There is not enough memory to run {0}.', name), {
      hint: phrase('Close other programs, or use a smaller backbone.'),
      cause: new Error(message),
    });
  }
  return new SemapError('device-failed', phrase('{0} failed to run: {1}', name, message.split('\n')[0]), {
    hint: phrase('Check it with "Check Backbone" in the Backbones view, or with `semap backbones check`.'),
  });
}

export function areFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] - values[i] !== 0) return false;
  return true;
}
