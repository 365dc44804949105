import { phrase, verbatim } from '../text/text.ts';
import { xmlText } from '../text/xmlText.ts';
import { type ExportedImage, type ExportedRun, knownLabel } from './exportedRun.ts';
import type { FileFormat } from './format.ts';
import { imageNames } from './imageNames.ts';

/** "CVAT for images 1.1": a tag per image. */
export const cvatFormat: FileFormat = {
  id: 'cvat',
  kind: 'file',
  extension: 'xml',
  title: verbatim('CVAT'),
  detail: phrase('CVAT for images 1.1: a tag per image, for answers and known labels'),
  async *write({ run, images }) {
    const nameOf = imageNames(run);
    yield headOf(run);
    let id = 0;
    for await (const some of images())
      yield some.map((image) => imageElement(image, nameOf(image), id++)).join('');
    yield '</annotations>\n';
  },
};

function headOf({ labels, folders }: ExportedRun): string {
  const name = folders[0]?.split(/[/\\]/).findLast(Boolean) ?? 'SeMap';
  const elements = labels.map(
    (label) =>
      `        <label><name>${xmlText(label)}</name><type>tag</type><attributes></attributes></label>\n`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <name>${xmlText(name)}</name>
      <mode>annotation</mode>
      <labels>
${elements.join('')}      </labels>
    </task>
  </meta>
`;
}

function imageElement(image: ExportedImage, name: string, id: number): string {
  const { looks, split } = image;
  const size = looks && looks.width > 0 ? ` width="${looks.width}" height="${looks.height}"` : '';
  const subset = split ? ` subset="${split}"` : '';
  return `  <image id="${id}" name="${xmlText(name)}"${subset}${size}>${tagOf(image)}</image>\n`;
}

/** CVAT has one tag for what is known or, where nothing is, for the answer. */
function tagOf(image: ExportedImage): string {
  const known = knownLabel(image);
  if (known === null) return '';
  const label = known ?? (image.said === 'label' ? image.label : '');
  if (label === '') return '';
  return `<tag label="${xmlText(label)}" source="${known === undefined ? 'auto' : 'manual'}"></tag>`;
}
