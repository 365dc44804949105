import type { PlaceMode } from '../../plans/filePlan.ts';
import { fileSize } from '../../text/numbers.ts';
import { listed, phrase, plural, type Text } from '../../text/text.ts';
import type { TreePlan } from './treePlan.ts';

/** What is known of a tree of images before it is made. */
interface Surveyed {
  readonly plan: TreePlan;
  readonly bytes: number;
  readonly left: number;
  readonly existing: number;
  readonly free?: number | undefined;
}

const SHOWN = 3;

/** What a person should know of a tree that is not as they may expect it: nothing where all is. */
export function treeNotes({ plan, bytes, left, existing, free }: Surveyed): readonly Text[] {
  const { renamedLabels, renamed, renamedFiles, unlabeled, inPlace, missing } = plan;
  const [first] = renamedFiles;
  return [
    ...renamedLabels
      .slice(0, SHOWN)
      .map(({ label, folder }) => phrase('The folder for {0} is named {1}.', label, folder)),
    ...(renamedLabels.length > SHOWN
      ? [
          plural(
            renamedLabels.length - SHOWN,
            '{0} more folder has another name than its label.',
            '{0} more folders have other names than their labels.',
          ),
        ]
      : []),
    ...(first
      ? [
          plural(
            renamed,
            '{0} image gets another name: {1}',
            '{0} images get other names, such as {1}',
            first.to,
          ),
        ]
      : []),
    ...(unlabeled > 0
      ? [
          plural(
            unlabeled,
            '{0} image without a label is left out.',
            '{0} images without a label are left out.',
          ),
        ]
      : []),
    ...(inPlace > 0
      ? [plural(inPlace, '{0} image is in its place already.', '{0} images are in their places already.')]
      : []),
    ...(existing > 0
      ? [
          plural(
            existing,
            '{0} file is there already and stays as it is.',
            '{0} files are there already and stay as they are.',
          ),
        ]
      : []),
    ...(left > 0 ? [plural(left, '{0} image cannot be placed.', '{0} images cannot be placed.')] : []),
    ...missing
      .slice(0, SHOWN)
      .map(({ label, split }) =>
        phrase('There is no image of {0} for {1}: its folder there is empty.', label, split),
      ),
    ...(missing.length > SHOWN
      ? [plural(missing.length - SHOWN, '{0} more folder is empty.', '{0} more folders are empty.')]
      : []),
    ...(free !== undefined && free < bytes
      ? [phrase('This takes {0}, but only {1} is free.', fileSize(bytes), fileSize(free))]
      : []),
  ];
}

/** `train 80, val 10`, or `ball 32, bird 35 and 8 more`. */
export function treeCounts({ counts, splits }: TreePlan, most: number): Text {
  if (splits.length > 0) {
    const sums = splits.map((split) =>
      phrase(
        '{0} {1}',
        split,
        counts.reduce((sum, { images }) => sum + (images[split] ?? 0), 0),
      ),
    );
    return listed(sums);
  }
  return listed(
    counts.map(({ label, folder, images }) => phrase('{0} {1}', label || folder, images.all ?? 0)),
    most,
  );
}

/** The question before it is made. */
export function treeQuestion(mode: PlaceMode, images: number, bytes: number, folder: string): Text {
  const size = fileSize(bytes);
  switch (mode) {
    case 'copy':
      return plural(images, 'Copy {0} image ({1}) to {2}?', 'Copy {0} images ({1}) to {2}?', size, folder);
    case 'move':
      return plural(images, 'Move {0} image ({1}) to {2}?', 'Move {0} images ({1}) to {2}?', size, folder);
    case 'hardlink':
    case 'symlink':
      return plural(images, 'Link {0} image in {1}?', 'Link {0} images in {1}?', folder);
  }
}
