import { phrase, type Text } from '../text/text.ts';
import type { LeftFile, LeftWhy } from './filePlan.ts';

const WORDS: Readonly<Record<Exclude<LeftWhy, 'refused'>, Text>> = {
  gone: phrase('it no longer exists'),
  changed: phrase('it has changed since'),
  taken: phrase('another file has this name'),
  'no-file': phrase('it is a link, or not a regular file'),
  'no-image': phrase('it is not the full path of an image'),
  last: phrase('it is the last file with this image'),
};

/** Why a file was left as it is, in words that follow a colon. */
export function leftWords({ why, words }: LeftFile): Text {
  return why === 'refused' ? (words ?? phrase('the system refuses')) : WORDS[why];
}
