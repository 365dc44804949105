import type { BackboneDescription } from '../backbones/backboneDescription.ts';
import { SemapError } from '../errors.ts';
import type { AlignmentDocument } from './alignment.ts';

/** @throws {SemapError} `labels-mismatch` when an alignment was made for other source labels */
export function mustFit(alignment: AlignmentDocument, backbone: BackboneDescription): void {
  const { name, labelSpace, sourceCount } = alignment.backbone;
  const { labels } = backbone.labelSpace;
  if (
    sourceCount !== labels.length ||
    (labelSpace !== backbone.labelSpace.name && !sameSources(alignment, labels))
  ) {
    throw new SemapError(
      'labels-mismatch',
      `The alignment was made for the ${sourceCount} labels "${labelSpace}" of ${name}; ${backbone.name} has the ${labels.length} labels "${backbone.labelSpace.name}".`,
      { hint: `Align again with ${backbone.name}, or classify with ${name}.` },
    );
  }
}

/** Whether the sources that an alignment uses are called the same in a label space that has another name. */
function sameSources(
  alignment: AlignmentDocument,
  labels: BackboneDescription['labelSpace']['labels'],
): boolean {
  return alignment.targets.every(({ sources }) =>
    sources.every(
      ({ index, label, wnid }) => labels[index].name === label || (wnid && labels[index].wnid === wnid),
    ),
  );
}
