import type { GraphValue } from '../../src/core/backbones/backboneDescription.ts';
import type { ImageInput } from '../../src/core/backbones/imageInput.ts';
import type { MissingField } from '../../src/core/backbones/inputSpec.ts';
import type { StatedPart } from '../../src/core/backbones/readers/readers.ts';
import { channelsText, type Preprocessing } from '../../src/core/images/preprocessing.ts';
import type { OutputKind } from '../../src/core/onnx/scoreReading.ts';
import { listed } from '../../src/core/text/text.ts';
import type { BackboneDetails, ModelFileOutline, ModelReport } from '../../src/protocol/backbones.ts';
import { plural, say, t } from '../common/language.ts';

/** What a model is, in one sentence; before it is recognized, what its file holds. */
export function whatItIs(outline: ModelFileOutline, report: ModelReport | undefined): string {
  // In a browser nobody has recognized it.
  if (!report || report.problem?.reason === 'no-engine')
    return plural(outline.nodes, 'An ONNX model of {0} operator.', 'An ONNX model of {0} operators.');
  const { inspection } = report;
  if (!inspection) return t('An ONNX model, but not an image classifier that SeMap can reuse.');
  const images = imageWords(inspection.input, report.input?.preprocessing);
  if (inspection.known.text)
    return t(
      'An image encoder: it takes {0} and gives an embedding, which a text encoder compares with any labels.',
      images,
    );
  const count = scoreCount(report);
  return count === undefined
    ? t('An image classifier: it takes {0} and gives class scores.', images)
    : plural(
        count,
        'An image classifier: it takes {1} and gives the score of {0} class.',
        'An image classifier: it takes {1} and gives the scores of {0} classes.',
        images,
      );
}

/** `RGB images of 224 x 224 px` */
function imageWords({ channels, height, width }: ImageInput, said: Preprocessing | undefined): string {
  const kind = said
    ? channelsText(said.channels)
    : channels < 3
      ? t('gray')
      : channels === 3
        ? t('color')
        : t('color and alpha');
  return height === undefined || width === undefined
    ? t('{0} images of any size', kind)
    : t('{0} images of {1} x {2} px', kind, width, height);
}

/** S, as a run showed it, labels count it, or the only output declares it. */
function scoreCount({ inspection, labels, outline }: ModelReport): number | undefined {
  const { outputs } = outline;
  const last = outputs.length === 1 ? outputs[0].shape.filter((dim) => dim !== 1).at(-1) : undefined;
  return inspection?.sourceCount ?? labels?.count ?? (typeof last === 'number' ? last : undefined);
}

/** `[N, 3, 224, 224]`; what may vary and has no name is a question mark. */
export function shapeText({ shape }: GraphValue): string {
  return `[${shape.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`;
}

/** How large images are, and how many it takes: what of that may vary. */
export function variableWords({ fixedBatch, height, width }: ImageInput): string {
  const size = height === undefined || width === undefined ? t('Any size') : t('{0} x {1} px', width, height);
  const batch =
    fixedBatch === undefined
      ? t('any number of images at a time')
      : plural(fixedBatch, '{0} image at a time', '{0} images at a time');
  return t('{0}, {1}', size, batch);
}

/** How a picture is placed in the input. */
export function placingWords({ size, fit, anchor, cropFirst, crop, resample }: Preprocessing): string {
  const resize =
    'height' in size
      ? fit === 'letterbox'
        ? t('fit into {0} x {1} px', size.width, size.height)
        : t('resize to {0} x {1} px', size.width, size.height)
      : 'shortestEdge' in size
        ? t('resize the shortest edge to {0} px', size.shortestEdge)
        : t('resize the longest edge to {0} px', size.longestEdge);
  const steps = [
    ...(cropFirst === undefined ? [] : [t('cut a square')]),
    `${resize} (${resample})`,
    ...(crop
      ? [
          anchor
            ? t('crop {0} x {1} px from the top left', crop.width, crop.height)
            : t('crop {0} x {1} px from the center', crop.width, crop.height),
        ]
      : []),
  ];
  return steps.join(', ');
}

/** What is done to the numbers of a pixel, from 0 to 255 each. */
export function scalingWords({ rescaleFactor, mean, std, inverted }: Preprocessing): string {
  const factor = Number(rescaleFactor.toPrecision(4));
  const times =
    Math.abs(rescaleFactor * 255 - 1) < 1e-3 ? t('pixel / 255') : t('pixel x {0}', String(factor));
  const value = rescaleFactor === 1 ? t('pixel') : times;
  const minus = mean.every((one) => one === 0) ? value : `${value} - ${numbers(mean)}`;
  const scaled = std.every((one) => one === 1)
    ? minus
    : minus === value
      ? `${value} / ${numbers(std)}`
      : `(${minus}) / ${numbers(std)}`;
  return inverted ? t('{0}, light and dark swapped first', scaled) : scaled;
}

function numbers(values: readonly number[]): string {
  const short = values.map((value) => String(Number(value.toPrecision(4))));
  return new Set(short).size === 1 ? short[0] : `[${short.join(', ')}]`;
}

/** What scores are; nothing where nobody says it and no run showed it. */
export function outputWords(output: OutputKind | undefined): string | undefined {
  switch (output) {
    case 'logits':
      return t('Logits');
    case 'probabilities':
      return t('Probabilities of one class each');
    case 'sigmoid':
      return t('Sigmoids: several labels may apply, and SeMap takes the strongest');
    default:
      return undefined;
  }
}

/** Who says a part; undefined where nobody does. */
export function originOf({ origins }: Pick<ModelReport, 'origins'>, part: StatedPart): string | undefined {
  const from = origins.find(({ parts }) => parts.includes(part))?.from;
  return from && say(from);
}

/** What nobody says, in a list: the parts of a scaling are one. */
export function missingWords(missing: readonly MissingField[]): string {
  return say(listed([...new Set(missing.map(fieldWords))]));
}

function fieldWords(field: MissingField): string {
  switch (field) {
    case 'labels':
      return t('the labels');
    case 'size':
      return t('the size of its images');
    case 'rescale_factor':
    case 'image_mean':
    case 'image_std':
      return t('how pixels are scaled');
    case 'channels':
      return t('the order of its colors');
    case 'layout':
      return t('the layout of its input');
    case 'output_name':
      return t('which output has the scores');
    default:
      return t('the input {0}', field.slice('inputs.'.length));
  }
}

/** Whether visual prompts can be trained; undefined where that was never looked at. */
export function promptWords(details: BackboneDetails | undefined): string | undefined {
  if (!details) return undefined;
  const { promptable, whyNotPromptable } = details;
  if (promptable) return t('Can be trained');
  return whyNotPromptable === undefined
    ? t('Cannot be trained')
    : t('Cannot be trained: {0}', say(whyNotPromptable));
}

/** `3.49 million` */
export function parametersText(parameters: number): string {
  if (parameters >= 1e9) return t('{0} billion', (parameters / 1e9).toPrecision(3));
  if (parameters >= 1e6) return t('{0} million', (parameters / 1e6).toPrecision(3));
  return t('{0}', parameters);
}
