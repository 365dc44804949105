import { phrase, verbatim } from '../text/text.ts';
import type { FileFormat } from './format.ts';
import { rounded } from './rounded.ts';
import { TAKE_OPTION, takenLabel } from './takenLabel.ts';

/** The `labels.json` of a FiftyOneImageClassificationDataset, which names images where they are. */
export const fiftyOneFormat: FileFormat = {
  id: 'fiftyone',
  kind: 'file',
  extension: 'json',
  title: verbatim('FiftyOne'),
  detail: phrase('labels.json with confidences, for images that stay where they are'),
  options: [TAKE_OPTION],
  async *write({ run, images }, options) {
    const places = new Map(run.labels.map((label, place) => [label, place]));
    // Kinds are no labels of the alignment: they are known when all images were seen.
    for await (const some of images())
      for (const image of some) {
        const { label } = takenLabel(image, options) ?? {};
        if (label !== undefined && !places.has(label)) places.set(label, places.size);
      }
    yield `{\n"classes": ${JSON.stringify([...places.keys()])},\n"labels": {`;
    let separator = '\n';
    for await (const some of images()) {
      const lines = some.map((image) => {
        const taken = takenLabel(image, options);
        const place = taken && places.get(taken.label);
        const target =
          taken?.confidence === undefined
            ? (place ?? null)
            : { label: place, confidence: rounded(taken.confidence) };
        return `${JSON.stringify(image.path)}: ${JSON.stringify(target)}`;
      });
      yield separator + lines.join(',\n');
      separator = ',\n';
    }
    yield '\n}\n}\n';
  },
};
