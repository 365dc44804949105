import { imageCount } from '../text/numbers.ts';
import { listed, phrase, plural, type Text } from '../text/text.ts';
import type { MeasuredOn } from './measuredOn.ts';

/** Names that are told of a list; the rest is counted. */
const NAMED = 5;

/**
 * `1,200 of 1,500 images`: what an accuracy is about.
 * @param sampled of those with a known label, how many were drawn
 */
export function measuredShare({ images, measured: known }: MeasuredOn, sampled = known): Text {
  const measured = Math.min(known, sampled);
  return measured === images ? imageCount(images) : phrase('{0} of {1}', measured, imageCount(images));
}

/** `1,200 of 1,500 images have a true label`, `1 of 1,500 images has a true label`. */
export function withTruth(judged: number, images: number): Text {
  return plural(judged, '{0} of {1} images has a true label', '{0} of {1} images have a true label', images);
}

/** Why there is no accuracy where every image with a known label was learned from. */
export function learnedFromAll(learned: number): Text {
  return plural(
    learned,
    'No accuracy: the only image with a true label was learned from.',
    'No accuracy: all {0} images with a true label were learned from.',
  );
}

/**
 * What a person must know beside an accuracy, a line each: why there is none, folders that are left out, labels that
 * were not measured.
 * @param folders those that were classified: images that lie directly in one are in no class folder
 */
export function measuredLines(on: MeasuredOn, folders: readonly string[] = []): readonly Text[] {
  const known = new Set(folders.map((folder) => folder.split(/[\\/]/).findLast((part) => part !== '')));
  const strangers = on.unmatched.filter(({ alike }) => alike === undefined);
  const classFolders = strangers.filter(({ folder }) => !known.has(folder));
  const lines: Text[] = [];
  if (on.withheld === 'no-truth' && on.learned > 0) {
    lines.push(learnedFromAll(on.learned));
  } else if (on.withheld === 'no-truth') {
    // A folder of images without any class folders is nothing that failed to match.
    const areAny = on.unmatchedFolders > strangers.length - classFolders.length;
    lines.push(
      areAny
        ? phrase('No class folder matches a target label, so accuracy is unknown.')
        : phrase('No image has a true label, so accuracy is unknown.'),
    );
  } else if (on.withheld === 'one-label') {
    lines.push(phrase('Only one label can be predicted, so accuracy is not reported.'));
  } else if (on.onlyLabel !== undefined) {
    lines.push(
      phrase(
        'All of them are {0}: accuracy tells how many are recognized, not how many others are mistaken for it.',
        on.onlyLabel,
      ),
    );
  }
  if (classFolders.length > 0) {
    const named = classFolders.map(({ folder, images }) => phrase('{0} ({1})', folder, images));
    const count = on.unmatchedFolders - on.unmatched.length + classFolders.length;
    lines.push(
      phrase('Not measured: no label matches these class folders: {0}.', listed(named, NAMED, count)),
    );
  }
  for (const { folder, images, alike = [] } of on.unmatched.filter((one) => one.alike).slice(0, NAMED)) {
    const which = listed(alike, NAMED);
    lines.push(
      phrase('Not measured: {0} in {1}, which may be any of {2}.', imageCount(images), folder, which),
    );
  }
  const missing = on.labels - on.labelsMeasured;
  if (missing > 0 && on.measured > 0) {
    const which = listed(on.labelsWithout, NAMED, missing);
    lines.push(
      plural(
        missing,
        '{0} label has no images to measure: {1}.',
        '{0} labels have no images to measure: {1}.',
        which,
      ),
    );
  }
  return lines;
}
