import { xmlTags } from '../text/xmlTags.ts';
import { type ImportedLabels, LabelCollector, labelled } from './importedLabels.ts';

/** Shapes of "CVAT for images": what they are called is what the image shows, where all agree. */
const LABELLED = new Set(['tag', 'box', 'polygon', 'polyline', 'points', 'ellipse', 'cuboid', 'mask']);

/**
 * The tags of images in "CVAT for images 1.1"; of an image without tags the labels of its shapes. What CVAT or a model set by
 * itself (`source="auto"`) is no label of anybody.
 * @returns undefined for other XML
 * @throws {XmlProblem}
 */
export function labelsOfCvat(text: string): ImportedLabels | undefined {
  const labels = new LabelCollector();
  let image: { name: string; tags: string[]; shapes: string[] } | undefined;
  let root: string | undefined;
  const close = () => {
    if (image) labels.add(image.name, (image.tags.length > 0 ? image.tags : image.shapes).flatMap(labelled));
    image = undefined;
  };
  for (const { kind, name, attributes, depth, empty } of xmlTags(text)) {
    if (depth === 0) {
      root ??= name;
      if (root !== 'annotations') return undefined;
    }
    if (depth === 1 && name === 'image') {
      close();
      if (kind === 'start') image = { name: attributes.get('name') ?? '', tags: [], shapes: [] };
      if (empty) close();
    } else if (depth === 2 && image && kind === 'start' && LABELLED.has(name)) {
      const label = attributes.get('label');
      if (attributes.get('source') === 'auto') labels.answered(image.name);
      else if (label === undefined) continue;
      else (name === 'tag' ? image.tags : image.shapes).push(label);
    }
  }
  return labels.done('CVAT');
}
