import { looksInJson } from '../likeness/looks.ts';
import { phrase, textsInEnglish, verbatim } from '../text/text.ts';
import type { ExportedImage } from './exportedRun.ts';
import type { FileFormat } from './format.ts';
import { rounded } from './rounded.ts';

/** One document in the shape of `semap classify --json`. */
export const jsonFormat: FileFormat = {
  id: 'json',
  kind: 'file',
  extension: 'json',
  title: verbatim('JSON'),
  detail: phrase('Everything that is known, with the figures, as semap classify --json prints it'),
  async *write({ run, images }) {
    const whole = JSON.stringify({ ...run.head, predictions: [] }, textsInEnglish, 2);
    yield whole.slice(0, whole.lastIndexOf('[') + 1);
    let separator = '\n';
    for await (const some of images()) {
      yield separator + some.map((image) => `    ${JSON.stringify(imageInJson(image))}`).join(',\n');
      separator = ',\n';
    }
    yield '\n  ]\n}\n';
  },
};

/** An image as a line of JSON has it. */
export function imageInJson(image: ExportedImage): object {
  const { label, said, answer, truth, split, plain, settled, given, fired } = image;
  return {
    path: image.path,
    label,
    ...(said === 'label' ? {} : { said, ...(image.sense !== undefined && { sense: image.sense }) }),
    ...(said === 'label' && answer === label ? {} : { answer }),
    confidence: rounded(image.confidence),
    ...(truth !== undefined && { truth }),
    ...(split && { split }),
    ...(plain && { plain: plain.label, plainConfidence: rounded(plain.confidence) }),
    ...(settled && { settled: settled.label, settledConfidence: rounded(settled.confidence) }),
    // Null: a person said that it is none of the labels.
    ...(given !== undefined && { given }),
    ...looksInJson(image.looks),
    ...(fired && { fired: fired.map((one) => ({ label: one.label, share: rounded(one.share) })) }),
  };
}
