import { phrase, verbatim } from '../text/text.ts';
import type { ExportedImage } from './exportedRun.ts';
import type { FileFormat } from './format.ts';
import { imageNames } from './imageNames.ts';
import { rounded } from './rounded.ts';
import { TAKE_OPTION, takenLabel } from './takenLabel.ts';

/** COCO: an annotation of the whole image each, with its category. */
export const cocoFormat: FileFormat = {
  id: 'coco',
  kind: 'file',
  extension: 'json',
  title: verbatim('COCO'),
  detail: phrase('Categories, and an annotation of each whole image with its score'),
  options: [TAKE_OPTION],
  async *write({ run, images }, options, { version }) {
    const nameOf = imageNames(run);
    const categories = new Map(run.labels.map((label, i) => [label, i + 1]));
    const info = {
      description: 'Images classified by SeMap',
      version,
      ...(run.time && { date_created: run.time }),
    };
    yield `{\n"info": ${JSON.stringify(info)},\n"licenses": [],\n"images": [`;
    // Images come first, then their annotations: the source tells them twice, and nothing is held.
    yield* elements(images(), (image, id) => {
      const { label } = takenLabel(image, options) ?? {};
      if (label !== undefined && !categories.has(label)) categories.set(label, categories.size + 1);
      return { id, file_name: nameOf(image), ...sizeOf(image) };
    });
    const named = [...categories].map(([name, id]) => ({ id, name, supercategory: '' }));
    yield `\n],\n"categories": ${JSON.stringify(named)},\n"annotations": [`;
    yield* elements(images(), (image, id) => {
      const taken = takenLabel(image, options);
      if (!taken) return undefined;
      const { width, height } = sizeOf(image);
      return {
        id,
        image_id: id,
        category_id: categories.get(taken.label),
        ...(width !== undefined &&
          height !== undefined && {
            bbox: [0, 0, width, height],
            area: width * height,
            segmentation: [],
          }),
        iscrowd: 0,
        ...(taken.confidence !== undefined && { score: rounded(taken.confidence) }),
      };
    });
    yield '\n]\n}\n';
  },
};

async function* elements(
  images: AsyncIterable<readonly ExportedImage[]>,
  make: (image: ExportedImage, id: number) => object | undefined,
): AsyncGenerator<string> {
  let separator = '\n';
  let id = 0;
  for await (const some of images) {
    const lines = some.map((image) => make(image, ++id)).filter((line) => line !== undefined);
    if (lines.length === 0) continue;
    yield separator + lines.map((line) => JSON.stringify(line)).join(',\n');
    separator = ',\n';
  }
}

function sizeOf({ looks }: ExportedImage): { readonly width?: number; readonly height?: number } {
  return looks && looks.width > 0 ? { width: looks.width, height: looks.height } : {};
}
