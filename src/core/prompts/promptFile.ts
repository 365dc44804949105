import { isPixels } from '../backbones/backboneSidecar.ts';
import { invalidDocument, SemapError } from '../errors.ts';
import { type AppliedPrompt, channelCount, type InputSpec } from '../images/preprocessing.ts';
import { isWithinRange, type Range } from '../mapping/ranges.ts';
import { phrase } from '../text/text.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import {
  type AdditiveKind,
  additiveKinds,
  checkShape,
  effectOf,
  networkOf,
  type PromptShape,
  parameterCount,
} from './visualPrompt.ts';

/** A trained prompt as it is kept. */
export interface TrainedPrompt {
  readonly shape: PromptShape;
  /** See {@link parameterCount}. */
  readonly parameters: Float32Array;
  /** Of the backbone that it was trained through. */
  readonly backbone: string;
}

const KINDS: readonly string[] = additiveKinds;
const FORMAT = 'semap-prompt-1';
/** Far more than an input has: beyond it a backbone's sums overflow. */
const VALUES: Range = { from: -1e6, to: 1e6 };

/** The bytes of a `prompt.safetensors`: `parameters`, and `effect` [3, H, W] for other software. */
export function encodePrompt({ shape, parameters, backbone }: TrainedPrompt): Uint8Array {
  const { kind, height, width, frame, rank, channels } = shape;
  return encodeSafetensors({
    tensors: {
      parameters: { shape: [parameters.length], data: parameters },
      effect: { shape: [3, height, width], data: effectOf(shape, parameters) },
    },
    metadata: {
      format: FORMAT,
      kind,
      height: String(height),
      width: String(width),
      frame: String(frame),
      rank: String(rank),
      ...(channels !== undefined && { channels: String(channels) }),
      backbone,
    },
  });
}

/** @throws {SemapError} `invalid-document` */
export function decodePrompt(bytes: Uint8Array, name: string): TrainedPrompt {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  const { format, kind, backbone = '', ...sizes } = metadata;
  const [height, width, frame, rank, channels] = ['height', 'width', 'frame', 'rank', 'channels'].map((key) =>
    Number(sizes[key]),
  );
  if (format !== FORMAT || !KINDS.includes(kind ?? '') || ![height, width].every(isPixels)) {
    throw invalidDocument(phrase('{0} is not a SeMap visual prompt.', name), {
      hint: phrase('Choose the prompt.safetensors of a training run.'),
    });
  }
  const shape: PromptShape = {
    kind: kind as AdditiveKind,
    height,
    width,
    // A frame leaves less room for the picture, whatever the kind.
    frame: kind === 'padding' ? frame : 0,
    rank: kind === 'low-rank' ? rank : 0,
    ...(kind === 'mask' && { channels }),
  };
  checkShape(shape);
  const parameters = tensors['parameters']?.data;
  // Few parameters may claim a huge picture, which is made here: it must be in the file, too.
  const isWhole = tensors['effect']?.data.length === 3 * height * width;
  if (!isWhole || parameters?.length !== parameterCount(shape))
    throw invalidDocument(phrase('{0} has a wrong number of parameters.', name));
  // Finite ones too may give others, where they are multiplied.
  const wrong = [parameters, effectOf(shape, parameters)].flatMap((values) => {
    const at = values.findIndex((value) => !isWithinRange(value, VALUES));
    return at < 0 ? [] : [{ at, value: values[at] }];
  });
  if (wrong.length > 0) {
    throw invalidDocument(
      phrase(
        'Cannot use {0}: value {1} is {2}, but must be from {3} to {4}.',
        name,
        String(wrong[0].at),
        String(wrong[0].value),
        VALUES.from,
        VALUES.to,
      ),
      { hint: phrase('Train the prompt again.') },
    );
  }
  return { shape, parameters, backbone };
}

/**
 * An input with a prompt in it.
 * @param sha256 of the prompt's bytes
 * @throws {SemapError} `labels-mismatch` when the prompt was made for inputs of another size
 */
export function promptedInput(
  input: InputSpec,
  { shape, parameters }: TrainedPrompt,
  sha256: string,
): InputSpec {
  if (shape.height !== input.height || shape.width !== input.width) {
    throw new SemapError(
      'labels-mismatch',
      phrase(
        'The prompt is for inputs of {0} x {1}, but the backbone takes {2} x {3}.',
        shape.height,
        shape.width,
        input.height,
        input.width,
      ),
      { hint: phrase('Use the backbone it was trained with.') },
    );
  }
  const channels = channelCount(input.preprocessing.channels);
  if (shape.channels !== undefined && shape.channels !== channels) {
    throw new SemapError(
      'labels-mismatch',
      phrase('The mask is for inputs of {0} channels, but the backbone takes {1}.', shape.channels, channels),
      { hint: phrase('Use the backbone it was trained with.') },
    );
  }
  const network = networkOf(shape, parameters);
  const prompt: AppliedPrompt = {
    sha256,
    frame: shape.frame,
    effect: shared(effectOf(shape, parameters)),
    ...(network && { network: shared(network) }),
  };
  return { ...input, prompt };
}

/** Shared, so that no image brings a copy of it to its decoder. */
function shared(values: Float32Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(values.byteLength);
  new Float32Array(buffer).set(values);
  return buffer;
}
