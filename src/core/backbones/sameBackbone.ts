import type { BackboneDescription } from './backboneDescription.ts';

/** What a list knows of a backbone. */
interface Known {
  readonly description?:
    | Pick<BackboneDescription, 'sha256' | 'input' | 'output' | 'outputName' | 'labelSpace'>
    | undefined;
}

/** Whether two files are one backbone: the same content, described the same way. */
export function isSameBackbone({ description: a }: Known, { description: b }: Known): boolean {
  if (!a || !b || a.sha256 !== b.sha256) return false;
  return JSON.stringify(answersOf(a)) === JSON.stringify(answersOf(b));
}

/** All that its answers depend on; labels by their names, whatever the list of them is called. */
function answersOf({ input, output, outputName, labelSpace }: NonNullable<Known['description']>): unknown {
  return [input, output, outputName, labelSpace.labels.map(({ name, wnid }) => [name, wnid])];
}
