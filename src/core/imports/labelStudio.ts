import { isImageFile } from '../images/imageFiles.ts';
import type { Given } from '../truths/truth.ts';
import { type ImportedLabels, LabelCollector, labelled, listOf, objectOf } from './importedLabels.ts';
import { nameOfReference } from './references.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a list is an export of Label Studio as JSON: tasks with what they show, and annotations. */
export function isLabelStudio(data: readonly unknown[]): boolean {
  const task = objectOf(data[0]);
  return (
    objectOf(task?.['data']) !== undefined &&
    ['annotations', 'completions', 'predictions'].some((key) => Array.isArray(task?.[key]))
  );
}

/**
 * What people chose in Label Studio. What models predicted there is no label of anybody, nor is an annotation that was
 * skipped or canceled. Of several annotations of a task those marked as ground truth count, otherwise all.
 */
export function labelsOfTasks(data: readonly unknown[]): ImportedLabels {
  const labels = new LabelCollector();
  for (const one of data) {
    const task = objectOf(one);
    const image = task && imageOf(objectOf(task['data']) ?? {});
    if (!task || image === undefined) continue;
    const made = listOf(task['annotations'] ?? task['completions'])
      .map(objectOf)
      .filter((annotation) => annotation !== undefined && annotation['was_cancelled'] !== true);
    if (listOf(task['predictions']).length > 0) labels.answered(image);
    const sure = made.filter((annotation) => annotation?.['ground_truth'] === true);
    labels.add(
      image,
      (sure.length > 0 ? sure : made).flatMap((annotation) => choicesOf(annotation!)),
    );
  }
  return labels.done('Label Studio');
}

/** The picture that a task shows: the field called so, else the first one that names an image. */
function imageOf(data: JsonObject): string | undefined {
  const values = [data['image'], ...Object.values(data)].filter((value) => typeof value === 'string');
  return values.find((value) => isImageFile(nameOfReference(value))) ?? values[0];
}

function choicesOf(annotation: JsonObject): readonly Given[] {
  return listOf(annotation['result']).flatMap((one) => {
    const value = objectOf(objectOf(one)?.['value']);
    return listOf(value?.['choices']).flatMap((choice) => labelled(choice));
  });
}
