import { type ImportedLabels, LabelCollector, labelled, listOf, objectOf } from './importedLabels.ts';

/** Whether an object is the `labels.json` of a FiftyOneImageClassificationDataset. */
export function isFiftyOne(data: Readonly<Record<string, unknown>>): boolean {
  const { classes } = data;
  const hasClasses = classes === undefined || classes === null || Array.isArray(classes);
  return hasClasses && 'classes' in data && objectOf(data['labels']) !== undefined;
}

/**
 * Images are called by their names without an ending; a label is a place in the list of classes, or a text. With a confidence
 * it is an answer of a model.
 */
export function labelsOfFiftyOne(data: Readonly<Record<string, unknown>>): ImportedLabels {
  const classes = listOf(data['classes']);
  const labels = new LabelCollector();
  for (const [image, said] of Object.entries(objectOf(data['labels']) ?? {})) {
    const targets = Array.isArray(said) ? said : [said];
    const isAnswer = (target: unknown) => typeof objectOf(target)?.['confidence'] === 'number';
    if (targets.some(isAnswer)) labels.answered(image);
    labels.add(
      image,
      targets.flatMap((target) => {
        if (isAnswer(target)) return [];
        const label = objectOf(target) ? objectOf(target)?.['label'] : target;
        return labelled(typeof label === 'number' && classes.length > 0 ? classes[label] : label);
      }),
    );
  }
  return labels.done('FiftyOne');
}
