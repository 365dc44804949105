import type { BackboneDescription } from './backboneDescription.ts';

/**
 * What decides the rows that a backbone gives beside its file, input and output, of the few that have it: empty for all others,
 * so that what was kept of them before is found.
 */
export function furtherParts({
  cut,
  extraInputs,
  text,
}: Pick<BackboneDescription, 'cut' | 'extraInputs' | 'text'>): readonly unknown[] {
  return [
    ...(cut ? ['cut'] : []),
    ...(extraInputs ? [extraInputs] : []),
    ...(text?.labelled ? [text.labelled.id] : []),
  ];
}

type Answering = Pick<
  BackboneDescription,
  'sha256' | 'input' | 'output' | 'outputName' | 'labelSpace' | 'cut' | 'extraInputs' | 'text'
>;

/** What a list knows of a backbone. */
interface Known {
  readonly description?: Answering | undefined;
}

/** Whether two files are one backbone: the same content, described the same way. */
export function isSameBackbone({ description: a }: Known, { description: b }: Known): boolean {
  if (!a || !b || a.sha256 !== b.sha256) return false;
  return JSON.stringify(answersOf(a)) === JSON.stringify(answersOf(b));
}

/** All that its answers depend on; labels by their names, whatever the list of them is called. */
function answersOf(backbone: Answering): unknown {
  const { input, output, outputName, labelSpace, text } = backbone;
  const labels = labelSpace.labels.map(({ name, wnid }) => [name, wnid]);
  const side = text && [text.sha256, text.templates, text.scale, text.bias];
  return [input, output, outputName, labels, side, furtherParts(backbone)];
}
