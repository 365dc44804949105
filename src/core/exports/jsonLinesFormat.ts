import { phrase, verbatim } from '../text/text.ts';
import type { FileFormat } from './format.ts';
import { imageInJson } from './jsonFormat.ts';

/** One JSON object per line and image. */
export const jsonLinesFormat: FileFormat = {
  id: 'jsonl',
  kind: 'file',
  extension: 'jsonl',
  title: verbatim('JSON Lines'),
  detail: phrase('One JSON object per line and image, without the figures'),
  async *write({ images }) {
    for await (const some of images())
      yield some.map((image) => `${JSON.stringify(imageInJson(image))}\n`).join('');
  },
};
