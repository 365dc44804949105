import { phrase } from '../text/text.ts';
import { type ExportedImage, knownLabel } from './exportedRun.ts';
import type { FormatOption, FormatOptions } from './format.ts';

/** What formats with one label per image ask: a file of answers is another than one of labels that are known. */
export const TAKE_OPTION: FormatOption = {
  name: 'take',
  title: phrase('Labels'),
  detail: phrase('Known are labels that a person gave, and those of class folders and tables'),
  choices: [
    { id: 'answers', title: phrase('Answers') },
    { id: 'known', title: phrase('Known labels') },
    { id: 'best', title: phrase('Known labels, else answers') },
  ],
};

/** The label that an image gets, and how sure it is where it is an answer; undefined for none. */
export function takenLabel(
  image: ExportedImage,
  { take = 'answers' }: FormatOptions,
): { readonly label: string; readonly confidence?: number } | undefined {
  const known = take === 'answers' ? undefined : knownLabel(image);
  if (known !== undefined) return known === null ? undefined : { label: known };
  if (take === 'known' || image.label === '') return undefined;
  // What a person said is sure, and no answer.
  return image.given === undefined
    ? { label: image.label, confidence: image.confidence }
    : { label: image.label };
}
