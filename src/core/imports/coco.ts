import { type ImportedLabels, LabelCollector, labelled, listOf, objectOf } from './importedLabels.ts';

/** Whether an object is a COCO data set. */
export function isCoco(data: Readonly<Record<string, unknown>>): boolean {
  return ['images', 'annotations', 'categories'].every((key) => Array.isArray(data[key]));
}

/** The category of each image, where all that is annotated in it is of one category, boxes and outlines too. */
export function labelsOfCoco(data: Readonly<Record<string, unknown>>): ImportedLabels {
  const categories = new Map(
    listOf(data['categories']).map((one) => [objectOf(one)?.['id'], objectOf(one)?.['name']] as const),
  );
  const files = new Map<unknown, string>();
  const labels = new LabelCollector();
  for (const one of listOf(data['images'])) {
    const image = objectOf(one);
    const file = image?.['file_name'];
    if (typeof file !== 'string') continue;
    files.set(image?.['id'], file);
    labels.add(file, []);
  }
  for (const one of listOf(data['annotations'])) {
    const annotation = objectOf(one);
    const file = files.get(annotation?.['image_id']);
    if (file === undefined) continue;
    // How sure it is, only models say.
    if (typeof annotation?.['score'] === 'number') labels.answered(file);
    else labels.add(file, labelled(categories.get(annotation?.['category_id'])));
  }
  return labels.done('COCO');
}
