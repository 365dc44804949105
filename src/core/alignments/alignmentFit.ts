import type { BackboneDescription } from '../backbones/backboneDescription.ts';
import { invalidArgument, SemapError } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { AlignmentDocument } from './alignment.ts';

/** @throws {SemapError} `invalid-argument` for an alignment of several backbones, where one alone can be trained */
export function mustBeOfOne(alignment: AlignmentDocument): void {
  const { members = [] } = alignment;
  if (members.length === 0) return;
  throw invalidArgument(
    phrase('Training goes through one backbone, and the alignment has {0}.', members.length + 1),
    {
      hint: phrase(
        'To learn a mapping alone, align the labels with all of them by a method that learns from images, or keep a classifier. For a prompt, leave out all but one, train, then join them again.',
      ),
    },
  );
}

/** @throws {SemapError} `labels-mismatch` when an alignment of one backbone was made for other source labels */
export function mustFit(alignment: AlignmentDocument, backbone: BackboneDescription): void {
  const { name, labelSpace, sourceCount } = alignment.backbone;
  const { labels } = backbone.labelSpace;
  if (
    sourceCount !== labels.length ||
    (labelSpace !== backbone.labelSpace.name && !sameSources(alignment, labels))
  ) {
    const isRenewed = name === backbone.name;
    const message = isRenewed
      ? phrase(
          'The alignment was made for the {0} labels "{1}" of {2}, which now has the {3} labels "{4}".',
          sourceCount,
          labelSpace,
          name,
          labels.length,
          backbone.labelSpace.name,
        )
      : phrase(
          'The alignment was made for the {0} labels "{1}" of {2}; {3} has the {4} labels "{5}".',
          sourceCount,
          labelSpace,
          name,
          backbone.name,
          labels.length,
          backbone.labelSpace.name,
        );
    const hint = isRenewed
      ? phrase(
          'The backbone was replaced or described again after that. Align your labels with it again; this alignment is kept as it is.',
        )
      : phrase('Align again with {0}, or classify with {1}.', backbone.name, name);
    throw new SemapError('labels-mismatch', message, { hint });
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
