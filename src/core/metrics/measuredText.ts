import { countOf } from '../text/countOf.ts';
import type { MeasuredOn, UnmatchedFolder } from './measuredOn.ts';

/** Names that are told of a list; the rest is counted. */
const NAMED = 5;

/**
 * `1,200 of 1,500 images`: what an accuracy is about.
 * @param sampled of those with a known label, how many were drawn
 */
export function measuredShare({ images, measured: known }: MeasuredOn, sampled = known): string {
  const measured = Math.min(known, sampled);
  return measured === images
    ? countOf(images, 'image')
    : `${measured.toLocaleString('en')} of ${countOf(images, 'image')}`;
}

/**
 * What a person must know beside an accuracy, a line each: why there is none, folders that are left out, labels that
 * were not measured.
 */
export function measuredLines(on: MeasuredOn): readonly string[] {
  const lines: string[] = [];
  if (on.withheld === 'no-truth') {
    lines.push('No class folder is a target label, so accuracy is not known.');
  } else if (on.withheld === 'one-label') {
    lines.push('Only one label can be predicted, so accuracy would say nothing and is not reported.');
  }
  if (on.onlyLabel !== undefined && on.withheld === undefined) {
    lines.push(
      `All of them are ${on.onlyLabel}: accuracy says how many are recognized, not how many others are mistaken for it.`,
    );
  }
  const named = (folders: readonly UnmatchedFolder[]) =>
    listed(
      folders.map(({ folder, images }) => `${folder} (${images.toLocaleString('en')})`),
      on.unmatchedFolders - on.unmatched.length + folders.length,
    );
  const strangers = on.unmatched.filter(({ alike }) => alike === undefined);
  if (strangers.length > 0) {
    lines.push(`Not measured, because no label matches these class folders: ${named(strangers)}.`);
  }
  for (const { folder, images, alike = [] } of on.unmatched.filter((one) => one.alike).slice(0, NAMED)) {
    lines.push(
      `Not measured: ${countOf(images, 'image')} in ${folder}, which may be any of ${listed(alike, alike.length)}.`,
    );
  }
  const missing = on.labels - on.labelsMeasured;
  if (missing > 0 && on.measured > 0) {
    lines.push(
      `${missing === 1 ? 'One label has' : `${missing.toLocaleString('en')} labels have`} no images to measure: ${listed(on.labelsWithout, missing)}.`,
    );
  }
  return lines;
}

function listed(names: readonly string[], count: number): string {
  const some = names.slice(0, NAMED);
  const more = count - some.length;
  return `${some.join(', ')}${more > 0 ? ` and ${more.toLocaleString('en')} more` : ''}`;
}
